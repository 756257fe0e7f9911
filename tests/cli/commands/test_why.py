"""`reconciler why`: since when, by which change and for which reason a role holds a code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli.boundary import run
from reconciler.cli.outside import Outside
from tests.builders import TODAY
from tests.repository import Repository, a_file, a_set

if TYPE_CHECKING:
    from tests.sentences import Golden

Capture = pytest.CaptureFixture[str]
JOURNAL = {
    "kind": "outcome",
    "run": "1",
    "request": 1,
    "time": "2026-03-14T12:22:00Z",
    "action": "update",
    "name": "billing-clerk",
    "id": "3",
    "before": {"name": "billing-clerk", "description": "", "permissions": ["billing.view"]},
    "after": {"name": "billing-clerk", "description": "", "permissions": ["billing.manage", "billing.view"]},
    "status": "applied",
    "plan_digest": "sha256:0",
    "commit": None,
    "actor": "ana-ruiz",
    "target": "https://tenant.example",
}


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """billing.manage comes, goes and comes back, with a reason; an old name; a role that is gone."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    found = Repository(tmp_path)
    clerk = "roles.d/clerk.yaml"
    found.commit("Start (#151)", {clerk: a_file("clerk", "billing.view", "billing.manage")}, day="2025-11-02")
    found.commit("Tidy (#188)", {clerk: a_file("clerk", "billing.view")}, day="2026-01-09", author="Jon Berg")
    temp = {"roles.d/temp.yaml": a_file("temp", "contacts.view")}
    found.commit(
        "Rename",
        {clerk: a_file("billing-clerk", "billing.view", more="renamed_from: clerk\n"), **temp},
        day="2026-02-01",
    )
    again = a_file(
        "billing-clerk", "billing.view # Every bill", "billing.manage: {reason: Refunds}", more="renamed_from: clerk\n"
    )
    found.commit('Let clerks "pay" back (#212)', {clerk: again, "roles.d/temp.yaml": None}, day="2026-03-14")
    return found


def why(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    capture.readouterr()
    code = run(["why", *arguments], outside=Outside(today=lambda: TODAY))
    out, err = capture.readouterr()
    return code, out, err


def answer(capture: Capture, *arguments: str) -> dict[str, Any]:
    code, out, err = why(capture, *arguments, "--format", "json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def steps(document: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(event["event"], event["date"], event["code"]) for event in document["events"]]


def hidden(text: str) -> str:
    """The text with each hash that git made replaced; it depends on the directory."""
    return re.sub(r"\b[0-9a-f]{12}\b", "{commit}", text)


def test_the_answer_says_since_when_by_which_change_and_why(past: Repository, capsys: Capture, golden: Golden) -> None:
    (past.directory / "journal.jsonl").write_text(json.dumps(JOURNAL) + "\n", encoding="utf-8")
    code, out, _ = why(capsys, "billing-clerk", "billing.manage", "--journal", "journal.jsonl")
    assert code == 0
    golden.says("cli/why", "held", hidden(out))


def test_every_event_of_a_role_is_listed_newest_first(past: Repository, capsys: Capture, golden: Golden) -> None:
    (past.directory / "journal.jsonl").write_text(json.dumps(JOURNAL) + "\n", encoding="utf-8")
    (past.directory / "reconciler.yaml").write_text("journal: journal.jsonl\n", encoding="utf-8")
    golden.says("cli/why", "a role", hidden(why(capsys, "billing-clerk")[1]))


@pytest.mark.usefixtures("past")
def test_grants_and_revokes_have_the_colours_of_a_plan(capsys: Capture) -> None:
    plain = why(capsys, "billing-clerk", "--color", "never")[1]
    colored = why(capsys, "billing-clerk", "--color", "always")[1]
    assert "  \x1b[38;5;28m+\x1b[0m billing.manage\n" in colored
    assert re.sub(r"\x1b\[[0-9;]+m", "", colored) == plain


@pytest.mark.usefixtures("past")
def test_an_old_name_leads_to_the_role_of_today(capsys: Capture, golden: Golden) -> None:
    golden.says("cli/why", "an old name", hidden(why(capsys, "Clerk", "billing.manage")[1]))
    assert answer(capsys, "clerk")["role"] == "billing-clerk"


@pytest.mark.usefixtures("past")
def test_a_role_that_is_gone_has_its_history(capsys: Capture, golden: Golden) -> None:
    golden.says("cli/why", "a role that is gone", hidden(why(capsys, "temp")[1]))
    golden.says("cli/why", "a code of a role that is gone", hidden(why(capsys, "temp", "contacts.view")[1]))


@pytest.mark.usefixtures("past")
def test_a_code_that_the_role_never_held_is_an_answer_too(capsys: Capture, golden: Golden) -> None:
    golden.says("cli/why", "never", why(capsys, "billing-clerk", "contacts.view")[1])
    found = answer(capsys, "billing-clerk", "contacts.view")
    assert (found["holds"], found["events"], found["location"]) == (False, [], None)


def test_the_document_has_place_reason_and_the_commit(past: Repository, capsys: Capture) -> None:
    found = answer(capsys, "billing-clerk", "billing.manage")
    assert found["holds"] is True
    assert found["location"] == {"path": "roles.d/clerk.yaml", "line": 5}
    assert (found["reason"], found["reason_from"]) == ("Refunds", "key")
    assert found["events"][0]["commit"] == past.git("rev-parse", "HEAD")
    assert found["events"][0]["pull_request"] == 212
    assert steps(found) == [
        ("granted", "2026-03-14", "billing.manage"),
        ("revoked", "2026-01-09", "billing.manage"),
        ("granted", "2025-11-02", "billing.manage"),
    ]


@pytest.mark.usefixtures("past")
def test_the_comment_beside_a_code_is_its_reason(capsys: Capture) -> None:
    found = answer(capsys, "billing-clerk", "billing.view")
    assert (found["reason"], found["reason_from"]) == ("Every bill", "comment")


def test_a_comment_beside_a_pattern_is_about_other_codes_too(past: Repository, capsys: Capture) -> None:
    past.write({"permissions.lock.yaml": LOCK, "roles.d/clerk.yaml": a_file("billing-clerk", "billing.* # all")})
    found = answer(capsys, "billing-clerk", "billing.view")
    assert (found["pattern"], found["reason"], found["reason_from"]) == ("billing.*", None, None)


def test_the_name_of_a_permission_comes_from_the_lock(past: Repository, capsys: Capture) -> None:
    past.write({"permissions.lock.yaml": LOCK, "roles.d/clerk.yaml": a_file("billing-clerk", "billing.view")})
    assert why(capsys, "billing-clerk", "billing.view")[1].startswith("billing-clerk can billing.view (View bills)\n")
    assert answer(capsys, "billing-clerk", "billing.refund")["holds"] is False  # only the lock knows it


def test_an_edit_that_is_not_committed_is_the_newest_event(past: Repository, capsys: Capture, golden: Golden) -> None:
    past.write({"roles.d/clerk.yaml": a_file("billing-clerk", "billing.view")})
    golden.says("cli/why", "not committed", hidden(why(capsys, "billing-clerk", "billing.manage")[1]))
    newest = answer(capsys, "billing-clerk", "billing.manage")["events"][0]
    assert (newest["event"], newest["commit"], newest["date"]) == ("revoked", None, TODAY.isoformat())


def test_an_end_is_shown_and_an_ended_grant_is_revoked_the_day_after(past: Repository, capsys: Capture) -> None:
    ends = a_file("billing-clerk", "billing.view: {until: 2026-12-31}", "billing.manage: {until: 2026-06-30}")
    past.commit("Ends", {"roles.d/clerk.yaml": ends}, day="2026-04-01")
    assert "\n  until       2026-12-31\n" in why(capsys, "billing-clerk", "billing.view")[1]
    found = answer(capsys, "billing-clerk", "billing.manage")
    assert (found["holds"], found["until"], found["location"]["line"]) == (False, "2026-06-30", 4)
    assert found["events"][0]["date"] == "2026-07-01"
    assert found["events"][0]["subject"] == "ended 2026-06-30"


def test_today_looks_ahead(past: Repository, capsys: Capture) -> None:
    ends = a_file("billing-clerk", "billing.view: {until: 2026-12-31}")
    past.commit("Ends", {"roles.d/clerk.yaml": ends}, day="2026-04-01")
    assert answer(capsys, "billing-clerk", "billing.view", "--today", "2027-01-01")["holds"] is False


def test_a_grant_through_a_set_names_the_set(past: Repository, capsys: Capture, golden: Golden) -> None:
    sets = "set: desk\npermissions:\n  - contacts.view # The desk\n"
    past.commit("Desk", {"roles.d/desk.yaml": f"{sets}---\nname: desk-lead\ninclude: [desk]\n"}, day="2026-05-01")
    golden.says("cli/why", "through a set", hidden(why(capsys, "desk-lead", "contacts.view")[1]))


def test_a_commit_that_is_not_valid_is_skipped_and_counted(past: Repository, capsys: Capture) -> None:
    good = (past.directory / "roles.d/clerk.yaml").read_text(encoding="utf-8")
    past.commit("Broken", {"roles.d/clerk.yaml": "name: [\n"}, day="2026-05-01")
    assert answer_after(past, good, capsys)["skipped_commits"] == 1
    text = why(capsys, "billing-clerk", "billing.view")[1]
    assert text.endswith("\n1 commit has files that are not valid; it was skipped.\n")
    past.commit("Broken again", {"roles.d/clerk.yaml": "name: [\n"}, day="2026-05-03")
    past.write({"roles.d/clerk.yaml": good})
    text = why(capsys, "billing-clerk", "billing.view")[1]
    assert text.endswith("\n2 commits have files that are not valid; they were skipped.\n")


def answer_after(past: Repository, good: str, capsys: Capture) -> dict[str, Any]:
    past.commit("Mended", {"roles.d/clerk.yaml": good}, day="2026-05-02")
    return answer(capsys, "billing-clerk", "billing.view")


@pytest.mark.usefixtures("past")
def test_what_is_not_known_or_a_system_role_is_3(capsys: Capture, golden: Golden) -> None:
    for case, arguments in {
        "an unknown role": ("biling-clerk",),
        "an unknown code": ("billing-clerk", "biling.view"),
        "a system role": ("Admin",),
    }.items():
        code, out, err = why(capsys, *arguments)
        assert (code, out) == (3, "")
        golden.says("cli/why", case, err)


def test_role_files_that_are_not_valid_are_3(past: Repository, capsys: Capture) -> None:
    past.write({"roles.d/clerk.yaml": "name: [\n"})
    assert why(capsys, "billing-clerk")[0] == 3


def test_without_a_repository_or_a_commit_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, golden: Golden
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roles.d").mkdir()
    (tmp_path / "roles.d/clerk.yaml").write_text(a_file("clerk"), encoding="utf-8")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, _, err = why(capsys, "clerk")
    assert code == 1
    assert "why needs the history of roles.d, which is not in a git repository" in err
    assert why(capsys, "admin")[0] == 3  # no history can make it known, so of the two codes the first counts
    Repository(tmp_path)
    code, _, err = why(capsys, "clerk")
    assert code == 1
    golden.says("cli/why", "no commit", err)


def a_shallow_clone(past: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: int) -> None:
    past.git("clone", "--quiet", "--depth", str(depth), f"file://{past.directory}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")


def test_a_shallow_clone_that_ends_before_the_answer_fails(
    past: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, golden: Golden
) -> None:
    a_shallow_clone(past, tmp_path, monkeypatch, 2)
    for case, arguments in {
        "cut: held": ("billing-clerk", "billing.view"),
        "cut: never": ("billing-clerk", "contacts.view"),
        "cut: a role": ("billing-clerk",),
        "cut: an unknown role": ("nurse",),
        "cut: nearly a role": ("billing-clerc",),
        "cut: an unknown code": ("billing-clerk", "visits.plan"),
    }.items():
        code, out, err = why(capsys, *arguments)
        assert (code, out) == (1, "")
        golden.says("cli/why", case, hidden(err))


def test_a_shallow_clone_without_a_commit_that_is_valid_knows_no_since(
    past: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    past.commit("Broken", {"roles.d/broken.yaml": "name: [\n"})
    a_shallow_clone(past, tmp_path, monkeypatch, 1)
    Path("roles.d/broken.yaml").unlink()
    for arguments in (("billing-clerk",), ("billing-clerk", "billing.view"), ("billing-clerk", "contacts.view")):
        assert why(capsys, *arguments)[:2] == (1, "")


def test_a_shallow_clone_answers_what_it_knows(
    past: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    a_shallow_clone(past, tmp_path, monkeypatch, 2)
    assert steps(answer(capsys, "billing-clerk", "billing.manage")) == [("granted", "2026-03-14", "billing.manage")]
    assert steps(answer(capsys, "temp", "contacts.view")) == [("revoked", "2026-03-14", "contacts.view")]


def test_a_shallow_clone_says_where_it_starts(
    past: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, golden: Golden
) -> None:
    past.commit("Again", {"roles.d/temp.yaml": a_file("temp", "contacts.view")}, day="2026-05-01")
    assert answer(capsys, "temp")["cut"] is None
    a_shallow_clone(past, tmp_path, monkeypatch, 2)
    found = answer(capsys, "temp")
    assert found["cut"] == past.git("rev-parse", "HEAD~1")
    assert [event["event"] for event in found["events"]] == ["created", "granted"]
    golden.says("cli/why", "cut: recreated", hidden(why(capsys, "temp")[1]))


def test_what_a_journal_says_is_of_the_role_that_had_the_name_then(past: Repository, capsys: Capture) -> None:
    past.commit("Another", {"roles.d/new.yaml": a_file("clerk", "billing.manage")}, day="2026-05-01")
    first, second = ("2025-11-02T13:00:00Z", "2026-05-02T13:00:00Z")
    state = {"name": "clerk", "description": "", "permissions": ["billing.manage"]}
    made = [{**JOURNAL, "time": time, "run": time, "before": None, "after": state} for time in (first, second)]
    past.write({"journal.jsonl": "".join(f"{json.dumps(line)}\n" for line in made)})
    for role, time in {"billing-clerk": first, "clerk": second}.items():
        found = answer(capsys, role, "billing.manage", "--journal", "journal.jsonl")
        assert [event["time"] for event in found["applied"]] == [time]


def test_each_of_several_tenants_is_named_with_what_was_applied_to_it_last(
    past: Repository, capsys: Capture, golden: Golden
) -> None:
    other = {**JOURNAL, "target": "https://other.example", "time": "2026-03-16T12:22:00Z", "run": "2"}
    back = {**other, "before": JOURNAL["after"], "after": JOURNAL["before"], "time": "2026-03-17T12:22:00Z", "run": "3"}
    past.write({"journal.jsonl": "".join(f"{json.dumps(line)}\n" for line in (JOURNAL, other, back))})
    given = ("--journal", "journal.jsonl", "--journal", "journal.jsonl")
    golden.says("cli/why", "two tenants", hidden(why(capsys, "billing-clerk", "billing.manage", *given)[1]))
    assert len(answer(capsys, "billing-clerk", "billing.manage", *given)["applied"]) == 3
    assert (
        "\napplied 2026-03-16T12:22:00Z by ana-ruiz to https://other.example (journal.jsonl)\n"
        in (why(capsys, "billing-clerk", *given)[1])
    )


def test_the_comment_beside_a_line_of_a_set_is_the_reason_after_its_end_too(past: Repository, capsys: Capture) -> None:
    desk = a_set("desk", "contacts.view: {until: 2026-06-01} # Move") + "---\nname: temp\ninclude: [desk]\n"
    past.commit("Desk", {"roles.d/temp.yaml": desk}, day="2026-05-01")
    found = answer(capsys, "temp", "contacts.view")
    assert (found["holds"], found["set"], found["reason"]) == (False, "desk", "Move")


def test_a_journal_that_says_something_else_last_says_what(past: Repository, capsys: Capture) -> None:
    back = {
        **JOURNAL,
        "time": "2026-04-01T00:00:00Z",
        "before": JOURNAL["after"],
        "after": JOURNAL["before"],
        "request": 2,
    }
    lines = f"{json.dumps(JOURNAL)}\n{json.dumps(back)}\n"
    (past.directory / "journal.jsonl").write_text(lines, encoding="utf-8")
    text = why(capsys, "billing-clerk", "billing.manage", "--journal", "journal.jsonl")[1]
    assert "\n  applied     revoked 2026-04-01T00:00:00Z by ana-ruiz (journal.jsonl)\n" in text


def test_a_journal_that_is_not_there_fails_and_that_of_the_configuration_may_be_missing(
    past: Repository, capsys: Capture
) -> None:
    assert why(capsys, "billing-clerk", "--journal", "nope.jsonl")[0] == 1
    past.write({"reconciler.yaml": "journal: nope.jsonl\n"})
    assert answer(capsys, "billing-clerk")["applied"] == []


LOCK = """\
version: 1
url: https://tenant.example
permissions:
  billing.refund: {name: Refund, description: "", id: 6d5c1d3e-0b1a-4e0c-9a53-0d3c4f4b8a01}
  billing.view: {name: View bills, description: "", id: 6d5c1d3e-0b1a-4e0c-9a53-0d3c4f4b8a02}
"""
