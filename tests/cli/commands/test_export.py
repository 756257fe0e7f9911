"""`reconciler export`: the live custom roles as role files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import yaml

from reconciler.model.inert import steers
from reconciler.sandbox.server import running_sandbox
from tests.builders import an_id
from tests.cli.catalogues import a_tenant, an_entry
from tests.scripted_server import Act, Received, ScriptedServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Workspace
    from tests.sentences import Golden


def test_a_plan_right_after_an_export_shows_no_changes(workspace: Workspace) -> None:
    assert workspace.run("export", "--dir", "adopted").code == 0
    result = workspace.run("plan", "--roles-dir", "adopted", "--detailed-exitcode")
    assert result.code == 0


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_it_prints_of_hostile_roles_steers_no_log_and_is_still_the_data(workspace: Workspace, form: str) -> None:
    workspace.tenant.store.create("##[error]x", "a\n::stop-commands::t\n##[group]", [])
    result = workspace.run("export", "--format", form)
    assert result.code == 0
    assert not steers(result.out.splitlines())
    documents = json.loads(result.out)["roles"] if form == "json" else yaml.safe_load_all(result.out)
    assert ("##[error]x", "a\n::stop-commands::t\n##[group]") in [
        (document["name"], document.get("description")) for document in documents
    ]


def test_one_file_a_role_is_written_and_named(workspace: Workspace) -> None:
    result = workspace.run("export", "--dir", "adopted")
    assert result.out == "adopted/billing-clerk.yaml\nadopted/temp-role.yaml\n2 role files written.\n"


def test_the_files_as_json(workspace: Workspace) -> None:
    result = workspace.run("export", "--dir", "adopted", "--format", "json")
    assert json.loads(result.out)["files"] == ["adopted/billing-clerk.yaml", "adopted/temp-role.yaml"]


def test_an_existing_file_is_never_written_over(workspace: Workspace) -> None:
    workspace.write("adopted/temp-role.yaml", "mine")
    result = workspace.run("export", "--dir", "adopted")
    assert result.code == 4
    assert "--force" in result.err
    assert (workspace.directory / "adopted/temp-role.yaml").read_text() == "mine"
    assert not (workspace.directory / "adopted/billing-clerk.yaml").exists()


def test_unless_that_was_asked_for(workspace: Workspace) -> None:
    workspace.write("adopted/temp-role.yaml", "mine")
    assert workspace.run("export", "--dir", "adopted", "--force").code == 0


def test_without_a_directory_the_roles_are_printed(workspace: Workspace) -> None:
    out = workspace.run("export").out
    assert "name: billing-clerk\n" in out
    assert "---\n" in out


def test_without_a_directory_they_can_be_json(workspace: Workspace) -> None:
    document = json.loads(workspace.run("export", "--format", "json").out)
    assert [role["name"] for role in document["roles"]] == ["billing-clerk", "temp-role"]


def test_ignored_roles_are_left_out_and_named(workspace: Workspace, golden: Golden) -> None:
    workspace.write("reconciler.yaml", 'version: 1\nignore: ["temp-*"]\n')
    result = workspace.run("export", "--dir", "adopted")
    assert "temp-role" in result.err
    golden.says("cli/export", "ignored", result.err)
    assert not (workspace.directory / "adopted/temp-role.yaml").exists()


def test_a_tenant_without_a_system_role_is_not_believed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    with running_sandbox(seed=[]) as tenant:
        monkeypatch.setenv("OMNISTREAM_URL", tenant.url)
        monkeypatch.setenv("OMNISTREAM_API_KEY", tenant.api_key)
        result = workspace.run("export", "--dir", "adopted")
    assert result.code == 4
    golden.says("cli/export", "no system role", result.err)


def test_the_roles_to_export_can_be_named(workspace: Workspace) -> None:
    result = workspace.run("export", "Temp-Role", "--dir", "adopted")
    assert result.out == "adopted/temp-role.yaml\n1 role file written.\n"


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("temp-rolle", "a name that is not live"),
        ("Admin", "the name of a system role"),
        ("billing-clerk", "the name of an ignored role"),
        ("vendor-x", "the name of a role of another team"),
    ],
)
def test_a_name_that_cannot_be_exported_is_said_and_nothing_is_written(
    workspace: Workspace, name: str, case: str, golden: Golden
) -> None:
    workspace.tenant.store.create(name="vendor-x", description="", permissions=[])
    workspace.write("reconciler.yaml", 'ignore: ["billing-*"]\nmanage: ["temp-*", "billing-*"]\n')
    result = workspace.run("export", name, "temp-role", "--dir", "adopted")
    assert (result.code, result.out) == (1, "")
    golden.says("cli/export", case, result.err)
    assert not (workspace.directory / "adopted").exists()


def test_a_role_of_another_team_is_not_exported(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", 'manage: ["temp-*"]\n')
    assert workspace.run("export", "--dir", "adopted") == (0, "adopted/temp-role.yaml\n1 role file written.\n", "")


def test_only_roles_that_no_file_asks_for_can_be_asked_for(workspace: Workspace, golden: Golden) -> None:
    result = workspace.run("export", "--unmanaged", "--dir", "roles.d")
    assert result.out == "roles.d/temp-role.yaml\n1 role file written.\n"
    assert "support-lead (roles.d/support-lead.yaml:1)" in result.err
    golden.says("cli/export", "files with roles that are not live", result.err)


def test_a_role_that_is_about_to_be_renamed_is_asked_for(workspace: Workspace) -> None:
    workspace.want("night-shift", renamed_from="temp-role")
    assert workspace.run("export", "--unmanaged").out == ""


def test_a_named_role_that_a_file_asks_for_is_not_unmanaged(workspace: Workspace, golden: Golden) -> None:
    result = workspace.run("export", "billing-clerk", "--unmanaged")
    assert result.code == 1
    golden.says("cli/export", "the name of a managed role", result.err)


def test_without_role_files_every_role_is_unmanaged(workspace: Workspace) -> None:
    result = workspace.run("export", "--unmanaged", "--roles-dir", "gone", "--dir", "gone")
    assert result.out.endswith("2 role files written.\n")


def test_policies_that_need_a_lock_do_not_keep_one_from_starting_without_role_files(workspace: Workspace) -> None:
    workspace.write("policies.yaml", 'policies: [{id: p, can: ["*.view"]}]\n')
    result = workspace.run("export", "--unmanaged", "--roles-dir", "gone", "--dir", "gone")
    assert (result.code, result.out.splitlines()[-1]) == (0, "2 role files written.")


def test_role_files_that_are_not_valid_say_nothing_about_what_is_unmanaged(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: no\npermissions: []\n")
    assert workspace.run("export", "--unmanaged").code == 3


def test_role_files_that_cannot_be_read_say_nothing_either(workspace: Workspace) -> None:
    workspace.write("gone", "no directory")
    assert workspace.run("export", "--unmanaged", "--roles-dir", "gone").code == 3


def test_a_plan_after_an_export_beside_files_of_other_names_is_empty(workspace: Workspace, golden: Golden) -> None:
    comment = "# why: ticket 12\nname: billing-clerk\ndescription: Old\npermissions: [billing.manage, contacts.view]\n"
    workspace.write("team/a.yaml", comment)
    result = workspace.run("export", "--dir", "team")
    assert result.out == "team/temp-role.yaml\n1 role file written.\n"
    assert "team/a.yaml:2" in result.err
    golden.says("cli/export", "another file has the same role", result.err)
    assert workspace.run("plan", "--roles-dir", "team", "--detailed-exitcode").code == 0
    assert (workspace.directory / "team/a.yaml").read_text() == comment


def test_a_file_that_has_to_stay_makes_the_export_partial(workspace: Workspace) -> None:
    workspace.write("team/a.yaml", "name: billing-clerk\npermissions: []\n---\nname: other\npermissions: []\n")
    assert workspace.run("export", "--dir", "team", "--force").code == 6
    assert workspace.run("export", "billing-clerk", "--dir", "team", "--force").code == 1


def test_files_that_were_written_over_are_named(workspace: Workspace) -> None:
    workspace.write("adopted/temp-role.yaml", "mine")
    assert workspace.run("export", "--dir", "adopted", "--force").err == "overwritten: adopted/temp-role.yaml\n"


@dataclass
class Odd:
    """A tenant that holds what a role file cannot, and whose catalogue lost a code."""

    workspace: Workspace
    codes: list[str] | None = field(default_factory=lambda: ["contacts.view"])

    def answer(self, request: Received) -> Act:
        if request.path == "/api/permissions":
            codes = self.codes
            return reply(403) if codes is None else reply(body=[{"code": c, "name": c, "category": c} for c in codes])
        roles = [
            {"id": an_id(name), "name": name, "is_system": name == "admin", "permissions": codes}
            for name, codes in (("admin", []), ("superuser", ["all"]), (" ", []), ("legacy", ["fax.send"]))
        ]
        return reply(body=roles)


@pytest.fixture
def odd(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Odd]:
    found = Odd(workspace)
    with ScriptedServer(found.answer) as server:
        monkeypatch.setenv("OMNISTREAM_URL", server.url)
        yield found


def test_roles_that_cannot_stand_in_a_file_are_left_out_and_named(odd: Odd, golden: Golden) -> None:
    result = odd.workspace.run("export", "--dir", "adopted")
    assert (result.code, result.out) == (6, "adopted/legacy.yaml\n1 role file written.\n")
    assert an_id("superuser") in result.err
    assert an_id(" ") in result.err
    assert '`ignore: [""]`' in result.err
    golden.says("cli/export", "left out", result.err)


def test_an_ignored_role_whose_name_is_blank_is_named_all_the_same(odd: Odd, golden: Golden) -> None:
    odd.workspace.write("reconciler.yaml", 'ignore: ["superuser", ""]\n')
    err = odd.workspace.run("export").err
    assert '"", superuser\n' in err
    golden.says("cli/export", "ignored, one without a name", err)


def test_where_none_can_the_export_failed(odd: Odd) -> None:
    result = odd.workspace.run("export", "superuser")
    assert (result.code, result.out) == (1, "")


def test_they_are_named_in_the_document_too(odd: Odd) -> None:
    for arguments in (("--dir", "adopted"), ()):
        document = json.loads(odd.workspace.run("export", "--format", "json", *arguments).out)
        assert [(entry["name"], entry["id"]) for entry in document["left_out"]] == [
            ("", an_id(" ")),
            ("superuser", an_id("superuser")),
        ]


def test_a_code_that_the_catalogue_lost_is_a_warning_and_the_plan_after_it_is_empty(odd: Odd, golden: Golden) -> None:
    odd.workspace.write("reconciler.yaml", 'ignore: ["superuser", ""]\n')
    result = odd.workspace.run("export", "--dir", "adopted")
    assert result.code == 0
    golden.says("cli/export", "a code that the catalogue lost", result.err)
    plan = odd.workspace.run("plan", "--roles-dir", "adopted", "--detailed-exitcode")
    assert plan.code == 0
    assert "adopted/legacy.yaml:3:5: warning: " in plan.out


def test_a_code_that_the_lock_does_not_have_is_a_warning_since_the_plan_after_it_is_not_valid(
    workspace: Workspace, golden: Golden
) -> None:
    tenant = a_tenant("a.view", roles={"lead": ("a.view",)})
    with tenant.serve() as server:
        assert workspace.run("lock", "--url", server.url).code == 0
        tenant.entries.append(an_entry("b.view"))
        tenant.roles = {"lead": ("a.view", "b.view"), "old": ("c.view",)}
        result = workspace.run("export", "--dir", "adopted", "--url", server.url)
        assert workspace.run("plan", "--roles-dir", "adopted", "--url", server.url).code == 3
    assert result.code == 0
    assert all(f'permission "{code}" is not in permissions.lock.yaml' in result.err for code in ("b.view", "c.view"))
    golden.says("cli/export", "codes that the lock does not have", result.err)


def test_an_empty_catalogue_is_said_once(odd: Odd, golden: Golden) -> None:
    odd.codes = []
    err = odd.workspace.run("export", "legacy").err
    golden.says("cli/export", "an empty catalogue", err)


def test_a_catalogue_that_cannot_be_read_keeps_nobody_from_exporting(odd: Odd, golden: Golden) -> None:
    odd.codes = None
    result = odd.workspace.run("export", "legacy")
    assert result.code == 0
    golden.says("cli/export", "a catalogue that cannot be read", result.err)


def test_a_role_that_a_pattern_already_defines_as_it_is_live_is_not_written_again(workspace: Workspace) -> None:
    assert workspace.run("lock").code == 0
    workspace.write(
        "adopted/all.yaml",
        "name: temp-role\npermissions: [contacts.*]\nexcept: [CODES]\n".replace(
            "CODES",
            ", ".join(f"contacts.{action}" for action in ("delete", "edit", "export", "import", "merge", "tag")),
        ),
    )
    result = workspace.run("export", "temp-role", "--dir", "adopted")
    assert "already defines" in result.err


def test_a_lock_that_cannot_be_read_does_not_stop_an_export(workspace: Workspace) -> None:
    workspace.write("permissions.lock.yaml", "version: 1\n")
    assert workspace.run("export", "--dir", "adopted").code == 0
