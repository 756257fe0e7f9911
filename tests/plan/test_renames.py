from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.plan.renames import hints, same_names
from tests.builders import a_create, a_delete, a_plan, a_role, an_update

if TYPE_CHECKING:
    from tests.sentences import Golden

FIVE = ("a.a", "b.b", "c.c", "d.d", "e.e")


def test_a_delete_and_a_create_with_the_same_permissions_get_a_hint_that_names_file_and_line(golden: Golden) -> None:
    (hint,) = hints(a_plan(a_delete("shift-lead", FIVE), a_create("support-lead", FIVE)))
    assert hint.startswith("roles.d/support-lead.yaml:1: ")
    assert "`renamed_from: shift-lead`" in hint
    golden.says("plan/renames", "a create and a delete of the same permissions", hint)


def test_a_name_that_has_to_be_escaped_is_written_so_that_yaml_reads_it() -> None:
    (hint,) = hints(a_plan(a_delete("shift\xa0lead", FIVE), a_create("support-lead", FIVE)))
    assert '`renamed_from: "shift\\xa0lead"`' in hint


def test_four_of_five_codes_are_nearly_the_same(golden: Golden) -> None:
    (hint,) = hints(a_plan(a_delete("old", FIVE[:4]), a_create("new", FIVE)))
    golden.says("plan/renames", "a create and a delete of nearly the same permissions", hint)


def test_three_of_five_codes_are_not() -> None:
    assert not hints(a_plan(a_delete("old", FIVE[:3]), a_create("new", FIVE)))


def test_one_code_alone_says_nothing() -> None:
    assert not hints(a_plan(a_delete("old", ["a.a"]), a_create("new", ["a.a"])))


def test_roles_without_permissions_say_nothing() -> None:
    assert not hints(a_plan(a_delete("old", []), a_create("new", [])))


def test_an_update_gets_no_hint() -> None:
    assert not hints(a_plan(a_delete("old", FIVE), an_update("new", FIVE)))


def test_the_best_match_is_named() -> None:
    (hint,) = hints(a_plan(a_delete("near", FIVE[:4]), a_delete("same", FIVE), a_create("new", FIVE)))
    assert "`renamed_from: same`" in hint


def test_each_delete_is_named_once() -> None:
    (hint,) = hints(a_plan(a_delete("old", FIVE), a_create("first", FIVE), a_create("second", FIVE)))
    assert hint.startswith("roles.d/first.yaml:1: ")


def test_two_renames_get_two_hints_sorted_by_the_new_name() -> None:
    others = ("v.v", "w.w", "x.x")
    changes = (a_delete("p", FIVE), a_delete("q", others), a_create("b", FIVE), a_create("a", others))
    assert [hint.split(":")[0] for hint in hints(a_plan(*changes))] == ["roles.d/a.yaml", "roles.d/b.yaml"]


def test_a_hostile_name_stays_on_its_line() -> None:
    (hint,) = hints(a_plan(a_delete("old\nrole", FIVE), a_create("new\x1b", FIVE)))
    assert hint.isprintable()


def test_thousands_of_alike_roles_are_no_trouble() -> None:
    codes = [f"area.code-{number}" for number in range(20)]
    deletes = [a_delete(f"old-{number}", codes) for number in range(1500)]
    creates = [a_create(f"new-{number}", codes) for number in range(1500)]
    assert hints(a_plan(*deletes, *creates)) == ()


def test_deletes_of_one_name_are_told_apart_by_their_ids() -> None:
    twins = (replace(a_delete(" \x1b"), id="id-2"), replace(a_delete(" \x1b"), id="id-1"))
    assert same_names(a_plan(*twins, a_delete("other"))) == (
        '2 live roles have the name " \\x1b"; their ids are id-1, id-2',
    )


def test_unmanaged_roles_of_one_name_that_stay_are_told_apart_too() -> None:
    plan = a_plan(unmanaged=(a_role("a"), a_role("b"), a_role("b")), unmanaged_ids=("1", "3", "2"))
    assert same_names(plan) == ('2 live roles have the name "b"; their ids are 2, 3',)
