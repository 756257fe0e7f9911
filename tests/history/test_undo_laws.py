"""Laws of undo where an undo is done by half, journalled, and undone again; small sizes, checked many ways."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.apply.journal import read
from reconciler.history.undo import undo_plan
from reconciler.model.roles import DesiredRole, Role
from reconciler.plan.changes import Plan
from reconciler.plan.document import dumps
from reconciler.plan.saved import loads
from reconciler.plan.staleness import Fit, fit
from tests.apply.tenant import Tenant, live
from tests.apply.test_laws import Unsteady, applied, directory, fresh, planned, role_files, tenants
from tests.builders import TARGET

__all__ = ["directory"]  # a fixture


def back(path: Path, tenant: Tenant) -> Plan:
    """The undo of the journal; an example in which names would have to be swapped is no example."""
    plan = undo_plan(read(path), tenant.list_roles(), target=TARGET)
    assume(not any("swapped" in note for note in plan.notes))
    return plan


def some(plan: Plan, luck: random.Random) -> list[int]:
    return [index for index in range(len(plan.changes)) if luck.random() < 0.5]


@given(tenants(), role_files(), st.lists(role_files(), max_size=2), st.integers(0, 10_000))
def test_an_undo_that_was_done_by_half_any_number_of_times_still_finds_the_old_roles(
    directory: Path, roles: list[Role], first: list[DesiredRole], more: list[list[DesiredRole]], seed: int
) -> None:
    path, luck = fresh(directory), random.Random(seed)  # noqa: S311 - chance for a test
    tenant = Tenant(*live(roles))
    for desired in (first, *more):
        applied(planned(desired, tenant).changes, tenant, path)
        plan = back(path, tenant)
        applied([plan.changes[index] for index in some(plan, luck)], tenant, path)
    applied(back(path, tenant).changes, tenant, path)
    assert tenant.roles() == set(roles)
    assert back(path, tenant).changes == ()


@given(tenants(), role_files(), st.integers(0, 10_000))
def test_whatever_fails_in_an_undo_another_one_of_the_same_journal_finds_the_old_roles(
    directory: Path, roles: list[Role], desired: list[DesiredRole], seed: int
) -> None:
    path = fresh(directory)
    tenant = Unsteady(live(roles), random.Random(seed))  # noqa: S311 - chance for a test
    applied(planned(desired, tenant).changes, tenant, path)
    applied(back(path, tenant).changes, tenant, path)
    tenant.calm()
    applied(back(path, tenant).changes, tenant, path)
    assert tenant.roles() == set(roles)


@given(tenants(), role_files())
def test_the_plan_of_an_undo_is_a_promise_that_fits_and_once_done_is_done(
    directory: Path, roles: list[Role], desired: list[DesiredRole]
) -> None:
    path = fresh(directory)
    tenant = Tenant(*live(roles))
    applied(planned(desired, tenant).changes, tenant, path)
    plan, _ = loads(dumps(back(path, tenant), "2026-11-23T10:00:00Z"), "back.json")
    assert fit(plan, tenant.list_roles()) == Fit(plan.changes, (), ())
    applied(plan.changes, tenant)
    assert fit(plan, tenant.list_roles()) == Fit((), plan.changes, ())


@given(tenants(), role_files())
def test_an_undo_of_an_undo_with_a_journal_of_its_own_finds_what_the_apply_had_made(
    directory: Path, roles: list[Role], desired: list[DesiredRole]
) -> None:
    path, second = fresh(directory), directory / "second.jsonl"
    second.unlink(missing_ok=True)
    tenant = Tenant(*live(roles))
    applied(planned(desired, tenant).changes, tenant, path)
    made = tenant.roles()
    applied(back(path, tenant).changes, tenant, second)
    assert tenant.roles() == set(roles)
    if second.stat().st_size:
        applied(back(second, tenant).changes, tenant)
        assert tenant.roles() == made
