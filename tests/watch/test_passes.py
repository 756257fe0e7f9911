from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.watch.events import RESULTS, Result
from reconciler.watch.passes import PassReport

WHEN = datetime(2026, 11, 25, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize("result", RESULTS)
def test_a_pass_is_good_when_nothing_failed_was_refused_or_was_invalid(result: Result) -> None:
    good = PassReport(result, WHEN, 0.2, read=True).good
    assert good == (result in {"in_sync", "drift", "applied"})


def test_a_pass_that_did_not_read_both_sides_is_not_good() -> None:
    assert not PassReport("in_sync", WHEN, 0.2, read=False).good
