"""The one clock: `--today`, grants that end, and plans that are valid until a day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.model.days import Day
from tests.hurried import HURRIED

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from tests.sentences import Golden

END = Day(2026, 12, 31)
BEFORE, AFTER = Day(2026, 12, 30), Day(2027, 1, 1)


@pytest.fixture
def ending(workspace: Workspace) -> Workspace:
    """A workspace where temp-role, as it is live, holds contacts.view until the end of 2026."""
    workspace.write("roles.d/temp.yaml", f"name: temp-role\npermissions: [contacts.view: {{until: {END}}}]\n")
    return workspace


def plan(workspace: Workspace, today: Day, *arguments: str) -> dict[str, Any]:
    result = workspace.run("plan", "--format", "json", *arguments, outside=HURRIED._replace(today=lambda: today))
    document: dict[str, Any] = json.loads(result.out)
    return document


@pytest.mark.parametrize(("today", "revoked"), [(BEFORE, None), (END, None), (AFTER, ["contacts.view"])])
def test_a_grant_is_revoked_from_the_day_after_its_last(
    ending: Workspace, today: Day, revoked: list[str] | None
) -> None:
    for document in (plan(ending, today), plan(ending, Day(2026, 11, 29), "--today", str(today))):
        changes = {change["name"]: change for change in document["changes"]}
        assert (changes["temp-role"]["permissions"]["revoked"] if revoked else changes.get("temp-role")) == revoked
        assert document["today"] == str(today)
        assert document["valid_until"] == (None if revoked else str(END))


def test_a_plan_for_another_day_says_so_and_is_not_applied(ending: Workspace, golden: Golden) -> None:
    ahead = HURRIED._replace(today=lambda: END)
    document = plan(ending, END, "--today", str(AFTER))
    assert document["looks_ahead"] is True
    ending.write("plan.json", json.dumps(document))
    result = ending.run("apply", "plan.json", "--yes", outside=ahead)
    assert result.code == 64
    golden.says("cli/today", "apply a plan that looks ahead", result.err)


def test_the_day_of_the_run_does_not_look_ahead(ending: Workspace) -> None:
    assert plan(ending, END, "--today", str(END))["looks_ahead"] is False


@pytest.mark.parametrize("command", ["plan", "validate"])
@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "2026-12-31T10:00", ""])
def test_what_is_no_date_is_a_wrong_command_line(workspace: Workspace, command: str, day: str) -> None:
    assert workspace.run(command, "--today", day).code == 64


def test_a_plan_for_another_day_is_not_saved(workspace: Workspace, golden: Golden) -> None:
    result = workspace.run("plan", "--today", str(AFTER), "--out", "plan.json")
    assert (result.code, (workspace.directory / "plan.json").exists()) == (64, False)
    golden.says("cli/today", "save a plan that looks ahead", result.err)


def test_the_day_has_no_variable(ending: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_TODAY", str(AFTER))
    assert plan(ending, END)["today"] == str(END)


@pytest.mark.parametrize(("today", "code"), [(BEFORE, 0), (END, 0), (AFTER, 5)])
def test_a_saved_plan_is_valid_until_the_first_end(ending: Workspace, today: Day, code: int, golden: Golden) -> None:
    made = ending.run("plan", "--out", "plan.json", outside=HURRIED._replace(today=lambda: BEFORE))
    assert made.code == 0
    result = ending.run("apply", "plan.json", "--yes", outside=HURRIED._replace(today=lambda: today))
    assert result.code == code
    if code:
        golden.says("cli/today", "apply a plan after its last day", result.err)


def test_validate_looks_ahead_too(ending: Workspace) -> None:
    rules = {
        str(day): [problem["rule"] for problem in json.loads(found.out)["problems"]]
        for day in (Day(2026, 11, 1), BEFORE, AFTER)
        for found in [ending.run("validate", "--format", "json", "--today", str(day))]
    }
    assert rules == {"2026-11-01": [], "2026-12-30": ["ends-soon"], "2027-01-01": ["ended"]}


def test_a_plan_notes_what_ends_soon(ending: Workspace) -> None:
    assert [note for note in plan(ending, BEFORE)["notes"] if "ends in 1 day (2026-12-31)" in note]


def test_undo_may_give_an_ended_grant_back_with_a_note(ending: Workspace, golden: Golden) -> None:
    later = HURRIED._replace(today=lambda: AFTER)
    assert ending.run("apply", "--yes", "--journal", "journal.jsonl", outside=later).code == 0
    undone = ending.run("undo", "journal.jsonl", "--format", "json", outside=later)
    document = json.loads(undone.out)
    (change,) = [change for change in document["changes"] if change["name"] == "temp-role"]
    assert change["permissions"]["granted"] == ["contacts.view"]
    (note,) = [note for note in document["notes"] if "contacts.view" in note]
    golden.says("cli/today", "undo gives back an ended grant", note)
    assert document["today"] == str(AFTER)


def test_undo_needs_no_role_files_and_no_end(ending: Workspace) -> None:
    later = HURRIED._replace(today=lambda: BEFORE)
    assert ending.run("apply", "--yes", "--journal", "journal.jsonl", outside=later).code == 0
    notes = json.loads(ending.run("undo", "journal.jsonl", "--format", "json", outside=later).out)["notes"]
    (ending.directory / "roles.d").rename(ending.directory / "elsewhere")
    assert json.loads(ending.run("undo", "journal.jsonl", "--format", "json", outside=later).out)["notes"] == notes
