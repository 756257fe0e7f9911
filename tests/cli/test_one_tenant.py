"""`--tenant NAME`: every command then does what it does for a configuration without tenants."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.model.findings import Place
from reconciler.plan.saved import loads
from tests.cli.conftest import Result, Workspace
from tests.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sentences import Golden

CONFIG = """\
version: 1
roles_dir: roles.d
ignore: [vendor-*]
limits: {{max_deletes: {{count: 1}}}}
tenants:
  staging: {{url: {url}, roles_dir: [roles.d, tenants/staging], unmanaged: report}}
  production: {{url: https://production.example}}
"""


@pytest.fixture
def fleet(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Two tenants. The sandbox is staging, whose directory replaces the billing-clerk; its key is in its variable."""
    key = os.environ["OMNISTREAM_API_KEY"]
    for name in ("OMNISTREAM_URL", "OMNISTREAM_API_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("OMNISTREAM_API_KEY_STAGING", key)
    workspace.write("reconciler.yaml", CONFIG.format(url=workspace.tenant.url))
    workspace.write("tenants/staging/clerk.yaml", "name: billing-clerk\npermissions: [contacts.view]\n")
    return workspace


def document(result: Result) -> dict[str, Any]:
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def test_its_plan_is_that_of_the_configuration_that_would_be_written_for_it_alone(
    fleet: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = (
        f"url: {fleet.tenant.url}\nroles_dir: [roles.d, tenants/staging]\nunmanaged: report\nignore: [vendor-*]\n"
        "limits: {max_deletes: {count: 1}}\n"
    )
    fleet.write("alone.yaml", alone)
    monkeypatch.setenv("OMNISTREAM_API_KEY", os.environ["OMNISTREAM_API_KEY_STAGING"])
    plans = [
        document(fleet.run("plan", *options, "--format", "json"))
        for options in (("--tenant", "staging"), ("--config", "alone.yaml"))
    ]
    assert plans[0]["target"] == {"url": fleet.tenant.url, "tenant": "staging"}
    assert plans[0]["digest"] != plans[1]["digest"]
    for plan in plans:
        plan["target"].pop("tenant", None)
        plan["digest"] = plan["created_at"] = None
    assert json.dumps(plans[0]) == json.dumps(plans[1])


def test_a_replaced_role_is_named_in_the_plan(fleet: Workspace) -> None:
    plan = document(fleet.run("plan", "--tenant", "staging", "--format", "json"))
    assert plan["source"]["roles_dir"] == "roles.d"
    assert plan["source"]["roles_dirs"] == ["roles.d", "tenants/staging"]
    changes = {change["name"]: change for change in plan["changes"]}
    assert changes["billing-clerk"]["replaces"] == {"path": "roles.d/billing-clerk.yaml", "line": 1}
    assert changes["support-lead"]["replaces"] is None
    for form in ("text", "markdown", "html"):
        said = fleet.run("plan", "--tenant", "staging", "--format", form).out
        assert "replaces" in said
        assert "roles.d/billing-clerk.yaml:1" in said
    assert "not in roles.d + tenants/staging" in fleet.run("plan", "--tenant", "staging").out


def test_a_saved_plan_finds_its_tenant_again(fleet: Workspace, tmp_path: Path) -> None:
    assert fleet.run("plan", "--tenant", "staging", "--out", "plan.json").code == 0
    plan, _ = loads((tmp_path / "plan.json").read_text(), "plan.json")
    replaced = [change.location.replaces for change in plan.changes if change.location]
    assert (plan.tenant, replaced) == ("staging", [Place("roles.d/billing-clerk.yaml"), None])
    assert fleet.run("show", "plan.json").code == 0
    again = fleet.run("show", "plan.json", "--format", "json").out
    assert json.loads(again)["target"]["tenant"] == "staging"
    assert fleet.run("apply", "plan.json", "--yes", "--journal", "{tenant}.jsonl").code == 0
    assert fleet.live()["billing-clerk"] == ("", frozenset({"contacts.view"}))
    undone = document(fleet.run("undo", "staging.jsonl", "--format", "json"))
    assert undone["target"]["tenant"] == "staging"
    assert fleet.run("undo", "staging.jsonl", "--out", "undo.json").code == 0
    assert fleet.run("apply", "undo.json", "--yes").code == 0
    assert fleet.live()["billing-clerk"] == ("Old", frozenset({"billing.manage", "contacts.view"}))


def test_a_plan_of_one_tenant_is_stale_for_another_and_without_it(fleet: Workspace, golden: Golden) -> None:
    fleet.run("plan", "--tenant", "staging", "--out", "plan.json")
    for case, options, config in (
        ("another tenant is named", ("--tenant", "production"), None),
        ("the tenant is gone", (), "tenants: {production: {url: https://production.example}}\n"),
        ("all tenants are gone", (), f"url: {fleet.tenant.url}\n"),
    ):
        if config is not None:
            fleet.write("reconciler.yaml", config)
        result = fleet.run("apply", "plan.json", "--yes", *options)
        assert result.code == 5
        golden.says("cli/one_tenant", case, result.err)


def test_the_name_of_the_tenant_is_in_the_digest(fleet: Workspace, tmp_path: Path) -> None:
    fleet.run("plan", "--tenant", "staging", "--out", "plan.json")
    path = tmp_path / "plan.json"
    path.write_text(path.read_text().replace('"tenant": "staging"', '"tenant": "production"'))
    result = fleet.run("apply", "plan.json", "--yes")
    assert (result.code, "digest" in result.err) == (5, True)


def test_a_plan_without_a_tenant_needs_one_where_there_are_tenants(
    fleet: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNISTREAM_API_KEY", os.environ["OMNISTREAM_API_KEY_STAGING"])
    fleet.write("alone.yaml", f"url: {fleet.tenant.url}\nroles_dir: [roles.d, tenants/staging]\nunmanaged: report\n")
    assert fleet.run("plan", "--config", "alone.yaml", "--out", "plan.json").code == 0
    assert fleet.run("apply", "plan.json", "--yes").code == 64
    assert fleet.run("apply", "plan.json", "--yes", "--tenant", "staging").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("apply", "--yes"),
        ("diff",),
        ("why", "support-lead"),
        ("who", "contacts.view"),
        ("review",),
        ("report",),
        ("export",),
        ("adopt",),
        ("permissions",),
        ("lock",),
        ("schema", "--catalogue", "--tenant", "none"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_that_needs_a_tenant_names_them(fleet: Workspace, arguments: tuple[str, ...]) -> None:
    result = fleet.run(*arguments)
    assert result.code == 64
    assert "staging, production" in result.err


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("--url", "https://x.example"),
        ("--api-key-file", "key"),
        ("--roles-dir", "roles.d"),
        ("RECONCILER_ROLES_DIR", "roles.d"),
        ("RECONCILER_URL", "https://x.example"),
        ("OMNISTREAM_URL", "https://x.example"),
        ("OMNISTREAM_API_KEY_FILE", "key"),
    ],
)
def test_what_would_be_the_same_for_all_tenants_is_an_error_that_names_it(
    fleet: Workspace, given: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = (given, value) if given.startswith("--") else ()
    if not options:
        monkeypatch.setenv(given, value)
    result = fleet.run("plan", "--tenant", "staging", *options)
    assert result.code == 64
    assert result.err.startswith(f"reconciler: {'remove' if options else 'unset'} {given}: ")


def test_offline_a_url_of_the_environment_does_not_matter(fleet: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNISTREAM_URL", "https://x.example")
    assert fleet.run("validate", "--tenant", "staging").code == 0
    assert fleet.run("schema", "--tenant", "staging").code == 0


def test_the_key_is_in_the_variable_of_the_tenant_then_in_its_file_then_in_the_common_one(
    fleet: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = os.environ["OMNISTREAM_API_KEY_STAGING"]
    config = CONFIG.format(url=fleet.tenant.url)
    plan = ("plan", "--tenant", "staging")
    monkeypatch.delenv("OMNISTREAM_API_KEY_STAGING")
    missing = fleet.run(*plan)
    assert (missing.code, "OMNISTREAM_API_KEY_STAGING" in missing.err) == (64, True)
    fleet.write("reconciler.yaml", config.replace("version: 1", "api_key_file: 'keys/{tenant}'"))
    unreadable = fleet.run(*plan)
    assert (unreadable.code, "the api_key_file of tenant staging" in unreadable.err) == (1, True)
    monkeypatch.setenv("OMNISTREAM_API_KEY", key)
    assert fleet.run(*plan).code == 0
    fleet.write("keys/staging", "another-key\n")
    assert fleet.run(*plan).code == 1
    fleet.write("keys/staging", f"{key}\n")
    monkeypatch.setenv("OMNISTREAM_API_KEY", "another-key")
    assert fleet.run(*plan).code == 0
    monkeypatch.setenv("OMNISTREAM_API_KEY_STAGING", "")
    assert fleet.run(*plan).code == 64


def test_no_key_of_a_tenant_is_shown(fleet: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNISTREAM_API_KEY_PRODUCTION", "a-key-of-production")
    result = fleet.run("plan", "--tenant", "a-key-of-production")
    assert result.code == 64
    assert "[secret]" in result.err
    assert "a-key-of" not in result.err


def test_a_journal_may_have_the_tenant_in_its_name(fleet: Workspace, tmp_path: Path) -> None:
    fleet.write("reconciler.yaml", CONFIG.format(url=fleet.tenant.url).replace("version: 1", "journal: '{tenant}.log'"))
    assert fleet.run("apply", "--tenant", "staging", "--yes").code == 0
    assert (tmp_path / "staging.log").exists()


def test_an_undo_of_no_tenant_s_journal_needs_one(fleet: Workspace, golden: Golden) -> None:
    fleet.write("empty.jsonl", "")
    result = fleet.run("undo", "empty.jsonl")
    assert result.code == 64
    golden.says("cli/one_tenant", "an undo of an empty journal", result.err)
    assert fleet.run("undo", "empty.jsonl", "--tenant", "staging").code == 0
    lines = [journal_line(url) for url in (fleet.tenant.url, "https://production.example")]
    fleet.write("both.jsonl", "".join(lines))
    result = fleet.run("undo", "both.jsonl")
    assert result.code == 64
    golden.says("cli/one_tenant", "an undo of a journal of two tenants", result.err)


def journal_line(url: str) -> str:
    entry = {
        "kind": "intent", "run": "r", "request": 1, "time": "2026-11-29T00:00:00.000Z", "action": "create",
        "name": "x", "id": None, "before": None, "after": {"name": "x", "description": "", "permissions": []},
        "plan_digest": "sha256:0", "commit": None, "actor": "me", "target": url,
    }  # fmt: skip
    return json.dumps(entry) + "\n"


def test_a_schema_needs_a_tenant_only_where_their_locks_differ(fleet: Workspace) -> None:
    assert fleet.run("schema").code == 0
    fleet.write(
        "reconciler.yaml",
        CONFIG.format(url=fleet.tenant.url).replace("production.example", "production.example, lock: l.yaml"),
    )
    assert fleet.run("schema").code == 64


# --------------------------------------------------------------------------------------------- judged over all tenants


def test_files_that_are_not_valid_do_not_prove_that_no_tenant_needs_a_set(fleet: Workspace) -> None:
    config = CONFIG.format(url=fleet.tenant.url)
    apart = config.replace("production.example}", "production.example, roles_dir: [roles.d, tenants/p]}")
    fleet.write("reconciler.yaml", apart)
    fleet.write("roles.d/set.yaml", "set: shared\npermissions: [contacts.view]\n")
    fleet.write("tenants/p/x.yaml", "name: wrong\npermissions: [nope]\n")
    result = fleet.run("validate", "--tenant", "production")
    assert (result.code, "includes the set" in result.out) == (3, False)


def test_what_only_another_tenant_needs_is_not_idle(fleet: Workspace) -> None:
    fleet.write(
        "reconciler.yaml",
        CONFIG.format(url=fleet.tenant.url).replace(
            "production.example}", "production.example, roles_dir: [roles.d, tenants/p]}"
        ),
    )
    fleet.write("roles.d/set.yaml", "set: shared\npermissions: [contacts.view]\n")
    fleet.write("tenants/p/x.yaml", "name: only-here\ninclude: [shared]\npermissions: [billing.manage]\n")
    fleet.write(
        "policies.yaml",
        "policies:\n- {id: p, roles: [only-*], cannot: [billing.manage]}\n"
        "waivers:\n- {policy: p, role: only-here, codes: [billing.manage], until: 2026-12-31, reason: OPS-1}\n",
    )
    for tenant in ("staging", "production"):
        result = fleet.run("validate", "--tenant", tenant)
        assert (result.code, "warning" in result.out) == (0, False)
    assert document(fleet.run("plan", "--tenant", "staging", "--format", "json"))["notes"] == []
    fleet.write("tenants/p/x.yaml", "name: only-there\npermissions: [contacts.view]\n")
    said = fleet.run("validate", "--tenant", "staging").out
    assert "no role includes the set" in said
    assert "allows nothing" in said
    fleet.write("tenants/p/x.yaml", "name: other\npermissions: [contacts.view]\n")
    assert fleet.run("validate", "--tenant", "staging").code == 3
    fleet.write("tenants/p/x.yaml", "name: [\n")  # what cannot be read may need it
    assert fleet.run("validate", "--tenant", "staging").code == 0
    config = (fleet.directory / "reconciler.yaml").read_text()
    fleet.write("reconciler.yaml", config.replace("production.example", "production.example, lock: gone.yaml"))
    fleet.write("tenants/p/x.yaml", "name: other\npermissions: [contacts.view]\n")
    assert fleet.run("validate", "--tenant", "staging").code == 0


# ---------------------------------------------------------------------------------------------------- two directories


def test_the_history_of_a_tenant_is_that_of_all_its_directories(fleet: Workspace) -> None:
    repo = Repository(fleet.directory)
    repo.commit("Start", {})
    fleet.write("tenants/staging/clerk.yaml", "name: billing-clerk\npermissions: [contacts.view, billing.refund]\n")
    repo.commit("Refunds in staging", {})
    why = document(fleet.run("why", "billing-clerk", "billing.refund", "--tenant", "staging", "--format", "json"))
    assert why["holds"] is True
    assert fleet.run("why", "billing-clerk", "billing.refund", "--tenant", "production").code == 3  # unknown there
    who = document(fleet.run("who", "billing.refund", "--tenant", "staging", "--format", "json"))
    assert [holder["role"] for holder in who["roles"]] == ["billing-clerk"]
    assert fleet.run("report", "--tenant", "staging").code == 0
    assert fleet.run("review", "--tenant", "staging").code == 0
    fleet.write("tenants/staging/clerk.yaml", "name: billing-clerk\npermissions: [contacts.view]\n")
    diff = document(fleet.run("diff", "--tenant", "staging", "--format", "json"))
    assert [change["permissions"]["revoked"] for change in diff["changes"]] == [["billing.refund"]]
    assert diff["target"] == {"url": None, "tenant": "staging"}
    assert document(fleet.run("diff", "--tenant", "production", "--format", "json"))["changes"] == []
    assert fleet.run("diff", "--tenant", "staging").out.startswith(
        "Access change of roles.d + tenants/staging for staging since"
    )


def test_a_base_has_the_directories_and_globs_of_then(fleet: Workspace) -> None:
    repo = Repository(fleet.directory)
    repo.commit("Start", {})
    config = CONFIG.format(url=fleet.tenant.url).replace("[roles.d, tenants/staging]", "roles.d")
    fleet.write("reconciler.yaml", config.replace("unmanaged: report", "unmanaged: report, roles: ['!support-*']"))
    diff = document(fleet.run("diff", "--tenant", "staging", "--format", "json"))
    assert [(change["action"], change["name"]) for change in diff["changes"]] == [
        ("update", "billing-clerk"),
        ("delete", "support-lead"),
    ]
    plan = document(fleet.run("plan", "--tenant", "staging", "--base", "HEAD", "--format", "json"))
    assert [(change["name"], change["origin"]) for change in plan["changes"]] == [("billing-clerk", "both")]


def test_a_limit_on_tenants_that_goes_is_a_rule_that_changed(fleet: Workspace) -> None:
    config = CONFIG.format(url=fleet.tenant.url)
    limited = config.replace("limits: {", "limits: {max_tenants: {count: 5}, ")
    Repository(fleet.directory).commit("Start", {"reconciler.yaml": limited})
    fleet.write("reconciler.yaml", config)
    diff = document(fleet.run("diff", "--tenant", "staging", "--format", "json"))
    gone = {"kind": "limit", "name": "max_tenants", "change": "removed", "before": "5 tenants", "after": None}
    assert diff["rules_changed"] == [gone]
    assert "  - limits.max_tenants was removed\n" in fleet.run("diff", "--tenant", "staging").out


def test_directories_of_two_repositories_have_no_common_history(fleet: Workspace, golden: Golden) -> None:
    Repository(fleet.directory / "roles.d").commit("Start", {})
    Repository(fleet.directory / "tenants").commit("Start", {})
    result = fleet.run("diff", "--tenant", "staging")
    assert result.code == 1
    golden.says("cli/one_tenant", "two repositories", result.err)


def test_adopt_edits_the_file_that_counts_and_makes_new_ones_in_the_last_directory(fleet: Workspace) -> None:
    Repository(fleet.directory).commit("Start", {})
    assert fleet.run("adopt", "billing-clerk", "temp-role", "--tenant", "staging").code == 0
    assert "billing.manage" in (fleet.directory / "tenants/staging/clerk.yaml").read_text()
    assert (fleet.directory / "tenants/staging/temp-role.yaml").exists()
    assert "billing.manage" not in (fleet.directory / "roles.d/billing-clerk.yaml").read_text()


def test_adopt_leaves_a_role_that_is_not_chosen(fleet: Workspace, golden: Golden) -> None:
    config = CONFIG.format(url=fleet.tenant.url)
    fleet.write("reconciler.yaml", config.replace("unmanaged: report", "unmanaged: report, roles: ['!temp-*']"))
    Repository(fleet.directory).commit("Start", {})
    assert fleet.run("adopt", "--unmanaged", "--tenant", "staging").code == 0
    assert not (fleet.directory / "tenants/staging/temp-role.yaml").exists()
    result = fleet.run("adopt", "temp-role", "--tenant", "staging")
    assert result.code == 3
    golden.says("cli/one_tenant", "adopt a role that is not chosen", result.err)
