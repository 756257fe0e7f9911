"""How many tenants one run may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.limits import check_tenants
from reconciler.model.errors import Refused
from reconciler.policy.limits import Limit

if TYPE_CHECKING:
    from tests.sentences import Golden


def test_without_a_limit_all_tenants_may_change() -> None:
    check_tenants(range(2000), 2000, None)


@pytest.mark.parametrize(("number", "limit"), [(7, Limit(5, 10)), (1, Limit(0))])
def test_more_than_the_limit_are_refused(number: int, limit: Limit, golden: Golden) -> None:
    with pytest.raises(Refused) as caught:
        check_tenants(range(number), 20, limit)
    golden.says("fleet/limits", f"{number} tenants", str(caught.value))


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 100))
def test_a_run_is_refused_only_above_both_the_count_and_the_percentage(number: int, count: int, percent: int) -> None:
    refused = number > count and number * 100 > percent * 30
    try:
        check_tenants(range(number), 30, Limit(count, percent))
    except Refused:
        assert refused
    else:
        assert not refused
