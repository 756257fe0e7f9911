"""The error boundary: every outcome has its exit code, and no traceback is for a user's or a server's mistake."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from reconciler import __version__
from reconciler.cli import boundary
from tests.ended import ended

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from tests.sentences import Golden


def a_command_that_raises(error: BaseException) -> click.Command:
    """Return a command line of one command that ends with `error`, whatever arguments it is given."""

    def callback() -> None:
        raise error

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command("broken", context_settings=anything, callback=callback)


def test_the_version_is_told(workspace: Workspace) -> None:
    assert workspace.run("--version") == (0, f"reconciler {__version__}\n", "")


def test_no_command_shows_the_help_and_is_a_wrong_command_line(workspace: Workspace) -> None:
    result = workspace.run()
    assert result.code == 64
    assert "Plan and apply:" in result.err


def test_a_mistyped_command_is_a_wrong_command_line_with_a_suggestion(workspace: Workspace) -> None:
    result = workspace.run("plna")
    assert result.code == 64
    assert 'No such command "plna". Did you mean "plan"?' in result.err


def test_a_command_that_is_like_no_other_has_no_suggestion(workspace: Workspace) -> None:
    assert "Did you mean" not in workspace.run("xyzzy").err


def test_a_mistyped_option_is_a_wrong_command_line(workspace: Workspace) -> None:
    result = workspace.run("plan", "--yse")
    assert result.code == 64
    assert "Try 'reconciler plan --help' for help." in result.err


def test_a_mistyped_option_before_the_command_is_a_wrong_command_line(workspace: Workspace) -> None:
    assert workspace.run("--formta").code == 64


def test_a_wrong_number_is_a_wrong_command_line(workspace: Workspace) -> None:
    assert workspace.run("plan", "--concurrency", "33").code == 64


@pytest.mark.parametrize("arguments", [["--ca-file"], ["--config"], [], ["--url"]], ids=str)
def test_a_key_in_the_place_of_something_else_is_not_repeated(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("OMNISTREAM_API_KEY", "a-key-for-tests-only")
    result = workspace.run("plan", *arguments, "a-key-for-tests-only")
    assert result.code != 0
    assert "a-key-for-tests-only" not in result.out + result.err


def test_a_key_that_may_be_a_part_of_any_word_is_not_looked_for(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNISTREAM_API_KEY", "no")
    assert "No such file or directory" in workspace.run("plan", "--config", "none").err


def test_an_option_can_be_set_in_the_environment(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_MAX_DELETES", "0")
    assert workspace.run("plan").code == 4


def test_an_interrupt_while_nothing_is_written_is_130(workspace: Workspace) -> None:
    result = workspace.run(program=a_command_that_raises(KeyboardInterrupt()))
    assert (result.code, result.err) == (130, "\nreconciler: interrupted; nothing was written to the tenant\n")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(24, "Too many open files", "roles.d/\x1b.yaml"), "roles.d/\\x1b.yaml: Too many open files"),
        (OSError(12, "Cannot allocate memory"), "Cannot allocate memory"),
        (OSError("what only the library says"), "what only the library says"),
    ],
)
def test_what_the_system_refuses_is_told_in_its_words(workspace: Workspace, error: OSError, words: str) -> None:
    result = workspace.run(program=a_command_that_raises(error))
    assert (result.code, result.err) == (1, f"reconciler: {words}\n")


def test_a_working_directory_that_is_gone_ends_a_command_before_it_starts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = workspace.directory / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = workspace.run("plan")
    assert (result.code, result.err) == (
        1,
        "reconciler: cannot read the working directory: No such file or directory\n",
    )


def test_a_defect_says_so_and_where_without_its_text(workspace: Workspace, golden: Golden) -> None:
    defect = ZeroDivisionError("a piece of the tenant's data")
    result = workspace.run(program=a_command_that_raises(defect))
    assert result.code == 70
    assert "ZeroDivisionError at tests.cli.test_boundary:" in result.err
    golden.says(
        "cli/messages",
        "an internal error",
        re.sub(r"\d+\.\n", "LINE.\n", result.err),
        version=__version__,
        tracker=boundary.issue_tracker(),
    )
    assert "a piece of the tenant's data" not in result.err
    golden.says("cli/messages", "where to report, while no address is known", boundary.issue_tracker("no-such-package"))


@pytest.mark.parametrize("option", ["-v", "-vv", "--verbose"])
def test_a_defect_shows_its_traceback_where_more_was_asked_for(workspace: Workspace, option: str) -> None:
    defect = ZeroDivisionError("division by \x1bzero")
    assert "division by \\x1bzero" in workspace.run(option, program=a_command_that_raises(defect)).err


def test_a_defect_without_a_traceback_is_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.told_defect(ValueError(), []) == 70
    assert "ValueError at an unknown place" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("urls", "address"),
    [
        (
            ["Source, https://git.example.org/x", "Issues, https://git.example.org/x/issues"],
            "https://git.example.org/x/issues",
        ),
        (["Issues, https://git.example.org/\x1b[31m"], "https://git.example.org/\\x1b[31m"),
        (["Issues, https://reconciler.invalid/issues"], None),
        (["Source, https://git.example.org/x"], None),
    ],
    ids=["real", "hostile", "placeholder", "none"],
)
def test_a_defect_is_reported_where_the_metadata_says_once_that_is_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, urls: list[str], address: str | None
) -> None:
    folder = tmp_path / "some_package-1.dist-info"
    folder.mkdir()
    lines = ["Metadata-Version: 2.4", "Name: some-package", "Version: 1", *(f"Project-URL: {url}" for url in urls)]
    (folder / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert boundary.issue_tracker("some-package") == (address or boundary.issue_tracker("no-such-package"))


def test_a_reader_that_leaves_early_is_no_defect() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "schema"], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_sigterm_while_reading_is_130(workspace: Workspace) -> None:
    fifo = workspace.directory / "key"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "reconciler", "plan", "--api-key-file", str(fifo)]
    with ended(subprocess.Popen(command, stderr=subprocess.PIPE, text=True)) as process:
        with fifo.open("w"):  # opens once the other side reads: the command is under way
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "reconciler: interrupted; nothing was written to the tenant\n"


@pytest.mark.parametrize("arguments", [("validate",), ("plan",)])
def test_closed_standard_streams_are_no_defect(workspace: Workspace, arguments: tuple[str, ...]) -> None:
    closing = ["sh", "-c", 'exec "$0" -m reconciler "$@" <&- >&- 2>&-', sys.executable, *arguments]
    assert subprocess.run(closing, cwd=workspace.directory, check=False).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this system has no /dev/full")
def test_a_full_disk_behind_standard_output_is_a_failure_of_the_disk(workspace: Workspace) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", "validate"],
            cwd=workspace.directory,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "reconciler: cannot write to standard output: No space left on device\n",
    )
