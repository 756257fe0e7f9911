"""Several directories of role files: later roles replace earlier ones, and globs choose."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import RolesFrom, Shelf, load_from
from reconciler.load.directories import defined_in
from reconciler.load.layers import chosen
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.plan.scope import matches
from reconciler.policy.items import Item
from tests.builders import TODAY, a_lock
from tests.sentences import Golden

CLERK = "name: clerk\npermissions: [a.view]\n"
LEAD = "name: lead\npermissions: [a.view, b.edit]\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    """Write files; `base_clerk` is `base/clerk.yaml`."""
    for name, text in files.items():
        path = Path(name.replace("_", "/", 1) + ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def at(line: int, column: int = 1) -> Place:
    return Place("reconciler.yaml", line, column)


def both(*globs: str) -> RolesFrom:
    choice = tuple(Item(glob, at(9, number)) for number, glob in enumerate(globs, 1))
    return RolesFrom(("base", "over"), (at(3), at(4)), choice)


def problems(roles: RolesFrom) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load_from(roles, today=TODAY)
    return [str(finding) for finding in caught.value.findings]


def warnings(roles: RolesFrom) -> list[Finding]:
    return list(load_from(roles, today=TODAY).warnings)


def codes(roles: RolesFrom) -> dict[str, list[str]]:
    return {entry.role.name: sorted(entry.role.permissions) for entry in load_from(roles, today=TODAY).roles}


def test_a_later_role_replaces_the_whole_earlier_one_and_knows_its_place() -> None:
    write(base_clerk=CLERK + "description: Old\n", base_lead=LEAD, over_clerk="name: Clerk\npermissions: [c.view]\n")
    clerk, lead = load_from(both(), today=TODAY).roles
    assert (clerk.role.permissions, clerk.role.description) == (frozenset({"c.view"}), "")
    assert (str(clerk.location), clerk.location.replaces) == ("over/clerk.yaml:1", Place("base/clerk.yaml", 1, 7))
    assert (str(lead.location), lead.location.replaces) == ("base/lead.yaml:1", None)


def test_of_three_directories_the_last_one_counts_and_replaces_the_one_before() -> None:
    write(
        base_clerk=CLERK, over_clerk="name: clerk\npermissions: [b.view]\n", last_clerk="name: clerk\npermissions: []\n"
    )
    (clerk,) = load_from(RolesFrom(("base", "over", "last")), today=TODAY).roles
    assert clerk.role.permissions == frozenset()
    assert clerk.location.replaces == Place("over/clerk.yaml", 1, 7)


def test_the_digest_is_that_of_the_same_roles_in_one_directory() -> None:
    write(base_clerk=CLERK, base_lead=LEAD, over_clerk="name: clerk\npermissions: [c.view]\n")
    write(one_clerk="name: clerk\npermissions: [c.view]\n", one_lead=LEAD)
    one = load_from(RolesFrom(("one",)), today=TODAY)
    assert load_from(both(), today=TODAY).digest == one.digest
    assert load_from(both(), today=TODAY).files == 3


def test_a_replacement_that_changes_nothing_is_a_warning(golden: Golden) -> None:
    write(base_clerk=CLERK, over_clerk="permissions: [a.view]  # the same\nname: CLERK\n")
    (warning,) = warnings(both())
    assert (warning.rule, warning.role) == ("idle-replacement", "clerk")
    golden.says("load/directories", "a replacement that changes nothing", str(warning))


@pytest.mark.parametrize("text", ["owner: Ops\n", "renamed_from: old\n", "description: x\n", "include: [s]\n"])
def test_one_that_changes_anything_is_none(text: str) -> None:
    write(base_s="set: s\npermissions: [a.view]\n---\nname: user\ninclude: [s]\npermissions: []\n")
    write(base_clerk=CLERK, over_clerk=CLERK + text)
    assert warnings(both()) == []


def test_one_that_lets_a_grant_end_is_none_either() -> None:
    write(base_clerk=CLERK, over_clerk="name: clerk\npermissions: [{a.view: {until: 2027-12-31, reason: OPS-1}}]\n")
    assert warnings(both()) == []


def test_sets_share_one_name_space(golden: Golden) -> None:
    write(base_clerk="name: clerk\ninclude: [s]\npermissions: []\n", over_s="set: s\npermissions: [c.view]\n")
    assert codes(both()) == {"clerk": ["c.view"]}
    write(base_s="set: s\npermissions: [a.view]\n")
    (problem,) = problems(both())
    golden.says("load/directories", "a set in two directories", problem)


def test_a_name_twice_in_one_directory_is_an_error_as_ever() -> None:
    write(base_clerk=CLERK, base_more=CLERK, over_lead=LEAD)
    assert problems(both()) == ['base/more.yaml:1:7: role "clerk" is already defined at base/clerk.yaml:1:7']


def test_a_role_without_a_valid_name_is_an_error_as_ever() -> None:
    write(base_clerk=CLERK, over_x="name: ''\npermissions: []\n")
    assert problems(both()) == ["over/x.yaml:1:7: name is empty; write the role's name"]


def test_a_replaced_role_may_list_what_this_tenant_lacks() -> None:
    write(
        base_clerk="name: clerk\npermissions: [gone.view]\n",
        over_clerk=CLERK,
        base_lead="name: lead\npermissions: ['*.view']\n",
    )
    loaded = load_from(both(), today=TODAY, lock=a_lock("a.view"))
    assert [entry.role.name for entry in loaded.roles] == ["clerk", "lead"]


def test_so_may_a_role_that_is_not_chosen_and_a_set_that_only_it_includes() -> None:
    write(
        base_clerk=CLERK,
        base_s="set: s\npermissions: [gone.view]\n",
        base_vendor="name: vendor-x\ninclude: [s]\npermissions: [gone.edit]\n",
        over_lead="name: lead\npermissions: []\n",
    )
    loaded = load_from(both("!vendor-*"), today=TODAY, lock=a_lock("a.view"))
    assert [entry.role.name for entry in loaded.roles] == ["clerk", "lead"]
    assert [(each.rule, str(each.place)) for each in loaded.warnings] == [("unused-set", "base/s.yaml:1:6")]


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        ((), ["clerk", "lead", "lead-2"]),
        (("lead*",), ["lead", "lead-2"]),
        (("LEAD",), ["lead"]),
        (("!lead",), ["clerk", "lead-2"]),
        (("lead*", "!*-2"), ["lead"]),
        (("clerk", "lead-?"), ["clerk", "lead-2"]),
    ],
)
def test_globs_choose_roles(globs: tuple[str, ...], expected: list[str]) -> None:
    write(base_clerk=CLERK, base_lead=LEAD, over_lead2="name: lead-2\npermissions: []\n")
    assert list(codes(both(*globs))) == expected


@given(
    names=st.sets(st.sampled_from(["a", "b", "ab", "ba", "abc"])),
    globs=st.lists(st.sampled_from(["a*", "*b", "!a", "!*c", "b", "!b*", "?b"]), max_size=4),
)
def test_a_role_is_taken_when_a_glob_matches_or_none_is_given_and_no_glob_with_a_mark_does(
    names: set[str], globs: list[str]
) -> None:
    taken = chosen(names, [Item(glob, at(1)) for glob in globs])
    for name in names:
        wanted = [glob for glob in globs if glob[0] != "!"]
        left = [glob[1:] for glob in globs if glob[0] == "!"]
        assert (name in taken) == ((not wanted or matches(name, wanted)) and not matches(name, left))


@pytest.mark.parametrize("globs", [("laed",), ("clerk", "nothing-*"), ("!*",), ("lead", "!l*")])
def test_a_glob_or_a_choice_that_leaves_no_role_is_an_error_at_its_place(
    globs: tuple[str, ...], golden: Golden
) -> None:
    write(base_clerk=CLERK, over_lead=LEAD)
    (problem,) = problems(both(*globs))
    golden.says("load/directories", f"roles: {', '.join(globs)}", problem)


def test_a_missing_directory_is_an_error_where_the_configuration_names_it(golden: Golden) -> None:
    write(base_clerk=CLERK)
    (problem,) = problems(both())
    golden.says("load/directories", "a missing directory", problem)


def test_an_empty_directory_is_none_as_long_as_there_are_roles(golden: Golden) -> None:
    write(base_clerk=CLERK)
    Path("over").mkdir()
    assert list(codes(both())) == ["clerk"]
    Path("base/clerk.yaml").unlink()
    golden.says("load/directories", "no role in any directory", "\n".join(problems(both())))
    assert problems(RolesFrom(("base", "over")))[0].startswith("base and over:1:1: base and over contain no roles")


def test_earlier_names_are_compared_between_the_roles_that_count() -> None:
    write(base_clerk=CLERK + "renamed_from: old\n", base_lead=LEAD + "renamed_from: old\n")
    Path("over").mkdir()
    assert "already claimed" in problems(both())[0]
    write(over_clerk=CLERK)
    assert list(codes(both())) == ["clerk", "lead"]


def test_a_shelf_reads_each_directory_once_and_defines_the_same_roles_once() -> None:
    write(base_clerk=CLERK, over_lead=LEAD)
    shelf = Shelf()
    first = load_from(both(), today=TODAY, shelf=shelf)
    Path("base/clerk.yaml").unlink()
    assert load_from(both(), today=TODAY, shelf=shelf) is first
    assert [e.role.name for e in load_from(RolesFrom(("base",)), today=TODAY, shelf=shelf).roles] == ["clerk"]
    assert load_from(both(), today=TODAY, lock=a_lock("a.view", "b.edit"), shelf=shelf) is not first


def test_files_of_an_earlier_time_need_no_role_and_no_match() -> None:
    layers = [[("base/clerk.yaml", CLERK.encode())], [("over/clerk.yaml", b"name: clerk\npermissions: []\n")]]
    choice = [Item("nothing", at(1))]
    assert defined_in(layers, choice, today=TODAY).roles == ()
    assert [entry.role.permissions for entry in defined_in(layers, (), today=TODAY).roles] == [frozenset()]
    with pytest.raises(InvalidInput):
        defined_in([[("base/clerk.yaml", b"name: [\n")]], (), today=TODAY)
