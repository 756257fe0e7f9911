"""`diff_pass`: the plan's engine, with the role files of a commit in place of the live roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import load_documents
from reconciler.load.loaded import Loaded
from reconciler.model.catalogue import Catalogue
from reconciler.model.errors import InvalidInput
from reconciler.model.roles import DesiredRole, LiveRole
from reconciler.plan.action import Origin
from reconciler.plan.changes import Create, Plan
from reconciler.policy.judge import Judged
from reconciler.reconcile import Pass, diff_pass, plan_pass
from tests.builders import TARGET, TODAY, a_comparison, a_lock, a_source, an_id, the_system_roles

LOCK = a_lock("a.edit", "a.view", "b.edit", "b.view")


@dataclass
class Tenant:
    """A tenant that has exactly these custom roles, and the catalogue of the lock."""

    roles: Sequence[DesiredRole]

    def list_roles(self) -> tuple[LiveRole, ...]:
        custom = (LiveRole(an_id(entry.role.name), entry.role, is_system=False) for entry in self.roles)
        return (*the_system_roles(), *custom)

    def list_permissions(self) -> Catalogue:
        return LOCK.permissions


NAMES = ["chief", "clerk", "lead"]
_ITEMS = [
    "a.edit",
    "a.view",
    "b.view",
    '"a.*"',
    '"*.view"',
    "b.edit: {until: 2026-11-25}",
    "b.view: {until: 2027-01-01}",
]
items = st.lists(st.sampled_from(_ITEMS), max_size=3, unique=True)


@st.composite
def files(draw: st.DrawFn) -> Loaded | None:
    """Role files with a set, patterns, ends and earlier names; None if they are not valid."""
    texts = [f"set: some\npermissions: [{', '.join(draw(items))}]"]
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        lines = [f"name: {name}", f"permissions: [{', '.join(draw(items))}]"]
        lines += draw(st.sampled_from([[], ["include: [some]"]]))
        lines += draw(st.sampled_from([[], [f"renamed_from: {draw(st.sampled_from(NAMES))}"]]))
        texts.append("\n".join([*lines, f"description: {draw(st.sampled_from(['Old', 'New']))}"]))
    return loaded("\n---\n".join(texts))


def loaded(text: str) -> Loaded | None:
    try:
        return load_documents([("roles.d/a.yaml", text.encode())], today=TODAY, lock=LOCK)
    except InvalidInput:
        return None


valid = files().filter(lambda found: found is not None)


def by_name(base: Loaded) -> Mapping[str, DesiredRole]:
    return {entry.role.name: entry for entry in base.roles}


def compared(base: Loaded, now: Loaded) -> Judged | None:
    """The comparison; None if it is left open which role is meant."""
    sets = {name: found.codes for name, found in base.sets.items()}
    asked = Pass("", now, a_comparison(), base_sets=sets, lock=LOCK, today=TODAY)
    try:
        return diff_pass(asked, by_name(base))
    except InvalidInput:
        return None


def planned(base: Loaded, now: Loaded) -> Judged | None:
    """The plan for a tenant that has exactly the roles of the base."""
    try:
        return plan_pass(Pass(TARGET, now, a_source(), lock=LOCK, today=TODAY), Tenant(base.roles))
    except InvalidInput:
        return None


def essence(plan: Plan) -> Plan:
    """The plan without what a comparison has in another form: tenant, ids, origins, and what `--base` adds."""
    changes = tuple(
        replace(change, origin=Origin.UNKNOWN)
        if isinstance(change, Create)
        else replace(change, origin=Origin.UNKNOWN, id="")
        for change in plan.changes
    )
    return replace(plan, target="", source=a_source(), changes=changes, system=(), notes=(), ends_changed=None)


@given(valid, valid)
def test_a_diff_is_the_plan_for_a_tenant_that_has_the_roles_of_the_base(base: Loaded, now: Loaded) -> None:
    here, there = compared(base, now), planned(base, now)
    assert (here is None) == (there is None)
    if here is not None and there is not None:
        assert essence(here.plan) == essence(there.plan)
        assert here.plan.catalogue == there.plan.catalogue
        assert [change.grants for change in here.plan.changes] == [change.grants for change in there.plan.changes]
        assert [change.ended for change in here.plan.changes] == [change.ended for change in there.plan.changes]
        assert {each.rule for each in here.reasons} == {each.rule for each in there.reasons}


@given(valid, valid)
def test_every_change_of_a_diff_is_an_edit_and_nothing_is_left_alone(base: Loaded, now: Loaded) -> None:
    judged = compared(base, now)
    if judged is not None:
        plan = judged.plan
        assert {change.origin for change in plan.changes} <= {Origin.EDIT}
        assert (plan.system, plan.unmanaged, plan.ignored) == ((), (), ())


@given(valid)
def test_without_an_edit_a_diff_is_empty(now: Loaded) -> None:
    judged = compared(now, now)
    if judged is not None:
        assert (judged.plan.changes, judged.reasons) == ((), ())
