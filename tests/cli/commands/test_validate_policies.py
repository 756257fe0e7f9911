"""`reconciler validate` with policies: what it says and how it exits."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.cli.outside import Outside
from reconciler.load.lock_text import lock_text
from tests.builders import a_lock

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace
    from tests.sentences import Golden

TODAY = Outside(today=lambda: date(2026, 11, 29))
_SARIF = json.loads((Path(__file__).parents[2] / "render" / "sarif.schema.json").read_text(encoding="utf-8"))

POLICIES = """\
version: 1
policies:
  - id: no-assigning
    why: Supervisors assign.
    cannot: [conversations.assign]
  - id: billing
    cannot: [billing.view]
  - id: owned
    level: warn
    keys: [owner]
"""
WAIVER = """\
waivers:
  - policy: billing
    role: billing-clerk
    codes: [billing.view]
    reason: Until the clerk has left (FIN-1)
    until: 2026-12-31
"""


def validate(workspace: Workspace, *arguments: str) -> Result:
    return workspace.run("validate", *arguments, outside=TODAY)


def document(workspace: Workspace) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(validate(workspace, "--format", "json").out)
    return parsed


def test_a_role_that_breaks_a_policy_is_refused(workspace: Workspace, golden: Golden) -> None:
    workspace.write("policies.yaml", POLICIES + WAIVER)
    result = validate(workspace)
    assert result.code == 4
    golden.says("cli/validate", "a role breaks a policy", result.out)


def test_what_a_waiver_allows_is_not_refused(workspace: Workspace, golden: Golden) -> None:
    workspace.write("policies.yaml", POLICIES.replace("conversations.assign", "contacts.delete") + WAIVER)
    result = validate(workspace)
    assert result.code == 0
    golden.says("cli/validate", "a waiver allows it", result.out)


def test_the_day_after_its_end_a_waiver_allows_nothing(workspace: Workspace, golden: Golden) -> None:
    workspace.write("policies.yaml", POLICIES.replace("conversations.assign", "contacts.delete") + WAIVER)
    assert workspace.run("validate", outside=Outside(today=lambda: date(2026, 12, 31))).code == 0
    result = workspace.run("validate", outside=Outside(today=lambda: date(2027, 1, 1)))
    assert result.code == 4
    golden.says("cli/validate", "a waiver has ended", result.out)


def test_a_file_that_is_wrong_comes_before_a_policy(workspace: Workspace) -> None:
    workspace.write("policies.yaml", POLICIES)
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    result = validate(workspace)
    assert result.code == 3
    assert "no-assigning" not in result.out


def test_json_has_each_finding_and_valid_speaks_of_the_files(workspace: Workspace) -> None:
    workspace.write("policies.yaml", POLICIES + WAIVER)
    found = document(workspace)
    assert found["valid"] is True
    assert found["problems"] == []
    assert found["findings"][0] == {
        "policy": "billing",
        "level": "deny",
        "role": "billing-clerk",
        "codes": ["billing.view"],
        "message": "role billing-clerk holds billing.view, which policy billing forbids",
        "location": {"path": "roles.d/billing-clerk.yaml", "line": 3, "column": 15},
        "new": None,
        "waived": {"until": "2026-12-31", "reason": "Until the clerk has left (FIN-1)"},
    }
    assert [(f["policy"], f["level"], f["role"], f["waived"] is None) for f in found["findings"][1:]] == [
        ("no-assigning", "deny", "support-lead", True),
        ("owned", "warn", "billing-clerk", True),
        ("owned", "warn", "support-lead", True),
    ]


def test_without_policies_there_are_no_findings(workspace: Workspace) -> None:
    assert document(workspace)["findings"] == []
    workspace.write("policies.yaml", "policies: []\n")
    assert document(workspace)["findings"] == []


def test_sarif_has_what_is_not_waived(workspace: Workspace) -> None:
    workspace.write("policies.yaml", POLICIES + WAIVER)
    result = validate(workspace, "--format", "sarif")
    assert result.code == 4
    found = json.loads(result.out)
    Draft202012Validator(_SARIF).validate(found)
    (run,) = found["runs"]
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [
        ("policy/no-assigning", "error"),
        ("policy/owned", "warning"),
        ("policy/owned", "warning"),
    ]
    sentences = {rule["id"]: rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"]}
    assert sentences["policy/no-assigning"] == "Supervisors assign."
    assert sentences["policy/owned"] == "Policy owned."


def test_annotations_begin_with_what_is_denied_and_end_with_what_is_waived(
    workspace: Workspace, golden: Golden
) -> None:
    workspace.write("policies.yaml", POLICIES + WAIVER)
    workspace.want("b\u0456lling-clerk", "contacts.view")  # a Cyrillic i: a warning
    lines = validate(workspace, "--format", "github").out.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", *["::warning"] * 4, "::notice"]
    golden.says("cli/validate", "annotations", "\n".join(lines))


def test_an_idle_waiver_is_a_warning_at_its_place(workspace: Workspace) -> None:
    waiver = WAIVER.replace("billing.view]", "contacts.view]")
    workspace.write("policies.yaml", POLICIES + waiver)
    (problem,) = document(workspace)["problems"]
    assert (problem["rule"], problem["severity"], problem["path"], problem["line"]) == (
        "idle-waiver",
        "warning",
        "policies.yaml",
        12,
    )


def test_an_idle_policy_is_an_error(workspace: Workspace) -> None:
    workspace.write("policies.yaml", "policies: [{id: p, roles: [sales], cannot: [a.b]}]\n")
    result = validate(workspace)
    assert result.code == 3
    assert result.out.startswith("policies.yaml:1:28: ")


def test_an_idle_policy_is_reported_although_role_files_are_not_valid(workspace: Workspace) -> None:
    workspace.write("permissions.lock.yaml", lock_text(a_lock("contacts.view")))
    workspace.write("policies.yaml", "policies: [{id: p, roles: [sales], cannot: [a.b]}]\n")
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    out = validate(workspace).out
    assert "policies.yaml:1:45: " in out
    assert "roles.d/a.yaml:1:7: " in out
    assert "sales" not in out  # which roles there are is not known


def test_which_lock_policies_need_is_not_known_if_the_configuration_is_not_valid(workspace: Workspace) -> None:
    workspace.write("locks/permissions.lock.yaml", lock_text(a_lock("contacts.view")))
    workspace.write("reconciler.yaml", "lock: locks/permissions.lock.yaml\nunmanagd: delete\n")
    workspace.write("policies.yaml", 'policies: [{id: p, can: ["*.view"]}]\n')
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    out = validate(workspace).out
    assert "reconciler.yaml:2:1: " in out
    assert "policies.yaml" not in out


def test_every_problem_of_policies_and_roles_is_reported_in_one_run(workspace: Workspace) -> None:
    workspace.write("policies.yaml", "policies: [{id: p}]\n")
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    workspace.write("reconciler.yaml", "version: 2\n")
    out = validate(workspace).out
    for place in ("reconciler.yaml:1:10: ", "policies.yaml:1:12: ", "roles.d/a.yaml:1:7: "):
        assert place in out


def test_the_configuration_names_files_and_globs_beside_it(workspace: Workspace) -> None:
    workspace.write("team/reconciler.yaml", "roles_dir: ../roles.d\npolicies: [one.yaml, 'more/*.yaml', more/b.yaml]\n")
    workspace.write("team/one.yaml", "policies: [{id: one, cannot: [contacts.view]}]\n")
    workspace.write("team/more/b.yaml", "policies: [{id: two, cannot: [contacts.view]}]\n")
    workspace.write("policies.yaml", "not read")
    result = validate(workspace, "--config", "team/reconciler.yaml", "--format", "json")
    assert result.code == 4
    assert [finding["policy"] for finding in json.loads(result.out)["findings"]] == ["one", "two"]


def test_the_configuration_may_name_one_file(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "policies: rules.yaml\n")
    workspace.write("rules.yaml", "policies: [{id: one, cannot: [contacts.view]}]\n")
    assert validate(workspace).code == 4


def test_the_default_file_is_beside_the_configuration(workspace: Workspace) -> None:
    workspace.write("team/reconciler.yaml", "roles_dir: ../roles.d\n")
    workspace.write("policies.yaml", POLICIES)
    assert validate(workspace, "--config", "team/reconciler.yaml").code == 0
    workspace.write("team/policies.yaml", POLICIES)
    assert validate(workspace, "--config", "team/reconciler.yaml").code == 4


@pytest.mark.parametrize(
    ("policies", "place"),
    [
        ("rules.yaml", "reconciler.yaml:1:11: "),
        ("[policies.yaml, 'more/*.yaml']", "reconciler.yaml:1:27: "),
        ("[]", "reconciler.yaml:1:11: "),
        ("", "reconciler.yaml:1:10: "),
        ('""', "reconciler.yaml:1:11: "),
        ("{}", "reconciler.yaml:1:11: "),
        ("roles.d", "roles.d:1:1: "),
    ],
)
def test_a_named_file_that_is_not_there_is_an_error(
    workspace: Workspace, policies: str, place: str, golden: Golden
) -> None:
    workspace.write("reconciler.yaml", f"policies: {policies}\n")
    workspace.write("policies.yaml", POLICIES)
    result = validate(workspace)
    assert result.code == 3
    assert result.out.startswith(place)
    golden.says("cli/validate", f"policies: {policies}", result.out)
