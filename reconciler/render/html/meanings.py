"""What the page shows of a permission with another meaning than in the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.catalogue import MeaningPart, parts_of_meaning
from reconciler.render.words import said

if TYPE_CHECKING:
    from reconciler.plan.catalogue_changes import Changed


class ShownMeaning(NamedTuple):
    """A permission, the desired roles that hold it, and what changed in its meaning."""

    code: str
    roles: tuple[str, ...]
    parts: tuple[MeaningPart, ...]


def shown_meaning(entry: Changed) -> ShownMeaning:
    """Return what the page shows of one permission."""
    return ShownMeaning(entry.code, tuple(map(said, entry.roles)), tuple(parts_of_meaning(entry.before, entry.after)))
