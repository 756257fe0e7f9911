"""Which change gave a role a permission, or took one from it, since the role was reviewed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.history.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.history.events import History
    from reconciler.model.revisions import Revision
    from reconciler.policy.reviews import Reviewed


def changes_since(reviewed: Iterable[Reviewed], history: History) -> Mapping[tuple[str, str], Revision]:
    """Return, by role and code, the newest revision that granted an added code or revoked a removed one.

    A code of which the history does not know that is left out.
    """
    found: dict[tuple[str, str], Revision] = {}
    for each in reviewed:
        name = each.role.role.name
        for codes, kind in ((each.added, EventKind.GRANTED), (each.removed, EventKind.REVOKED)):
            changed = _newest(history, name, kind)
            found |= {(name, code): changed[code] for code in codes if code in changed}
    return found


def _newest(history: History, name: str, kind: EventKind) -> Mapping[str, Revision]:
    """Return the newest revision of this kind for each code of the role."""
    life = history.life(name)
    newest: dict[str, Revision] = {}
    for event in life.events if life else ():
        if event.kind is kind and event.code is not None and history.is_known(event.revision):
            newest.setdefault(event.code, event.revision)
    return newest
