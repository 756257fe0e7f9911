"""What a long run spares the garbage collector."""

from __future__ import annotations

import gc

from reconciler.watch.settling import settling


def test_what_is_there_when_the_run_settles_is_left_alone_until_the_run_ends() -> None:
    with settling() as settle:
        assert gc.get_freeze_count() == 0
        settle()
        settle()
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0
