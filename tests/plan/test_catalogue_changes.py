"""What differs between the lock and the server's catalogue, and what the next lock holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.plan.catalogue_changes import (
    CatalogueChanges,
    changes_document,
    compare_catalogue,
    loses_too_much,
    successors,
    updated,
)
from tests.builders import TARGET, a_lock, a_locked, a_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.model.catalogue import Catalogue, Lock, Permission

OTHER = "https://other.example.org"


def server(*entries: str | Permission) -> Catalogue:
    return a_lock(*entries).permissions


def compared(
    lock: Lock | None,
    catalogue: Catalogue,
    target: str = TARGET,
    *,
    holders: Mapping[str, Iterable[str]] | None = None,
    named: Iterable[str] = (),
) -> CatalogueChanges:
    held = holders or {}
    return compare_catalogue(lock, catalogue, target, lambda code: held.get(code, ()), frozenset(named))


def test_a_lock_of_the_same_catalogue_is_up_to_date() -> None:
    assert compared(a_lock("a.view", "b.view"), server("b.view", "a.view")).none


def test_a_code_is_new_or_gone() -> None:
    found = compared(a_lock("a.view", "b.view"), server("b.view", "c.view"), holders={"a.view": ["two", "one"]})
    assert [(entry.code, entry.roles) for entry in found.removed] == [("a.view", ("one", "two"))]
    assert [(entry.code, entry.roles) for entry in found.added] == [("c.view", ())]
    assert (found.renamed, found.changed) == ((), ())


def test_another_code_with_the_same_id_is_a_rename() -> None:
    after = a_locked("a.read", "Read", id=a_locked("a.view").id)
    found = compared(a_lock("a.view"), server(after), holders={"a.view": ["one"], "a.read": ["two"]})
    assert found.renamed == (("a.view", "a.read", "Read", ("one", "two")),)
    assert found._replace(renamed=()).none


def test_ids_have_no_case() -> None:
    upper = a_locked("a.view", id=str(a_locked("a.view").id).upper())
    assert compared(a_lock("a.view"), server(upper)).none
    moved = a_locked("a.read", id=upper.id)
    assert [entry.after for entry in compared(a_lock("a.view"), server(moved)).renamed] == ["a.read"]


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
def test_a_code_has_another_meaning(after: Permission) -> None:
    found = compared(a_lock("a.view"), server(after), holders={"a.view": ["one"]})
    assert [(entry.code, entry.before, entry.after) for entry in found.changed] == [
        ("a.view", a_locked("a.view"), after)
    ]
    assert found.held_by([a_role("one", ["a.view"])]) == found.changed


def test_a_code_with_another_meaning_is_held_by_the_roles_that_have_it_and_by_no_role_that_would_gain_it() -> None:
    found = compared(a_lock("a.view"), server(a_locked("a.view", "Another")), holders={"a.view": ["gains", "holds"]})
    (held,) = found.held_by([a_role("holds", ["a.view"]), a_role("gains", ["b.view"])])
    assert held.roles == ("holds",)
    assert found.held_by([a_role("gains", ["b.view"])]) == ()


def test_a_code_whose_id_another_code_has_is_replaced_and_not_renamed() -> None:
    first, second = a_locked("a.view"), a_locked("b.view")
    found = compared(a_lock(first), server(second._replace(code="a.view"), first._replace(code="b.view")))
    assert found.renamed == ()
    assert [entry.code for entry in found.changed] == ["a.view"]
    assert [entry.code for entry in found.added] == ["b.view"]


def test_against_another_tenant_nothing_is_renamed_or_replaced() -> None:
    after = a_locked("a.read", id=a_locked("a.view").id)
    found = compared(a_lock("a.view", "b.view"), server(after, a_locked("b.view", id="another")), OTHER)
    assert (found.renamed, found.changed) == ((), ())
    assert ([entry.code for entry in found.added], [entry.code for entry in found.removed]) == (["a.read"], ["a.view"])


def test_against_another_tenant_ids_are_null() -> None:
    found = compared(a_lock("a.view"), server(a_locked("a.view", "Another")), OTHER)
    (changed,) = changes_document(found)["changed"]
    assert (changed["before"]["id"], changed["after"]["id"]) == (None, None)


def test_an_entry_without_an_id_is_compared_by_the_rest() -> None:
    assert compared(a_lock("a.view"), server(a_locked("a.view", id=None))).none


def test_without_a_lock_all_is_new() -> None:
    found = compared(None, server("b.view", "a.view"), holders={"a.view": ["one"]})
    assert [(entry.code, entry.roles) for entry in found.added] == [("a.view", ("one",)), ("b.view", ())]


def test_a_withdrawn_code_that_something_names_is_no_change() -> None:
    lock = a_lock("a.view", "b.view", withdrawn=["a.view"])
    assert compared(lock, server("b.view"), named=["a.view"]).none
    assert [entry.code for entry in compared(lock, server("b.view")).removed] == ["a.view"]


def test_a_withdrawn_code_that_the_server_has_again_is_new() -> None:
    lock = a_lock("a.view", "b.view", withdrawn=["a.view"])
    found = compared(lock, server("a.view", "b.view"), named=["a.view"])
    assert [entry.code for entry in found.added] == ["a.view"]
    assert updated(lock, server("a.view", "b.view"), TARGET, ["a.view"], lock.path).withdrawn == frozenset()


def test_a_code_that_is_gone_stays_while_something_names_it() -> None:
    lock = a_lock("a.view", "b.view", "c.view")
    after = updated(lock, server("c.view"), OTHER, ["a.view", "c.view", "d.view"], "x.yaml")
    assert after == a_lock("a.view", "c.view", url=OTHER, withdrawn=["a.view"]).__class__(
        "x.yaml", OTHER, server("a.view", "c.view"), frozenset({"a.view"})
    )


def test_of_two_codes_with_one_id_one_succeeds() -> None:
    same = a_locked("a.view").id
    lock = a_lock(*(a_locked(f"{letter}.view", id=same) for letter in "hgfedcba"))
    assert successors(lock, server(a_locked("x.view", id=same), a_locked("y.view", id=same)), TARGET) == {
        "a.view": "x.view"
    }


def test_every_list_is_sorted_by_code() -> None:
    letters = "hgfedcba"
    before = [f"{kind}.{letter}" for kind in ("gone", "moved", "other") for letter in letters]
    moved = [a_locked(f"name.{letter}", id=a_locked(f"moved.{letter}").id) for letter in letters]
    other = [a_locked(f"other.{letter}", "Another") for letter in letters]
    found = compared(a_lock(*before), server(*(f"new.{letter}" for letter in letters), *moved, *other))
    assert [entry.code for entry in found.added] == [f"new.{letter}" for letter in sorted(letters)]
    assert [entry.code for entry in found.removed] == [f"gone.{letter}" for letter in sorted(letters)]
    assert [entry.before for entry in found.renamed] == [f"moved.{letter}" for letter in sorted(letters)]
    assert [entry.code for entry in found.changed] == [f"other.{letter}" for letter in sorted(letters)]


def test_the_document_has_the_four_lists() -> None:
    after = a_locked("b.read", "Read", id="2")
    found = compared(
        a_lock(a_locked("a.view", "A", id="1"), a_locked("b.view", id="2"), a_locked("c.view", "C", id="3")),
        server(after, a_locked("c.view", "Other", id="3"), a_locked("d.view", "D", id="4")),
        holders={code: ["clerk"] for code in ("a.view", "b.view", "c.view", "d.view")},
    )
    meaning = {"description": "", "category": "c", "id": "3"}
    assert changes_document(found) == {
        "added": [{"code": "d.view", "name": "D", "roles": ["clerk"]}],
        "removed": [{"code": "a.view", "name": "A", "roles": ["clerk"]}],
        "renamed": [{"before": "b.view", "after": "b.read", "name": "Read", "roles": ["clerk"]}],
        "changed": [
            {
                "code": "c.view",
                "before": {"name": "C", **meaning},
                "after": {"name": "Other", **meaning},
                "roles": ["clerk"],
            }
        ],
    }


def test_without_a_lock_the_next_one_is_the_catalogue() -> None:
    assert updated(None, server("a.view"), TARGET, ["b.view"], "x.yaml").permissions == server("a.view")


@pytest.mark.parametrize(
    ("had", "has", "too_much"),
    [
        ("a b c d", "a b", False),
        ("a b c d", "a", True),
        ("a b c d", "a x y z", True),
        ("a b c", "a b", False),
        ("a b c", "a", True),
        ("a", "x", True),
        ("a", "", True),
        ("", "a", False),
        ("", "", True),
    ],
)
def test_fewer_than_half_of_the_codes_is_too_little(had: str, has: str, too_much: bool) -> None:  # noqa: FBT001 - a table
    lock = a_lock(*(f"{code}.view" for code in had.split()))
    catalogue = server(*(f"{code}.view" for code in has.split()))
    assert loses_too_much(lock, compared(lock, catalogue), catalogue) is too_much


def test_a_renamed_code_counts_as_kept_and_a_withdrawn_one_not_at_all() -> None:
    moved = [a_locked(f"{code}.read", id=a_locked(f"{code}.view").id) for code in "ab"]
    lock = a_lock("a.view", "b.view", "c.view", "d.view", "e.view", withdrawn=["e.view"])
    assert not loses_too_much(lock, compared(lock, server(*moved)), server(*moved))
    assert loses_too_much(lock, compared(lock, server(moved[0])), server(moved[0]))


def test_without_a_lock_only_an_empty_catalogue_is_too_little() -> None:
    assert not loses_too_much(None, CatalogueChanges(), server("a.view"))
    assert loses_too_much(None, CatalogueChanges(), {})


_CODES = st.sampled_from(["a.view", "b.view", "c.view", "d.view"])
_ENTRIES = st.builds(a_locked, _CODES, st.sampled_from(["One", "Two"]), id=st.sampled_from(["1", "2", "3", None]))
_CATALOGUES = st.lists(_ENTRIES, unique_by=lambda entry: entry.code).map(lambda entries: server(*entries))


@given(_CATALOGUES, _CATALOGUES, st.frozensets(_CODES), st.frozensets(_CODES), st.sampled_from([TARGET, OTHER]))
def test_after_an_update_nothing_differs(
    before: Catalogue, after: Catalogue, gone: frozenset[str], named: frozenset[str], target: str
) -> None:
    lock = a_lock(*before.values(), withdrawn=gone & before.keys())
    again = updated(lock, after, target, named, lock.path)
    assert compared(again, after, target, named=named).none
    assert again.grantable == after.keys()
    if compared(lock, after, target, named=named).none:
        assert again.grantable == lock.grantable
        assert again.withdrawn == lock.withdrawn
