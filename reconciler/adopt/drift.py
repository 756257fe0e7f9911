"""Compare a role three ways: what the files said at the base, what they say now, and what is live.

Each code, and the description, is one of these:

=======  ======  =====  ==============================================
base     files   live   what it is
=======  ======  =====  ==============================================
any      as live        nothing
as files         other  drift: the live role moved, and the files follow
as live  other          an edit of the files that is not applied yet
=======  ======  =====  ==============================================

A description that is different in all three was edited too, and stays. A code whose grant ended and that is still live
is apart: the next apply revokes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from reconciler.model.roles import DesiredRole, Role

_NONE: frozenset[str] = frozenset()


class Drift(NamedTuple):
    """How a live role differs from its file. `edited` says that the files ask for something that is not applied yet.

    `ended` has the live codes whose grants ended. `description` is the live one if it drifted. `renamed` is the live
    name if the role's new name is not applied yet; the rename is an edit unless the base had it already.
    """

    add: frozenset[str] = _NONE
    remove: frozenset[str] = _NONE
    ended: frozenset[str] = _NONE
    description: str | None = None
    renamed: str | None = None
    rename_is_edit: bool = False
    edited: bool = False


def drift_of(base: DesiredRole | None, now: DesiredRole, live: Role | None) -> Drift:
    """Return how `live` differs from `now`. `base` is the role that `now` continues; None if there was none."""
    if live is None:
        return Drift(edited=True)
    before = base.role.permissions if base else _NONE
    described = base.role.description if base else ""
    if base:  # a grant that ended, and that no apply has revoked yet: removing its line is an edit
        before |= base.ended.keys() & live.permissions - now.ended.keys()
    wanted = now.role.permissions
    ended = live.permissions & now.ended.keys() - before
    differ = (wanted ^ live.permissions) - ended
    drifted = frozenset(code for code in differ if (code in before) == (code in wanted))
    moved = live.description != now.role.description
    follows = moved and now.role.description == described
    renamed = live.name if live.name != now.role.name else None
    rename_is_edit = renamed is not None and (base is None or base.role.name != now.role.name)
    return Drift(
        add=drifted & live.permissions,
        remove=drifted & wanted,
        ended=ended,
        description=live.description if follows else None,
        renamed=renamed,
        rename_is_edit=rename_is_edit,
        edited=bool(differ - drifted) or (moved and not follows) or rename_is_edit,
    )
