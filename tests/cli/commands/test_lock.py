"""`reconciler lock`: what it says, what it writes, and when it writes nothing."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.load.lock import load_lock
from reconciler.load.lock_text import lock_text
from tests.builders import a_lock, a_locked
from tests.cli.catalogues import a_tenant, an_entry
from tests.scripted_server import ScriptedServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.catalogue import Lock, Permission
    from tests.cli.catalogues import Tenant
    from tests.cli.conftest import Result, Workspace
    from tests.sentences import Golden

LOCK = Path("permissions.lock.yaml")


@pytest.fixture
def directory(workspace: Workspace) -> Workspace:
    """A workspace without role files."""
    shutil.rmtree(workspace.directory / "roles.d")
    return workspace


def lock(workspace: Workspace, tenant: Tenant, *options: str) -> Result:
    with tenant.serve() as server:
        return workspace.run("lock", "--url", server.url, *options)


def locked(path: Path = LOCK) -> Lock:
    return load_lock(path, str)


def keep(*entries: str | Permission, url: str = "https://a.example.org", withdrawn: Iterable[str] = ()) -> str:
    text = lock_text(a_lock(*entries, url=url, withdrawn=withdrawn))
    LOCK.write_text(text, encoding="utf-8")
    return text


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.out)
    return found


def test_the_first_lock_holds_what_the_tenant_answers(directory: Workspace) -> None:
    tenant = a_tenant("b.view", "a.view")
    with tenant.serve() as server:
        result = directory.run("lock", "--url", f"{server.url.upper()}/")
        assert result.code == 0
        assert locked() == a_lock("a.view", "b.view", url=server.url)
    assert stat.S_IMODE(LOCK.stat().st_mode) == 0o644
    assert "permissions.lock.yaml written: 2 permissions" in result.out
    assert sorted(os.listdir()) == ["permissions.lock.yaml"]  # noqa: PTH208 - names are enough


def test_the_catalogue_of_the_sandbox_is_locked_with_a_key_that_only_reads(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNISTREAM_API_KEY", workspace.tenant.read_only_key)
    assert workspace.run("lock").code == 0
    assert locked().url == workspace.tenant.url
    again = workspace.run("lock", "--check")
    assert (again.code, again.err) == (0, "")
    assert workspace.run("validate").code == 0


def test_what_is_up_to_date_is_not_written_again(directory: Workspace) -> None:
    tenant = a_tenant("a.view")
    with tenant.serve() as server:
        text = keep(a_locked("a.view")._replace(id=a_locked("a.view").id), url=server.url) + "# kept\n"
        LOCK.write_text(text, encoding="utf-8")
        os.utime(LOCK, (1, 1))
        for options in ((), ("--force",), ("--check",)):
            result = directory.run("lock", "--url", server.url, *options)
            assert (result.code, result.out) == (0, "permissions.lock.yaml is up to date: 1 permission.\n")
    assert (LOCK.read_text(encoding="utf-8"), LOCK.stat().st_mtime) == (text, 1)


def test_another_url_alone_is_nothing_to_be_done(directory: Workspace) -> None:
    text = keep(a_locked("a.view", id="of another tenant"))
    assert document(lock(directory, a_tenant("a.view"), "--format", "json"))["written"] is False
    assert LOCK.read_text(encoding="utf-8") == text


def test_a_lock_of_another_tenant_becomes_one_of_the_tenant_that_is_asked(directory: Workspace) -> None:
    keep(a_locked("a.view", id="of another tenant"))
    with a_tenant("a.view", "b.view").serve() as server:
        assert directory.run("lock", "--url", server.url).code == 0
        assert locked() == a_lock("a.view", "b.view", url=server.url)


def test_what_changed_is_said_with_the_roles_that_it_concerns(workspace: Workspace, golden: Golden) -> None:
    workspace.want("one", "gone.view", "named.view", "moved.view", "other.view", "new.view")
    moved = a_locked("moved.read", "Read what moved", id=a_locked("moved.view").id)
    tenant = a_tenant(
        "billing.view",
        "contacts.view",
        "conversations.assign",
        "conversations.view",
        "new.view",
        "other.read",
        moved,
        a_locked("other.view", "Another\nname", description="Now with one."),
    )
    with tenant.serve() as server:
        keep(
            "billing.view",
            "contacts.view",
            "conversations.assign",
            "conversations.view",
            "gone.view",
            "moved.view",
            "other.view",
            url=server.url,
        )
        shown = workspace.run("lock", "--url", server.url, "--check")
        result = workspace.run("lock", "--url", server.url, "--format", "json")
    assert (shown.code, result.code) == (2, 0)
    golden.says("cli/lock", "everything that can change", shown.out)
    found = document(result)
    assert {key: found[key] for key in ("format_version", "written", "permissions")} == {
        "format_version": "1.0",
        "written": True,
        "permissions": 8,
    }
    assert found["added"] == [
        {"code": "new.view", "name": "New: view", "roles": ["one"]},
        {"code": "other.read", "name": "Other: read", "roles": []},
    ]
    assert found["removed"] == [{"code": "gone.view", "name": "Gone: view", "roles": ["one"]}]
    assert found["renamed"] == [
        {"before": "moved.view", "after": "moved.read", "name": "Read what moved", "roles": ["one"]}
    ]
    before, after = a_locked("other.view"), a_locked("other.view", "Another\nname", description="Now with one.")
    assert found["changed"] == [
        {
            "code": "other.view",
            "before": {"name": before.name, "description": "", "category": "other", "id": before.id},
            "after": {"name": after.name, "description": after.description, "category": "other", "id": after.id},
            "roles": ["one"],
        }
    ]
    assert list(found) == ["format_version", "written", "permissions", "added", "removed", "renamed", "changed"]
    assert locked().withdrawn == {"gone.view", "moved.view"}


def test_a_code_that_is_gone_stays_withdrawn_until_no_file_names_it(workspace: Workspace) -> None:
    shutil.rmtree("roles.d")
    workspace.want("one", "a.view", "b.view")
    tenant = a_tenant("a.view", "b.view")
    with tenant.serve() as server:
        assert workspace.run("lock", "--url", server.url).code == 0
        del tenant.entries[1]
        assert workspace.run("lock", "--url", server.url).code == 0
        assert locked().withdrawn == {"b.view"}
        assert workspace.run("lock", "--url", server.url, "--check").code == 0
        assert workspace.run("validate").code == 0
        workspace.want("one", "a.view")
        assert workspace.run("lock", "--url", server.url, "--check").code == 2
        assert workspace.run("lock", "--url", server.url).code == 0
        assert locked() == a_lock("a.view", url=server.url)


def test_a_pattern_does_not_hold_a_withdrawn_code(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: one\npermissions: [a.*]\n")
    keep("a.gone", "a.view", withdrawn=["a.gone"])
    removed = document(lock(workspace, a_tenant("a.view"), "--format", "json"))["removed"]
    assert removed == [{"code": "a.gone", "name": "A: gone", "roles": []}]


def test_a_withdrawn_code_that_is_there_again_is_withdrawn_no_longer(workspace: Workspace) -> None:
    shutil.rmtree("roles.d")
    workspace.want("one", "b.view")
    keep("a.view", "b.view", withdrawn=["b.view"])
    assert lock(workspace, a_tenant("a.view", "b.view")).code == 0
    assert locked().withdrawn == frozenset()


def test_problems_of_role_files_are_warnings(workspace: Workspace) -> None:
    workspace.write("roles.d/a.yaml", "name: one\npermissions: [a.view, b.view]\nsize: 3\n")
    keep("a.view", "b.view")
    result = lock(workspace, a_tenant("a.view"))
    assert result.code == 0
    assert locked().withdrawn == {"b.view"}
    assert "warning: roles.d/a.yaml:3:1: unknown key" in result.err
    assert "warning: roles.d/billing-clerk.yaml:3:15:" in result.err


def test_without_a_lock_check_says_that_there_is_none(directory: Workspace, golden: Golden) -> None:
    result = lock(directory, a_tenant("a.view"), "--check")
    assert (result.code, LOCK.exists()) == (2, False)
    golden.says("cli/lock", "no lock yet", result.out + result.err)


def test_a_catalogue_that_lost_more_than_half_is_not_written(directory: Workspace, golden: Golden) -> None:
    text = keep("a.view", "b.view", "c.view")
    result = lock(directory, a_tenant("a.view"), "--format", "json")
    assert (result.code, document(result)["written"]) == (4, False)
    assert LOCK.read_text(encoding="utf-8") == text
    golden.says("cli/lock", "more than half of the codes are gone", result.err)
    golden.says("cli/lock", "refused, in text", lock(directory, a_tenant("a.view")).out)
    assert lock(directory, a_tenant("a.view"), "--check").code == 2
    assert lock(directory, a_tenant("a.view"), "--force").code == 0
    assert locked().permissions.keys() == {"a.view"}


def test_an_empty_catalogue_is_not_written(directory: Workspace, golden: Golden) -> None:
    result = lock(directory, a_tenant())
    assert (result.code, LOCK.exists()) == (4, False)
    golden.says("cli/lock", "an empty catalogue", result.err)
    assert lock(directory, a_tenant(), "--force").code == 0
    assert locked().permissions == {}
    assert lock(directory, a_tenant()).code == 0


@pytest.mark.parametrize(
    ("case", "entry"),
    [
        ("no code", {**an_entry("a.view"), "code": "a view"}),
        ("a code twice", {**an_entry("b.view"), "name": "Again"}),
        ("no id", {**an_entry("a.view"), "id": None}),
        ("an id that is no text", {**an_entry("a.view"), "id": 7}),
    ],
)
def test_an_answer_that_cannot_be_locked_is_an_error(
    directory: Workspace, case: str, entry: object, golden: Golden
) -> None:
    tenant = a_tenant("b.view")
    tenant.entries.append(entry)
    assert [lock(directory, tenant, option).code for option in ("--check", "--force")] == [1, 1]
    result = lock(directory, tenant)
    assert (result.code, LOCK.exists()) == (1, False)
    golden.says("cli/lock", f"an answer with {case}", result.err)


def test_where_the_catalogue_cannot_be_read_nothing_is_written(directory: Workspace) -> None:
    text = keep("a.view")
    with ScriptedServer(lambda _: reply(403)) as server:
        assert directory.run("lock", "--url", server.url, "--check").code == 1
        assert directory.run("lock", "--url", server.url).code == 1
    assert LOCK.read_text(encoding="utf-8") == text


def test_a_lock_that_cannot_be_read_is_not_valid_without_force(directory: Workspace) -> None:
    LOCK.write_text("<<<<<<< ours\n", encoding="utf-8")
    with a_tenant("a.view").serve() as server:
        for options in ((), ("--check",)):
            result = directory.run("lock", "--url", server.url, *options)
            assert result.code == 3
            assert result.err.startswith("permissions.lock.yaml:1:1: ")
        assert not server.paths
        assert directory.run("lock", "--url", server.url, "--check", "--force").code == 2
        assert directory.run("lock", "--url", server.url, "--force").code == 0
        assert locked() == a_lock("a.view", url=server.url)


def test_the_configuration_names_the_lock(directory: Workspace) -> None:
    directory.write("conf/reconciler.yaml", "lock: locks/tenant.yaml\n")
    assert lock(directory, a_tenant("a.view"), "--config", "conf/reconciler.yaml").code == 0
    assert locked(Path("conf/locks/tenant.yaml")).permissions.keys() == {"a.view"}


def test_the_lock_is_beside_the_configuration(directory: Workspace) -> None:
    directory.write("conf/reconciler.yaml", "version: 1\n")
    assert lock(directory, a_tenant("a.view"), "--config", "conf/reconciler.yaml").code == 0
    directory.write("other/reconciler.yaml", "")
    assert lock(directory, a_tenant("a.view"), "--config", "other/reconciler.yaml").code == 0
    assert Path("conf/permissions.lock.yaml").exists()
    assert Path("other/permissions.lock.yaml").exists()


def test_a_lock_that_is_a_link_stays_one(directory: Workspace) -> None:
    directory.write("shared/tenant.yaml", keep("a.view"))
    LOCK.unlink()
    LOCK.symlink_to("shared/tenant.yaml")
    assert lock(directory, a_tenant("a.view", "b.view")).code == 0
    assert LOCK.is_symlink()
    assert locked(Path("shared/tenant.yaml")).permissions.keys() == {"a.view", "b.view"}


def test_a_lock_that_cannot_be_written_is_a_failure(directory: Workspace) -> None:
    directory.write("locks", "a file, where a directory should be")
    directory.write("reconciler.yaml", "lock: locks/tenant.yaml\n")
    result = lock(directory, a_tenant("a.view"))
    assert result.code == 1
    assert "locks/tenant.yaml" in result.err


def test_hostile_names_are_inert(directory: Workspace) -> None:
    keep("a.view", "b.view")
    hostile = a_locked("a.view", "\x1b[31m\n::error::x ##[error]y", description="\u202e\r\n# forged: 1")
    result = lock(directory, a_tenant(hostile, "b.view"))
    assert result.code == 0
    assert "\x1b" not in result.out
    assert "\u202e" not in result.out
    assert "##[" not in result.out
    assert not [line for line in result.out.splitlines() if line.startswith(("::", "#"))]
    assert locked().permissions["a.view"]._replace(id=None) == hostile._replace(id=None)


POLICIES = """\
version: 1
policies:
  - id: no-export
    cannot: [b.view, "*.export"]
waivers:
  - policy: no-export
    role: one
    codes: [b.view]
    reason: Covers
    until: 2026-12-31
"""


def test_policies_and_waivers_that_name_a_code_are_said_and_keep_it(workspace: Workspace, golden: Golden) -> None:
    shutil.rmtree("roles.d")
    workspace.want("one", "a.view")
    workspace.write("policies.yaml", POLICIES)
    keep("a.view", "b.view", "c.export")
    result = lock(workspace, a_tenant("a.view", "c.export"))
    assert result.code == 0
    golden.says("cli/lock", "a code that policies name", result.out)
    assert locked().withdrawn == {"b.view"}
    found = json.loads(workspace.run("validate", "--format", "json").out)["problems"]
    assert [
        (problem["rule"], problem["path"], problem["line"]) for problem in found if problem["rule"] == "withdrawn"
    ] == [("withdrawn", "policies.yaml", 4)]


def test_a_pattern_of_a_policy_that_matches_nothing_any_more_is_named(directory: Workspace) -> None:
    directory.write("policies.yaml", POLICIES)
    directory.want("one", "a.view")
    keep("a.view", "b.view", "c.export")
    result = lock(directory, a_tenant("a.view", "b.view"))
    assert result.code == 0
    assert 'warning: policies.yaml:4:22: policy no-export: the pattern "*.export" matches no code' in result.err


def test_problems_of_policies_are_warnings(directory: Workspace) -> None:
    directory.write("policies.yaml", "version: 2\n")
    result = lock(directory, a_tenant("a.view"))
    assert result.code == 0
    assert "warning: policies.yaml:1:10: " in result.err


@pytest.mark.parametrize("name", ["roles.d/lock.yaml", "roles.d/team/lock.yml"])
def test_a_lock_that_would_be_read_as_a_role_file_is_an_error_and_not_written(
    workspace: Workspace, name: str, golden: Golden
) -> None:
    workspace.write("reconciler.yaml", f"lock: {name}\n")
    result = lock(workspace, a_tenant("a.view"), "--force")
    assert result.code == 3
    assert not Path(name).exists()
    assert workspace.run("validate").out.startswith("reconciler.yaml:1:7: ")
    golden.says("cli/lock", f"a lock in {name}", result.err)


@pytest.mark.parametrize("command", [("lock", "--check"), ("lock", "--force"), ("validate",), ("schema",)])
def test_a_lock_is_an_error_in_the_directory_that_the_option_names(
    workspace: Workspace, command: tuple[str, ...]
) -> None:
    workspace.write("reconciler.yaml", "lock: access/lock.yaml\n")
    workspace.write("access/lead.yaml", "name: lead\npermissions: [a.view]\n")
    with a_tenant("a.view").serve() as server:
        url = ("--url", server.url) if command[0] == "lock" else ()
        result = workspace.run(*command, *url, "--roles-dir", "access")
    said = result.out + result.err
    assert result.code == 3
    assert "reconciler.yaml:1:7: lock access/lock.yaml is inside access" in said
    assert "run `reconciler lock`" not in said
    assert not Path("access/lock.yaml").exists()


def test_a_lock_in_a_directory_of_the_configuration_that_is_not_read_is_no_error(workspace: Workspace) -> None:
    workspace.write("reconciler.yaml", "lock: roles.d/lock.yaml\n")
    workspace.write("access/lead.yaml", "name: lead\npermissions: [a.view]\n")
    assert lock(workspace, a_tenant("a.view"), "--roles-dir", "access").code == 0
    assert workspace.run("validate", "--roles-dir", "access").code == 0


def test_a_lock_of_the_default_name_is_not_written_among_role_files(workspace: Workspace) -> None:
    result = lock(workspace, a_tenant("a.view"), "--roles-dir", ".")
    assert result.code == 3
    assert "permissions.lock.yaml:1:1: lock permissions.lock.yaml is inside ., whose files are role files" in result.err
    assert not LOCK.exists()


@pytest.mark.parametrize("name", ["roles.d/permissions.lock", "roles.d/.lock.yaml", "roles.d.lock.yaml"])
def test_a_lock_that_no_role_file_can_be_is_written(workspace: Workspace, name: str) -> None:
    workspace.write("reconciler.yaml", f"lock: {name}\n")
    assert lock(workspace, a_tenant("a.view")).code == 0
    assert Path(name).exists()
