"""What a change, and a plan of changes, says about itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.plan.action import Verdict
from reconciler.plan.changes import Change
from tests.builders import (
    a_catalogue,
    a_create,
    a_delete,
    a_plan,
    a_role,
    an_update,
)


def test_an_update_of_the_same_name_is_no_rename() -> None:
    assert an_update("lead").renamed_from is None


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (a_create("r", ["a.view"]), Verdict.WIDENS),
        (a_create("r", []), Verdict.NEUTRAL),
        (a_delete("r", ["a.view"]), Verdict.NARROWS),
        (an_update("r", ["a.view"]), Verdict.WIDENS),
        (replace(an_update("r", ["a.view"]), before=a_role("r", ["b.view"])), Verdict.MIXED),
        (replace(an_update("r", ["a.view"]), before=a_role("r", ["a.view"], "Other.")), Verdict.NEUTRAL),
    ],
)
def test_the_verdict_says_whether_access_widens_or_narrows(change: Change, verdict: Verdict) -> None:
    assert change.verdict is verdict


def test_a_create_grants_and_a_delete_revokes_every_code() -> None:
    created, deleted = a_create("r", ["a.view", "b.view"]), a_delete("r", ["a.view"])
    assert created.granted == {"a.view", "b.view"}
    assert not created.revoked
    assert deleted.revoked == {"a.view"}
    assert not deleted.granted


def test_the_summary_counts_changes_grants_and_revokes() -> None:
    plan = a_plan(
        a_create("new", ["a.view", "b.view"]),
        a_delete("old", ["c.view"]),
        replace(an_update("same", ["a.view"]), before=a_role("same", ["a.view"], "Other.")),
        unchanged=(a_role("rest"),),
    )
    summary = plan.summary()
    assert (summary.create, summary.update, summary.delete, summary.unchanged) == (1, 1, 1, 1)
    assert (summary.grants, summary.revokes, summary.roles, summary.verdict) == (2, 1, 2, Verdict.MIXED)


def test_the_catalogue_belongs_to_what_a_plan_shows_and_not_to_what_it_is() -> None:
    plain, named = a_plan(a_create()), a_plan(a_create(), catalogue=a_catalogue("contacts.view"))
    assert (plain, hash(plain)) == (named, hash(named))
    assert "catalogue" not in repr(named)
