"""A part of a journal: its last runs, or what was sent since a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reconciler.history.recent import last_runs, since
from reconciler.model.errors import FileFailed
from reconciler.plan.changes import Create, Delete, Update
from tests.builders import a_role, an_id
from tests.history.past import A, B, C, Histories, History, notes_of

if TYPE_CHECKING:
    from tests.sentences import Golden

D = a_role("d", ["area.d"])


@pytest.fixture
def renamed(history: Histories) -> History:
    """One role, renamed at 13:00, 14:00 and 15:00."""
    past = history(A)
    for before, after in ((A, B), (B, C), (C, D)):
        past.apply(Update(an_id("a"), before, after))
    return past


@pytest.mark.parametrize(("number", "back"), [(1, C), (2, B), (3, A), (99, A)])
def test_a_role_goes_back_to_what_it_was_before_the_first_of_the_last_runs(
    renamed: History, number: int, back: object
) -> None:
    assert [change.after for change in renamed.undo(last_runs(number)).changes] == [back]


def test_a_run_that_changed_nothing_does_not_count(renamed: History) -> None:
    renamed.apply(Create(D))  # refused: the name is taken
    assert [change.after for change in renamed.undo(last_runs(1)).changes] == [C]


def test_a_run_without_an_answer_counts(renamed: History) -> None:
    renamed.forget_the_last_answer()
    assert [change.after for change in renamed.undo(last_runs(1)).changes] == [C]


@pytest.mark.parametrize(("hour", "back"), [(0, A), (13, A), (14, B), (15, C)])
def test_a_role_goes_back_to_what_it_was_before_a_time(renamed: History, hour: int, back: object) -> None:
    moment = datetime(2026, 11, 25, hour, 0, tzinfo=UTC)
    assert [change.after for change in renamed.undo(since(moment)).changes] == [back]


def test_a_time_after_the_last_run_leaves_nothing_to_undo(renamed: History, golden: Golden) -> None:
    plan = renamed.undo(since(datetime(2026, 11, 25, 15, 1, tzinfo=UTC)))
    assert plan.changes == ()
    golden.says("history/undo", "nothing in the part that was chosen", notes_of(plan), path=renamed.path)


def test_a_request_counts_from_when_it_was_sent(history: Histories) -> None:
    past = history(A)
    past.tenant.before_write = lambda _action, _name: setattr(past, "time", past.time.replace(hour=23))
    past.apply(Delete(an_id("a"), A))
    assert past.undo(since(datetime(2026, 11, 25, 22, 0, tzinfo=UTC))).changes == ()


@pytest.mark.parametrize("time", ["yesterday", "2026-11-25T13:00:00"])
def test_a_time_that_was_edited_by_hand_is_named(renamed: History, time: str, golden: Golden) -> None:
    text = renamed.path.read_text().replace("2026-11-25T13:00:00.000Z", time)
    renamed.path.write_text(text)
    run = text.partition('"run": "')[2][:32]
    with pytest.raises(FileFailed) as caught:
        renamed.undo(since(datetime(2026, 11, 25, tzinfo=UTC)))
    golden.says("history/undo", f"a time that was edited: {time}", str(caught.value), run=run)
