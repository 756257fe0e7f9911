"""Since when roles had what a plan revokes."""

from __future__ import annotations

import pytest

from reconciler.history.events import EMPTY, History, Life
from reconciler.history.since import with_since
from reconciler.model.days import Day
from reconciler.model.revisions import Revision
from reconciler.plan.changes import Plan
from tests.builders import Before, a_create, a_delete, a_plan, an_update

GRANTED = Revision(Day(2026, 3, 14), "c" * 40, "Let clerks pay back (#212)", ("Ana Ruiz",), 212)
REVOKING = an_update("clerk", ["a.new"], before=Before(["a.old", "b.old"]))


def a_history(name: str, *codes: str, oldest: Revision | None = None) -> History:
    """A history that granted these codes to a role and took them away again."""
    life = Life(name, None, (), {}, dict.fromkeys(codes, GRANTED))
    return History({}, {name: life}, (), oldest=oldest)


def since(plan: Plan, history: History | None) -> list[dict[str, Revision]]:
    return [dict(change.since) for change in with_since(plan, lambda: history).changes]


def test_a_revoked_code_has_the_change_that_granted_it() -> None:
    assert since(a_plan(REVOKING), a_history("clerk", "a.old", "a.new")) == [{"a.old": GRANTED}]


def test_the_codes_of_a_deleted_role_have_it_too() -> None:
    assert since(a_plan(a_delete("temp", ["a.b"])), a_history("temp", "a.b")) == [{"a.b": GRANTED}]


@pytest.mark.parametrize(
    "history", [None, EMPTY, a_history("other", "a.old"), a_history("clerk", "a.old", oldest=GRANTED)]
)
def test_what_the_history_does_not_know_is_left_out(history: History | None) -> None:
    assert since(a_plan(REVOKING), history) == [{}]


def test_a_role_that_had_the_name_before_it_was_renamed_is_another_one() -> None:
    life = Life("accountant", None, (), {}, {"a.old": GRANTED})
    history = History({"accountant": life}, {"clerk": life}, ())
    assert since(a_plan(a_delete("clerk", ["a.old"])), history) == [{}]


def test_a_plan_without_revokes_reads_no_history() -> None:
    read: list[None] = []
    plan = a_plan(a_create("clerk"))

    def reading() -> History:
        read.append(None)
        return EMPTY

    assert with_since(plan, reading) is plan
    with_since(a_plan(REVOKING), reading)
    assert len(read) == 1
