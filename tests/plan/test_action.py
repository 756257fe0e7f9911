"""What a change is called, wherever it is shown."""

from __future__ import annotations

import pytest

from reconciler.plan.action import Action, Verdict
from reconciler.plan.changes import Change
from tests.builders import a_create, a_delete, an_update


@pytest.mark.parametrize(
    ("change", "action"),
    [(a_create(), Action.CREATE), (an_update(), Action.UPDATE), (a_delete(), Action.DELETE)],
    ids=str,
)
def test_each_change_knows_its_action(change: Change, action: Action) -> None:
    assert change.action is action


@pytest.mark.parametrize(
    ("action", "word", "sign", "fate", "done"),
    [
        (Action.CREATE, "create", "+", "will be created", "created"),
        (Action.UPDATE, "update", "~", "will be updated in-place", "updated"),
        (Action.DELETE, "delete", "-", "will be destroyed", "deleted"),
    ],
    ids=str,
)
def test_an_action_has_a_sign_and_words(action: Action, word: str, sign: str, fate: str, done: str) -> None:
    assert (f"{action}", action.sign, action.fate, action.done) == (word, sign, fate, done)


def test_creates_come_first_and_deletes_last() -> None:
    assert Action.CREATE.rank < Action.UPDATE.rank < Action.DELETE.rank


@pytest.mark.parametrize(
    ("grants", "revokes", "verdict"),
    [(2, 0, Verdict.WIDENS), (0, 1, Verdict.NARROWS), (1, 1, Verdict.MIXED), (0, 0, Verdict.NEUTRAL)],
)
def test_the_verdict_follows_from_grants_and_revokes(grants: int, revokes: int, verdict: Verdict) -> None:
    assert Verdict.of(grants, revokes) is verdict
