"""`plan`, `apply`, `show` and `undo` with policies: each judges the same, and shows it in its formats."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli.outside import Outside

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace
    from tests.sentences import Golden

POLICIES = """\
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
WAIVERS = """\
waivers:
  - {policy: billing, role: billing-clerk, codes: [billing.view], reason: Until the clerk has left, until: 2026-12-31}
"""
ASSIGNING = (
    "  - {policy: no-assigning, role: support-lead, codes: [conversations.assign], reason: OPS-1, until: 2026-12-30}\n"
)


def run(workspace: Workspace, *arguments: str, day: date = date(2026, 11, 29)) -> Result:
    return workspace.run(*arguments, outside=Outside(today=lambda: day))


@pytest.fixture
def refused(workspace: Workspace) -> Workspace:
    """A workspace whose policies deny one grant of the plan, and waive another one."""
    workspace.write("policies.yaml", POLICIES + WAIVERS)
    return workspace


def document(workspace: Workspace, *arguments: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(run(workspace, *arguments, "--format", "json").out)
    return parsed


def test_plan_and_apply_refuse_what_a_policy_denies(refused: Workspace, golden: Golden) -> None:
    before = refused.live()
    for arguments in (("plan",), ("apply", "--yes")):
        result = run(refused, *arguments)
        assert result.code == 4
        assert "Refused by 1 policy: no-assigning." in result.out
        golden.says("cli/policies", "the refusal", result.err)
    assert refused.live() == before


@pytest.mark.parametrize("format_", ["text", "markdown", "github"])
def test_the_findings_in_a_format_for_people(refused: Workspace, format_: str, golden: Golden) -> None:
    refused.write("reconciler.yaml", "unmanaged: report\n")
    refused.write("policies.yaml", POLICIES.replace("billing.view", "contacts.view, billing.view") + WAIVERS)
    result = run(refused, "plan", "--format", format_)
    assert result.code == 4
    golden.says("cli/policies", f"plan --format {format_}", result.out, url=refused.tenant.url)


def test_the_findings_in_the_page(refused: Workspace) -> None:
    page = run(refused, "plan", "--format", "html").out
    assert page.index("Refused by 1 policy: no-assigning.") < page.index('<section class="changes"')
    assert "waived until 2026-12-31 (32 days left), new" in page
    assert "Refused: this plan cannot be applied as it is" not in page


def test_the_page_says_what_to_do_only_if_a_policy_refuses_the_plan(refused: Workspace) -> None:
    to_do = "<p>To go on, change the roles, or add a waiver"
    assert to_do in run(refused, "plan", "--format", "html").out
    refused.write("policies.yaml", "policies: [{id: owned, level: warn, keys: [owner]}]\n")
    assert to_do not in run(refused, "plan", "--format", "html").out


def test_the_findings_in_json(refused: Workspace) -> None:
    found = document(refused, "plan")
    assert [(f["policy"], f["role"], f["new"], f["waived"] is None) for f in found["findings"]] == [
        ("billing", "billing-clerk", True, False),
        ("no-assigning", "support-lead", True, True),
        ("owned", "billing-clerk", False, True),
        ("owned", "support-lead", True, True),
    ]
    assert found["findings"][1]["location"] == {"path": "roles.d/support-lead.yaml", "line": 3, "column": 15}
    assert [refusal["name"] for refusal in found["refused"]] == ["support-lead"]


def test_a_live_role_that_stays_has_no_place(refused: Workspace) -> None:
    refused.write("reconciler.yaml", 'ignore: ["temp-*"]\n')
    refused.write("policies.yaml", "policies: [{id: p, cannot: [contacts.view]}]\n")
    found = document(refused, "plan")["findings"]
    assert [(f["role"], f["level"], f["location"] is None, f["new"]) for f in found] == [
        ("billing-clerk", "deny", False, False),
        ("temp-role", "warn", True, False),
    ]


def test_a_plan_that_grants_nothing_is_shown_and_not_refused(workspace: Workspace, golden: Golden) -> None:
    assert run(workspace, "apply", "--yes").code == 0
    workspace.want("support-lead", "conversations.assign")
    workspace.write("policies.yaml", POLICIES)
    result = run(workspace, "plan")
    assert result.code == 0
    golden.says("cli/policies", "narrowing", result.out, url=workspace.tenant.url)
    assert "Narrowing is never refused" in run(workspace, "plan", "--format", "markdown").out
    assert document(workspace, "plan")["refused"] == []
    assert run(workspace, "validate").code == 4
    assert run(workspace, "apply", "--yes").code == 0


def test_without_policies_a_plan_has_no_findings(workspace: Workspace) -> None:
    assert document(workspace, "plan")["findings"] == []


def test_findings_that_refuse_nothing_say_so(workspace: Workspace, golden: Golden) -> None:
    workspace.write("policies.yaml", "policies: [{id: owned, level: warn, keys: [owner]}]\n")
    result = run(workspace, "plan")
    assert result.code == 0
    golden.says("cli/policies", "only warnings", result.out, url=workspace.tenant.url)


def test_a_limit_and_a_policy_both_refuse(refused: Workspace, golden: Golden) -> None:
    result = run(refused, "plan", "--max-deletes", "0", "--format", "github")
    assert result.code == 4
    golden.says("cli/policies", "a limit and a policy", result.out.splitlines()[0])
    assert run(refused, "plan", "--max-deletes", "0").out.count("Refused") == 2


# ---------------------------------------------------------------------------------------------------- saved plans


def test_a_saved_plan_that_was_refused_stays_refused(refused: Workspace) -> None:
    assert run(refused, "plan", "--out", "plan.json").code == 4
    shown = run(refused, "show", "plan.json").out
    assert "Refused by 1 policy: no-assigning." in shown
    assert "(32 days left)" in shown
    refused.write("policies.yaml", "policies: []\n")
    assert run(refused, "apply", "plan.json", "--yes").code == 4


def test_a_saved_plan_is_refused_by_the_files_at_hand(workspace: Workspace) -> None:
    assert run(workspace, "plan", "--out", "plan.json").code == 0
    workspace.write("policies.yaml", POLICIES)
    assert run(workspace, "apply", "plan.json", "--yes").code == 4
    assert run(workspace, "apply", "plan.json", "--yes", "--roles-dir", "elsewhere").code == 5
    workspace.write("policies.yaml", "policies: [{}]\n")
    assert run(workspace, "apply", "plan.json", "--yes").code == 3


def test_a_policy_at_hand_that_cannot_fire_is_an_error_unless_the_role_files_are_others(workspace: Workspace) -> None:
    assert run(workspace, "plan", "--out", "plan.json").code == 0
    workspace.write("policies.yaml", "policies: [{id: p, roles: [nobody], cannot: [billing.view]}]\n")
    result = run(workspace, "apply", "plan.json", "--yes")
    assert (result.code, "matches no role" in result.err) == (3, True)
    workspace.write("roles.d/more.yaml", "name: more\npermissions: []\n")
    assert run(workspace, "apply", "plan.json", "--yes").code == 5


def test_a_saved_plan_is_applied_without_files(workspace: Workspace) -> None:
    workspace.write("policies.yaml", POLICIES + WAIVERS + ASSIGNING)
    assert run(workspace, "plan", "--out", "plan.json").code == 0
    (workspace.directory / "roles.d").rename(workspace.directory / "gone")
    assert run(workspace, "apply", "plan.json", "--yes").code == 0


@pytest.mark.parametrize(("day", "code"), [(30, 0), (31, 4)])
def test_a_saved_plan_is_refused_once_a_waiver_has_ended(workspace: Workspace, day: int, code: int) -> None:
    workspace.write("policies.yaml", POLICIES + WAIVERS + ASSIGNING)
    assert run(workspace, "plan", "--out", "plan.json").code == 0
    (workspace.directory / "policies.yaml").unlink()
    assert run(workspace, "apply", "plan.json", "--yes", day=date(2026, 12, day)).code == code


def test_a_saved_plan_with_a_policy_of_another_form_is_not_a_plan(refused: Workspace) -> None:
    run(refused, "plan", "--out", "plan.json")
    path = refused.directory / "plan.json"
    path.write_text(path.read_text().replace('"no-assigning"', '"**no**"'))
    assert run(refused, "show", "plan.json").code == 5


def test_a_saved_plan_with_a_waiver_until_no_day_is_not_a_plan(workspace: Workspace) -> None:
    workspace.write("policies.yaml", POLICIES + WAIVERS + ASSIGNING)
    assert run(workspace, "plan", "--out", "plan.json").code == 0
    path = workspace.directory / "plan.json"
    path.write_text(path.read_text().replace('"2026-12-30"', '"2026-12-99"'))
    assert run(workspace, "apply", "plan.json", "--yes").code == 5


# ---------------------------------------------------------------------------------------------------- undo


@pytest.fixture
def applied(workspace: Workspace) -> Workspace:
    """A workspace whose role files were applied, with `journal.jsonl`."""
    assert run(workspace, "apply", "--yes", "--journal", "journal.jsonl").code == 0
    return workspace


def test_an_undo_is_judged_for_what_it_gives_back(applied: Workspace, golden: Golden) -> None:
    applied.write("policies.yaml", "policies: [{id: old, cannot: [billing.manage]}, {id: owned, keys: [owner]}]\n")
    result = run(applied, "undo", "journal.jsonl", "--out", "back.json")
    assert result.code == 4
    golden.says("cli/policies", "undo", result.err)
    assert run(applied, "apply", "back.json", "--yes").code == 4


def test_a_saved_undo_is_judged_by_the_policies_at_hand(applied: Workspace) -> None:
    assert run(applied, "undo", "journal.jsonl", "--out", "back.json").code == 0
    applied.write("policies.yaml", "policies: [{id: old, cannot: [billing.manage]}]\n")
    assert run(applied, "apply", "back.json", "--yes").code == 4
    waiver = "{policy: old, role: billing-clerk, codes: [billing.manage], reason: x, until: 2026-12-31}"
    applied.write("policies.yaml", f"policies: [{{id: old, cannot: [billing.manage]}}]\nwaivers: [{waiver}]\n")
    assert run(applied, "apply", "back.json", "--yes").code == 0


def test_an_undo_that_gives_back_nothing_forbidden_is_not_refused(applied: Workspace) -> None:
    applied.write("policies.yaml", "policies: [{id: new, cannot: [billing.view]}]\n")
    assert run(applied, "undo", "journal.jsonl").code == 0
