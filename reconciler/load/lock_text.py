"""Write the catalogue lock: the same catalogue gives the same bytes, whatever order the server uses.

The form is that of docs/interface.md, section "The catalogue lock": one key a line, so a diff shows what changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.load.emit import double_quoted
from reconciler.yamlio.scalars import reads_as_itself

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.catalogue import Lock, Permission

_HEAD = (
    "# What GET /api/permissions answered when it was last looked at. Written by `reconciler lock`; review its diff.",
    "version: 1",
)


def lock_text(lock: Lock) -> str:
    """Return the lock as a YAML document, sorted by code, with a line break at its end."""
    lines = [*_HEAD, f"url: {_scalar(lock.url)}"]
    lines.append("permissions:" if lock.permissions else "permissions: {}")
    for code in sorted(lock.permissions):
        lines += _entry(lock.permissions[code], withdrawn=code in lock.withdrawn)
    return "\n".join(lines) + "\n"


def _entry(entry: Permission, *, withdrawn: bool) -> Iterator[str]:
    yield f"  {_scalar(entry.code)}:"
    yield f"    name: {_scalar(entry.name)}"
    if entry.description:
        yield f"    description: {_scalar(entry.description)}"
    if entry.category != category_of(entry.code):
        yield f"    category: {_scalar(entry.category)}"
    yield f"    id: {_scalar(entry.id or '')}"
    if withdrawn:
        yield "    withdrawn: true"


def category_of(code: str) -> str:
    """Return the category that a permission has unless the lock says another: the first part of its code."""
    return code.partition(".")[0]


def _scalar(text: str) -> str:
    return text if reads_as_itself(text) else double_quoted(text)
