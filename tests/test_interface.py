"""docs/interface.md holds what the command line is: its commands, options, codes, keys and variables, and no others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from reconciler.cli.help.topics import VARIABLES
from reconciler.cli.registry import COMMANDS
from reconciler.config.settings import Configuration, load_configuration
from reconciler.load.role import KEYS as ROLE_KEYS
from reconciler.model.errors import ExitCode
from tests.documents import ROOT
from tests.json_keys import TITLES, keys_of, printed_reports
from tests.reference import (
    GROUPS,
    formats_of,
    group_options,
    groups_of,
    long_name,
    option_block,
    options_of,
    program_options,
)

PAGE = (ROOT / "docs" / "interface.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """What follows a heading, up to the next one; code blocks aside."""
    text = re.sub(r"^```.*?^```$", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", text, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


def rows(title: str) -> list[list[str]]:
    """The cells of the tables below a heading, heads aside."""
    tables = re.findall(r"^\|(?: --- \|)+\n((?:\|.*\n)*)", section(title), re.MULTILINE)
    return [re.split(r" (?<!\\)\| ", line[2:-2]) for table in tables for line in table.splitlines()]


def named_in(cell: str) -> list[str]:
    """The words of a cell that are written as code."""
    return re.findall(r"`([^`]+)`", cell)


def test_the_commands_are_those_of_the_command_line() -> None:
    shown = [(named_in(name)[0], about) for name, about in rows("Commands")]
    assert shown == [(name, listed.about) for name, listed in COMMANDS.items()]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_each_of_its_options_and_no_other(name: str) -> None:
    own = {long for option, *_ in rows(name) for long in re.findall(r"`(--[\w-]+)", option)}
    linked = [group for group in GROUPS if f"](#{GROUPS[group].heading.lower().replace(' ', '-')})" in section(name)]
    shared = {f"--{each}" for group in linked for each in re.findall(r"`--([\w-]+)", section(GROUPS[group].heading))}
    assert own | shared == {long_name(option) for option in options_of(name)}
    assert not own & shared


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_names_each_of_its_arguments(name: str) -> None:
    usage = named_in(section(name))[0]
    assert usage == named_in(option_block(name))[0]
    assert usage.startswith(f"reconciler {name} [OPTIONS]")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_holds_each_of_its_options_and_no_other(group: str) -> None:
    shown = [long for option, *_ in rows(GROUPS[group].heading) for long in re.findall(r"`(--[\w-]+)", option)]
    assert shown == [long_name(option) for option in group_options(group)] == list(GROUPS[group].options)


def test_the_options_of_the_program_are_all_of_them() -> None:
    shown = [long for option, *_ in rows("Options of the program") for long in re.findall(r"`(--[\w-]+)", option)]
    assert shown == [long_name(option) for option in program_options()]


def test_every_command_takes_the_options_of_every_command() -> None:
    assert [name for name in COMMANDS if "every" not in groups_of(name)] == []


def test_the_formats_are_those_that_the_commands_take() -> None:
    assert {named_in(name)[0]: named_in(formats) for name, formats in rows("Formats")} == {
        name: formats_of(name) for name in COMMANDS
    }


def test_the_exit_codes_are_all_of_them() -> None:
    assert [int(code) for code, _ in rows("Exit codes")] == sorted(ExitCode)


def test_the_keys_of_a_role_are_all_of_them() -> None:
    assert {named_in(key)[0] for key, *_ in rows("Role files")} == set(ROLE_KEYS)


def documented_configuration() -> dict[str, str]:
    return {named_in(key)[0]: default.strip("`") for key, default, _ in rows("Configuration")}


def test_the_configuration_keys_are_all_of_them() -> None:
    default = Configuration()
    fields = {"version", "url", "roles_dir", "journal"}
    fields |= {"manage", "unmanaged", "ignore", "lock", "policies", "reviews"}
    fields |= {
        "protect",
        "limits.max_deletes",
        "limits.max_revokes",
        "limits.max_tenants",
        "tenants",
        "roles",
        "api_key_file",
    }
    known = {*Configuration._fields, *default.scope._fields, "roles_dir"}
    known = known - {"max_tenants"} | {"limits.max_tenants"}
    known |= {name if name == "protect" else f"limits.{name}" for name in default.limits.__dataclass_fields__}
    of_code = {"scope", "limits", "path", "lock_place", "reviews_place", "roles_dirs", "roles_dir_places"}
    assert known - of_code - {"tenant", "whole"} | {"version"} == fields
    assert documented_configuration().keys() == fields


def test_the_configuration_defaults_are_those_of_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    document: dict[str, object] = {}
    for key, default in documented_configuration().items():
        if default != "none":
            *above, last = key.split(".")
            holder = document
            for part in above:
                holder = holder.setdefault(part, {})  # type: ignore[assignment]  # a mapping of this very loop
            holder[last] = yaml.safe_load(default)
    Path("reconciler.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    shown, default_ = load_configuration(None), Configuration()
    assert (shown.url, shown.roles_dir, shown.journal) == (default_.url, default_.roles_dir, default_.journal)
    assert (shown.scope, shown.limits) == (default_.scope, default_.limits)


VARIABLE = re.compile(
    r"(?:OMNISTREAM|SSL|GITHUB|GITLAB|GH|CI)_[A-Z0-9_]+|NO_COLOR|FORCE_COLOR|TERM|COLUMNS|LOGNAME|USER"
)
BY_THE_LIBRARY = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"}  # as urllib reads them


def variables_in_the_code() -> set[str]:
    constants = {
        node.value
        for path in (ROOT / "reconciler").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    declared = {
        variable
        for name in COMMANDS
        for option in options_of(name)
        if isinstance(option.envvar, list)
        for variable in option.envvar
        if not variable.startswith("RECONCILER_")
    }
    return {constant for constant in constants if VARIABLE.fullmatch(constant)} | declared


def test_the_variables_are_those_that_the_code_reads() -> None:
    shown = [variable for cell, _ in rows("Environment") for variable in named_in(cell)]
    assert set(shown) == variables_in_the_code() | BY_THE_LIBRARY


def test_the_topic_names_no_other_variables_than_the_page() -> None:
    shown = {variable for cell, _ in rows("Environment") for variable in named_in(cell)}
    assert {name for names in VARIABLES for name in names.split(", ")} - {"RECONCILER_<OPTION>"} <= shown


@pytest.fixture(scope="module")
def printed() -> dict[str, list[object]]:
    """What every command prints as JSON, by the heading that lists its keys."""
    return printed_reports()


@pytest.mark.parametrize("title", TITLES)
def test_a_report_in_json_has_each_of_its_keys_and_no_other(title: str, printed: dict[str, list[object]]) -> None:
    assert {named_in(key)[0] for key, _ in rows(title)} == keys_of(printed[title])


def test_a_role_in_json_has_three_keys() -> None:
    assert "`name`,\n  `description` and `permissions`" in section("JSON")
