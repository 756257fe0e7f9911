"""A report that cannot be printed: the reader left, the disk is full, the terminal has another encoding."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Workspace

needs_full = pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this system has no /dev/full")
LEFT = "reconciler: the reader of standard output closed it before the report ended; "
NO_SPACE = "reconciler: cannot write to standard output: No space left on device"
EVERY_COMMAND = [
    ["--help"],
    ["--version"],
    ["plan", "--help"],
    ["plan"],
    ["apply", "--yes"],
    ["export"],
    ["schema", "--format", "json"],
    ["sandbox", "--port", "0"],
    ["demo"],
]


def run_into(
    stdout: int, workspace: Workspace, *arguments: str, stderr: int = subprocess.PIPE, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=workspace.directory,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        check=False,
        timeout=60,
    )


def told(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    return done.returncode, done.stderr.strip()


def into_nobody(workspace: Workspace, *arguments: str, **streams: int) -> subprocess.CompletedProcess[str]:
    """Run with a standard output whose reader has gone before it starts."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return run_into(writer, workspace, *arguments, **streams)  # type: ignore[arg-type]  # only streams are given
    finally:
        os.close(writer)


def into_a_full_disk(workspace: Workspace, *arguments: str) -> tuple[int, str]:
    with Path("/dev/full").open("w") as full:
        return told(run_into(full.fileno(), workspace, *arguments))


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_a_reader_that_left_costs_the_report_of_an_apply_and_not_its_exit_code(workspace: Workspace, form: str) -> None:
    done = into_nobody(workspace, "apply", "--yes", "--format", form)
    assert done.returncode == 0
    assert done.stderr.endswith(f"{LEFT}changes were made anyway; run `reconciler plan` to see what is left\n")
    assert sorted(workspace.live()) == ["billing-clerk", "support-lead"]


def test_a_reader_that_left_after_the_plan_costs_the_report_alone(workspace: Workspace) -> None:
    command = f"{sys.executable} -m reconciler apply --yes | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=workspace.directory, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Plan for ")
    assert sorted(workspace.live()) == ["billing-clerk", "support-lead"]


def test_a_reader_that_left_does_not_turn_what_was_partly_done_into_done(workspace: Workspace) -> None:
    role = next(role for role in workspace.tenant.store.roles() if role["name"] == "temp-role")
    workspace.tenant.store.hire(str(role["id"]), 2)
    assert into_nobody(workspace, "apply", "--yes", "--format", "json").returncode == 6


def test_a_reader_that_left_before_the_first_write_keeps_it_from_being_made(workspace: Workspace) -> None:
    before = workspace.live()
    assert told(into_nobody(workspace, "apply", "--yes")) == (1, f"{LEFT}nothing was written")
    assert workspace.live() == before


def test_with_nobody_left_to_tell_the_exit_code_is_that_of_what_was_done(workspace: Workspace) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert into_nobody(workspace, "apply", "--yes", "--format", "json", stderr=writer).returncode == 0
    os.close(writer)


@needs_full
@pytest.mark.parametrize(
    ("arguments", "code"), [([], 64), (["plna"], 64), (["plan", "--yse"], 64), (["plan", "-vv"], 0), (["apply"], 4)]
)
def test_a_standard_error_that_cannot_be_written_changes_no_exit_code(
    workspace: Workspace, arguments: list[str], code: int
) -> None:
    with Path("/dev/full").open("w") as full:
        done = run_into(subprocess.PIPE, workspace, *arguments, stderr=full.fileno())
    assert done.returncode == code


def test_a_reader_that_left_costs_the_report_of_an_export_alone(workspace: Workspace) -> None:
    done = into_nobody(workspace, "export", "--dir", "new")
    assert told(done) == (0, f"{LEFT}the role files were written anyway")
    assert len(list((workspace.directory / "new").iterdir())) == 2


@needs_full
def test_an_export_whose_report_the_disk_refuses_says_that_the_files_are_there(workspace: Workspace) -> None:
    assert into_a_full_disk(workspace, "export", "--dir", "new") == (
        6,
        f"{NO_SPACE}; the role files were written anyway",
    )


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["plan"], ["export"], ["demo"]], ids=" ".join)
def test_a_reader_that_never_was_there_ends_a_command_that_wrote_nothing_with_1(
    workspace: Workspace, arguments: list[str]
) -> None:
    assert told(into_nobody(workspace, *arguments)) == (1, "")


@needs_full
@pytest.mark.parametrize("arguments", EVERY_COMMAND, ids=" ".join)
def test_a_full_disk_behind_standard_output_is_told_in_the_systems_words(
    workspace: Workspace, arguments: list[str]
) -> None:
    assert into_a_full_disk(workspace, *arguments) == (1, NO_SPACE)


@pytest.mark.parametrize("command", ["validate", "plan", "permissions"])
def test_a_working_directory_that_is_gone_is_told_in_the_systems_words(workspace: Workspace, command: str) -> None:
    gone = workspace.directory / "gone"
    gone.mkdir()
    script = 'cd gone && rmdir ../gone && exec "$0" -P -m reconciler "$@"'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, command],
        cwd=workspace.directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    words = "reconciler: cannot read the working directory: No such file or directory\n"
    assert (done.returncode, done.stderr) == (1, words)


ENCODINGS = ["cp1252", "utf-16"]


def printed(workspace: Workspace, encoding: str, *arguments: str) -> bytes:
    environment: Mapping[str, str] = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "reconciler", *arguments]
    return subprocess.run(
        command, cwd=workspace.directory, env=environment, capture_output=True, check=True, timeout=60
    ).stdout


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_export_is_utf8_whatever_the_terminal_is(workspace: Workspace, encoding: str) -> None:
    description = "Nur für Eskalationen \U0001f389\nAsk before you assign it\n"
    workspace.tenant.store.create("lead", description, ["contacts.view"])
    text = printed(workspace, encoding, "export").decode()
    assert "Nur für Eskalationen \U0001f389\n" in text


@pytest.mark.parametrize("form", ["html", "markdown"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_document_is_utf8_whatever_the_terminal_is(workspace: Workspace, encoding: str, form: str) -> None:
    workspace.want("für-\U0001f389", "contacts.view")
    assert "für-\U0001f389" in printed(workspace, encoding, "plan", "--format", form).decode()


@pytest.mark.parametrize("form", ["text", "sentences"])
def test_what_people_read_has_the_encoding_of_the_terminal(workspace: Workspace, form: str) -> None:
    workspace.want("für-\U0001f389", "contacts.view")
    assert "für-\\U0001f389" in printed(workspace, "cp1252", "plan", "--format", form).decode("cp1252")


def test_a_schema_is_utf8_whatever_the_terminal_is(workspace: Workspace) -> None:
    assert printed(workspace, "utf-16", "schema").decode().startswith("{")


def test_a_file_that_standard_output_is_redirected_to_does_not_start_with_the_mark_of_utf16(
    workspace: Workspace,
) -> None:
    with (workspace.directory / "schema.json").open("wb") as file:
        run_into(file.fileno(), workspace, "schema", PYTHONIOENCODING="utf-16")
    assert (workspace.directory / "schema.json").read_text(encoding="utf-8").startswith("{")
