"""The story: what a pass reads, and what a second reading shows to be left."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from reconciler.apply import Run
from reconciler.errors import Failed, InvalidInput, Refused
from reconciler.interrupts import Stop
from reconciler.load import Loaded
from reconciler.plan import Origin, Scope
from reconciler.reconcile import (
    Rules,
    apply_changes,
    fit_saved,
    plan_pass,
    remaining_of_files,
    remaining_of_plan,
)
from reconciler.roles import Catalogue, DesiredRole, LiveRole, Permission
from tests.apply.tenant import Tenant
from tests.builders import (
    TARGET,
    a_create,
    a_desired_role,
    a_live_role,
    a_plan,
    a_source,
    the_system_roles,
)


@dataclass
class FakeReader:
    """A tenant that can be read only, and counts how often."""

    roles: tuple[LiveRole, ...] = ()
    codes: tuple[str, ...] = ("conversations.view",)
    asked: list[str] = field(default_factory=list)

    def list_roles(self) -> tuple[LiveRole, ...]:
        self.asked.append("roles")
        return (*self.roles, *the_system_roles())

    def list_permissions(self) -> Catalogue:
        self.asked.append("permissions")
        return {code: Permission(code, code, code.partition(".")[0]) for code in self.codes}


def loaded(*roles: DesiredRole) -> Loaded:
    return Loaded(roles, (), len(roles), "sha256:1")


def test_each_list_is_asked_for_once_in_a_pass() -> None:
    reader = FakeReader()
    plan_pass(loaded(a_desired_role()), reader, Rules(), target=TARGET, source=a_source())
    assert sorted(reader.asked) == ["permissions", "roles"]


def test_a_code_that_the_catalogue_does_not_have_stops_the_pass() -> None:
    with pytest.raises(InvalidInput, match="the catalogue has no permission"):
        plan_pass(loaded(a_desired_role()), FakeReader(codes=("a.b",)), Rules(), target=TARGET, source=a_source())


def test_a_live_state_without_system_roles_proves_no_file_wrong() -> None:
    class Elsewhere(FakeReader):
        def list_roles(self) -> tuple[LiveRole, ...]:
            return ()

    with pytest.raises(Refused, match="no system role at all"):
        plan_pass(loaded(a_desired_role()), Elsewhere(codes=("a.b",)), Rules(), target=TARGET, source=a_source())


def test_with_a_base_each_change_has_an_origin() -> None:
    judged = plan_pass(loaded(a_desired_role()), FakeReader(), Rules(), target=TARGET, source=a_source(), base={})
    assert [change.origin for change in judged.plan.changes] == [Origin.EDIT]


def test_limits_of_a_saved_plan_take_their_percentages_of_what_is_live() -> None:
    others = tuple(a_live_role(f"r{number}") for number in range(9))
    reader = FakeReader((*others, a_live_role("vendor-bot")))
    plan = a_plan(a_create("new"))
    found, verdicts = fit_saved(plan, reader, Rules(Scope(ignore=("vendor-*",))), target=TARGET, digest=None)
    assert (len(found.open), verdicts.reasons) == (1, ())


def test_a_second_reading_names_what_is_left_of_the_files() -> None:
    remaining = remaining_of_files(loaded(a_desired_role("new")), Scope())
    assert remaining([*the_system_roles(), a_live_role("old")]) == [
        "new is still to be created",
        "old is still to be deleted",
    ]


def test_a_second_reading_that_cannot_be_matched_says_why() -> None:
    remaining = remaining_of_files(loaded(a_desired_role("owner")), Scope())
    (problem,) = remaining([a_live_role("owner", is_system=True)])
    assert "role owner is a system role in the live state" in problem


def test_a_second_reading_names_what_is_left_of_a_saved_plan() -> None:
    remaining = remaining_of_plan(a_plan(a_create("new")))
    assert remaining(the_system_roles()) == ["new is still to be created"]
    assert remaining([a_live_role("new", ["other.code"])])[0].startswith("new was to be created, and is live now")
    assert remaining([a_live_role("new")]) == []


def test_an_apply_that_cannot_be_looked_at_again_has_not_converged() -> None:
    def fails() -> tuple[LiveRole, ...]:
        raise Failed("the server is gone")

    applied = apply_changes([a_create("new")], Run(Tenant(), 1, Stop()), fails, lambda _: [])
    assert not applied.converged
    assert applied.remaining == ("the live state could not be verified: the server is gone",)


def test_after_an_interrupt_nobody_looks_again() -> None:
    stop = Stop()
    stop.set()
    applied = apply_changes([a_create("new")], Run(Tenant(), 1, stop), lambda: (), lambda _: [])
    assert not applied.converged
    assert "interrupted before verification" in applied.remaining[0]


def test_two_earlier_names_that_are_both_live_are_asked_about() -> None:
    wanted = loaded(a_desired_role("new", renamed_from=["one", "two"]))
    with pytest.raises(InvalidInput, match="new could take over one and two, which are all live: which one is meant"):
        plan_pass(
            wanted, FakeReader((a_live_role("one"), a_live_role("two"))), Rules(), target=TARGET, source=a_source()
        )
