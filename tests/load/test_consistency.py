"""What two roles can have against each other, and what the catalogue has against one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import check_codes, load_documents
from reconciler.load.consistency import Moved, problems_between
from reconciler.load.written import WrittenRole
from reconciler.model.catalogue import Permission
from reconciler.model.roles import DesiredRole, Location, Role
from tests.builders import TODAY, place_of
from tests.load.builders import load, placed, problems, rules, said
from tests.sentences import Golden


def role(name: str, *earlier: str, codes: str = "[x.view]") -> str:
    renamed = f"renamed_from: [{', '.join(earlier)}]\n" if earlier else ""
    return f"name: {name}\npermissions: {codes}\n{renamed}"


def test_two_roles_with_one_name_name_both_places(golden: Golden) -> None:
    (message,) = said(role("Clerk"), role('" clerk"'))
    assert message.startswith("b.yaml:1:7: ")
    assert "a.yaml:1:7" in message
    golden.says("load/consistency", "one name twice", message)


def test_a_name_is_reported_once_for_each_place_too_many() -> None:
    assert rules(role("a"), role("a"), role("a")) == ["duplicate-name", "duplicate-name"]


def test_one_earlier_name_cannot_become_two_roles(golden: Golden) -> None:
    (message,) = said(role("a", "old"), role("b", "old"))
    assert message.startswith("b.yaml:3:16: ")
    assert "a.yaml:3:16" in message
    golden.says("load/consistency", "one earlier name twice", message)


def test_a_swap_is_a_circle(golden: Golden) -> None:
    (problem,) = problems(role("b", "a") + "---\n" + role("a", "b"))
    assert placed(problem) == "7:16 renamed-from-circle"
    golden.says("load/consistency", "a swap", str(problem))


def test_a_longer_circle_is_found_once() -> None:
    (message,) = said(role("a", "b"), role("b", "x", "c"), role("c", "a"))
    assert '"a" was "b", "b" was "c", "c" was "a"' in message


def test_two_circles_are_two_problems() -> None:
    assert rules(role("a", "b"), role("b", "a"), role("c", "d"), role("d", "c")) == ["renamed-from-circle"] * 2


def test_a_chain_is_no_circle() -> None:
    assert [r.role.name for r in load(role("b", "a"), role("c", "b"), role("d", "c")).roles] == ["b", "c", "d"]


def test_a_long_chain_is_no_trouble() -> None:
    text = "---\n".join(role(f"r{n}", f"r{n + 1}") for n in range(3000))
    assert len(load(text).roles) == 3000


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefgh"), max_size=3, unique=True))))
def test_a_circle_is_reported_where_there_is_one_and_nowhere_else(entries: list[tuple[str, list[str]]]) -> None:
    ways = {name: [earlier for earlier in names if earlier != name] for name, names in reversed(entries)}
    drafts = [
        WrittenRole(DesiredRole(Role(n, "", frozenset()), Location("x", 1), tuple(w)), ((1, 1),) * len(w))
        for n, w in ways.items()
    ]
    found = [problem for problem in problems_between(drafts) if problem.rule == "renamed-from-circle"]
    assert bool(found) == any(_reaches(name, name, ways) for name in ways)


def _reaches(start: str, end: str, ways: dict[str, list[str]]) -> bool:
    reached: set[str] = set()
    todo = list(ways[start])
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += ways.get(name, [])
    return end in reached


_CATALOGUE = {
    code: Permission(code, code, code.split(".")[0])
    for code in ("conversations.view", "conversations.assign", "billing.view")
}


def test_a_code_that_the_catalogue_has_is_right() -> None:
    assert check_codes(load(role("a", codes="[billing.view]")).roles, _CATALOGUE) == []


def test_an_unknown_code_is_said_where_it_stands_with_the_near_known_one(golden: Golden) -> None:
    desired = load("name: a\npermissions:\n  - billing.view\n  - Conversation.veiw\n").roles
    (problem,) = check_codes(desired, _CATALOGUE)
    assert placed(problem) == "4:5 unknown-code"
    assert problem.message.endswith('did you mean "conversations.view"?')
    golden.says("load/consistency", "an unknown code", str(problem))


def test_an_unknown_code_that_is_near_to_nothing_gets_no_suggestion(golden: Golden) -> None:
    (problem,) = check_codes(load(role("a", codes="[zzz.qqq]")).roles, _CATALOGUE)
    assert "did you mean" not in problem.message
    golden.says("load/consistency", "an unknown code that is near to nothing", problem.message)


def test_unknown_codes_are_sorted_by_place_and_each_is_reported() -> None:
    desired = load(role("b", codes="[z.z, y.y]"), role("a", codes="[z.z]")).roles
    found = check_codes(desired, _CATALOGUE)
    assert [(place_of(p).path, place_of(p).column) for p in found] == [("a.yaml", 15), ("a.yaml", 20), ("b.yaml", 15)]


def test_a_role_that_stands_in_no_file_is_marked_at_its_own_place() -> None:
    desired = DesiredRole(Role("a", "", frozenset({"x.y"})), Location("elsewhere", 7, 3))
    (problem,) = check_codes([desired], {})
    assert str(problem).startswith("elsewhere:7:3: ")


def test_a_code_that_the_live_role_has_already_is_a_warning_since_nothing_is_granted(golden: Golden) -> None:
    (problem,) = check_codes(load(role("a", codes="[fax.send]")).roles, _CATALOGUE, {"a": frozenset({"fax.send"})})
    assert (placed(problem), problem.severity) == ("2:15 unknown-code", "warning")
    golden.says("load/consistency", "an unknown code that the live role has", str(problem))


def test_such_a_code_is_one_warning_with_all_its_places(golden: Golden) -> None:
    desired = load(role("a", codes="[fax.send]"), role("b", codes="[billing.view, fax.send]")).roles
    held = dict.fromkeys("ab", frozenset({"fax.send"}))
    (problem,) = check_codes(desired, _CATALOGUE, held)
    assert str(problem).startswith("a.yaml:2:15: warning: ")
    assert "b.yaml:2:29" in problem.message
    golden.says("load/consistency", "an unknown code that two live roles have", str(problem))


def test_of_very_many_places_some_are_named(golden: Golden) -> None:
    desired = load("---\n".join(role(f"r{n}", codes="[fax.send]") for n in range(60))).roles
    (problem,) = check_codes(desired, _CATALOGUE, {entry.role.name: frozenset({"fax.send"}) for entry in desired})
    assert problem.message.count("a.yaml:") == 20
    golden.says("load/consistency", "an unknown code that very many live roles have", problem.message)


def test_the_same_code_is_an_error_where_it_would_be_granted() -> None:
    desired = load(role("a", codes="[fax.send]"), role("b", codes="[fax.send]")).roles
    found = check_codes(desired, _CATALOGUE, {"a": frozenset({"fax.send"}), "b": frozenset({"billing.view"})})
    assert [(place_of(p).path, p.severity) for p in found] == [("a.yaml", "warning"), ("b.yaml", "error")]


def test_an_empty_catalogue_is_said_once_and_not_for_each_code(golden: Golden) -> None:
    desired = load(role("b", codes="[z.z, y.y]"), role("a", codes="[z.z]")).roles
    (problem,) = check_codes(desired, {})
    assert str(problem).startswith("a.yaml:2:15: ")
    golden.says("load/consistency", "an empty catalogue and three grants", problem.message)


def test_an_empty_catalogue_is_a_warning_where_nothing_is_granted(golden: Golden) -> None:
    desired = load(role("a", codes="[z.z, y.y]"), role("b", codes="[]")).roles
    (problem,) = check_codes(desired, {}, {"a": frozenset({"z.z", "y.y"})})
    assert (placed(problem), problem.severity) == ("2:15 unknown-code", "warning")
    golden.says("load/consistency", "an empty catalogue and no grant", str(problem))


def test_with_an_empty_catalogue_what_is_kept_and_what_is_granted_are_sorted_by_place() -> None:
    desired = load(role("a", codes="[z.z]"), role("b", codes="[y.y]")).roles
    found = check_codes(desired, {}, {"a": frozenset({"z.z"})})
    assert [(place_of(each).path, each.severity) for each in found] == [("a.yaml", "warning"), ("b.yaml", "error")]


def test_with_an_empty_catalogue_one_grant_is_one_grant(golden: Golden) -> None:
    (problem,) = check_codes(load(role("a", codes="[z.z]")).roles, {})
    golden.says("load/consistency", "an empty catalogue and one grant", problem.message)


def test_roles_without_permissions_ask_nothing_of_an_empty_catalogue() -> None:
    assert check_codes(load(role("a", codes="[]")).roles, {}) == []


def test_thousands_of_unknown_codes_do_not_take_thousands_of_searches() -> None:
    codes = ", ".join(f"conversations{n}.view" for n in range(3000))
    found = check_codes(load(role("a", codes=f"[{codes}]")).roles, _CATALOGUE)
    assert len(found) == 3000
    assert sum("did you mean" in problem.message for problem in found) == 100


def test_the_first_hundred_unknown_codes_of_a_role_get_a_suggestion() -> None:
    codes = [f"billing.view{chr(ord('a') + n // 26)}{chr(ord('a') + n % 26)}" for n in range(101)]
    found = check_codes(load(role("a", codes=f"[{', '.join(codes)}]")).roles, _CATALOGUE)
    assert [each.codes for each in found if "did you mean" not in each.message] == [(codes[-1],)]


@pytest.mark.parametrize("held", [(), ("billing.see",)])
def test_of_a_code_that_was_renamed_the_new_one_is_named(held: tuple[str, ...]) -> None:
    desired = load(role("a", codes="[billing.see]")).roles
    moved = Moved("billing.view", locked=False)
    (problem,) = check_codes(desired, _CATALOGUE, {"a": frozenset(held)}, {"billing.see": moved})
    assert '; it is "billing.view" now: run `reconciler lock`' in problem.message


def test_of_a_renamed_code_whose_new_one_is_in_the_lock_nothing_is_to_be_done_but_to_list_it() -> None:
    moved = Moved("billing.view", locked=True)
    (problem,) = check_codes(load(role("a", codes="[billing.see]")).roles, _CATALOGUE, {}, {"billing.see": moved})
    assert problem.message.endswith('; it is "billing.view" now: list that instead')


def test_twenty_other_places_are_all_named() -> None:
    desired = load("---\n".join(role(f"r{number:02}", codes="[fax.send]") for number in range(21))).roles
    (warning,) = check_codes(desired, _CATALOGUE, {f"r{number:02}": frozenset({"fax.send"}) for number in range(21)})
    assert warning.message.count("a.yaml:") == 20
    assert "more places" not in warning.message


def _texts(count: int) -> list[tuple[str, bytes]]:
    return [(f"{n}.yaml", role(f"r{n}", f"old{n}", codes=f"[x.view, y.a{n}]").encode()) for n in range(count)]


@given(st.permutations(_texts(6)))
def test_the_order_of_files_changes_nothing(files: list[tuple[str, bytes]]) -> None:
    assert load_documents(files, today=TODAY) == load_documents(_texts(6), today=TODAY)


def test_the_digest_covers_what_is_desired_and_nothing_else() -> None:
    plain = load("name: a\ndescription: d\npermissions: [x.a, x.b]\nrenamed_from: [o, p]\n---\n" + role("b"))
    moved = load(
        role("B") + "# a comment\n", "permissions: [x.b, x.a]\nrenamed_from: [p, o]\nname: ' A'\ndescription: 'd'"
    )
    assert plain.digest == moved.digest
    assert plain.digest.startswith("sha256:")
    assert len(plain.digest) == 7 + 64


def test_whatever_changes_a_role_changes_the_digest() -> None:
    texts = [
        role("a"),
        role("b"),
        role("a") + "description: x\n",
        role("a", codes="[]"),
        role("a", codes="[x.view, y.z]"),
        role("a", "o"),
        role("a", "p"),
        role("a") + "---\n" + role("b"),
    ]
    assert len({load(text).digest for text in texts}) == len(texts)


def test_no_files_hold_no_roles() -> None:
    assert load_documents([], today=TODAY).roles == ()
    assert load_documents([], today=TODAY).files == 0


def test_an_unknown_code_of_a_set_is_one_error_at_its_line(golden: Golden) -> None:
    shared = "set: shared\npermissions: [billing.view, fax.send]\n"
    roles = "---\n".join(f"name: {name}\ninclude: [shared]\n" for name in ("a", "b"))
    (problem,) = check_codes(load(shared, roles).roles, _CATALOGUE)
    assert (placed(problem), place_of(problem).path) == ("2:29 unknown-code", "a.yaml")
    golden.says("load/consistency", "an unknown code of a set", problem.message)


def test_a_code_of_a_set_that_live_roles_hold_is_one_warning_with_one_place() -> None:
    shared = "set: shared\npermissions: [fax.send]\n"
    roles = "---\n".join(f"name: {name}\ninclude: [shared]\n" for name in ("a", "b"))
    held = {name: frozenset({"fax.send"}) for name in "ab"}
    (warning,) = check_codes(load(shared, roles).roles, _CATALOGUE, held)
    assert (warning.severity, placed(warning)) == ("warning", "2:15 unknown-code")
    assert "also at" not in warning.message
