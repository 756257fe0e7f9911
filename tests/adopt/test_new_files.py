"""Unmanaged roles that become files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.adopt.asked import Asked
from reconciler.plan.scope import Scope
from tests.adopt.runs import a_live, adopted
from tests.builders import a_lock, an_id

if TYPE_CHECKING:
    from tests.sentences import Golden

A = "name: a\npermissions: []\n"
ALL = Asked(unmanaged=True)
SAFE = "roles.d/b.yaml"


def test_an_unmanaged_role_becomes_a_file_only_when_it_is_asked_for() -> None:
    live = (a_live(), a_live("b.view", name="b"), a_live(name="c"))
    alone = adopted(A, *live, asked=Asked()).found
    assert (alone.files, alone.unmanaged) == ((), ("b", "c"))
    assert adopted(A, *live, asked=Asked(("b",))).after[SAFE] == b"name: b\npermissions:\n  - b.view\n"
    assert [file.path for file in adopted(A, *live, asked=ALL).found.files] == [SAFE, "roles.d/c.yaml"]
    both = adopted(A, *live, asked=Asked(("a",), unmanaged=True)).found
    assert [file.path for file in both.files] == [SAFE, "roles.d/c.yaml"]


def test_a_file_that_is_there_is_never_replaced(golden: Golden) -> None:
    (file,) = adopted(A, a_live(), a_live(name="b"), asked=ALL, taken=[SAFE]).found.files
    assert file.path == "roles.d/b-3e23e8160039.yaml"
    none = adopted(A, a_live(), a_live(name="b"), asked=ALL, taken=[SAFE, file.path])
    assert none.found.files == ()
    golden.says("adopt/by_hand", "a file is in the way", "\n".join(none.reasons))


def test_a_role_whose_file_was_removed_is_an_edit_and_gets_no_new_one() -> None:
    both = {"roles.d/a.yaml": A.encode(), SAFE: b"name: b\npermissions: []\n"}
    for asked in (ALL, Asked(), Asked(("b",))):
        found = adopted(A, a_live(), a_live(name="b"), base=both, asked=asked).found
        assert (found.files, found.not_applied, found.unmanaged) == ((), ("b",), ())
    assert adopted(A, a_live(), a_live(name="b"), base=both, asked=Asked(("a",))).found.not_applied == ()


def test_a_role_that_no_file_can_define_is_left_for_the_hand(golden: Golden) -> None:
    twice = (a_live(name="b"), a_live(name="b")._replace(id=an_id("another b")))
    found = adopted(A, a_live(), *twice, a_live(name="x\ny"), asked=ALL)
    assert found.found.files == ()
    golden.says("adopt/by_hand", "names that cannot be in a file", "\n".join(found.reasons))


def test_a_role_with_codes_that_the_lock_does_not_have_is_left_for_the_hand(golden: Golden) -> None:
    live = (a_live(), a_live("b.view", "c.view", name="b"), a_live("d.view", name="d"))
    found = adopted(A, *live, asked=ALL, lock=a_lock("d.view"))
    assert [file.path for file in found.found.files] == ["roles.d/d.yaml"]
    golden.says("adopt/by_hand", "an unmanaged role with codes that are not in the lock", "\n".join(found.reasons))


def test_an_ignored_role_becomes_a_file_when_it_is_named(golden: Golden) -> None:
    live = (a_live(), a_live(name="b"))
    assert adopted(A, *live, asked=ALL, scope=Scope(ignore=("b",))).found.files == ()
    named = adopted(A, *live, asked=Asked(("b",)), scope=Scope(ignore=("b",)))
    assert [file.path for file in named.found.files] == [SAFE]
    golden.says("adopt/by_hand", "an ignored role", "\n".join(named.reasons))
