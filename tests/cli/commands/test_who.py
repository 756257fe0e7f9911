"""`reconciler who`: which roles hold a code, now or then."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli.boundary import run
from reconciler.cli.outside import Outside
from tests.builders import TODAY
from tests.repository import Repository, a_file

if TYPE_CHECKING:
    from tests.sentences import Golden

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The lead may export since February, by a set since May; the clerk may from January to March."""
    monkeypatch.chdir(tmp_path)
    found = Repository(tmp_path)
    clerk, lead = "roles.d/clerk.yaml", "roles.d/lead.yaml"
    found.commit("Start", {clerk: a_file("clerk", "contacts.export", "contacts.view")}, day="2026-01-10")
    export = a_file("lead", "contacts.export: {until: 2026-12-31, reason: Audits}")
    found.commit("Lead (#7)", {lead: export}, day="2026-02-10")
    found.git("tag", "february")
    found.commit("Clerk", {clerk: a_file("clerk", "contacts.view")}, day="2026-03-10")
    return found


def who(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    capture.readouterr()
    code = run(["who", *arguments], outside=Outside(today=lambda: TODAY))
    out, err = capture.readouterr()
    return code, out, err


def answer(capture: Capture, *arguments: str) -> dict[str, Any]:
    code, out, err = who(capture, *arguments, "--format", "json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def names(document: dict[str, Any]) -> list[str]:
    return [entry["role"] for entry in document["roles"]]


def hidden(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "{commit}", text)


def test_the_roles_of_today_have_their_change_and_their_place(
    past: Repository, capsys: Capture, golden: Golden
) -> None:
    golden.says("cli/who", "today", hidden(who(capsys, "contacts.export")[1]))
    found = answer(capsys, "contacts.export")
    assert found["at"] == {"date": TODAY.isoformat(), "commit": past.git("rev-parse", "HEAD")}
    (lead,) = found["roles"]
    assert lead["location"] == {"path": "roles.d/lead.yaml", "line": 3}
    assert (lead["reason"], lead["until"]) == ("Audits", "2026-12-31")
    assert (lead["since"]["date"], lead["since"]["pull_request"]) == ("2026-02-10", 7)


def test_a_set_and_a_pattern_are_named(past: Repository, capsys: Capture, golden: Golden) -> None:
    text = "set: desk\npermissions: [contacts.view]\n---\nname: desk-lead\ninclude: [desk]\n"
    past.commit("Desk", {"roles.d/desk.yaml": text}, day="2026-05-01")
    assert [entry["set"] for entry in answer(capsys, "contacts.view")["roles"]] == [None, "desk"]
    golden.says("cli/who", "through a set", hidden(who(capsys, "contacts.view")[1]))


def test_a_day_in_the_past_has_the_state_of_the_newest_commit_until_then(past: Repository, capsys: Capture) -> None:
    for day, expected in {
        "2026-01-10": ["clerk"],
        "2026-02-10": ["clerk", "lead"],
        "2026-03-09": ["clerk", "lead"],
        "2026-03-10": ["lead"],
        "2027-01-01": [],
    }.items():
        assert names(answer(capsys, "contacts.export", "--at", day)) == expected, day
    then = answer(capsys, "contacts.export", "--at", "2026-03-09")
    assert then["at"] == {"date": "2026-03-09", "commit": past.git("rev-parse", "february")}
    assert [entry["location"] for entry in then["roles"]] == [None, None]


def test_a_commit_has_the_state_of_that_commit(past: Repository, capsys: Capture) -> None:
    found = answer(capsys, "contacts.export", "--at", "february")
    assert (found["at"]["date"], names(found)) == ("2026-02-10", ["clerk", "lead"])
    past.git("checkout", "--quiet", "-b", "side", "february")
    past.commit("Side", {"roles.d/side.yaml": a_file("side", "contacts.export")}, day="2026-04-01")
    past.git("checkout", "--quiet", "main")
    assert names(answer(capsys, "contacts.export", "--at", "side")) == ["clerk", "lead", "side"]


def test_a_code_may_be_known_at_that_commit_alone(past: Repository, capsys: Capture) -> None:
    past.branch("side")
    past.commit("Side", {"roles.d/side.yaml": a_file("side", "reports.view")}, day="2026-04-01")
    past.switch("main")
    assert names(answer(capsys, "reports.view", "--at", "side")) == ["side"]


def test_the_reason_may_be_the_comment_that_the_item_had_then(past: Repository, capsys: Capture) -> None:
    past.commit("A", {"roles.d/clerk.yaml": a_file("clerk", "reports.view # Every Monday")}, day="2026-06-01")
    past.commit("B", {"roles.d/clerk.yaml": a_file("clerk", "reports.view # Every week")}, day="2026-06-03")
    past.commit("C", {"roles.d/clerk.yaml": "broken"}, day="2026-06-04")
    past.commit(
        "D", {"roles.d/clerk.yaml": a_file("clerk", "reports.view: {reason: Audits} # Other")}, day="2026-06-05"
    )
    expected = {"2026-06-02": "Every Monday", "2026-06-04": "Every week", "2026-06-06": "Audits"}
    for day, reason in expected.items():
        (clerk,) = answer(capsys, "reports.view", "--at", day)["roles"]
        assert clerk["reason"] == reason


def test_a_date_wins_over_a_branch_of_that_name(past: Repository, capsys: Capture) -> None:
    past.git("branch", "2026-01-10", "february")
    assert names(answer(capsys, "contacts.export", "--at", "2026-01-10")) == ["clerk"]


@pytest.mark.usefixtures("past")
def test_nobody_is_an_answer(capsys: Capture, golden: Golden) -> None:
    golden.says("cli/who", "then", hidden(who(capsys, "contacts.export", "--at", "2026-02-11")[1]))
    golden.says("cli/who", "nobody", hidden(who(capsys, "contacts.export", "--at", "2027-01-01")[1]))
    golden.says("cli/who", "before", who(capsys, "contacts.export", "--at", "2020-01-01")[1])
    before = answer(capsys, "contacts.export", "--at", "2020-01-01")
    assert (before["at"], before["roles"]) == ({"date": "2020-01-01", "commit": None}, [])


def test_a_grant_that_is_not_committed_is_not_in_the_answer(past: Repository, capsys: Capture) -> None:
    past.write({"roles.d/new.yaml": a_file("new", "contacts.export"), "roles.d/lead.yaml": a_file("lead")})
    (lead,) = answer(capsys, "contacts.export")["roles"]
    assert (lead["role"], lead["location"]) == ("lead", None)


def test_the_text_says_what_is_not_committed(past: Repository, capsys: Capture, golden: Golden) -> None:
    past.write({"roles.d/new.yaml": a_file("new", "contacts.export"), "roles.d/lead.yaml": a_file("lead")})
    golden.says("cli/who", "not committed", hidden(who(capsys, "contacts.export")[1]))
    assert "Not committed" not in who(capsys, "contacts.export", "--at", "HEAD")[1]


def test_a_code_that_only_an_edit_grants_is_held_by_nobody_yet(
    past: Repository, capsys: Capture, golden: Golden
) -> None:
    past.write(
        {"roles.d/new.yaml": a_file("new", "billing.refund"), "roles.d/other.yaml": a_file("x", "billing.refund")}
    )
    golden.says("cli/who", "only an edit grants it", hidden(who(capsys, "billing.refund")[1]))


def test_an_edit_that_several_roles_lose_a_code_by_names_them_all(past: Repository, capsys: Capture) -> None:
    past.commit("Both", {"roles.d/clerk.yaml": a_file("clerk", "contacts.export")}, day="2026-05-01")
    past.write({"roles.d/clerk.yaml": a_file("clerk"), "roles.d/lead.yaml": a_file("lead")})
    assert "\nNot committed: clerk, lead lose it.\n" in who(capsys, "contacts.export")[1]


def test_skipped_commits_are_counted(past: Repository, capsys: Capture) -> None:
    good = a_file("clerk", "contacts.view")
    past.commit("Broken", {"roles.d/clerk.yaml": "name: [\n"}, day="2026-05-01")
    past.commit("Mended", {"roles.d/clerk.yaml": good}, day="2026-05-02")
    assert answer(capsys, "contacts.export")["skipped_commits"] == 1
    assert who(capsys, "contacts.export")[1].endswith("\n1 commit has files that are not valid; it was skipped.\n")


@pytest.mark.usefixtures("past")
def test_what_cannot_be_answered_has_its_code(capsys: Capture, golden: Golden) -> None:
    for case, expected, arguments in (
        ("an unknown code", 3, ("contacts.exprot",)),
        ("not a commit", 64, ("contacts.export", "--at", "2026-13-01")),
        ("two days", 64, ("contacts.export", "--at", "HEAD", "--today", "2026-01-01")),
    ):
        code, out, err = who(capsys, *arguments)
        assert (code, out) == (expected, "")
        golden.says("cli/who", case, err)


def test_a_shallow_clone_without_a_commit_that_is_valid_says_of_no_code_that_nobody_holds_it(
    past: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, golden: Golden
) -> None:
    past.commit("Broken", {"roles.d/broken.yaml": "name: [\n"}, day="2026-05-01")
    past.commit("Mended", {"roles.d/broken.yaml": None}, day="2026-05-03")
    past.git("clone", "--quiet", "--depth", "2", f"file://{past.directory}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    code, out, err = who(capsys, "contacts.export", "--at", "2026-05-02")
    assert (code, out) == (1, "")
    golden.says("cli/who", "cut: no commit is valid", hidden(err))


def test_a_shallow_clone_says_what_it_cannot(
    past: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, golden: Golden
) -> None:
    past.git("clone", "--quiet", "--depth", "2", f"file://{past.directory}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    for case, arguments in {
        "cut": ("contacts.export",),
        "cut: a day": ("contacts.export", "--at", "2026-02-09"),
    }.items():
        code, out, err = who(capsys, *arguments)
        assert (code, out) == (1, "")
        golden.says("cli/who", case, hidden(err))
