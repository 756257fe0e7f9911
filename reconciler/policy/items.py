"""Text with its place in a file. It is apart from `rules`, because reading the configuration needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from reconciler.model.findings import Place


class Item(NamedTuple):
    """A code, a pattern of codes, a glob of role names, or a file, with its place in the file that names it."""

    text: str
    place: Place
