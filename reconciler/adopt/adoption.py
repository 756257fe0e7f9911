"""From the files at the base, the files now and the live roles to an adoption: the whole of it, without any I/O."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from reconciler.adopt.asked import Asked, chosen
from reconciler.adopt.check import check
from reconciler.adopt.decide import Deciding, Decision
from reconciler.adopt.drift import drift_of
from reconciler.adopt.files import Editor
from reconciler.adopt.new_files import new_files
from reconciler.adopt.outcome import Adoption
from reconciler.model.inert import visible
from reconciler.plan.changes import Update
from reconciler.plan.compare import Comparison, compare
from reconciler.plan.origin import continued

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.load.directories import RolesFrom
    from reconciler.load.loaded import Loaded
    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import DesiredRole, LiveRole, Role
    from reconciler.plan.scope import Scope


class Given(NamedTuple):
    """What an adoption compares. `files` has the role files by path, `base` the roles at the base by name.

    `roles` says where the role files are; a new file comes into the last directory. All paths are as shown.
    """

    roles: RolesFrom
    desired: Loaded
    files: Mapping[str, bytes]
    base: Mapping[str, DesiredRole]
    live: Sequence[LiveRole]
    scope: Scope
    lock: Lock | None = None


def adopt(given: Given, asked: Asked, taken: Callable[[str], bool]) -> Adoption:
    """Return the smallest edit that lets the files say what is live, and what is left. Everything is read again.

    `taken` says whether there is something at the path of a new file.

    Raise `InvalidInput` when a role that is named is not known or cannot be adopted, or when the files do not say which
    live role each role is.
    """
    roles = given.desired.roles
    compared = compare(roles, given.live, given.scope._replace(unmanaged="report"))
    what = chosen(asked, roles, given.live, compared, given.scope)
    before = continued(given.base, roles)
    # A role whose file was removed since the base, and that is still live: an edit that is not applied yet.
    dropped = given.base.keys() - {entry.role.name for entry in before.values()}
    decisions = _decisions(given, what.managed, before, compared, take_out=asked.take_out or bool(asked.names))
    editor = Editor(given.files)
    comment = f"  # adopted {given.desired.today} from the live role"
    by_hand = [each for decision in decisions for each in (*decision.by_hand, *editor.carry_out(decision, comment))]
    wanted = [role for role in what.unmanaged if role.role.name not in dropped]
    created = new_files(wanted, given.lock, given.scope.ignore, _shown(given.roles.directories[-1]), taken)
    unmanaged = {role.role.name for role in (*what.unmanaged, *compared.unmanaged)}
    left = dropped & unmanaged if not asked.names else dropped & {role.role.name for role in what.unmanaged}
    found = Adoption(
        (*editor.edits(), *created.files),
        tuple(sorted([*by_hand, *created.by_hand], key=lambda each: (each.role, each.place or ("",), each.reason))),
        tuple(removal for decision in decisions for removal in decision.removals),
        tuple(sorted([*(each.name for each in decisions if each.not_applied), *left])),
        tuple(name for name in what.left_alone if name not in dropped),
    )
    check(given.desired, given.files, found.files, given.lock, given.roles)
    return found


def _shown(directory: str) -> str:
    return visible(PurePath(directory).as_posix())


def _decisions(
    given: Given,
    names: frozenset[str],
    before: Mapping[str, DesiredRole],
    compared: Comparison,
    *,
    take_out: bool,
) -> list[Decision]:
    deciding = Deciding(given.desired, given.lock)
    live = dict(_counterparts(compared))
    return [
        deciding.decided(name, drift_of(before.get(name), entry, live.get(name)), take_out=take_out)
        for entry in given.desired.roles
        if (name := entry.role.name) in names
    ]


def _counterparts(compared: Comparison) -> Iterator[tuple[str, Role]]:
    """Yield the live role of each role of the files that has one, by the name in the files."""
    yield from ((role.name, role) for role in compared.unchanged)
    yield from ((change.name, change.before) for change in compared.changes if isinstance(change, Update))
