from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.findings import Place
from reconciler.plan.matching import by_name, match, pattern_of
from tests.builders import a_desired_role, a_live_role, the_system_roles

if TYPE_CHECKING:
    from reconciler.model.findings import Finding
    from reconciler.model.roles import DesiredRole, LiveRole
    from tests.sentences import Golden


def matched(
    desired: list[DesiredRole], live: list[LiveRole], ignored: tuple[str, ...] = ()
) -> tuple[dict[str, str], list[Finding]]:
    """For each desired name the name of its live role, and the problems."""
    found, problems = match(desired, by_name(live), ignored)
    return {name: role.role.name for name, role in found.items()}, problems


def roles(*names: str) -> list[LiveRole]:
    return [a_live_role(name) for name in names]


def the_problem(problems: list[Finding]) -> Finding:
    (problem,) = problems
    return problem


def test_a_role_of_the_same_name_is_the_same_role() -> None:
    assert matched([a_desired_role("a")], roles("a", "b")) == ({"a": "a"}, [])


def test_a_role_that_is_not_live_has_no_match() -> None:
    assert matched([a_desired_role("a")], roles("b")) == ({}, [])


def test_a_live_role_of_an_earlier_name_is_taken_over() -> None:
    assert matched([a_desired_role("new", renamed_from=["old"])], roles("old")) == ({"new": "old"}, [])


def test_one_of_several_earlier_names_is_live_and_taken_over() -> None:
    desired = a_desired_role("new", renamed_from=["older", "old", "oldest"])
    assert matched([desired], roles("old")) == ({"new": "old"}, [])


def test_a_rename_that_is_done_is_spent() -> None:
    assert matched([a_desired_role("new", renamed_from=["old"])], roles("new")) == ({"new": "new"}, [])


def test_a_chain_moves_along() -> None:
    desired = [a_desired_role("b", renamed_from=["a"]), a_desired_role("c", renamed_from=["b"])]
    assert matched(desired, roles("a", "b")) == ({"b": "a", "c": "b"}, [])


def test_a_chain_that_moved_is_spent() -> None:
    desired = [a_desired_role("b", renamed_from=["a"]), a_desired_role("c", renamed_from=["b"])]
    assert matched(desired, roles("b", "c")) == ({"b": "b", "c": "c"}, [])


def test_who_loses_its_live_role_and_has_no_earlier_name_is_created() -> None:
    desired = [a_desired_role("a"), a_desired_role("b", renamed_from=["a"])]
    assert matched(desired, roles("a")) == ({"b": "a"}, [])


def test_of_two_that_claim_one_earlier_name_one_gets_it() -> None:
    desired = [a_desired_role("x", renamed_from=["old"]), a_desired_role("y", renamed_from=["old"])]
    found, problems = matched(desired, roles("old"))
    assert (len(found), set(found.values()), problems) == (1, {"old"}, [])


def test_own_name_and_an_undesired_earlier_name_both_live_is_an_error_that_asks(golden: Golden) -> None:
    _, problems = matched([a_desired_role("new", renamed_from=["old"])], roles("new", "old"))
    problem = the_problem(problems)
    assert problem.rule == "renamed-from-ambiguous"
    assert problem.place == Place("roles.d/new.yaml", 1, 7)
    golden.says("plan/matching", "own name and earlier name both live", problem.message)


def test_own_name_and_a_desired_earlier_name_both_live_is_fine() -> None:
    desired = [a_desired_role("new", renamed_from=["old"]), a_desired_role("old")]
    assert matched(desired, roles("new", "old")) == ({"new": "new", "old": "old"}, [])


def test_two_live_earlier_names_are_an_error_that_asks(golden: Golden) -> None:
    _, problems = matched([a_desired_role("new", renamed_from=["old", "older"])], roles("old", "older"))
    problem = the_problem(problems)
    assert problem.rule == "renamed-from-ambiguous"
    golden.says("plan/matching", "two live earlier names", problem.message)


@pytest.mark.parametrize("system", [a_live_role("billing", is_system=True), a_live_role("admin")])
def test_a_system_roles_name_is_an_error(system: LiveRole, golden: Golden) -> None:
    found, problems = matched([a_desired_role(system.role.name)], [system])
    assert the_problem(problems).rule == "system-role"
    assert found == {}
    golden.says("plan/matching", f"the system role {system.role.name}", the_problem(problems).message)


def test_an_ignored_role_that_is_asked_for_is_an_error(golden: Golden) -> None:
    found, problems = matched([a_desired_role("vendor-x")], roles("vendor-x"), ignored=("vendor-x",))
    assert the_problem(problems).rule == "ignored-role"
    assert found == {}
    golden.says("plan/matching", "an ignored role", the_problem(problems).message)


def test_a_system_role_is_never_taken_over_by_an_earlier_name(golden: Golden) -> None:
    found, problems = matched([a_desired_role("boss", renamed_from=["admin"])], list(the_system_roles()))
    assert the_problem(problems).rule == "renamed-from-untouchable"
    assert found == {}
    golden.says("plan/matching", "an earlier name of a system role", the_problem(problems).message)


def test_an_ignored_role_is_never_taken_over_by_an_earlier_name(golden: Golden) -> None:
    found, problems = matched([a_desired_role("x", renamed_from=["vendor"])], roles("vendor"), ignored=("vendor",))
    assert the_problem(problems).rule == "renamed-from-untouchable"
    assert found == {}
    golden.says("plan/matching", "an earlier name of an ignored role", the_problem(problems).message)


def same(*names: str) -> list[LiveRole]:
    """Live roles that may have one name, each with an id of its own."""
    return [a_live_role(name, id_=f"id-{number}") for number, name in enumerate(names)]


def test_a_name_that_several_live_roles_have_is_an_error_where_a_file_asks_for_it(golden: Golden) -> None:
    _, problems = matched([a_desired_role("vendor[eu]")], same("vendor[eu]", "vendor[eu]"))
    problem = the_problem(problems)
    assert problem.rule == "same-name"
    assert '`ignore: ["vendor[[]eu]"]`' in problem.message
    golden.says("plan/matching", "a name of two live roles", problem.message)


def test_it_is_none_where_no_file_asks_for_it() -> None:
    assert matched([a_desired_role("a")], same("a", "b", "b")) == ({"a": "a"}, [])


def test_it_is_none_where_it_is_ignored() -> None:
    assert matched([a_desired_role("a")], same("a", "b", "b"), ignored=("b",)) == ({"a": "a"}, [])


def test_an_earlier_name_that_several_live_roles_have_is_an_error(golden: Golden) -> None:
    _, problems = matched([a_desired_role("new", renamed_from=["old"])], same("old", "old"))
    assert the_problem(problems).rule == "same-name"
    golden.says("plan/matching", "an earlier name of two live roles", the_problem(problems).message)


def test_an_earlier_name_that_is_asked_for_by_nobody_is_one_problem() -> None:
    _, problems = matched([a_desired_role("new", renamed_from=["old"])], same("new", "old", "old"))
    assert the_problem(problems).rule == "renamed-from-ambiguous"


def test_a_hand_made_role_beside_a_system_role_of_one_name_is_never_matched() -> None:
    live = [a_live_role("lead", id_="1"), a_live_role("lead", is_system=True, id_="2")]
    found, problems = matched([a_desired_role("lead")], live)
    assert the_problem(problems).rule == "system-role"
    assert found == {}


@given(st.text(), st.text())
def test_the_pattern_of_a_name_matches_that_name_alone(name: str, other: str) -> None:
    assert fnmatchcase(name, pattern_of(name))
    assert name == other or not fnmatchcase(other, pattern_of(name))


ALL_NAMES = ["a", "b", "c", "d", "e", "admin", "agent"]
NAMES = st.sampled_from(ALL_NAMES)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[list[DesiredRole], list[LiveRole], tuple[str, ...]]:
    """Desired roles without circles of earlier names: each is renamed from names that are asked for later."""
    names = draw(st.lists(NAMES, unique=True))
    desired = []
    for index, name in enumerate(names):
        earlier = sorted(set(ALL_NAMES) - set(names[: index + 1]))
        renamed_from = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []
        desired.append(a_desired_role(name, renamed_from=renamed_from))
    live = [a_live_role(name) for name in draw(st.lists(NAMES, unique=True))]
    return desired, live, tuple(draw(st.lists(NAMES, unique=True, max_size=1)))


@given(wishes())
def test_no_live_role_is_matched_twice_and_none_that_is_untouchable_or_ignored(
    wish: tuple[list[DesiredRole], list[LiveRole], tuple[str, ...]],
) -> None:
    desired, live, ignored = wish
    found, _ = match(desired, by_name(live), ignored)
    ids = [role.id for role in found.values()]
    assert len(set(ids)) == len(ids)
    assert not any(role.untouchable or role.role.name in ignored for role in found.values())
    assert found.keys() <= {entry.role.name for entry in desired}


@given(wishes())
def test_each_match_is_by_the_own_name_or_by_an_earlier_one(
    wish: tuple[list[DesiredRole], list[LiveRole], tuple[str, ...]],
) -> None:
    desired, live, ignored = wish
    found, _ = match(desired, by_name(live), ignored)
    for entry in desired:
        if entry.role.name in found:
            assert found[entry.role.name].role.name in {entry.role.name, *entry.renamed_from}


@given(wishes())
def test_whoever_is_without_a_live_role_could_not_have_had_one(
    wish: tuple[list[DesiredRole], list[LiveRole], tuple[str, ...]],
) -> None:
    desired, live, ignored = wish
    found, problems = match(desired, by_name(live), ignored)
    free = {role.role.name for role in live if not role.untouchable} - set(ignored)
    taken = {role.role.name for role in found.values()}
    for entry in desired:
        if entry.role.name not in found and not problems:
            assert not ({entry.role.name, *entry.renamed_from} & free) - taken


def test_the_ids_of_several_live_roles_of_one_name_are_sorted() -> None:
    _, problems = matched([a_desired_role("a")], [a_live_role("a", id_=f"id-{number}") for number in (3, 1, 2)])
    assert "id-1, id-2, id-3" in the_problem(problems).message
