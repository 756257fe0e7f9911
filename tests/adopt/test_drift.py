"""One role, three ways: what is drift, and what is an edit of the files. `adopt` follows drift alone."""

from __future__ import annotations

import pytest

from reconciler.adopt.drift import Drift, drift_of
from tests.builders import a_desired_role, a_role


def codes(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_what_is_alike_in_all_three_is_nothing() -> None:
    assert drift_of(a_desired_role(), a_desired_role(), a_role()) == Drift()


def test_a_role_that_is_not_live_yet_is_an_edit() -> None:
    assert drift_of(None, a_desired_role(), None) == Drift(edited=True)


@pytest.mark.parametrize(
    ("base", "now", "live", "found"),
    [
        (["a.a"], ["a.a"], ["a.a", "b.b"], Drift(add=codes("b.b"))),
        (["a.a", "b.b"], ["a.a", "b.b"], ["a.a"], Drift(remove=codes("b.b"))),
        (["a.a"], ["a.a", "b.b"], ["a.a"], Drift(edited=True)),
        (["a.a", "b.b"], ["a.a"], ["a.a", "b.b"], Drift(edited=True)),
        (["a.a"], ["a.a", "b.b"], ["a.a", "c.c"], Drift(add=codes("c.c"), edited=True)),
    ],
)
def test_a_code_is_drift_where_the_files_did_not_change(
    base: list[str], now: list[str], live: list[str], found: Drift
) -> None:
    assert (
        drift_of(a_desired_role(permissions=base), a_desired_role(permissions=now), a_role(permissions=live)) == found
    )


@pytest.mark.parametrize(
    ("base", "now", "live", "found"),
    [
        ("old", "old", "new", Drift(description="new")),
        ("old", "new", "old", Drift(edited=True)),
        ("old", "mine", "theirs", Drift(edited=True)),
        ("old", "new", "new", Drift()),
    ],
)
def test_a_description_follows_where_the_files_did_not_change(base: str, now: str, live: str, found: Drift) -> None:
    before, after = (a_desired_role(description=each) for each in (base, now))
    assert drift_of(before, after, a_role(description=live)) == found


def test_of_a_role_that_the_base_does_not_have_what_the_files_ask_for_is_an_edit() -> None:
    now = a_desired_role(permissions=["a.a", "b.b"], description="Ours.")
    found = drift_of(None, now, a_role(permissions=["a.a", "c.c"], description="Theirs."))
    assert found == Drift(add=codes("c.c"), edited=True)


def test_of_a_role_that_the_base_does_not_have_an_empty_description_follows() -> None:
    assert drift_of(None, a_desired_role(description=""), a_role(description="Live.")) == Drift(description="Live.")


@pytest.mark.parametrize(("base", "is_edit"), [("lead", True), ("support-lead", False), (None, True)])
def test_a_rename_is_an_edit_unless_the_base_had_it(base: str | None, *, is_edit: bool) -> None:
    before = None if base is None else a_desired_role(base)
    found = drift_of(before, a_desired_role("support-lead"), a_role("lead"))
    assert (found.renamed, found.rename_is_edit) == ("lead", is_edit)
