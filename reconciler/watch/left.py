"""What a pass leaves to do: the rest of each change of the whole plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.roles import id_key
from reconciler.plan.changes import Update
from reconciler.watch.passes import Left

if TYPE_CHECKING:
    from reconciler.apply.outcome import Outcome
    from reconciler.model.roles import Role
    from reconciler.plan.changes import Change


def left_of(changes: Iterable[Change], outcomes: Iterable[Outcome] = (), unmanaged: tuple[Role, ...] = ()) -> Left:
    """Return what is left of the changes of a whole plan after these outcomes.

    `unmanaged` are roles that the plan keeps, and whose codes count as wider all the same.
    """
    made = {_key(each.change): each for each in outcomes if each.made}
    left = tuple(rest for change in changes if (rest := _rest(change, made.get(_key(change)))) is not None)
    wider = sum(len(change.revoked) for change in left) + sum(len(role.permissions) for role in unmanaged)
    return Left(left, wider, sum(len(change.granted) for change in left), unmanaged)


def _rest(change: Change, outcome: Outcome | None) -> Change | None:
    """Return what is left of one change, None if nothing is. A narrowed plan makes a part of an update."""
    if outcome is None:
        return change
    now = outcome.stored or outcome.change.after
    if not isinstance(change, Update) or now is None or now == change.after:
        return None
    return replace(change, before=now)


def _key(change: Change) -> tuple[str, str]:
    """What tells one change from another. A narrowed update keeps the old name, so an id alone is enough."""
    return (id_key(change.id), "") if change.id is not None else ("", change.name)
