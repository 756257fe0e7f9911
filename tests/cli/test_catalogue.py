"""`reconciler permissions` and `reconciler schema`: what a role can be given."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from reconciler.model.catalogue import Permission
from reconciler.model.inert import steers
from tests.builders import a_locked
from tests.cli.catalogues import a_tenant
from tests.cli.conftest import Terminal
from tests.scripted_server import ScriptedServer, reply

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from tests.sentences import Golden


def test_the_catalogue_is_a_table_by_category(workspace: Workspace) -> None:
    result = workspace.run("permissions")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0].split() == ["CODE", "NAME", "DESIRED", "ROLES", "WITH", "IT"]
    assert lines.index("billing") < lines.index("conversations")
    assert lines[-1].endswith("categories.")


def test_no_format_of_a_hostile_catalogue_steers_a_log(workspace: Workspace) -> None:
    hostile = Permission("a.view", "word ::error::x ##[error]y " * 9, "::error::z", "##[group]")
    for line in ("permissions", "permissions --format json", "permissions --format yaml", "schema --catalogue"):
        with a_tenant(hostile).serve() as server:
            result = workspace.run(*line.split(), "--url", server.url)
        assert result.code == 0
        assert not steers(result.out.splitlines())
        assert "error" in result.out


@pytest.mark.parametrize("form", ["text", "yaml"])
def test_a_key_in_the_place_of_a_word_is_not_repeated(workspace: Workspace, form: str) -> None:
    result = workspace.run("permissions", workspace.tenant.api_key, "--format", form)
    assert result.code == 0
    assert workspace.tenant.api_key not in result.out + result.err
    assert "[secret]" in result.out


def test_it_says_which_desired_roles_hold_a_code(workspace: Workspace) -> None:
    line = next(line for line in workspace.run("permissions").out.splitlines() if "billing.view" in line)
    assert line.endswith("billing-clerk")


def test_a_word_is_searched_for(workspace: Workspace) -> None:
    out = workspace.run("permissions", "BILLING.VIEW").out
    assert "billing.view" in out
    assert out.endswith("1 permission in 1 category.\n")


def test_a_word_that_nothing_has_is_said(workspace: Workspace) -> None:
    assert workspace.run("permissions", "xyzzy") == (
        0,
        'No permission has "xyzzy" in its code, name, description or category.\n',
        "",
    )


def test_the_catalogue_as_json(workspace: Workspace) -> None:
    document = json.loads(workspace.run("permissions", "--format", "json").out)
    by_code = {entry["code"]: entry for entry in document["permissions"]}
    assert by_code["billing.view"]["roles"] == ["billing-clerk"]


def test_a_code_that_no_desired_role_holds_says_so(workspace: Workspace) -> None:
    line = next(line for line in workspace.run("permissions").out.splitlines() if "billing.manage" in line)
    assert line.endswith("  -")


def test_where_role_files_are_not_valid_the_roles_are_not_known(workspace: Workspace, golden: Golden) -> None:
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    result = workspace.run("permissions", "billing.view")
    assert result.code == 0
    assert result.out.splitlines()[2].endswith("  ?")
    assert "roles.d/a.yaml:1:7: " in result.err
    golden.says("cli/messages", "permissions, with role files that are not valid", result.err)


@pytest.mark.parametrize("holds", ["nothing", "an empty directory"])
def test_where_there_are_none_the_roles_are_not_known_and_nothing_is_wrong(
    workspace: Workspace, golden: Golden, holds: str
) -> None:
    if holds == "an empty directory":
        (workspace.directory / "mine").mkdir()
    result = workspace.run("permissions", "billing.view", "--roles-dir", "mine")
    assert result.code == 0
    assert result.out.splitlines()[2].endswith("  ?")
    golden.says("cli/messages", "permissions, without role files", result.err)


def test_what_is_not_known_is_null_in_json(workspace: Workspace) -> None:
    document = json.loads(workspace.run("permissions", "--roles-dir", "mine", "--format", "json").out)
    assert {entry["roles"] for entry in document["permissions"]} == {None}


def test_an_empty_catalogue_is_said_to_be(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer([reply(body=[])] * 2) as server:
        monkeypatch.setenv("OMNISTREAM_URL", server.url)
        out = workspace.run("permissions").out
        assert out == "The catalogue is empty: the tenant has no permissions, or the API key cannot see them.\n"
        assert "# 0 permissions of the tenant's catalogue.\n" in workspace.run("permissions", "--format", "yaml").out


def test_a_terminal_gets_a_table_of_its_width(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "Sees a customer and all of the fields that a customer has"
    tenant = a_tenant(a_locked("contacts.view", long))
    with tenant.serve() as server, redirect_stdout(Terminal()) as shown:
        monkeypatch.setenv("OMNISTREAM_URL", server.url)
        monkeypatch.setenv("COLUMNS", "70")
        assert workspace.run("permissions", "--color", "never").code == 0
    lines = shown.getvalue().splitlines()
    assert lines[0].startswith("CODE ")
    assert max(map(len, lines)) <= 70


def test_a_narrow_terminal_gets_a_list(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for number in range(12):
        workspace.want(f"team-{number:02}", "billing.view")
    with redirect_stdout(Terminal()) as shown:
        assert workspace.run("permissions", "billing", "--color", "never").code == 0
    assert max(map(len, shown.getvalue().splitlines())) <= 40
    golden.says("cli/messages", "permissions, on a narrow terminal", shown.getvalue())


def test_the_yaml_becomes_a_role_file_when_the_lines_are_uncommented(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = a_locked("billing.view", "View: bills\n- contacts.view # all", category="billing\n- x.y")
    with a_tenant(hostile, "contacts.export", "contacts.view").serve() as server:
        monkeypatch.setenv("OMNISTREAM_URL", server.url)
        result = workspace.run("permissions", "--format", "yaml")
    assert result.code == 0
    assert yaml.safe_load(result.out) is None
    workspace.write("roles.d/all.yaml", f"name: all\npermissions:\n{result.out.replace('# - ', '- ')}")
    role = yaml.safe_load(Path("roles.d/all.yaml").read_text(encoding="utf-8"))
    assert role["permissions"] == ["billing.view", "contacts.export", "contacts.view"]
    assert workspace.run("validate").code == 0


def test_the_yaml_is_grouped_and_has_the_names(workspace: Workspace, golden: Golden) -> None:
    golden.says("cli/messages", "permissions, as YAML", workspace.run("permissions", "refund", "--format", "yaml").out)


def test_the_yaml_is_made_from_the_lock_without_asking(workspace: Workspace) -> None:
    assert workspace.run("lock").code == 0
    text = Path("permissions.lock.yaml").read_text(encoding="utf-8")
    Path("permissions.lock.yaml").write_text(f"{text}    withdrawn: true\n", encoding="utf-8")
    out = workspace.run("permissions", "webhooks", "--format", "yaml", "--url", "http://127.0.0.1:1").out
    assert out.startswith('# 2 permissions of permissions.lock.yaml with "webhooks".\n')
    assert "webhooks.view" not in out


def test_the_table_is_coloured_where_that_was_asked_for(workspace: Workspace) -> None:
    assert "\x1b[" in workspace.run("permissions", "--color", "always").out


def test_the_schema_needs_no_server(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNISTREAM_URL")
    schema = json.loads(workspace.run("schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_can_hold_the_codes_of_the_catalogue(workspace: Workspace) -> None:
    assert '"billing.view"' in workspace.run("schema", "--catalogue").out


def test_the_schema_takes_the_codes_of_the_lock_without_asking(workspace: Workspace) -> None:
    assert workspace.run("lock").code == 0
    text = Path("permissions.lock.yaml").read_text(encoding="utf-8")
    Path("permissions.lock.yaml").write_text(f"{text}    withdrawn: true\n", encoding="utf-8")
    for options in ((), ("--catalogue",)):
        result = workspace.run("schema", "--url", "http://127.0.0.1:1", *options)
        codes = json.loads(result.out)["$defs"]["grant"]["else"]
        assert (result.code, codes["enum"][0]) == (0, "agents.invite")
        words = dict(zip(codes["enum"], codes["enumDescriptions"], strict=True))
        assert words["agents.invite"].startswith("Invite agents: ")
        assert [code for code, said in words.items() if "(withdrawn)" in said] == ["webhooks.view"]


def test_the_schema_does_not_need_a_configuration_that_is_valid(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "version: 2\n")
    result = workspace.run("schema")
    assert result.code == 0
    assert "reconciler.yaml:1:10" in result.err
    assert workspace.run("schema", "--catalogue").code == 3


def test_a_schema_of_a_lock_that_is_not_valid_is_an_error(workspace: Workspace) -> None:
    workspace.write("permissions.lock.yaml", "version: 1\n")
    assert workspace.run("schema").code == 3
