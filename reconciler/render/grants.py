"""Where a granted code comes from, until when it is granted and why, and which ends changed: the words of all formats.

Nothing here is inert yet: each format makes it so in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.inert import first_few
from reconciler.plan.changes import source_of
from reconciler.render.words import said

if TYPE_CHECKING:
    from reconciler.model.roles import Grant
    from reconciler.plan.changes import Change, Plan

_MOST_ROLES = 20


def as_of(plan: Plan) -> str:
    """Return `As of 2027-01-01 (not today)` for a plan that was made for another day, otherwise an empty string."""
    return f"As of {plan.today} (not today)" if plan.looks_ahead else ""


def source(change: Change, code: str) -> str:
    """Return where a code comes from, such as `set answering, roles.d/tiers.yaml:2` or `contacts.*, roles.d/a.yaml:7`.

    It is empty for a code that the role itself lists.
    """
    item = source_of(change, code)
    return "" if item is None else source_in(item)


def source_in(item: Grant) -> str:
    """Return the same of the item that gives a code."""
    names = through(item)
    return f"{names}, {item.place.path}:{item.place.line}" if names else ""


def through(item: Grant) -> str:
    """Return the set and the pattern of an item, without its place; empty for one that is a plain code of the role."""
    names = [] if item.set is None else [f"set {item.set}"]
    return ", ".join([*names, *([] if item.pattern is None else [item.pattern])])


def terms(change: Change, code: str) -> str:
    """Return `until 2026-12-31: Move to the new CRM`, or one of the two; empty for a grant without end and reason."""
    item = change.grants.get(code)
    return "" if item is None else terms_in(item)


def terms_in(item: Grant) -> str:
    """Return the same of the item that gives a code."""
    if item.until is None:
        return f"reason: {item.reason}" if item.reason else ""
    return f"until {item.until}: {item.reason}" if item.reason else f"until {item.until}"


def beside(change: Change, code: str) -> str:
    """Return the source and the terms of a granted code."""
    return ", ".join(filter(None, (source(change, code), terms(change, code))))


def ends_changed(plan: Plan) -> list[str]:
    """Return `contacts.export of support-tier-2: 2026-12-31 -> none` for each end that differs from the base."""
    return [
        f"{end.code} of {end.role}: {end.before or 'none'} -> {end.after or 'none'}" for end in plan.ends_changed or ()
    ]


def through_sets(plan: Plan) -> list[str]:
    """Return one sentence for each code of a set that several roles are given: `set a gives b.c to 2 roles: d, e`.

    The code that most roles are given comes first.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for change in plan.changes:
        for code in change.granted & change.grants.keys():
            name = change.grants[code].set
            if name is not None:
                found.setdefault((name, code), []).append(said(change.name))
    shared = sorted((-len(roles), name, code, roles) for (name, code), roles in found.items() if len(roles) > 1)
    return [
        f"set {name} gives {code} to {-count} roles: {first_few(roles, _MOST_ROLES, str)}"
        for count, name, code, roles in shared
    ]
