"""`plan` and `apply` with a catalogue lock, on a tenant whose catalogue changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.load.lock_text import lock_text
from tests.builders import a_lock, a_locked
from tests.cli.catalogues import a_tenant, an_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.catalogue import Permission
    from tests.cli.catalogues import Tenant
    from tests.cli.conftest import Result, Workspace
    from tests.scripted_server import ScriptedServer
    from tests.sentences import Golden

LOCK = Path("permissions.lock.yaml")


@pytest.fixture
def here(workspace: Workspace) -> Workspace:
    """A workspace whose one role file asks for `one` with `a.view`."""
    shutil.rmtree(workspace.directory / "roles.d")
    workspace.want("one", "a.view")
    return workspace


def keep(server: ScriptedServer, *entries: str | Permission, withdrawn: Iterable[str] = ()) -> None:
    LOCK.write_text(lock_text(a_lock(*entries, url=server.url, withdrawn=withdrawn)), encoding="utf-8")


def plan(workspace: Workspace, server: ScriptedServer, *options: str) -> Result:
    return workspace.run("plan", "--url", server.url, *options)


def document(workspace: Workspace, server: ScriptedServer) -> dict[str, Any]:
    result = plan(workspace, server, "--format", "json")
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def saved(workspace: Workspace, tenant: Tenant) -> ScriptedServer:
    """Save a plan; return the server, which goes on serving."""
    server = tenant.serve()
    server.__enter__()
    assert plan(workspace, server, "--out", "plan.json").code == 0
    return server


def test_without_a_lock_the_catalogue_decides_and_nothing_is_compared(here: Workspace) -> None:
    with a_tenant("a.view", "b.view").serve() as server:
        found = document(here, server)
    assert found["catalogue_changes"] is None
    assert found["notes"] == []
    entry = a_locked("a.view")
    assert found["catalogue"][0] == {
        "code": "a.view",
        "name": entry.name,
        "category": "a",
        "description": "",
        "id": entry.id,
    }


@pytest.mark.parametrize("live", [{}, {"one": ("a.view", "c.view")}], ids=["not held", "held by the live role"])
def test_a_code_that_the_lock_does_not_have_is_not_valid(
    here: Workspace, live: dict[str, tuple[str, ...]], golden: Golden
) -> None:
    here.want("one", "a.view", "c.view", "z.view")
    tenant = a_tenant("a.view", a_locked("c.view", "See\nc"), roles=live)
    with tenant.serve() as server:
        keep(server, "a.view")
        result = plan(here, server)
        applied = here.run("apply", "--url", server.url, "--yes")
        marked = plan(here, server, "--format", "github")
    assert (result.code, applied.code, marked.code) == (3, 3, 3)
    places = [line.partition(" ")[0] for line in result.err.splitlines()[:2]]
    assert places == ["roles.d/one.yaml:3:23:", "roles.d/one.yaml:3:31:"]
    assert marked.out.count("::error file=roles.d/one.yaml,line=3,") == 2
    golden.says("cli/locked_plan", "codes that the lock does not have", result.err)


def test_where_the_catalogue_cannot_be_read_the_code_is_not_valid_all_the_same(
    here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_tenant("a.view", "c.view").serve() as server:
        keep(server, "a.view")
    here.want("one", "c.view")
    result = plan(here, server)
    assert result.code == 3
    assert 'unknown permission "c.view" in permissions.lock.yaml' in result.err
    monkeypatch.delenv("OMNISTREAM_API_KEY")
    assert plan(here, server).code == 3


def test_a_withdrawn_code_is_left_to_the_server(here: Workspace, golden: Golden) -> None:
    here.want("one", "a.view", "b.view")
    held = a_tenant("a.view", roles={"one": ("a.view", "b.view")})
    with held.serve() as server:
        keep(server, "a.view", withdrawn=["b.view"])
        result = plan(here, server)
        assert result.code == 0
        assert "No changes." in result.out
        golden.says("cli/locked_plan", "a withdrawn code that the live role has", _notes(result.out))
        held.roles.clear()
        refused = plan(here, server)
    assert refused.code == 3
    golden.says("cli/locked_plan", "a withdrawn code that would be granted", refused.err)


def test_once_the_lock_has_the_new_code_a_renamed_one_is_only_to_be_listed_by_it(here: Workspace) -> None:
    here.want("one", "a.view", "b.view")
    moved = a_locked("b.read", "Read", id=a_locked("b.view").id)
    with a_tenant("a.view", moved, roles={"one": ("a.view", "b.view")}).serve() as server:
        keep(server, "a.view", "b.view")
        assert here.run("lock", "--url", server.url).code == 0
        (note,) = [note for note in document(here, server)["notes"] if "b.view" in note]
    assert note.endswith('; it is "b.read" now: list that instead')


def test_a_code_that_was_renamed_is_said_with_its_new_code(here: Workspace, golden: Golden) -> None:
    here.want("one", "a.view", "b.view")
    moved = a_locked("b.read", "Read", id=a_locked("b.view").id)
    tenant = a_tenant("a.view", moved, roles={"one": ("a.view", "b.view")})
    with tenant.serve() as server:
        keep(server, "a.view", "b.view")
        found = document(here, server)
        (note,) = [note for note in found["notes"] if "b.view" in note]
        assert '"b.read"' in note
        assert found["catalogue_changes"]["renamed"] == [
            {"before": "b.view", "after": "b.read", "name": "Read", "roles": ["one"]}
        ]
        golden.says("cli/locked_plan", "a renamed code that the live role has", note)
        tenant.roles.clear()
        granted = plan(here, server)
        golden.says("cli/locked_plan", "a renamed code that would be granted", granted.err)
        here.want("two", "a.view", renamed_from="three")
        tenant.roles.update(two=(), three=())
        unmatched = plan(here, server)
    assert (granted.code, unmatched.code) == (3, 3)
    assert '"b.read"' in unmatched.err


def test_a_code_that_a_pattern_gives_is_cured_by_the_lock_alone(here: Workspace, golden: Golden) -> None:
    here.want("one", "a.view", "b.*")
    moved = a_locked("b.read", "Read", id=a_locked("b.view").id)
    with a_tenant("a.view", "b.list", moved, roles={"one": ("a.view",)}).serve() as server:
        keep(server, "a.view", "b.list", "b.view", "b.lost")
        refused = plan(here, server)
        assert refused.code == 3
        golden.says("cli/locked_plan", "codes of a pattern that the server no longer has", refused.err)
        here.run("lock", "--url", server.url)
        assert plan(here, server).code == 0


def test_what_no_role_holds_is_one_note(here: Workspace, golden: Golden) -> None:
    tenant = a_tenant("a.view", "n.view", a_locked("c.view", "Other"), a_locked("m.read", id=a_locked("m.view").id))
    with tenant.serve() as server:
        keep(server, "a.view", "c.view", "g.view", "m.view")
        found = document(here, server)
        shown = plan(here, server).out
    (note,) = found["notes"]
    golden.says("cli/locked_plan", "codes that no role holds", note)
    assert "Catalogue changed" not in shown
    assert {key: len(listed) for key, listed in found["catalogue_changes"].items()} == {
        "added": 1,
        "removed": 1,
        "renamed": 1,
        "changed": 1,
    }


def test_a_lock_that_is_up_to_date_says_nothing(here: Workspace) -> None:
    with a_tenant("a.view").serve() as server:
        keep(server, "a.view")
        found = document(here, server)
    assert (found["notes"], found["catalogue_changes"]) == (
        [],
        {"added": [], "removed": [], "renamed": [], "changed": []},
    )


def test_a_new_code_concerns_the_roles_whose_patterns_match_it(here: Workspace) -> None:
    here.write("roles.d/two.yaml", 'name: two\npermissions: ["*.view"]\n')
    with a_tenant("a.view", "b.view").serve() as server:
        keep(server, "a.view")
        found = document(here, server)
        result = here.run("lock", "--url", server.url, "--format", "json")
    assert found["catalogue_changes"]["added"] == [{"code": "b.view", "name": "B: view", "roles": ["two"]}]
    assert json.loads(result.out)["added"] == found["catalogue_changes"]["added"]
    granted = {change["name"]: change["permissions"]["granted"] for change in found["changes"]}
    assert granted == {"one": ["a.view"], "two": ["a.view"]}


def test_a_pattern_that_matches_nothing_any_more_is_named_by_lock(here: Workspace) -> None:
    here.write("roles.d/two.yaml", 'name: two\npermissions: ["b.*"]\n')
    with a_tenant("a.view").serve() as server:
        keep(server, "a.view", "b.view")
        result = here.run("lock", "--url", server.url)
    assert result.code == 0
    assert "b.view" in result.out
    assert "warning: roles.d/two.yaml:2:15: the pattern b.* matches no permission" in result.err


def another_meaning(here: Workspace, *options: str) -> Result:
    here.want("two", "a.view", "b.view")
    changed = a_locked("a.view", "See `all` <b>", description="@octocat\n# x", category="other")
    with a_tenant(changed, "b.view").serve() as server:
        keep(server, "a.view", "b.view")
        result = plan(here, server, *options)
    assert result.code == 0
    return result


def test_another_meaning_of_a_code_that_a_role_holds_is_a_section_before_the_changes(
    here: Workspace, golden: Golden
) -> None:
    shown = another_meaning(here).out
    assert shown.index("Catalogue changed") < shown.index("# one will be created")
    golden.says("cli/locked_plan", "another meaning, in text", shown.partition("\n")[2])
    assert "\x1b[38;5;136m~" in another_meaning(here, "--color", "always").out


def test_it_is_in_markdown_too(here: Workspace, golden: Golden) -> None:
    shown = another_meaning(here, "--format", "markdown").out
    assert shown.index("### Catalogue changed") < shown.index("### Widens access")
    section = shown[shown.index("### Catalogue changed") : shown.index("### Widens access")]
    golden.says("cli/locked_plan", "another meaning, in Markdown", section)


def test_it_is_on_the_page_too(here: Workspace) -> None:
    shown = another_meaning(here, "--format", "html").out
    assert shown.index(">Catalogue changed<") < shown.index(">Changes <")
    assert "<ins><bdi>See `all` &lt;b&gt;</bdi></ins>" in shown
    assert "<ins><bdi>@octocat\\n# x</bdi></ins>" in shown


def test_it_is_in_a_saved_plan_too(here: Workspace) -> None:
    text = another_meaning(here, "--out", "plan.json").out
    assert here.run("show", "plan.json").out == text


def test_a_direct_apply_shows_it_and_goes_on(workspace: Workspace) -> None:
    assert workspace.run("lock").code == 0
    text = LOCK.read_text(encoding="utf-8")
    LOCK.write_text(text.replace("name: View conversations", "name: See conversations"), encoding="utf-8")
    result = workspace.run("apply", "--yes")
    assert result.code == 0
    assert "Catalogue changed" in result.out


@pytest.mark.parametrize(
    "after",
    [
        a_locked("a.view", "Another"),
        a_locked("a.view", description="Another"),
        a_locked("a.view", category="another"),
        a_locked("a.view", id="another"),
    ],
    ids=["name", "description", "category", "id"],
)
@pytest.mark.parametrize("with_lock", [True, False])
def test_a_saved_plan_whose_granted_code_has_another_meaning_is_stale(
    here: Workspace, after: Permission, golden: Golden, *, with_lock: bool
) -> None:
    tenant = a_tenant("a.view", "b.view")
    server = saved(here, tenant)
    if with_lock:
        keep(server, "a.view", "b.view")
    tenant.entries[0] = an_entry(after)
    result = here.run("apply", "plan.json", "--url", server.url, "--yes")
    server.__exit__(None, None, None)
    assert result.code == 5
    assert not [path for path in server.paths if path.startswith("POST")]
    if after.name == "Another":
        golden.says("cli/locked_plan", "a saved plan whose code has another meaning", result.err)


def test_a_saved_plan_does_not_mind_another_meaning_of_what_it_does_not_grant(here: Workspace) -> None:
    tenant = a_tenant("a.view", "b.view", roles={"one": ("b.view",)})
    server = saved(here, tenant)
    tenant.entries[1] = an_entry(a_locked("b.view", "Another"))
    result = here.run("apply", "plan.json", "--url", server.url)
    server.__exit__(None, None, None)
    assert result.code == 4  # it asks, and there is no terminal


def test_a_saved_plan_without_ids_is_compared_by_the_rest(here: Workspace) -> None:
    tenant = a_tenant(a_locked("a.view", id=None))
    server = saved(here, tenant)
    tenant.entries[0] = an_entry(a_locked("a.view"))
    assert here.run("apply", "plan.json", "--url", server.url).code == 4
    tenant.entries[0] = an_entry(a_locked("a.view", "Another"))
    assert here.run("apply", "plan.json", "--url", server.url).code == 5
    server.__exit__(None, None, None)


def test_a_saved_plan_is_stale_once_the_lock_lost_its_code(here: Workspace) -> None:
    tenant = a_tenant("a.view", "b.view")
    server = saved(here, tenant)
    keep(server, "b.view")
    assert here.run("apply", "plan.json", "--url", server.url, "--yes").code == 5
    server.__exit__(None, None, None)


def test_undo_goes_by_the_server_with_a_note(workspace: Workspace, golden: Golden) -> None:
    assert workspace.run("apply", "--yes", "--journal", "journal.jsonl").code == 0
    assert workspace.run("lock").code == 0
    assert not [line for line in workspace.run("undo", "journal.jsonl").out.splitlines() if "goes by" in line]
    whole = LOCK.read_text(encoding="utf-8")
    LOCK.write_text(whole.replace("  billing.manage:", "  billing.run:"), encoding="utf-8")
    result = workspace.run("undo", "journal.jsonl")
    assert result.code == 0
    golden.says("cli/locked_plan", "undo grants what the lock does not have", _notes(result.out))
    LOCK.write_text("version: 2\n", encoding="utf-8")
    broken = workspace.run("undo", "journal.jsonl")
    assert broken.code == 0
    assert "goes by the tenant's catalogue: permissions.lock.yaml:1:1:" in broken.out


def _notes(shown: str) -> str:
    return shown[shown.index("Notes:") :].partition("\n\n")[0]


def test_a_withdrawn_code_that_only_policies_name_is_no_difference(here: Workspace) -> None:
    here.write("policies.yaml", "version: 1\npolicies: [{id: no-b, cannot: [b.view]}]\n")
    with a_tenant("a.view").serve() as server:
        keep(server, "a.view", withdrawn=["b.view"])
        assert document(here, server)["notes"] == []
        Path("policies.yaml").unlink()
        (note,) = document(here, server)["notes"]
    assert "(1 gone)" in note


def test_a_withdrawn_code_that_only_a_pattern_would_give_again_is_not_held(here: Workspace) -> None:
    here.write("policies.yaml", "version: 1\npolicies: [{id: no-b, level: warn, cannot: [a.back]}]\n")
    here.write("roles.d/one.yaml", "name: one\npermissions: [a.*]\n")
    with a_tenant("a.view", a_locked("a.back", "Another")).serve() as server:
        keep(server, "a.view", "a.back", withdrawn=["a.back"])
        shown = plan(here, server).out
        (changed,) = document(here, server)["catalogue_changes"]["changed"]
    assert "Catalogue changed" not in shown
    assert "(1 new)" in shown
    assert (changed["code"], changed["roles"]) == ("a.back", ["one"])


def test_markdown_has_room_for_so_many_permissions_and_counts_the_rest(here: Workspace) -> None:
    codes = [f"a.view{n}" for n in range(60)]
    for number in range(7):
        here.want(f"role-{number}", *codes)
    here.want("one", codes[0])
    with a_tenant(*(a_locked(code, "N" * 300) for code in codes)).serve() as server:
        keep(server, *codes)
        shown = plan(here, server, "--format", "markdown").out
    section = shown[shown.index("### Catalogue changed") : shown.index("### Widens access")]
    assert len(section) < 5_000
    assert "more permissions: `reconciler show` shows all" in section
    assert "`role-3` and 3 more" in section


def test_every_difference_survives_saving(here: Workspace) -> None:
    moved = a_locked("m.read", id=a_locked("m.view").id)
    with a_tenant("a.view", "n.view", a_locked("c.view", "Other"), moved).serve() as server:
        keep(server, "a.view", "c.view", "g.view", "m.view")
        made = plan(here, server, "--out", "plan.json", "--format", "json").out
    assert here.run("show", "plan.json", "--format", "json").out == made


def test_markdown_of_a_lock_that_is_up_to_date_has_no_such_section(here: Workspace) -> None:
    with a_tenant("a.view").serve() as server:
        keep(server, "a.view")
        assert "Catalogue changed" not in plan(here, server, "--format", "markdown").out


def test_other_problems_of_the_files_are_told_too(here: Workspace) -> None:
    here.write("roles.d/two.yaml", "name: two\npermissions: [c.view]\nsize: 3\n")
    with a_tenant("a.view", "c.view").serve() as server:
        keep(server, "a.view")
        result = plan(here, server)
    assert result.code == 3
    assert [line.partition(" ")[0] for line in result.err.splitlines()[:2]] == [
        "roles.d/two.yaml:2:15:",
        "roles.d/two.yaml:3:1:",
    ]


def test_text_names_twenty_roles_and_counts_the_rest(here: Workspace) -> None:
    for number in range(20):
        here.want(f"role-{number:02}", "a.view")
    with a_tenant(a_locked("a.view", "Other")).serve() as server:
        keep(server, "a.view")
        shown = plan(here, server).out
        said = here.run("lock", "--url", server.url).out
    assert "(held by one, role-00, " in shown
    assert "role-18 and 1 more)" in shown
    assert "role-18 and 1 more\n" in said


def test_a_withdrawn_code_that_is_there_again_is_new_though_a_role_holds_it(here: Workspace) -> None:
    with a_tenant("a.view").serve() as server:
        keep(server, withdrawn=["a.view"])
        found = document(here, server)
    (note,) = found["notes"]
    assert note.startswith("permissions.lock.yaml is not up to date (1 new).")
    assert [change["permissions"]["granted"] for change in found["changes"]] == [["a.view"]]


def test_problems_without_an_unknown_code_ask_the_tenant_nothing(here: Workspace) -> None:
    here.want("no", "a.view")
    with a_tenant("a.view").serve() as server:
        keep(server, "a.view")
        assert plan(here, server).code == 3
        assert server.paths == []
