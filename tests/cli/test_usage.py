"""A wrong command line: its message names the option, or the variable that set it, and the help of its command."""

from __future__ import annotations

import click
import pytest

from reconciler.cli.boundary import run
from reconciler.cli.usage import sentence, usage
from tests.sentences import Golden


@pytest.mark.parametrize(
    "line",
    [
        "plan --timeout",
        "review --due",
        "plan --format",
        "plan --format xml",
        "apply --only grants",
        "plan --concurrency 99",
        "plan --concurrency many",
        "plan --concurrency 2.5",
        "plan --timeout 0",
        "plan --max-deletes -1",
        "plan --output .",
        "plan --tiemout 3",
        "plan --quiett",
        "validate --write",
        "plan --api-key K",
        "apply --today 2026-01-01",
        "plan extra",
        "review one two three",
        "review --today soon",
        "apply --yes=3",
        "why",
        "undo",
        "-C",
        "--config F",
        "-q demo",
        "paln",
    ],
)
def test_a_wrong_command_line_is_told_in_words_for_people(
    line: str, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    assert run(line.split()) == 64
    golden.says("cli/usage", line, capsys.readouterr().err)


@pytest.mark.parametrize(
    "line",
    [
        ["plan", "--roles-dir", ""],
        ["plan", "--url", " "],
        ["plan", "--config="],
        ["plan", "--base", ""],
        ["apply", "--yes", ""],
        ["export", "--dir", ""],
        ["undo", ""],
        ["validate", "--tenant", ""],
    ],
)
def test_a_name_that_is_empty_is_told_and_means_no_default(
    line: list[str], capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    assert run(line) == 64
    golden.says("cli/usage", " ".join(map(repr, line)), capsys.readouterr().err)


def test_a_variable_that_is_empty_is_as_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_ROLES_DIR", "")
    assert run(["schema"]) == 0


def test_a_variable_of_a_flag_that_is_blank_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_QUIET", " ")
    assert run(["schema"]) == 0


@pytest.mark.parametrize(
    ("variable", "value"), [("FORMAT", "xml"), ("CONCURRENCY", "99"), ("YES", "perhaps"), ("VERBOSE", "much")]
)
def test_a_value_of_the_environment_is_told_with_its_variable(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    monkeypatch.setenv(f"RECONCILER_{variable}", value)
    assert run(["apply"]) == 64
    golden.says("cli/usage", f"RECONCILER_{variable}={value}", capsys.readouterr().err)


def test_an_option_of_the_command_line_is_not_told_as_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECONCILER_FORMAT", "json")
    assert run(["plan", "--format", "xml"]) == 64
    assert capsys.readouterr().err.startswith("reconciler: --format must be")


def test_an_error_without_a_command_is_told_in_its_own_words() -> None:
    assert sentence(click.BadParameter("wrong")) == "Invalid value for an argument: wrong"
    assert sentence(click.BadOptionUsage("--x", "wrong")) == "wrong"
    assert usage(None) == ""
