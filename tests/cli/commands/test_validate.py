"""`reconciler validate`: offline, every problem in one run."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.project import address

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace
    from tests.sentences import Golden


def test_a_role_that_the_configuration_ignores_is_found_offline(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", 'version: 1\nignore: ["support-*"]\n')
    result = workspace.run("validate")
    assert result.code == 3
    assert result.out.startswith("roles.d/support-lead.yaml:1:7: ")


def test_valid_files_are_said_to_be_and_that_without_a_lock_codes_are_not_checked(workspace: Workspace) -> None:
    note = "Codes not checked: no permissions.lock.yaml. `reconciler lock` writes it.\n"
    assert workspace.run("validate") == (0, f"Valid: 2 roles in 2 files.\n{note}", "")
    assert json.loads(workspace.run("validate", "--format", "json").out)["codes_checked"] is False


def test_with_a_lock_nothing_is_said_of_codes(workspace: Workspace) -> None:
    workspace.run("lock")
    assert workspace.run("validate") == (0, "Valid: 2 roles in 2 files.\n", "")
    assert json.loads(workspace.run("validate", "--format", "json").out)["codes_checked"] is True


def test_without_codes_there_is_nothing_to_check(workspace: Workspace) -> None:
    for name in ("support-lead", "billing-clerk"):
        workspace.want(name)
    assert workspace.run("validate").out == "Valid: 2 roles in 2 files.\n"


def test_of_files_that_are_not_valid_it_is_not_known_which_codes_were_checked(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    assert json.loads(workspace.run("validate", "--format", "json").out)["codes_checked"] is None


def test_every_problem_is_reported_in_one_run(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: no\npermissions: [on]\n")
    workspace.write("roles.d/b.yaml", "name: admin\npermission: []\n")
    workspace.write("reconciler.yaml", "version: 2\n")
    result = workspace.run("validate")
    assert result.code == 3
    for place in ("reconciler.yaml:1:10: ", "roles.d/a.yaml:1:7: ", "roles.d/a.yaml:2:15: ", "roles.d/b.yaml:1:7: "):
        assert place in result.out


def test_a_problem_that_an_alias_repeats_is_there_once_and_names_no_tenant(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: a\npermissions: [&code zz, *code]\n")
    result = workspace.run("validate")
    assert result.code == 3
    assert result.out.count("roles.d/a.yaml:2:15: ") == 1
    assert "only in" not in result.out


def test_problems_of_the_configuration_alone_are_enough(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "version: 2\n")
    assert workspace.run("validate").code == 3


def test_an_empty_roles_d_is_an_error(workspace: Workspace) -> None:
    (workspace.directory / "empty").mkdir()
    assert workspace.run("validate", "--roles-dir", "empty").code == 3
    assert workspace.run("validate", "--roles-dir", "nowhere").code == 3


def test_a_warning_does_not_make_files_invalid(workspace: Workspace) -> None:
    workspace.want("b\u0456lling-clerk", "billing.view")  # a Cyrillic i
    result = workspace.run("validate")
    assert result.code == 0
    assert "warning: " in result.out


def test_the_report_as_json(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    document = json.loads(workspace.run("validate", "--format", "json").out)
    assert document["valid"] is False
    assert [(problem["path"], problem["line"]) for problem in document["problems"]] == [("roles.d/a.yaml", 1)]


def test_the_report_as_annotations_and_sarif(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    assert workspace.run("validate", "--format", "github").out.startswith("::error file=roles.d/a.yaml,line=1,col=7")
    assert json.loads(workspace.run("validate", "--format", "sarif").out)["version"] == "2.1.0"


@pytest.mark.usefixtures("workspace")
def test_it_loads_neither_httpx_nor_deepdiff_nor_pydantic() -> None:
    program = (
        "import sys\n"
        "from reconciler.cli.boundary import run\n"
        "code = run(['validate'])\n"
        "found = sorted({'httpx', 'deepdiff', 'pydantic', 'rich'} & set(sys.modules))\n"
        "sys.exit(str(found) if found or code else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_codes_are_checked_against_the_lock(workspace: Workspace) -> None:
    assert workspace.run("lock").code == 0
    workspace.want("support-lead", "conversations.veiw")
    result = workspace.run("validate", "--format", "json")
    (problem,) = json.loads(result.out)["problems"]
    assert (result.code, problem["rule"], problem["line"], problem["column"]) == (3, "unknown-code", 3, 15)
    assert '"conversations.view" ("View conversations")' in problem["message"]


def test_a_lock_that_is_not_valid_is_an_error_beside_those_of_the_role_files(workspace: Workspace) -> None:
    workspace.write("permissions.lock.yaml", "version: 1\n")
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    result = workspace.run("validate")
    assert result.code == 3
    assert "permissions.lock.yaml:1:1: the lock has no url and no permissions" in result.out
    assert "roles.d/a.yaml:1:7: " in result.out
    workspace.write("roles.d/b.yaml", 'name: two\npermissions: ["contacts.*"]\n')
    assert "roles.d/b.yaml" not in workspace.run("validate").out
    (workspace.directory / "roles.d" / "b.yaml").unlink()
    (workspace.directory / "roles.d" / "a.yaml").unlink()
    assert workspace.run("validate").code == 3


def test_a_lock_that_the_configuration_names_must_be_there(workspace: Workspace, golden: Golden) -> None:
    workspace.write("reconciler.yaml", "version: 1\nlock: locks/tenant.yaml\n")
    result = workspace.run("validate")
    assert result.code == 3
    golden.says("cli/lock", "a lock that is named and not there", result.out)
    assert workspace.run("lock", "--check").code == 2
    assert workspace.run("lock").code == 0
    assert workspace.run("validate").code == 0


def test_sarif_marks_the_whole_value_and_says_where_the_rules_are_explained(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: a\npermissions:\n  - contacts,view # why\n")
    (run,) = json.loads(workspace.run("validate", "--format", "sarif").out)["runs"]
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in run["results"]]
    assert {"startLine": 3, "startColumn": 5, "endColumn": 18} in regions
    driver = run["tool"]["driver"]
    assert driver["informationUri"] == address("Source")
    assert {rule["helpUri"].rpartition("/")[2] for rule in driver["rules"]} == {"role-files.md#every-rule"}


def test_sarif_of_a_directory_that_is_missing_has_no_end(workspace: Workspace) -> None:
    (run,) = json.loads(workspace.run("validate", "--roles-dir", "none", "--format", "sarif").out)["runs"]
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}
