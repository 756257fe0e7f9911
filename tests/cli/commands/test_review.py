"""`reconciler review`: what is due, and a review that is recorded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli.outside import Outside
from tests.cli.asking import CTRL_D, asking

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace
    from tests.sentences import Golden

TODAY = date(2026, 11, 29)
ANA = "[user]\nname = Ana  Ruiz\nemail = ana@example.com\n"
REVIEWS = """\
# reviews.yaml: one entry a role; git keeps the earlier ones
version: 1
reviews:
  - role: support-lead
    on: 2026-11-20
    by: Jon Berg <jon@example.com>
    permissions: [conversations.view, contacts.view]    # exactly what was looked at
"""
QUESTION = "Record that you reviewed support-lead with 2 permissions? [y/N]:"


@pytest.fixture
def reviewer(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of git, which says that Ana Ruiz reviews."""
    path = workspace.write("gitconfig", ANA)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    return path


def review(workspace: Workspace, *arguments: str) -> Result:
    return workspace.run("review", *arguments, outside=Outside(today=lambda: TODAY))


def document(workspace: Workspace, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(review(workspace, *arguments, "--format", "json").out)
    return found


def test_every_role_is_in_the_document_in_order(workspace: Workspace) -> None:
    workspace.write("reviews.yaml", REVIEWS)
    assert document(workspace) == {
        "format_version": "1.0",
        "today": "2026-11-29",
        "due_days": 90,
        "roles": [
            {
                "role": "billing-clerk",
                "on": None,
                "by": None,
                "due": True,
                "why": "never",
                "added": ["billing.view", "contacts.view"],
                "removed": [],
            },
            {
                "role": "support-lead",
                "on": "2026-11-20",
                "by": "Jon Berg <jon@example.com>",
                "due": True,
                "why": "changed",
                "added": ["conversations.assign"],
                "removed": ["contacts.view"],
            },
        ],
    }


def test_what_is_due_is_listed_with_what_changed(workspace: Workspace, golden: Golden) -> None:
    workspace.write("reviews.yaml", REVIEWS)
    workspace.write("roles.d/b.yaml", "name: b\npermissions: []\n")
    workspace.write("roles.d/c.yaml", "name: c\npermissions: [x.y]\n")
    old = "  - {role: b, on: 2026-08-30, by: J <j@x>, permissions: [d.e]}\n"
    fine = "  - {role: c, on: 2026-08-31, by: J <j@x>, permissions: [x.y, x.z]}\n"
    workspace.write("reviews.yaml", REVIEWS + old + fine)
    result = review(workspace)
    assert (result.code, result.err) == (0, "")
    golden.says("cli/review", "review", result.out)


def test_what_changed_has_the_colours_of_a_plan(workspace: Workspace) -> None:
    workspace.write("reviews.yaml", REVIEWS)
    workspace.write("roles.d/b.yaml", "name: b\npermissions: [x.y]\n")
    old = "  - {role: b, on: 2026-08-30, by: J <j@x>, permissions: [d.e]}\n"
    workspace.write("reviews.yaml", REVIEWS + old)
    for command in (("review",), ("review", "b")):
        out = workspace.run(*command, "--color", "always").out
        assert "      \x1b[38;5;28m+\x1b[0m x.y" in out
        assert "      \x1b[38;5;196m-\x1b[0m d.e" in out


def test_where_nothing_is_due_it_says_so(workspace: Workspace, golden: Golden) -> None:
    (workspace.directory / "roles.d" / "billing-clerk.yaml").unlink()
    workspace.write("reviews.yaml", REVIEWS.replace("contacts.view", "conversations.assign"))
    golden.says("cli/review", "review, and nothing is due", review(workspace).out)
    golden.says("cli/review", "review --due 9", review(workspace, "--due", "9").out)
    golden.says("cli/review", "review --due 8", review(workspace, "--due", "8").out)


def test_the_exit_code_says_on_request_whether_something_is_due(workspace: Workspace) -> None:
    (workspace.directory / "roles.d" / "billing-clerk.yaml").unlink()
    workspace.write("reviews.yaml", REVIEWS.replace("contacts.view", "conversations.assign"))
    assert review(workspace, "--detailed-exitcode").code == 0
    assert review(workspace, "--detailed-exitcode", "--due", "8").code == 2
    assert review(workspace, "--detailed-exitcode", "--due", "8", "--format", "json").code == 2
    assert review(workspace, "--due", "8").code == 0


def test_another_day_can_be_looked_at(workspace: Workspace, golden: Golden) -> None:
    (workspace.directory / "roles.d" / "billing-clerk.yaml").unlink()
    workspace.write("reviews.yaml", REVIEWS.replace("contacts.view", "conversations.assign"))
    workspace.want("support-lead", "conversations.assign", "conversations.view")
    assert [each["why"] for each in document(workspace, "--today", "2027-02-18")["roles"]] == [None]
    assert [each["why"] for each in document(workspace, "--today", "2027-02-19")["roles"]] == ["old"]
    golden.says("cli/review", "review of another day", review(workspace, "--today", "2027-02-19").out)
    assert document(workspace, "--today", "2026-11-01")["roles"][0]["due"] is False


def test_a_grant_that_ended_is_not_held(workspace: Workspace) -> None:
    workspace.write("reviews.yaml", REVIEWS)
    workspace.write(
        "roles.d/support-lead.yaml",
        "name: support-lead\npermissions: [conversations.view, billing.refund: {until: 2026-11-28}]\n",
    )
    assert document(workspace)["roles"][1]["added"] == []


def test_an_entry_may_be_of_a_day_that_is_looked_ahead_to_or_of_today_when_looking_back(workspace: Workspace) -> None:
    workspace.write("reviews.yaml", REVIEWS)
    assert review(workspace, "--today", "2026-11-19").code == 0
    workspace.write("reviews.yaml", REVIEWS.replace("2026-11-20", "2026-12-24"))
    assert review(workspace, "--today", "2026-12-24").code == 0
    assert review(workspace, "--today", "2026-12-23").code == 3
    assert review(workspace).code == 3


def test_an_entry_about_no_role_is_a_warning(workspace: Workspace) -> None:
    workspace.write("reviews.yaml", REVIEWS.replace("support-lead", "gone"))
    result = review(workspace)
    assert result.code == 0
    assert result.err.startswith("reviews.yaml:4:5: warning: ")


# ---------------------------------------------------------------------------------------------------------- recording


@pytest.mark.usefixtures("reviewer")
def test_the_first_review_makes_the_file(workspace: Workspace, golden: Golden) -> None:
    result = review(workspace, "Support-Lead ", "--yes")
    assert (result.code, result.err) == (0, "")
    golden.says("cli/review", "review support-lead --yes", result.out)
    path = workspace.directory / "reviews.yaml"
    golden.says("cli/review", "the first review", path.read_text())
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each["due"] for each in document(workspace)["roles"]] == [True, False]


@pytest.mark.usefixtures("reviewer")
def test_an_entry_is_replaced_where_it_is(workspace: Workspace, golden: Golden) -> None:
    end = "  # the next one\n  - {role: billing-clerk, on: 2026-11-01, by: J <j@x>, permissions: []}\n"
    path = workspace.write("reviews.yaml", "")
    path.write_bytes(b"\xef\xbb\xbf" + (REVIEWS + end).encode())
    path.chmod(0o640)
    result = review(workspace, "support-lead", "--yes")
    assert result.code == 0
    golden.says("cli/review", "review support-lead --yes, again", result.out)
    head = REVIEWS[: REVIEWS.index("    on:")]
    new = "    permissions:\n      - conversations.assign\n      - conversations.view\n"
    entry = f"    on: 2026-11-29\n    by: Ana Ruiz <ana@example.com>\n{new}"
    assert path.read_bytes() == b"\xef\xbb\xbf" + f"{head}{entry}{end}".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    before = path.read_bytes()
    assert review(workspace, "support-lead", "--yes").code == 0
    assert path.read_bytes() == before


@pytest.mark.usefixtures("reviewer")
def test_a_renamed_role_takes_the_entry_of_its_earlier_name(workspace: Workspace, golden: Golden) -> None:
    path = workspace.write("reviews.yaml", REVIEWS)
    (workspace.directory / "roles.d" / "support-lead.yaml").unlink()
    workspace.want("lead", "contacts.view", renamed_from="support-lead")
    golden.says("cli/review", "review lead, renamed", review(workspace, "lead", "--yes").out)
    assert "support-lead" not in path.read_text()
    assert path.read_text().count("role:") == 1


def test_the_reviewer_sees_the_whole_role(workspace: Workspace, golden: Golden) -> None:
    assert workspace.run("lock").code == 0
    workspace.write("reviews.yaml", REVIEWS)
    workspace.write(
        "roles.d/support-lead.yaml",
        "set: reading\npermissions: [conversations.view: {reason: To read}]\n---\nname: support-lead\n"
        'description: "Leads\\e[2J."\nowner: [team-support, "finance\\u202e"]\ninclude: [reading]\n'
        'permissions: ["billing.*": {until: 2026-12-31}]\n',
    )
    result = review(workspace, "support-lead")
    assert result.code == 4
    golden.says("cli/review", "review of a role with all its parts", result.out)
    golden.says("cli/review", "review without a terminal", result.err)


@pytest.mark.usefixtures("reviewer")
def test_as_json_the_answer_is_the_state_afterwards(workspace: Workspace) -> None:
    result = review(workspace, "support-lead", "--yes", "--format", "json")
    assert result.code == 0
    assert result.err.startswith("support-lead (roles.d/support-lead.yaml:1)\n")
    roles = {each["role"]: each for each in json.loads(result.out)["roles"]}
    assert roles["support-lead"] == {
        "role": "support-lead",
        "on": "2026-11-29",
        "by": "Ana Ruiz <ana@example.com>",
        "due": False,
        "why": None,
        "added": [],
        "removed": [],
    }
    assert roles["billing-clerk"]["why"] == "never"


@pytest.mark.usefixtures("reviewer")
def test_the_report_can_go_to_a_file(workspace: Workspace, golden: Golden) -> None:
    result = review(workspace, "support-lead", "--yes", "--output", "report.txt")
    assert (result.code, result.out) == (0, "")
    report = (workspace.directory / "report.txt").read_text()
    assert report.startswith(result.err)
    golden.says("cli/review", "review support-lead --yes", report)


@pytest.mark.usefixtures("reviewer")
def test_a_report_that_cannot_be_written_keeps_the_review_from_being_recorded(workspace: Workspace) -> None:
    assert review(workspace, "support-lead", "--yes", "--output", "nowhere/report.txt").code == 1
    assert not (workspace.directory / "reviews.yaml").exists()


@pytest.mark.parametrize("arguments", [("--format", "json"), ("--output", "report.txt")])
def test_without_a_terminal_nothing_is_recorded_and_the_report_is_there(
    workspace: Workspace, arguments: tuple[str, ...]
) -> None:
    result = review(workspace, "support-lead", *arguments)
    assert result.code == 4
    assert not (workspace.directory / "reviews.yaml").exists()
    written = result.out or (workspace.directory / "report.txt").read_text()
    assert "support-lead" in written


def test_for_another_day_nothing_is_recorded(
    workspace: Workspace, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = review(workspace, "support-lead", "--today", "2026-12-01")
    assert result.code == 4
    golden.says("cli/review", "review support-lead --today 2026-12-01", result.out + result.err)
    monkeypatch.setenv("RECONCILER_YES", "1")
    assert review(workspace, "support-lead", "--today", "2026-12-01").code == 4


@pytest.mark.parametrize(
    "arguments", [("--yes",), ("--yes", "support-lead", "--today", "2026-11-29"), ("--due", "-1"), ("a", "b")]
)
def test_a_wrong_command_line_is_64(workspace: Workspace, arguments: tuple[str, ...], golden: Golden) -> None:
    result = review(workspace, *arguments)
    assert (result.code, result.out) == (64, "")
    golden.says("cli/review", f"review {' '.join(arguments)}", result.err)


def test_a_yes_in_the_environment_is_for_other_commands_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_YES", "1")
    assert review(workspace).code == 0


@pytest.mark.parametrize("name", ["suport-lead", "shift-lead", "admin", "x\u202ey"])
def test_a_role_that_no_file_defines_is_an_error(workspace: Workspace, name: str, golden: Golden) -> None:
    workspace.want("support-lead", renamed_from="shift-lead")
    result = review(workspace, name, "--yes")
    assert (result.code, result.out) == (3, "")
    golden.says("cli/review", f"review {name.encode('ascii', 'backslashreplace').decode()}", result.err)


# ----------------------------------------------------------------------------------------------------- what is not so


@pytest.mark.parametrize(
    ("configured", "case"),
    [
        ("", "without a name and an address"),
        ("[user]\nname = Ana Ruiz\n", "without an address"),
        ("[user]\nname = Ana\nemail = ana\n", "with an address that is none"),
        ('[user]\nname = "Ana <Ruiz>"\nemail = ana@example.com\n', "with brackets in the name"),
        ("[user\n", "that is not valid"),
    ],
)
def test_without_a_reviewer_nothing_is_recorded(
    workspace: Workspace, reviewer: Path, configured: str, case: str, golden: Golden
) -> None:
    reviewer.write_text(configured)
    result = review(workspace, "support-lead", "--yes")
    assert result.code == 1
    assert not (workspace.directory / "reviews.yaml").exists()
    golden.says("cli/review", f"git {case}", result.err, path=reviewer)


@pytest.mark.usefixtures("reviewer")
def test_without_git_nothing_is_recorded(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    monkeypatch.setenv("PATH", "")
    assert shutil.which("git") is None
    result = review(workspace, "support-lead", "--yes")
    assert result.code == 1
    golden.says("cli/review", "git that is not there", result.err)
    assert review(workspace).code == 0


@pytest.mark.usefixtures("reviewer")
@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("reviews: [{role: x, on: 2026-11-20, by: J <j@x>, permissions: []}]\n", "entries in brackets"),
        ("version: 1\nreviews:\n  - role: lead\n", "an entry that is not whole"),
        (
            REVIEWS.replace("[conv", "&codes [conv")
            + "  - {role: two, on: 2026-11-20, by: J <j@x>, permissions: *codes}\n",
            "an anchor",
        ),
    ],
)
def test_a_file_that_cannot_take_a_review_stays_as_it_is(
    workspace: Workspace, text: str, case: str, golden: Golden
) -> None:
    path = workspace.write("reviews.yaml", text)
    result = review(workspace, "support-lead", "--yes")
    assert result.code == 3
    assert path.read_text() == text
    golden.says("cli/review", f"review of a file with {case}", result.err)


@pytest.mark.usefixtures("reviewer")
def test_a_file_that_the_configuration_names_must_be_there_to_be_read(workspace: Workspace, golden: Golden) -> None:
    workspace.write("reconciler.yaml", "version: 1\nreviews: access/reviews.yaml\n")
    for command in ("review", "validate"):
        result = workspace.run(command, outside=Outside(today=lambda: TODAY))
        assert result.code == 3
        assert result.out + result.err != ""
    golden.says("cli/review", "review of a file that is named and not there", review(workspace).err)
    assert workspace.run("plan").code in {0, 4}
    assert review(workspace, "support-lead", "--yes").code == 0
    assert (workspace.directory / "access" / "reviews.yaml").is_file()
    assert review(workspace).code == 0
    assert workspace.run("validate", outside=Outside(today=lambda: TODAY)).code == 0


def test_every_problem_of_every_file_is_reported_in_one_run(workspace: Workspace) -> None:
    workspace.write("reviews.yaml", "reviews: [x]\n")
    workspace.write("roles.d/x.yaml", "name: no\n")
    workspace.write("reconciler.yaml", "version: 2\n")
    result = review(workspace)
    assert result.code == 3
    assert [line.split(" ")[0] for line in result.err.splitlines()] == [
        "reconciler.yaml:1:10:",
        "reviews.yaml:1:11:",
        "roles.d/x.yaml:1:1:",
        "roles.d/x.yaml:1:7:",
        "reconciler:",
    ]


@pytest.mark.usefixtures("reviewer")
def test_a_directory_that_cannot_be_written_is_a_failure(workspace: Workspace) -> None:
    (workspace.directory / "reviews").write_text("a file")
    workspace.write("reconciler.yaml", "version: 1\nreviews: reviews/x.yaml\n")
    result = review(workspace, "support-lead", "--yes")
    assert result.code == 1
    assert "reviews/x.yaml" in result.err


# ------------------------------------------------------------------------------------------------------------- asking


@pytest.mark.usefixtures("reviewer")
def test_a_yes_on_the_terminal_records(workspace: Workspace) -> None:
    with asking(workspace, QUESTION, "review", "support-lead") as command:
        os.write(command.keyboard, b"y\n")
        assert command.end() == (0, "")
    assert "role: support-lead" in (workspace.directory / "reviews.yaml").read_text()


@pytest.mark.usefixtures("reviewer")
@pytest.mark.parametrize("answer", ["n\n", CTRL_D], ids=["no", "end of input"])
def test_any_other_answer_does_not(workspace: Workspace, answer: str) -> None:
    with asking(workspace, QUESTION, "review", "support-lead") as command:
        os.write(command.keyboard, answer.encode())
        assert command.end() == (4, "reconciler: not confirmed; nothing was written")
    assert not (workspace.directory / "reviews.yaml").exists()


@pytest.mark.usefixtures("reviewer")
def test_what_was_shown_is_recorded_whatever_changed_before_the_answer(workspace: Workspace) -> None:
    with asking(workspace, QUESTION, "review", "support-lead") as command:
        workspace.want("support-lead", "billing.refund")
        other = "reviews:\n  - {role: billing-clerk, on: 2020-01-01, by: J <j@x>, permissions: []}\n"
        path = workspace.write("reviews.yaml", other)
        os.write(command.keyboard, b"y\n")
        assert command.end() == (0, "")
    assert path.read_text().startswith(other)
    answer = json.loads(workspace.run("review", "--due", "99999", "--format", "json").out)
    assert [(each["role"], each["why"], each["added"]) for each in answer["roles"]] == [
        ("billing-clerk", "changed", ["billing.view", "contacts.view"]),
        ("support-lead", "changed", ["billing.refund"]),
    ]


@pytest.mark.usefixtures("reviewer")
def test_a_reader_that_left_before_the_role_was_shown_keeps_the_review_from_being_recorded(
    workspace: Workspace,
) -> None:
    command = [sys.executable, "-m", "reconciler", "review", "support-lead", "--yes"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr.endswith("nothing was written\n")
    assert not (workspace.directory / "reviews.yaml").exists()


def test_it_loads_neither_httpx_nor_deepdiff_nor_pydantic(workspace: Workspace) -> None:
    workspace.write("reviews.yaml", REVIEWS.replace("2026-11-20", "2020-01-01"))
    program = (
        "import sys\n"
        "from reconciler.cli.boundary import run\n"
        "code = run(['review'])\n"
        "found = sorted({'httpx', 'deepdiff', 'pydantic', 'rich'} & set(sys.modules))\n"
        "sys.exit(str(found) if found or code else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_reviews_that_would_be_read_as_a_role_file_are_an_error_and_not_written(
    workspace: Workspace, reviewer: Path, golden: Golden
) -> None:
    assert reviewer.exists()
    workspace.write("reconciler.yaml", "reviews: roles.d/reviews.yaml\n")
    result = review(workspace, "support-lead", "--yes")
    assert result.code == 3
    assert not Path("roles.d/reviews.yaml").exists()
    golden.says("cli/review", "reviews among the role files", result.err)
