"""`reconciler adopt`: the files follow what was changed in OmniStream; what it writes, says and leaves."""

from __future__ import annotations

import json
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli.outside import Outside
from reconciler.load.lock_text import lock_text
from reconciler.sandbox.server import running_sandbox
from tests.builders import TODAY, a_lock

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace
    from tests.sentences import Golden

COMMENT = "  # adopted 2026-11-29 from the live role"


def git(workspace: Workspace, *arguments: str) -> None:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=workspace.directory, check=True, capture_output=True)


def commit(workspace: Workspace) -> None:
    git(workspace, "add", ".")
    git(workspace, "commit", "--allow-empty", "-m", "roles")


@pytest.fixture
def repository(workspace: Workspace) -> Workspace:
    """A repository whose HEAD has billing-clerk and temp-role as they are live, and nothing else."""
    (workspace.directory / "roles.d/support-lead.yaml").unlink()
    workspace.write("roles.d/billing-clerk.yaml", CLERK)
    workspace.want("temp-role", "contacts.view")
    git(workspace, "init")
    commit(workspace)
    return workspace


CLERK = """\
# Clerks of billing.
name: billing-clerk
description: Old
permissions:
  # Refunds are not theirs.
  - billing.manage   # since 2024
  - contacts.view
"""


def adopt(workspace: Workspace, *arguments: str) -> Result:
    return workspace.run("adopt", *arguments, outside=Outside(today=lambda: TODAY))


def document(workspace: Workspace, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(adopt(workspace, *arguments, "--format", "json").out)
    return found


def change(workspace: Workspace, name: str, *codes: str, description: str | None = None) -> None:
    """Change a live role behind the API."""
    store = workspace.tenant.store
    role = next(role for role in store.roles() if role["name"] == name)
    described = str(role["description"]) if description is None else description
    store.update(str(role["id"]), {"permissions": list(codes), "description": described})


def text(workspace: Workspace, name: str = "billing-clerk") -> str:
    return (workspace.directory / f"roles.d/{name}.yaml").read_text(encoding="utf-8")


def test_a_grant_made_by_hand_becomes_a_line_that_says_so(repository: Workspace) -> None:
    change(repository, "billing-clerk", "billing.manage", "billing.view", "contacts.view")
    assert adopt(repository, "billing-clerk") == (
        0,
        "roles.d/billing-clerk.yaml:7: + billing.view\n1 file changed. Review it like any other change: git diff\n",
        "",
    )
    assert text(repository) == CLERK.replace("  - contacts", f"  - billing.view{COMMENT}\n  - contacts")
    assert repository.run("plan", "--detailed-exitcode").code == 0
    assert adopt(repository) == (0, "Nothing to adopt.\n", "")


def test_a_code_that_is_not_live_is_listed_unless_the_role_is_named(repository: Workspace, golden: Golden) -> None:
    change(repository, "billing-clerk", "contacts.view")
    listed = adopt(repository)
    assert (listed.code, text(repository)) == (0, CLERK)
    golden.says("cli/adopt", "a code that is not live is listed", listed.out)
    assert adopt(repository, "--check").code == 0
    named = adopt(repository, "Billing-Clerk ")
    assert named.code == 0
    golden.says("cli/adopt", "a code that is not live is taken out", named.out)
    assert text(repository) == CLERK.replace("  - billing.manage   # since 2024\n", "")


def test_with_a_base_what_is_not_live_is_taken_out(repository: Workspace) -> None:
    change(repository, "billing-clerk")
    assert adopt(repository, "--base", "HEAD").code == 0
    gone = CLERK.replace("  - billing.manage   # since 2024\n  - contacts.view\n", "")
    assert text(repository) == gone.replace("permissions:", "permissions: []")


def test_an_edit_that_is_not_applied_yet_stays_and_is_listed(repository: Workspace, golden: Golden) -> None:
    repository.write("roles.d/billing-clerk.yaml", CLERK.replace("- contacts.view", "- contacts.export"))
    repository.want("new-role", "contacts.view")
    (repository.directory / "roles.d/temp-role.yaml").unlink()
    before = text(repository)
    result = adopt(repository, "--base", "HEAD")
    assert (result.code, text(repository)) == (0, before)
    golden.says("cli/adopt", "edits that are not applied yet", result.out)
    assert document(repository)["not_applied"] == ["billing-clerk", "new-role", "temp-role"]


def test_a_base_that_is_an_earlier_commit_tells_edits_from_drift(repository: Workspace) -> None:
    repository.write("roles.d/billing-clerk.yaml", CLERK.replace("  - contacts.view\n", ""))
    commit(repository)
    assert adopt(repository, "--base", "HEAD~1").out.startswith("billing-clerk: edited here, not applied yet\n")
    merged = adopt(repository)
    assert merged.out.startswith("roles.d/billing-clerk.yaml:7: + contacts.view\n")


def test_a_description_that_was_changed_by_hand_is_replaced_where_it_is(repository: Workspace, golden: Golden) -> None:
    change(repository, "billing-clerk", "billing.manage", "contacts.view", description="New: \x1b[1m")
    result = adopt(repository)
    assert text(repository) == CLERK.replace("Old", '"New: \\x1b[1m"')
    golden.says("cli/adopt", "a description", result.out)
    assert document(repository, "billing-clerk")["files"] == []


def test_an_unmanaged_role_is_named_in_text_and_adopted_when_asked(repository: Workspace, golden: Golden) -> None:
    repository.tenant.store.create(name="made-by-hand", description="Why?", permissions=["contacts.view"])
    golden.says("cli/adopt", "an unmanaged role", adopt(repository).out)
    assert not (repository.directory / "roles.d/made-by-hand.yaml").exists()
    assert adopt(repository, "--check", "--unmanaged").code == 2
    golden.says("cli/adopt", "an unmanaged role is adopted", adopt(repository, "--unmanaged").out)
    assert repository.run("plan", "--detailed-exitcode").code == 0
    (repository.directory / "roles.d/made-by-hand.yaml").unlink()
    found = document(repository, "made-by-hand")["files"]
    assert found == [
        {
            "path": "roles.d/made-by-hand.yaml",
            "created": True,
            "roles": ["made-by-hand"],
            "added": [{"line": 4, "code": "contacts.view"}],
            "removed": [],
            "description": False,
        }
    ]


@pytest.mark.parametrize("name", ["biling-clerk", "admin", "other-team"])
def test_a_name_that_cannot_be_adopted_is_said_and_nothing_is_written(
    repository: Workspace, name: str, golden: Golden
) -> None:
    repository.write("reconciler.yaml", 'manage: ["billing-*", "temp-*"]\n')
    repository.tenant.store.create(name="other-team", description="", permissions=[])
    change(repository, "billing-clerk", "billing.view")
    result = adopt(repository, name, "billing-clerk")
    assert (result.code, result.out, text(repository)) == (3, "", CLERK)
    golden.says("cli/adopt", f"the name {name}", result.err)


def test_an_ignored_role_is_adopted_only_when_it_is_named(repository: Workspace, golden: Golden) -> None:
    repository.write("reconciler.yaml", 'ignore: ["vendor-*"]\n')
    repository.tenant.store.create(name="vendor-x", description="", permissions=["contacts.view"])
    assert adopt(repository, "--unmanaged") == (0, "Nothing to adopt.\n", "")
    result = adopt(repository, "vendor-x")
    assert result.code == 6
    golden.says("cli/adopt", "an ignored role", result.out)


def test_what_is_left_for_the_hand_is_said_with_the_edit_to_make(repository: Workspace, golden: Golden) -> None:
    repository.write(
        "roles.d/billing-clerk.yaml",
        "name: billing-clerk\ndescription: >-\n  Old\npermissions: [billing.manage, contacts.view]\n",
    )
    commit(repository)
    before = text(repository)
    change(repository, "billing-clerk", "billing.manage", "contacts.view", description="New")
    alone = adopt(repository)
    assert (alone.code, text(repository)) == (3, before)
    golden.says("cli/adopt", "only left for the hand", alone.out)
    assert adopt(repository, "--check").code == 3
    change(repository, "billing-clerk", "billing.manage", description="New")
    partly = adopt(repository, "billing-clerk")
    assert partly.code == 6
    golden.says("cli/adopt", "partly left for the hand", partly.out)
    assert document(repository)["by_hand"][0]["location"] == {"path": "roles.d/billing-clerk.yaml", "line": 2}


def test_a_tenant_without_a_system_role_is_not_believed(
    repository: Workspace, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    with running_sandbox(seed=[]) as tenant:
        monkeypatch.setenv("OMNISTREAM_URL", tenant.url)
        monkeypatch.setenv("OMNISTREAM_API_KEY", tenant.api_key)
        result = adopt(repository)
    assert (result.code, result.out) == (4, "")
    golden.says("cli/adopt", "no system role", result.err)


def test_a_key_that_only_reads_is_enough(repository: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNISTREAM_API_KEY", repository.tenant.read_only_key)
    change(repository, "billing-clerk", "billing.view")
    assert adopt(repository).code == 0


def test_without_a_repository_or_a_commit_there_is_no_base(workspace: Workspace, golden: Golden) -> None:
    outside = adopt(workspace)
    assert (outside.code, outside.out) == (1, "")
    git(workspace, "init")
    empty = adopt(workspace)
    assert (empty.code, empty.out) == (1, "")
    golden.says("cli/adopt", "no commit", empty.err)


def test_an_unknown_or_empty_base_is_a_wrong_command_line(repository: Workspace) -> None:
    assert adopt(repository, "--base", "nowhere").code == 64
    assert adopt(repository, "--base", " ").code == 64


def test_role_files_that_are_not_valid_at_the_base_are_said_to_be_there(repository: Workspace) -> None:
    repository.write("roles.d/billing-clerk.yaml", "nmae: x\n")
    commit(repository)
    repository.write("roles.d/billing-clerk.yaml", CLERK)
    result = adopt(repository)
    assert (result.code, result.out) == (3, "")
    assert result.err.count("at the merge base") == result.err.count("roles.d/billing-clerk.yaml")


def test_without_role_files_at_the_base_nothing_was_asked_for(repository: Workspace) -> None:
    git(repository, "rm", "-r", "--cached", "roles.d")
    git(repository, "commit", "-m", "none")
    change(repository, "billing-clerk", "billing.manage", "billing.view")
    found = document(repository, "--base", "HEAD")
    assert [code["code"] for file in found["files"] for code in file["added"]] == ["billing.view"]
    assert found["not_applied"] == ["billing-clerk"]


def test_the_mode_and_a_link_stay(repository: Workspace) -> None:
    roles = repository.directory / "roles.d"
    (roles / ".store").mkdir()
    (roles / "billing-clerk.yaml").rename(roles / ".store/clerk.yaml")
    (roles / "billing-clerk.yaml").symlink_to(".store/clerk.yaml")
    (roles / ".store/clerk.yaml").chmod(0o640)
    commit(repository)
    change(repository, "billing-clerk", "billing.manage", "billing.view", "contacts.view")
    assert adopt(repository).code == 0
    assert (roles / "billing-clerk.yaml").is_symlink()
    assert stat.S_IMODE((roles / ".store/clerk.yaml").stat().st_mode) == 0o640
    assert "billing.view" in (roles / ".store/clerk.yaml").read_text(encoding="utf-8")


def test_a_check_writes_nothing(repository: Workspace, golden: Golden) -> None:
    change(repository, "billing-clerk", "billing.manage", "billing.view", "contacts.view")
    result = adopt(repository, "--check")
    assert (result.code, text(repository)) == (2, CLERK)
    golden.says("cli/adopt", "check", result.out)


def test_a_live_code_that_the_lock_does_not_have_is_left_for_the_hand(repository: Workspace, golden: Golden) -> None:
    repository.write("permissions.lock.yaml", lock_text(a_lock("billing.manage", "contacts.view")))
    repository.tenant.store.create(name="made-by-hand", description="", permissions=["reports.view"])
    change(repository, "billing-clerk", "billing.manage", "billing.view", "contacts.view")
    result = adopt(repository, "--unmanaged")
    assert (result.code, text(repository)) == (3, CLERK)
    golden.says("cli/adopt", "not in the lock", result.out)


def test_a_report_that_cannot_be_written_is_known_before_anything_is(repository: Workspace) -> None:
    change(repository, "billing-clerk", "billing.view")
    result = adopt(repository, "--output", "missing/report.txt")
    assert (result.code, text(repository)) == (1, CLERK)


def test_files_that_look_alike_are_left_for_the_hand(repository: Workspace) -> None:
    roles = repository.directory / "roles.d"
    (roles / "temp-role.yaml").rename(roles / "a\\x1b.yaml")
    (roles / "billing-clerk.yaml").rename(roles / "a\x1b.yaml")
    commit(repository)
    change(repository, "billing-clerk", "billing.view")
    result = adopt(repository)
    assert result.code == 3
    assert "cannot edit" in result.out


def test_a_file_that_cannot_be_written_after_another_is_partly_done(repository: Workspace, golden: Golden) -> None:
    roles = repository.directory / "roles.d"
    long = roles / f"{'t' * 245}.yaml"  # so long that no file beside it can have a longer name
    (roles / "temp-role.yaml").rename(long)
    commit(repository)
    change(repository, "temp-role", "billing.view", "contacts.view")
    alone = adopt(repository)
    assert (alone.code, alone.out) == (1, "")
    change(repository, "billing-clerk", "billing.manage", "billing.view", "contacts.view")
    result = adopt(repository)
    assert (result.code, result.out) == (6, "")
    assert "billing.view" in text(repository)
    golden.says("cli/adopt", "a file that cannot be written", result.err)
