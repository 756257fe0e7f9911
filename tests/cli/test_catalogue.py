"""`reconciler permissions` and `reconciler schema`: what a role can be given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.cli.conftest import Workspace


def test_the_catalogue_is_a_table_by_category(workspace: Workspace) -> None:
    result = workspace.run("permissions")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0].split() == ["CODE", "NAME", "DESIRED", "ROLES", "THAT", "HOLD", "IT"]
    assert lines.index("billing") < lines.index("conversations")
    assert lines[-1].endswith("categories.")


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


def test_it_is_worth_showing_to_somebody_mending_role_files(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    result = workspace.run("permissions")
    assert result.code == 0
    assert "role files are not valid, so no roles are shown: roles.d/a.yaml:1:7" in result.err


def test_the_table_is_coloured_where_that_was_asked_for(workspace: Workspace) -> None:
    assert "\x1b[" in workspace.run("permissions", "--color", "always").out


def test_the_schema_needs_no_server(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNISTREAM_URL")
    schema = json.loads(workspace.run("schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_can_hold_the_codes_of_the_catalogue(workspace: Workspace) -> None:
    assert '"billing.view"' in workspace.run("schema", "--catalogue").out
