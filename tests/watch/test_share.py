from __future__ import annotations

import pytest

from reconciler.model.errors import ExitCode, Interrupted
from reconciler.watch.share import shares_of
from reconciler.watch.summons import Summons


def test_a_stop_is_for_all_tenants_and_ends_their_waits() -> None:
    one, two = shares_of(Summons(), 2)
    assert not two.wait(0)
    one.set()
    assert two.is_set()
    assert two.wait(60)


def test_a_late_end_is_as_bad_as_that_of_the_worst_tenant() -> None:
    whole = Summons()
    one, two = shares_of(whole, 2)
    one.late = two.late = ExitCode.INTERRUPTED
    two.late = ExitCode.DONE
    assert (one.late, two.late, whole.late) == (ExitCode.INTERRUPTED, ExitCode.DONE, ExitCode.INTERRUPTED)
    one.late = ExitCode.DONE
    assert whole.late is ExitCode.DONE


def test_a_pass_can_be_left_in_a_block_that_writes_nothing() -> None:
    (share,) = shares_of(Summons(), 1)
    with share.interruptible():
        assert share.can_be_left()
    assert not share.can_be_left()


def test_a_stop_ends_a_block_before_it_begins_and_after_its_end() -> None:
    (share,) = shares_of(Summons(), 1)
    for begun in (True, False):
        block = share.interruptible()
        if begun:
            block.__enter__()
            share.set()
        with pytest.raises(Interrupted):
            block.__exit__(None, None, None) if begun else block.__enter__()


def test_an_error_in_a_block_ends_it() -> None:
    (share,) = shares_of(Summons(), 1)
    with pytest.raises(KeyError), share.interruptible():
        raise KeyError
    assert not share.can_be_left()
