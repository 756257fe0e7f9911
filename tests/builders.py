"""Small builders of the core types: each has a default for everything, so that a test names only what counts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypedDict, Unpack
from uuid import NAMESPACE_URL, uuid5

from reconciler.model.catalogue import Lock, Permission
from reconciler.model.days import Day
from reconciler.model.findings import Finding, Place
from reconciler.model.roles import DesiredRole, LiveRole, Location, Role
from reconciler.plan.action import Origin
from reconciler.plan.changes import Change, Create, Delete, Plan, Update
from reconciler.plan.only import LeftAlone, Only
from reconciler.plan.sources import Compared, RoleFiles, Source, Undo
from reconciler.policy.judge import Approved, approve, judge
from reconciler.policy.limits import Limit, Limits

TODAY = Day(2026, 11, 29)
"""The day on which tests take place."""

TARGET = "https://api-chat.example.org"

SYSTEM_ROLES = tuple(
    Role(name, f"The {name}s.", frozenset({"conversations.view"})) for name in ("admin", "agent", "supervisor")
)


class Before(NamedTuple):
    """What a role was: for `an_update`, where it differs from what the role becomes."""

    permissions: Iterable[str] | None = None
    description: str | None = None
    name: str | None = None


def an_id(name: str) -> str:
    """A UUID that belongs to `name`: the same one in every run."""
    return str(uuid5(NAMESPACE_URL, name.encode("utf-8", "backslashreplace").decode()))


def place_of(finding: Finding) -> Place:
    """Where a finding is that has to have a place."""
    assert finding.place is not None
    return finding.place


def a_role(
    name: str = "support-lead",
    permissions: Iterable[str] = ("conversations.view",),
    description: str = "Leads support.",
) -> Role:
    return Role(name, description, frozenset(permissions))


def a_location(
    path: str = "roles.d/support-lead.yaml", line: int = 1, marks: Mapping[str, tuple[int, int]] | None = None
) -> Location:
    """A place in a role file, as `load` gives it: `permissions:` stands two lines below the name."""
    return Location(path, line, 7, line + 2, marks or {})


def a_desired_role(
    name: str = "support-lead",
    permissions: Iterable[str] = ("conversations.view",),
    description: str = "Leads support.",
    *,
    renamed_from: Iterable[str] = (),
    location: Location | None = None,
) -> DesiredRole:
    place = location or a_location(f"roles.d/{name}.yaml")
    return DesiredRole(a_role(name, permissions, description), place, tuple(renamed_from))


def a_live_role(
    name: str = "support-lead",
    permissions: Iterable[str] = ("conversations.view",),
    description: str = "Leads support.",
    *,
    is_system: bool = False,
    id_: str | None = None,
) -> LiveRole:
    return LiveRole(id_ or an_id(name), a_role(name, permissions, description), is_system)


def the_system_roles() -> tuple[LiveRole, ...]:
    """The three that every tenant has, as the API answers them."""
    return tuple(LiveRole(an_id(role.name), role, is_system=True) for role in SYSTEM_ROLES)


def a_create(
    name: str = "support-lead",
    permissions: Iterable[str] = ("conversations.view",),
    description: str = "Leads support.",
    *,
    location: Location | None = None,
    origin: Origin = Origin.UNKNOWN,
) -> Create:
    return Create(a_role(name, permissions, description), location or a_location(f"roles.d/{name}.yaml"), origin)


def an_update(
    name: str = "support-lead",
    permissions: Iterable[str] = ("conversations.view",),
    description: str = "Leads support.",
    *,
    before: Before | None = None,
    location: Location | None = None,
    origin: Origin = Origin.UNKNOWN,
) -> Update:
    """An update to what is given, from `before`; without one, the role's permissions were empty."""
    was = before or Before(permissions=())
    after = a_role(name, permissions, description)
    old = Role(
        name if was.name is None else was.name,
        description if was.description is None else was.description,
        after.permissions if was.permissions is None else frozenset(was.permissions),
    )
    return Update(an_id(old.name), old, after, location or a_location(f"roles.d/{name}.yaml"), origin)


def a_delete(
    name: str = "temp-role",
    permissions: Iterable[str] = ("contacts.view",),
    description: str = "For now.",
    *,
    origin: Origin = Origin.UNKNOWN,
) -> Delete:
    return Delete(an_id(name), a_role(name, permissions, description), origin)


def a_refusal(role: str, why: str = "too many") -> Finding:
    """Why a role is refused."""
    return Finding("refused", why, role=role)


def a_source(path: str = "roles.d", digest: str = "sha256:" + "0" * 64, commit: str | None = None) -> RoleFiles:
    return RoleFiles(path, digest, commit)


def a_comparison(path: str = "roles.d", base: str = "b" * 40, commit: str | None = "c" * 40) -> Compared:
    """The source of a comparison with role files at `base`; its plan has no target and no system roles."""
    return Compared(path, "sha256:" + "0" * 64, base, commit)


def an_undo(path: str = "journal.jsonl", commit: str | None = None) -> Undo:
    return Undo(path, commit)


class Rest(TypedDict, total=False):
    """What a plan may hold besides its changes."""

    target: str
    source: Source
    unchanged: tuple[Role, ...]
    unmanaged: tuple[Role, ...]
    unmanaged_ids: tuple[str, ...]
    ignored: tuple[Role, ...]
    system: tuple[Role, ...]
    refused: tuple[Finding, ...]
    notes: tuple[str, ...]
    catalogue: Mapping[str, Permission]
    compared: bool
    only: Only | None
    left_alone: tuple[LeftAlone, ...]
    kept: tuple[Role, ...]


def a_plan(*changes: Change, **rest: Unpack[Rest]) -> Plan:
    """A plan of `changes`, sorted as a plan's are, for a tenant with three system roles."""
    given: Rest = {"target": TARGET, "source": a_source(), "system": SYSTEM_ROLES, **rest}
    return Plan(changes=tuple(sorted(changes, key=lambda change: (change.name, change.id or ""))), **given)


def approved(*changes: Change) -> Approved:
    """These changes, in this order, approved under limits that refuse none of them."""
    plan = Plan(TARGET, a_source(), changes, system=SYSTEM_ROLES)
    without_end = Limit(sys.maxsize)
    return approve(judge(plan, Limits(without_end, without_end)))


def a_catalogue(*codes: str) -> dict[str, Permission]:
    """A catalogue of these codes, each named after its parts: `contacts.view` is "Contacts: view"."""
    return {code: a_permission(code) for code in codes}


def a_permission(code: str = "contacts.view", name: str | None = None, category: str | None = None) -> Permission:
    first, _, last = code.partition(".")
    return Permission(code, f"{first.capitalize()}: {last}" if name is None else name, category or first)


def a_locked(code: str = "contacts.view", name: str | None = None, **rest: Unpack[Meaning]) -> Permission:
    """An entry of a lock or an answer: a permission with an id that belongs to its code."""
    plain = a_permission(code, name, rest.get("category"))
    return plain._replace(description=rest.get("description", ""), id=rest.get("id", an_id(code)))


class Meaning(TypedDict, total=False):
    """What else a permission may say."""

    description: str
    category: str
    id: str | None


def a_lock(*entries: str | Permission, url: str = TARGET, withdrawn: Iterable[str] = ()) -> Lock:
    """A lock of these permissions and the withdrawn ones; those given by a code have a name and an id made from it."""
    gone = frozenset(withdrawn)
    given = {entry.code: entry for entry in entries if isinstance(entry, Permission)}
    codes = [entry for entry in (*entries, *sorted(gone)) if isinstance(entry, str) and entry not in given]
    found = {**given, **{code: a_locked(code) for code in codes}}
    return Lock("permissions.lock.yaml", url, found, gone)
