"""The catalogue as a table and as a document, with the desired roles that have each code. Uses rich's tables."""

from __future__ import annotations

import io
import json
import shutil
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reconciler.model.inert import quoted, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.catalogue import Permission
    from reconciler.model.roles import DesiredRole


def document(found: Iterable[Permission], desired: Sequence[DesiredRole] | None) -> str:
    """Return the catalogue as JSON: a list of permissions, each with the sorted names of the desired roles with it.

    Without desired roles the names are unknown: `null`, not an empty list.
    """
    entries: list[dict[str, Any]] = [
        {
            "code": entry.code,
            "name": entry.name,
            "category": entry.category,
            "description": entry.description,
            "roles": None if desired is None else holders(entry.code, desired),
        }
        for entry in ordered(found)
    ]
    return json.dumps({"format_version": "1.0", "permissions": entries}, indent=2) + "\n"


def table(found: Iterable[Permission], desired: Sequence[DesiredRole] | None, *, word: str | None, color: bool) -> str:
    """Return the catalogue as a table with a section for each category, or a sentence when it is empty.

    Without desired roles the names are unknown: `?`, not `-` for none.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    entries = ordered(found)
    if not entries:
        if not word:
            return "The catalogue is empty.\n"
        return f"No permission has {quoted(word)} in its code, name, description or category.\n"
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    for head in ("CODE", "NAME", "DESIRED ROLES WITH IT"):
        grid.add_column(head, overflow="fold")
    for category, members in groupby(entries, key=lambda entry: entry.category):
        grid.add_row(Text(visible(category), style="bold"))
        for entry in members:
            grid.add_row(Text(f"  {visible(entry.code)}"), Text(visible(entry.name)), Text(_who(entry.code, desired)))
    out = io.StringIO()
    width = max(shutil.get_terminal_size().columns, 80)
    Console(file=out, width=width, force_terminal=color, no_color=not color, highlight=False).print(grid)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    categories = len({entry.category for entry in entries})
    codes = f"{len(entries)} permission{'' if len(entries) == 1 else 's'}"
    lines += ["", f"{codes} in {categories} categor{'y' if categories == 1 else 'ies'}."]
    return "\n".join(lines) + "\n"


def _who(code: str, desired: Sequence[DesiredRole] | None) -> str:
    return "?" if desired is None else ", ".join(visible(name) for name in holders(code, desired)) or "-"


def ordered(found: Iterable[Permission]) -> list[Permission]:
    """Return the permissions by category, then code: the contract's order, whatever order the server uses."""
    return sorted(found, key=lambda entry: (entry.category, entry.code))


def holders(code: str, desired: Sequence[DesiredRole]) -> list[str]:
    """Return the names of the desired roles that have `code`, sorted."""
    return sorted(entry.role.name for entry in desired if code in entry.role.permissions)
