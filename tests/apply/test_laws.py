"""Laws of apply and undo over random tenants, role files, renames and failures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.journal import Header, Journal, read
from reconciler.apply.outcome import Kind, Outcome
from reconciler.apply.verify import settle
from reconciler.history.undo import undo_plan
from reconciler.model.errors import InvalidInput, Overloaded, Unreachable
from reconciler.model.roles import DesiredRole, LiveRole, Role
from reconciler.plan.changes import Change, Create, Delete, Plan, Update
from reconciler.plan.compare import make_plan
from tests.apply.tenant import Tenant, live
from tests.builders import TARGET, a_desired_role, a_role, a_source, an_id, approved

ALL_NAMES = ["a", "b", "c", "d", "e", "f"]
SYSTEM = ["admin", "supervisor", "agent"]
CODES = st.sets(st.sampled_from(["x.a", "x.b", "x.c"]))
WORDS = st.sampled_from(["", "One.", "Two."])


@st.composite
def role_files(draw: st.DrawFn, names: Sequence[str] = tuple(ALL_NAMES)) -> list[DesiredRole]:
    """Desired roles; earlier names point forward in a random order of the names, so they make no circle."""
    order = draw(st.permutations(names))
    chosen = order[: draw(st.integers(0, len(order)))]
    found = []
    for index, name in enumerate(chosen):
        later = order[index + 1 :]
        earlier = draw(st.lists(st.sampled_from(later), unique=True, max_size=2)) if later else []
        found.append(a_desired_role(name, draw(CODES), draw(WORDS), renamed_from=earlier))
    return found


@st.composite
def tenants(draw: st.DrawFn) -> list[Role]:
    names = draw(st.lists(st.sampled_from(ALL_NAMES), unique=True))
    return [a_role(name, draw(CODES), draw(WORDS)) for name in names]


def planned(desired: Sequence[DesiredRole], tenant: Tenant) -> Plan:
    """The plan; an example in which nobody can say which role is meant is no example."""
    try:
        return make_plan(desired, tenant.list_roles(), target=TARGET, source=a_source())
    except InvalidInput:
        assume(False)  # noqa: FBT003 - hypothesis' own signature
        raise


def applied(changes: Sequence[Change], tenant: Tenant, journal: Path | None = None) -> tuple[Outcome, ...]:
    if journal is None:
        return carry_out(approved(*changes), Run(tenant, 3, Stop()))
    with Journal(journal, Header("sha256:0", None, "somebody", TARGET)) as opened:
        return carry_out(approved(*changes), Run(tenant, 3, Stop(), opened))


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journals")


def fresh(directory: Path) -> Path:
    path = directory / "journal.jsonl"
    path.unlink(missing_ok=True)
    return path


@given(tenants(), role_files())
def test_after_an_apply_the_roles_are_what_the_files_say_and_a_new_plan_is_empty(
    roles: list[Role], desired: list[DesiredRole]
) -> None:
    tenant = Tenant(*live(roles))
    outcomes = applied(planned(desired, tenant).changes, tenant)
    assert all(outcome.made for outcome in outcomes)
    assert tenant.roles() == {entry.role for entry in desired}
    assert planned(desired, tenant).changes == ()


@given(names=st.permutations(ALL_NAMES), length=st.integers(2, 6), onto_a_live_name=st.booleans())
def test_a_chain_of_renames_keeps_every_id_and_is_spent_after_one_apply(
    names: list[str], length: int, *, onto_a_live_name: bool
) -> None:
    chain = names[:length]
    roles = [a_role(name, [f"x.{name}"]) for name in (chain if onto_a_live_name else chain[:-1])]
    tenant = Tenant(*live(roles))
    desired = [a_desired_role(new, [f"x.{old}"], renamed_from=[old]) for old, new in pairwise(chain)]
    if onto_a_live_name:
        desired.append(a_desired_role("z", [f"x.{chain[-1]}"], renamed_from=[chain[-1]]))
    outcomes = applied(planned(desired, tenant).changes, tenant)
    assert all(isinstance(outcome.change, Update) and outcome.made for outcome in outcomes)
    kept = {role.id: role.role for role in tenant.list_roles() if not role.untouchable}
    assert {role_id: role.permissions for role_id, role in kept.items()} == {
        an_id(role.name): role.permissions for role in roles
    }
    assert planned(desired, tenant).changes == ()


@given(tenants(), role_files(), st.lists(role_files(), max_size=2))
def test_an_undo_finds_the_roles_that_were_there_before_all_runs_of_the_journal(
    directory: Path, roles: list[Role], first: list[DesiredRole], more: list[list[DesiredRole]]
) -> None:
    path = fresh(directory)
    tenant = Tenant(*live(roles))
    for desired in (first, *more):
        applied(planned(desired, tenant).changes, tenant, path)
    plan = undo_plan(read(path), tenant.list_roles(), target=TARGET)
    assume(not any("swapped" in note for note in plan.notes))
    assert all(outcome.made for outcome in applied(plan.changes, tenant, path))
    assert tenant.roles() == set(roles)
    assert undo_plan(read(path), tenant.list_roles(), target=TARGET).changes == ()


class Unsteady(Tenant):
    """A tenant of which some answers do not come, before or after it did its work."""

    def __init__(self, roles: Sequence[LiveRole], luck: random.Random) -> None:
        super().__init__(*roles)
        self._luck = luck
        self.before_write = self._maybe_overloaded
        self.after_write = self._maybe_cut_off

    def _maybe_overloaded(self, _action: str, _name: str) -> None:
        if self._luck.random() < 0.2:
            raise Overloaded("503", status=503)

    def _maybe_cut_off(self, _action: str, _name: str) -> None:
        if self._luck.random() < 0.2:
            self.before_read = self._maybe_unreadable
            raise Unreachable("cut off")

    def _maybe_unreadable(self, _name: str) -> None:
        if self._luck.random() < 0.2:
            raise Unreachable("cut off")

    def calm(self) -> None:
        """From now on every answer comes."""
        for name in ("before_write", "after_write"):
            setattr(self, name, lambda _action, _name: None)
        self.before_read = lambda _name: None


@given(tenants(), role_files(), st.integers(0, 10_000))
def test_whatever_fails_each_change_is_as_its_outcome_says(
    roles: list[Role], desired: list[DesiredRole], seed: int
) -> None:
    tenant = Unsteady(live(roles), random.Random(seed))  # noqa: S311 - chance for a test
    plan = planned(desired, tenant)
    outcomes = settle(applied(plan.changes, tenant), tenant.list_roles())
    assert [outcome.change for outcome in outcomes] == list(plan.changes)
    by_id = {role.id: role.role for role in tenant.list_roles()}
    by_name = {role.role.name: role.role for role in tenant.list_roles()}
    for outcome in outcomes:
        match outcome.change:
            case Create(after=after):
                # Untried, it may be that the role which still has the name looks just like it.
                assert outcome.kind is Kind.UNTRIED or (by_name.get(after.name) == after) is outcome.made
            case Update(id=role_id, after=after):
                assert (by_id[role_id] == after) is outcome.made
            case Delete(id=role_id):
                assert (role_id not in by_id) is outcome.made


@given(tenants(), role_files(), st.integers(0, 10_000))
def test_whatever_fails_an_undo_finds_the_old_roles_and_another_apply_converges(
    directory: Path, roles: list[Role], desired: list[DesiredRole], seed: int
) -> None:
    path = fresh(directory)
    tenant = Unsteady(live(roles), random.Random(seed))  # noqa: S311 - chance for a test
    applied(planned(desired, tenant).changes, tenant, path)
    tenant.calm()
    applied(undo_plan(read(path), tenant.list_roles(), target=TARGET).changes, tenant)
    assert tenant.roles() == set(roles)
    applied(planned(desired, tenant).changes, tenant)
    assert tenant.roles() == {entry.role for entry in desired}


ANY_ROLE = st.builds(a_role, st.sampled_from([*ALL_NAMES[:2], *SYSTEM]), CODES, WORDS)
ANY_ID = st.sampled_from([an_id(name) for name in (*ALL_NAMES[:2], *SYSTEM)])
ANY_CHANGE: st.SearchStrategy[Change] = st.one_of(
    st.builds(Create, ANY_ROLE), st.builds(Update, ANY_ID, ANY_ROLE, ANY_ROLE), st.builds(Delete, ANY_ID, ANY_ROLE)
)


ANY_LIVE = st.builds(LiveRole, ANY_ID, ANY_ROLE, st.booleans())


@given(
    st.lists(ANY_CHANGE, max_size=4),
    st.lists(ANY_LIVE, unique_by=(lambda one: one.id, lambda one: one.role.name), max_size=4),
)
def test_no_plan_however_wrong_writes_to_a_system_role(changes: list[Change], roles: list[LiveRole]) -> None:
    """Even where it names a system role's id and its very state, or a custom role was made a system role since."""
    tenant = Tenant(*roles)
    before = {role for role in tenant.list_roles() if role.untouchable}
    outcomes = applied(changes, tenant)
    assert {role for role in tenant.list_roles() if role.untouchable} == before
    assert not {name for _, name in tenant.log} & set(SYSTEM)
    assert not [outcome for outcome in outcomes if "a system role was written to" in str(outcome.defect)]
