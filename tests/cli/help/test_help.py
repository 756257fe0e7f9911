"""What `--help` and `reconciler help` say, of the program, of each command and of each topic."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import click
import pytest

from reconciler.cli.boundary import run
from reconciler.cli.help import layout
from reconciler.cli.help.documented import Documented, Section
from reconciler.cli.help.hints import HINTS
from reconciler.cli.help.topics import COMPLETION, EXIT_CODES, TOPICS
from reconciler.cli.registry import COMMANDS, EXAMPLES, cli
from reconciler.model.errors import ExitCode
from tests.cli.conftest import Result
from tests.pipelines.runner import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sentences import Golden

WIDTHS = (30, 40, 80, 100)


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run a command line that needs neither files nor a tenant."""

    def run_it(*arguments: str) -> Result:
        code = run(list(arguments))
        return Result(code, *capsys.readouterr())

    return run_it


def command_of(name: str) -> Documented:
    command = cli.get_command(click.Context(cli), name)
    assert isinstance(command, Documented)
    return command


def a_program() -> click.Context:
    return click.Context(cli, info_name="reconciler")


def context_of(name: str) -> click.Context:
    return click.Context(command_of(name), parent=a_program(), info_name=name)


def help_of(name: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    return command_of(name).get_help(context_of(name))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_is_as_it_was_read(golden: Golden, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    golden.says("cli/help", f"reconciler {name}", help_of(name, 80, monkeypatch))


def test_the_help_of_the_program_is_as_it_was_read(
    golden: Golden, ran: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    golden.says("cli/help", "reconciler", ran("-h").out)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_one_line_of_the_list_at_80_columns(name: str) -> None:
    start = layout.column(COMMANDS)
    assert layout.entry(name, COMMANDS[name].about, (), start, 80).count("\n") == 1


def test_help_in_a_narrow_terminal_has_meanings_below_names(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    golden.says("cli/help", "reconciler diff, 40 columns", help_of("diff", 40, monkeypatch))


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_line_of_help_is_wider_than_the_terminal(name: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = help_of(name, columns, monkeypatch).splitlines()
    sentences = [line for line in lines if not line.startswith(("  $ ", "      "))]  # no word is broken
    assert [line for line in sentences if len(line) > columns and len(line.split()) > 1] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_no_note_of_an_option_is_broken_at_80_columns_where_a_line_has_room_for_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = help_of(name, 80, monkeypatch)
    broken = [note for note in re.findall(r"\[[^\]]*\n[^\]]*\]", text) if len(" ".join(note.split())) < 54]
    assert broken == []


@pytest.mark.parametrize("variable", [None, "", "wide", "0"])
def test_without_a_number_of_columns_help_is_as_wide_as_the_terminal(
    variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if variable is not None:
        monkeypatch.setenv("COLUMNS", variable)
    assert layout.width() == 80  # the tests' output is not a terminal


def test_the_width_is_that_of_the_terminal() -> None:
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    program = "from reconciler.cli.help.layout import width; import sys; sys.exit(width())"
    done = subprocess.run([sys.executable, "-c", program], stdout=writer, env=environment, check=False)
    os.close(reader)
    os.close(writer)
    assert done.returncode == 50


def test_a_terminal_that_is_wider_than_lines_should_be_leaves_its_rest_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = help_of("plan", 300, monkeypatch).splitlines()
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_below_a_heading_and_has_its_variable_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(help_of(name, 80, monkeypatch).split())
    options = [each for each in command_of(name).params if isinstance(each, click.Option)]
    assert [each.name for each in options if not isinstance(getattr(each, "section", None), Section)] == []
    missing = [each.envvar for each in options if each.envvar and f"[env: {', '.join(each.envvar)}]" not in text]
    assert missing == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_a_command_are_right_command_lines(name: str) -> None:
    examples = command_of(name).examples
    assert examples
    for about, line in examples:
        program, command, *arguments = shlex.split(line)
        assert (program, command) == ("reconciler", name)
        assert about.endswith((".", "?"))
        command_of(name).make_context(name, arguments, parent=a_program())


def test_the_examples_of_the_program_are_right_command_lines() -> None:
    for _, line in EXAMPLES:
        _, name, *arguments = shlex.split(line)
        command_of(name).make_context(name, arguments, parent=a_program())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_its_exit_codes_mean(name: str) -> None:
    command = command_of(name)
    assert 0 in command.codes
    assert command.codes.keys() <= set(ExitCode)
    asks = {"--detailed-exitcode", "--check"} & {each for param in command.params for each in param.opts}
    assert (2 in command.codes) == bool(asks)


def test_the_topic_of_exit_codes_has_all_of_them() -> None:
    assert list(EXIT_CODES) == sorted(ExitCode)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_as_it_was_read(
    golden: Golden, ran: Callable[..., Result], topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = ran("help", topic)
    assert (result.code, result.err) == (0, "")
    golden.says("cli/help", f"reconciler help {topic}", result.out)


def test_a_line_to_copy_is_not_broken(ran: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = [line.strip() for line in ran("help", "completion").out.splitlines()]
    assert set(COMPLETION.values()) <= set(lines)


def test_the_topic_of_completion_has_the_lines_of_the_page() -> None:
    page = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8").replace("\\|", "|")
    assert [line for line in COMPLETION.values() if f"`{line}` |" not in page] == []


@pytest.mark.parametrize("name", ["plan", "help", "sandbox"])
def test_help_of_a_command_is_what_its_option_prints(ran: Callable[..., Result], name: str) -> None:
    asked = ran("help", name)
    assert asked == ran(name, "--help") == ran(name, "-h")
    assert asked.out.startswith(f"Usage: reconciler {name} [OPTIONS]")


def test_help_alone_is_the_help_of_the_program(ran: Callable[..., Result]) -> None:
    assert ran("help") == ran("--help")


def test_help_for_a_program_has_the_topic_and_the_text(ran: Callable[..., Result]) -> None:
    text = ran("help", "plan").out
    found = json.loads(ran("help", "plan", "--format", "json").out)
    assert found == {"format_version": "1.0", "topic": "plan", "text": text.rstrip("\n")}


@pytest.mark.parametrize("word", ["plna", "init", "exit-code", "xyzzy"])
def test_help_for_an_unknown_word_is_a_wrong_command_line(
    golden: Golden, ran: Callable[..., Result], word: str
) -> None:
    result = ran("help", word)
    assert (result.code, result.out) == (64, "")
    golden.says("cli/messages", f"no help for {word}", result.err)


@pytest.mark.parametrize("word", HINTS)
def test_a_word_of_another_tool_has_a_hint_that_names_commands_of_this_one(
    golden: Golden, ran: Callable[..., Result], word: str
) -> None:
    result = ran(word)
    assert result.code == 64
    named = re.findall(r"`reconciler ([\w-]+)", HINTS[word])
    assert set(named) <= set(COMMANDS)
    assert word not in COMMANDS
    golden.says("cli/hints", word, result.err)


@pytest.mark.parametrize("given", [["plan", "--directory", "x"], ["plan", "-C", "x"], ["plan", "--version"]], ids=str)
def test_an_option_of_the_program_behind_the_command_has_a_hint(
    golden: Golden, ran: Callable[..., Result], given: list[str]
) -> None:
    result = ran(*given)
    assert result.code == 64
    golden.says("cli/messages", f"{given[1]} behind the command", result.err)


@pytest.mark.parametrize("given", [["--yes", "apply"], ["-q", "plan"], ["--format", "json", "plan"]], ids=str)
def test_an_option_of_a_command_before_it_has_a_hint(
    golden: Golden, ran: Callable[..., Result], given: list[str]
) -> None:
    result = ran(*given)
    assert result.code == 64
    golden.says("cli/messages", f"{given[0]} before the command", result.err)


@pytest.mark.parametrize("given", [["--yes"], ["--yes", "none"], ["--yes", "plan"]], ids=str)
def test_an_option_before_a_command_that_does_not_have_it_has_a_hint_that_names_one_that_has(
    ran: Callable[..., Result], given: list[str]
) -> None:
    result = ran(*given)
    assert result.code == 64
    assert "hint: write it after a command that has it, such as apply" in result.err


def test_an_option_that_no_command_has_has_no_hint(ran: Callable[..., Result]) -> None:
    result = ran("--yse", "apply")
    assert result.code == 64
    assert "hint" not in result.err


def test_a_command_in_an_example_goes_on_in_a_further_line_before_an_option() -> None:
    text = layout.example("Do it.", "reconciler apply plan.json --yes --journal journal.jsonl", 40)
    assert text == "  # Do it.\n  $ reconciler apply plan.json --yes \\\n      --journal journal.jsonl\n"
    assert layout.example("Do it.", "reconciler apply --yes", 10).endswith("  $ reconciler apply \\\n      --yes\n")


def test_the_version_is_shown(ran: Callable[..., Result]) -> None:
    assert ran("version") == ran("--version")
    found = json.loads(ran("version", "--format", "json").out)
    assert found["version"] in ran("version").out
