"""`reconciler report`: who holds what, since when and why, for an auditor."""

from __future__ import annotations

import csv
import io
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
LOCK = """\
version: 1
url: https://tenant.example
permissions:
  billing.refund: {name: Refund payments, id: 6d5c1d3e-0b1a-4e0c-9a53-0d3c4f4b8a01}
  billing.view: {name: View bills, category: Money, id: 6d5c1d3e-0b1a-4e0c-9a53-0d3c4f4b8a02}
  contacts.export: {name: Export contacts, id: 6d5c1d3e-0b1a-4e0c-9a53-0d3c4f4b8a03}
  contacts.view: {name: View contacts, id: 6d5c1d3e-0b1a-4e0c-9a53-0d3c4f4b8a04}
"""
POLICIES = """\
policies:
  - {id: refunds, cannot: [billing.refund]}
waivers:
  - {policy: refunds, role: clerk, codes: [billing.refund], reason: FIN-212, until: 2026-12-31}
"""
JOURNAL = {
    "kind": "outcome",
    "run": "1",
    "request": 1,
    "time": "2026-11-20T15:00:00Z",
    "action": "update",
    "name": "clerk",
    "id": "3",
    "before": {"name": "clerk", "description": "", "permissions": ["billing.view"]},
    "after": {"name": "clerk", "description": "", "permissions": ["billing.refund", "billing.view"]},
    "status": "applied",
    "plan_digest": "sha256:0",
    "commit": None,
    "actor": "ana-ruiz",
    "target": "https://tenant.example",
}
FIRST: dict[str, str | None] = {
    "permissions.lock.yaml": LOCK,
    "roles.d/clerk.yaml": a_file("clerk", "billing.view # Every bill"),
    "roles.d/temp.yaml": a_file("temp", "contacts.view"),
    "roles.d/none.yaml": a_file("none"),
}
SECOND: dict[str, str | None] = {
    "policies.yaml": POLICIES,
    "roles.d/clerk.yaml": a_file("clerk", "billing.view # Every bill", "billing.refund: {until: 2026-12-31}"),
    "roles.d/temp.yaml": None,
}


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A clerk who is given refunds in November, when another role goes; and a role without permissions."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    found = Repository(tmp_path)
    found.commit("Start (#151)", FIRST, day="2025-11-02")
    found.commit("Let clerks pay back (#212)", SECOND, day="2026-11-20", author="Jon Berg")
    return found


def report(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    capture.readouterr()
    code = run(["report", *arguments], outside=Outside(today=lambda: TODAY))
    out, err = capture.readouterr()
    return code, out, err


def document(capture: Capture, *arguments: str) -> dict[str, Any]:
    code, out, err = report(capture, *arguments, "--format", "json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def hidden(text: str) -> str:
    """The text with each hash that git made replaced; it depends on the directory."""
    return re.sub(r"\b[0-9a-f]{12}\b", "{commit}", text)


def test_the_report_is_as_it_was_read(past: Repository, capsys: Capture, golden: Golden) -> None:
    past.write({"journal.jsonl": json.dumps(JOURNAL) + "\n"})
    code, out, err = report(capsys, "--since", "2026-11-01", "--journal", "journal.jsonl")
    assert (code, err) == (0, "")
    golden.says("cli/report", "text", hidden(out))


def test_the_document_has_the_rows_the_changes_and_the_advice(past: Repository, capsys: Capture) -> None:
    found = document(capsys, "--since", "2026-11-20")
    head = past.git("rev-parse", "HEAD")
    assert found["covers"] == {"roles_dir": "roles.d", "commit": head, "today": "2026-11-29", "since": "2026-11-20"}
    assert [(row["role"], row["code"]) for row in found["rows"]] == [
        ("clerk", "billing.refund"),
        ("clerk", "billing.view"),
        ("none", ""),
    ]
    refund, view, _ = found["rows"]
    assert (refund["since"], refund["commit"], refund["pull_request"]) == ("2026-11-20", head, 212)
    assert (refund["authors"], refund["until"], refund["findings"]) == (["Jon Berg"], "2026-12-31", ["refunds"])
    assert refund["waivers"] == ["refunds until 2026-12-31: FIN-212"]
    assert (view["since"], view["name"], view["category"]) == ("2025-11-02", "View bills", "Money")
    assert view["reason"] == "Every bill"
    assert [(change["event"], change["role"], change["code"]) for change in found["changes"]] == [
        ("deleted", "temp", None),
        ("revoked", "temp", "contacts.view"),
        ("granted", "clerk", "billing.refund"),
    ]
    assert found["advice"] == {"equal": [], "unused": ["contacts.export", "contacts.view"]}


@pytest.mark.usefixtures("past")
def test_without_a_day_there_are_no_changes(capsys: Capture) -> None:
    found = document(capsys)
    assert (found["changes"], found["covers"]["since"]) == ([], None)


def test_a_day_to_come_has_no_changes(past: Repository, capsys: Capture) -> None:
    assert past.directory.is_dir()
    assert document(capsys, "--since", "2027-01-01")["changes"] == []


def test_a_journal_says_when_a_change_was_applied(past: Repository, capsys: Capture) -> None:
    past.write({"journal.jsonl": json.dumps(JOURNAL) + "\n", "reconciler.yaml": "journal: journal.jsonl\n"})
    changes = document(capsys, "--since", "2026-11-20")["changes"]
    (applied,) = changes[2]["applied"]
    assert (applied["time"], applied["actor"], applied["journal"]) == (
        "2026-11-20T15:00:00Z",
        "ana-ruiz",
        "journal.jsonl",
    )
    assert [change["applied"] for change in changes[:2]] == [[], []]


def test_without_a_day_the_journal_of_the_configuration_is_not_read(past: Repository, capsys: Capture) -> None:
    past.write({"journal.jsonl": "corrupt\n", "reconciler.yaml": "journal: journal.jsonl\n"})
    assert report(capsys)[0] == 0
    assert report(capsys, "--since", "2026-11-20")[0] == 1


def test_csv_goes_to_a_file_with_its_line_ends(past: Repository, capsys: Capture) -> None:
    assert report(capsys, "--format", "csv", "--output", "access.csv") == (0, "", "")
    content = (past.directory / "access.csv").read_bytes()
    assert content.startswith(b"role,code,name,")
    assert content.count(b"\r\n") == content.count(b"\n") == 4
    code, out, _ = report(capsys, "--format", "csv")
    assert (code, out.encode()) == (0, content)
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert [row["code"] for row in rows] == ["billing.refund", "billing.view", ""]


def test_a_review_counts_for_what_it_lists_also_under_an_earlier_name(past: Repository, capsys: Capture) -> None:
    review = "- {role: teller, on: 2026-11-21, by: Jon Berg <jon@example.com>, permissions: [billing.view]}\n"
    renamed = a_file("clerk", "billing.view", "billing.refund", more="renamed_from: teller\n")
    past.write({"reviews.yaml": f"version: 1\nreviews:\n{review}", "roles.d/clerk.yaml": renamed})
    rows = document(capsys)["rows"]
    assert [(row["code"], row["reviewed_on"], row["reviewed_by"]) for row in rows[:2]] == [
        ("billing.refund", None, None),
        ("billing.view", "2026-11-21", "Jon Berg <jon@example.com>"),
    ]
    past.write({"reviews.yaml": review})
    assert report(capsys)[0] == 3


@pytest.mark.usefixtures("past")
def test_the_page_is_whole(capsys: Capture) -> None:
    code, out, _ = report(capsys, "--format", "html", "--since", "2026-11-01")
    assert code == 0
    assert out.startswith("<!DOCTYPE html>")
    assert out.endswith("</html>\n")


def test_an_edit_that_is_not_committed_is_in_the_report(past: Repository, capsys: Capture) -> None:
    past.write({"roles.d/none.yaml": a_file("none", "contacts.view")})
    row = document(capsys)["rows"][-1]
    assert (row["code"], row["since"], row["commit"], row["authors"]) == ("contacts.view", "2026-11-29", None, [])


@pytest.mark.usefixtures("past")
def test_today_looks_ahead(capsys: Capture) -> None:
    found = document(capsys, "--today", "2027-01-01", "--since", "2027-01-01")
    assert [row["code"] for row in found["rows"]] == ["billing.view", ""]
    (change,) = found["changes"]
    assert (change["event"], change["code"], change["subject"]) == ("revoked", "billing.refund", "ended 2026-12-31")
    assert report(capsys, "--today", "2027-01-01")[1].startswith("As of 2027-01-01 (not today)\n")


def test_a_denied_finding_does_not_change_the_exit_code(past: Repository, capsys: Capture) -> None:
    past.write({"policies.yaml": POLICIES.partition("waivers:")[0]})
    code, out, _ = report(capsys)
    assert code == 0
    assert "breaks refunds" in out


def test_without_policies_and_without_a_lock_there_is_a_report_too(past: Repository, capsys: Capture) -> None:
    past.write({"policies.yaml": None, "permissions.lock.yaml": None})
    row = document(capsys)["rows"][1]
    assert (row["name"], row["category"], row["findings"]) == ("", "billing", [])


def test_files_that_are_not_valid_are_3(past: Repository, capsys: Capture) -> None:
    past.write({"roles.d/none.yaml": "name: [\n"})
    assert report(capsys)[0] == 3


def test_a_journal_that_is_not_there_fails(past: Repository, capsys: Capture) -> None:
    assert past.directory.is_dir()
    code, out, err = report(capsys, "--journal", "nope.jsonl")
    assert (code, out) == (1, "")
    assert "nope.jsonl" in err


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", ""])
def test_a_day_that_is_none_is_a_wrong_command_line(capsys: Capture, day: str) -> None:
    assert report(capsys, "--since", day)[0] == 64


def test_without_a_repository_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, golden: Golden
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "roles.d").mkdir()
    (tmp_path / "roles.d/clerk.yaml").write_text(a_file("clerk"), encoding="utf-8")
    code, _, err = report(capsys)
    assert code == 1
    Repository(tmp_path)
    code, _, err = report(capsys)
    assert code == 1
    golden.says("cli/report", "no commit", err)


def a_shallow_clone(past: Repository, monkeypatch: pytest.MonkeyPatch, depth: int) -> None:
    clone = past.directory / "clone"
    past.git("clone", "--quiet", "--depth", str(depth), f"file://{past.directory}", str(clone))
    monkeypatch.chdir(clone)


def test_a_shallow_clone_that_ends_before_a_grant_fails(
    past: Repository, monkeypatch: pytest.MonkeyPatch, capsys: Capture, golden: Golden
) -> None:
    a_shallow_clone(past, monkeypatch, 1)
    code, out, err = report(capsys)
    assert (code, out) == (1, "")
    golden.says("cli/report", "cut: a grant", hidden(err))


def test_a_shallow_clone_that_ends_after_the_day_fails(
    past: Repository, monkeypatch: pytest.MonkeyPatch, capsys: Capture, golden: Golden
) -> None:
    empty: dict[str, str | None] = {"roles.d/clerk.yaml": a_file("clerk"), "roles.d/none.yaml": a_file("none")}
    past.commit("All goes", empty, day="2026-11-21")
    past.commit("A grant", {"roles.d/none.yaml": a_file("none", "contacts.view")}, day="2026-11-25")
    a_shallow_clone(past, monkeypatch, 2)
    past_policies = past.directory / "clone" / "policies.yaml"
    past_policies.unlink()
    code, out, err = report(capsys, "--since", "2026-11-21")
    assert (code, out) == (1, "")
    golden.says("cli/report", "cut: a day", hidden(err))
    assert len(document(capsys, "--since", "2026-11-22")["changes"]) == 1


def test_a_shallow_clone_without_a_commit_that_is_valid_fails_also_where_no_role_holds_a_code(
    past: Repository, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    past.commit("Broken", {"roles.d/broken.yaml": "name: [\n"}, day="2026-11-20")
    a_shallow_clone(past, monkeypatch, 1)
    assert report(capsys)[0] == 3
    Path("roles.d/broken.yaml").unlink()
    assert report(capsys)[0] == 1
    for path in Path("roles.d").iterdir():
        path.write_text(f"name: {path.stem}\npermissions: []\n", encoding="utf-8")
    for name in ("policies.yaml", "reviews.yaml"):
        Path(name).unlink(missing_ok=True)
    assert report(capsys)[0] == 0
    assert report(capsys, "--since", "2026-11-21")[:2] == (1, "")


def test_a_subject_and_an_author_in_another_encoding_do_no_harm(past: Repository, capsys: Capture) -> None:
    text = a_file("none", "contacts.view")
    past.commit("\x1b[31m ::error::x\u202e", {"roles.d/none.yaml": text}, day="2026-11-21", author="=A\x07 B")
    code, out, _ = report(capsys, "--since", "2026-11-21")
    assert code == 0
    assert not set(out) & {"\x1b", "\x07", "\u202e"}
    for form in ("csv", "html", "json"):
        assert report(capsys, "--format", form, "--since", "2026-11-21")[0] == 0
