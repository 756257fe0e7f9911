from __future__ import annotations

import pytest

from reconciler.apply.outcome import Kind
from reconciler.plan.action import Action
from reconciler.watch.passes import Left
from reconciler.watch.tallies import BUCKETS, Tally
from tests.builders import a_create, a_delete, an_update
from tests.watch.reports import AT, a_report, an_outcome


def test_each_pass_counts_by_its_result() -> None:
    tally = Tally().after(a_report("drift")).after(a_report("drift")).after(a_report("failed"))
    assert {result: count for result, count in tally.passes.items() if count} == {"drift": 2, "failed": 1}


@pytest.mark.parametrize("result", ["in_sync", "drift", "applied"])
def test_a_success_is_when_a_good_pass_ended(result: str) -> None:
    assert Tally().after(a_report(result, seconds=1.5)).last_success == AT.timestamp() + 1.5


@pytest.mark.parametrize("result", ["refused", "invalid", "failed"])
def test_a_pass_that_is_no_success_keeps_the_last_one(result: str) -> None:
    before = Tally(last_success=7.0)
    assert before.after(a_report(result)).last_success == 7.0


def test_a_pass_falls_into_the_first_bucket_that_holds_it() -> None:
    tally = Tally().after(a_report(seconds=0.1)).after(a_report(seconds=0.11)).after(a_report(seconds=BUCKETS[-1] + 1))
    assert [at for at, count in enumerate(tally.seconds) if count] == [0, 1, len(BUCKETS)]
    assert tally.total == pytest.approx(0.21 + BUCKETS[-1] + 1)


def test_what_the_last_plan_left_is_counted() -> None:
    left = Left((an_update(), a_delete("a"), a_delete("b")), wider=3, narrower=1)
    tally = Tally().after(a_report("drift", left=left, fights=2, ending=4))
    assert (tally.wider, tally.narrower, tally.fights, tally.ending) == (3, 1, 2, 4)
    assert tally.changes == {Action.CREATE: 0, Action.UPDATE: 1, Action.DELETE: 2}
    assert tally.after(a_report()).changes[Action.DELETE] == 0


def test_a_pass_without_a_plan_keeps_what_the_last_plan_left() -> None:
    before = Tally(wider=3, narrower=1, fights=2, ending=4)
    after = before.after(a_report("failed", read=False, plan=None))
    assert (after.wider, after.narrower, after.fights, after.ending) == (3, 1, 2, 4)


def test_writes_add_up_by_action_and_status() -> None:
    outcomes = (an_outcome(a_create("a")), an_outcome(a_create("b")), an_outcome(a_delete("c"), Kind.FAILED))
    tally = Tally().after(a_report("applied", outcomes=outcomes)).after(a_report("applied", outcomes=outcomes[:1]))
    assert {kind: count for kind, count in tally.writes.items() if count} == {
        (Action.CREATE, "applied"): 3,
        (Action.DELETE, "failed"): 1,
    }


def test_a_tally_is_not_changed_by_a_pass() -> None:
    before = Tally()
    before.after(a_report("applied", outcomes=(an_outcome(a_create()),), left=Left((an_update(),), 1, 1)))
    assert before == Tally()
