"""Laws of `--only revokes` over random tenants, role files and renames: it only narrows, and once is enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.model.errors import InvalidInput
from reconciler.model.roles import DesiredRole, LiveRole, Role
from reconciler.plan.changes import Plan, Update
from reconciler.plan.compare import make_plan
from reconciler.plan.matching import by_name, match
from reconciler.plan.only import only_revokes
from reconciler.plan.scope import Scope
from tests.builders import TARGET, a_desired_role, a_live_role, a_role, a_source, the_system_roles

NAMES = ["a", "b", "c", "d", "e"]
CODES = st.sets(st.sampled_from(["x.a", "x.b", "x.c"]))
WORDS = st.sampled_from(["", "One."])


class Case(NamedTuple):
    """Role files, the custom roles of a tenant, and what may be touched there."""

    desired: list[DesiredRole]
    live: list[LiveRole]
    scope: Scope

    def whole(self) -> Plan:
        live = [*self.live, *the_system_roles()]
        try:
            return make_plan(self.desired, live, target=TARGET, source=a_source(), scope=self.scope)
        except InvalidInput:
            assume(False)  # noqa: FBT003 - hypothesis' own signature
            raise

    def carried_out(self, plan: Plan) -> Case:
        """The same files, and the tenant after the plan was carried out."""
        changed = {change.id: change.after for change in plan.changes}
        live = [role._replace(role=changed.get(role.id) or role.role) for role in self.live]
        return self._replace(live=live)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Earlier names point forward in a random order of the names, so they make no circle."""
    order = draw(st.permutations(NAMES))
    chosen: Sequence[str] = order[: draw(st.integers(0, len(order)))]
    desired = []
    for index, name in enumerate(chosen):
        later = order[index + 1 :]
        earlier = draw(st.lists(st.sampled_from(later), unique=True, max_size=2)) if later else []
        desired.append(a_desired_role(name, draw(CODES), draw(WORDS), renamed_from=earlier))
    names = draw(st.lists(st.sampled_from([*NAMES, "other"]), unique=True))
    live = [a_live_role(name)._replace(role=a_role(name, draw(CODES), draw(WORDS))) for name in names]
    return Case(desired, live, draw(st.sampled_from([Scope(), Scope(unmanaged="report"), Scope(ignore=("other",))])))


@given(cases())
def test_a_role_loses_codes_and_nothing_else_happens_to_it(case: Case) -> None:
    then = case.carried_out(only_revokes(case.whole()))
    assert [role.id for role in then.live] == [role.id for role in case.live]
    for before, after in zip(case.live, then.live, strict=True):
        assert after.role.permissions <= before.role.permissions
        assert after.role == Role(before.role.name, before.role.description, after.role.permissions)


@given(cases())
def test_a_role_that_a_file_defines_ends_with_what_is_live_and_desired(case: Case) -> None:
    plan = only_revokes(case.whole())
    matched, _ = match(case.desired, by_name(case.live), ())
    wanted = {
        matched[entry.role.name].id: entry.role.permissions for entry in case.desired if entry.role.name in matched
    }
    for before, after in zip(case.live, case.carried_out(plan).live, strict=True):
        assert after.role.permissions == before.role.permissions & wanted.get(before.id, before.role.permissions)


@given(cases())
def test_every_change_revokes_something_and_grants_nothing(case: Case) -> None:
    for change in only_revokes(case.whole()).changes:
        assert isinstance(change, Update)
        assert change.revoked
        assert not change.granted


@given(cases())
def test_two_runs_are_as_one_and_leave_the_same_alone(case: Case) -> None:
    first = only_revokes(case.whole())
    second = only_revokes(case.carried_out(first).whole())
    assert second.changes == ()
    assert second.left_alone == first.left_alone


@given(cases())
def test_revokes_and_what_is_left_alone_are_the_whole_plan(case: Case) -> None:
    whole, plan = case.whole(), only_revokes(case.whole())
    assert plan.summary().revokes + sum(len(role.permissions) for role in plan.unmanaged) == (
        whole.summary().revokes + sum(len(role.permissions) for role in whole.unmanaged)
    )
    assert sum(len(change.granted) for change in plan.left_alone) == whole.summary().grants
    touched = {change.id for change in plan.changes}
    assert {change.name for change in plan.left_alone} >= {c.name for c in whole.changes if c.id not in touched}


@given(cases())
def test_a_narrowed_plan_counts_the_roles_that_the_whole_plan_counts(case: Case) -> None:
    whole, plan = case.whole(), only_revokes(case.whole())
    assert (plan.desired_count, plan.live_count) == (whole.desired_count, whole.live_count)
    assert sorted(plan.touchable, key=lambda role: role.name) == sorted(whole.touchable, key=lambda role: role.name)
