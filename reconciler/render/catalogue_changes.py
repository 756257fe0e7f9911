"""What differs between the catalogue lock and the tenant's catalogue, in text: for `lock`, and a plan's section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.catalogue import parts_of_meaning
from reconciler.model.inert import first_few, named, quoted, visible
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reconciler.model.roles import Role
    from reconciler.plan.catalogue_changes import CatalogueChanges, Changed
    from reconciler.plan.changes import Plan

_MOST_ROLES = 20
_WHOLE = 1 << 31  # a description is shown whole, because a reviewer must see all of it


def meaning_lines(entry: Changed) -> Iterator[str]:
    """Yield a line for each part of the meaning that changed, both values in quotes."""
    for field, before, after in parts_of_meaning(entry.before, entry.after):
        yield f"{field} = {quoted(before, _WHOLE)} -> {quoted(after, _WHOLE)}"


def changed_meaning(plan: Plan) -> tuple[str, tuple[Changed, ...]]:
    """Return a sentence about the codes that desired roles hold and that have another meaning than in the lock.

    Without such codes, return an empty string. The codes follow.
    """
    held = plan.catalogue_changes.held_by(_desired(plan)) if plan.catalogue_changes is not None else ()
    if not held:
        return "", ()
    have = "permission that desired roles hold has" if len(held) == 1 else "permissions that desired roles hold have"
    return f"{len(held)} {have} another meaning than in the lock. Run `reconciler lock` and review its diff.", held


def _desired(plan: Plan) -> Iterator[Role]:
    yield from (*plan.unchanged, *plan.kept)
    yield from (change.after for change in plan.changes if change.after)


def roles_listed(roles: Sequence[str]) -> str:
    """Return the names of roles on one line, cut after twenty."""
    return first_few(roles, _MOST_ROLES, named)


def lock_lines(
    changes: CatalogueChanges, rules: Mapping[str, Sequence[str]], withdrawn: Collection[str]
) -> Iterator[str]:
    """Yield the lines of all four lists.

    `rules` has the policies and waivers that name a code. `withdrawn` has the codes that are gone and
    stay in the lock.
    """

    def whom(codes: Sequence[str], roles: Sequence[str]) -> str:
        held = [f"role{'' if len(roles) == 1 else 's'} {roles_listed(roles)}"] if roles else []
        kept = ["stays in the lock as withdrawn"] if codes[0] in withdrawn else []
        found = [*held, *(visible(rule) for code in codes for rule in rules.get(code, ())), *kept]
        return f": {'; '.join(found)}" if found else ""

    for title, sign, listed in (("New", "+", changes.added), ("Gone", "-", changes.removed)):
        if listed:
            yield f"{title}: {counted(len(listed), 'permission')}"
        for entry in listed:
            yield f"  {sign} {visible(entry.code)} ({quoted(entry.name)}){whom([entry.code], entry.roles)}"
    if changes.renamed:
        yield f"Renamed: {counted(len(changes.renamed), 'permission')}"
    for moved in changes.renamed:
        codes = f"{visible(moved.before)} -> {visible(moved.after)}"
        yield f"  ~ {codes} ({quoted(moved.name)}){whom([moved.before, moved.after], moved.roles)}"
    if changes.changed:
        yield f"Another meaning: {counted(len(changes.changed), 'permission')}"
    for changed in changes.changed:
        yield f"  ~ {visible(changed.code)}{whom([changed.code], changed.roles)}"
        yield from (f"      {line}" for line in meaning_lines(changed))
