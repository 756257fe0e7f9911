"""Builders of what several tenants have: plans, indexes, ends; and strategies of them for laws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from reconciler.fleet.effects import effects
from reconciler.fleet.index import Index, dumps, index_of
from reconciler.fleet.part import ShardOf
from reconciler.fleet.planned import TenantPlan, planned, unplanned
from reconciler.model.errors import Refused, Rejected
from reconciler.plan.changes import Change, Create, Delete, Update
from tests.builders import a_create, a_delete, a_plan, a_role, a_source, an_id

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMIT = "3f2a9c1d0b4e" + "0" * 28
AT = "2026-11-29T10:00:00Z"

names = st.from_regex(r"[a-z][a-z0-9-]{0,5}", fullmatch=True).filter(lambda name: name != "fleet")
codes = st.frozensets(st.sampled_from(["contacts.view", "contacts.merge", "billing.view"]), max_size=3)


def _changes() -> st.SearchStrategy[tuple[Change, ...]]:
    roles = st.builds(a_role, st.sampled_from(["lead", "clerk", "night-shift"]), codes)
    creates = st.builds(Create, roles)
    deletes = st.builds(lambda role, other: Delete(an_id(other), role), roles, names)
    updates = st.builds(
        lambda before, after, other: Update(an_id(other), before, after),
        roles,
        roles,
        names,
    ).filter(lambda change: change.before != change.after)
    every = st.lists(st.one_of(creates, updates, deletes), max_size=2, unique_by=lambda change: change.name)
    return every.map(lambda found: tuple(sorted(found, key=lambda change: change.name)))


changes = _changes()
"""The changes of one plan, sorted by name."""

fleets = st.dictionaries(names, changes, max_size=8)
"""Tenants with their changes."""


def a_tenant_plan(name: str, *made: Change, refused: str = "", commit: str | None = COMMIT) -> TenantPlan:
    plan = a_plan(*made, target=f"https://{name}.example", source=a_source(commit=commit))
    return planned(name, plan, Refused(refused) if refused else None)


def unreadable(name: str = "acme") -> TenantPlan:
    """A tenant whose server refuses the key."""
    message = "could not list the roles: the server answered 401 Unauthorized: no such key"
    return unplanned(name, Rejected(message, status=401, hint="check OMNISTREAM_API_KEY or --api-key-file"))


def an_index(*plans: TenantPlan, shard: ShardOf | None = None, names: Sequence[str] | None = None) -> Index:
    every = [plan.name for plan in plans] if names is None else names
    return index_of(plans, created_at=AT, commit=COMMIT, names=every, shard=shard)


def saved(*plans: TenantPlan, shard: ShardOf | None = None, names: Sequence[str] | None = None) -> str:
    """The text of the index of these plans."""
    return dumps(an_index(*plans, shard=shard, names=names), effects((plan.name, plan.changes) for plan in plans))


def some_plans() -> tuple[TenantPlan, ...]:
    """A tenant of each kind."""
    return (
        a_tenant_plan("globex", a_create("lead"), a_delete("temp")),
        a_tenant_plan("initech", a_create("lead"), refused="refused, nothing was written:\n  too many"),
        a_tenant_plan("umbrella"),
        unreadable(),
    )
