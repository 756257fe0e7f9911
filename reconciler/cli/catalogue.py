"""The catalogue as a table and as a document, with the desired roles that have each code, and as lines to paste.

Uses rich's tables.
"""

from __future__ import annotations

import io
import json
import shutil
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.cli.fitting import fitted
from reconciler.cli.pasted import keyless
from reconciler.load.emit import scalar
from reconciler.model.inert import first_few, quoted, visible
from reconciler.render.pen import Pen
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.model.catalogue import Permission
    from reconciler.model.roles import DesiredRole


_DEFAULT = 80
"""The columns of a table that goes to no terminal, at least."""

_NARROW = 60
"""With fewer columns, three columns of a table are too narrow to be read."""

_MOST = 10
"""So many roles of one permission are named on a terminal."""


class _Row(NamedTuple):
    """A permission as it is shown."""

    code: str
    name: str
    roles: str


Rows = list[tuple[str, list[_Row]]]
"""The permissions of each category."""


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


def snippet(found: Iterable[Permission], source: str, *, word: str | None) -> str:
    """Return every code as a commented item of a list in YAML, below the comment of its category, with its name.

    `source` says where the codes are from, inert. To grant one, its line is pasted into a role file without the first
    `# `; the name stays behind it as a comment.
    """
    entries = ordered(found)
    which = f" with {quoted(keyless(word))}" if word else ""
    lines = [
        f"# {counted(len(entries), 'permission')} of {source}{which}.",
        "# Paste lines below `permissions:` of a role file; remove `# ` before each it needs.",
    ]
    for category, members in _by(entries):
        lines += ["", f"  # {visible(category)}"]
        lines += [f"  # - {scalar(entry.code)}  # {visible(entry.name)}" for entry in members]
    return "\n".join(lines) + "\n"


def table(
    found: Iterable[Permission],
    desired: Sequence[DesiredRole] | None,
    *,
    word: str | None,
    color: bool,
    width: int | None = None,
) -> str:
    """Return the catalogue as a table with a section for each category, or a sentence when it is empty.

    Without desired roles the names are unknown: `?`, not `-` for none. `width` is that of the terminal, None if the
    table goes elsewhere. A terminal gets the first roles of a long list; a narrow one gets a list instead of a table.
    """
    entries = ordered(found)
    if not entries:
        if not word:
            return "The catalogue is empty: the tenant has no permissions, or the API key cannot see them.\n"
        return f"No permission has {quoted(keyless(word))} in its code, name, description or category.\n"
    rows = [(category, [_row(entry, desired, width) for entry in members]) for category, members in _by(entries)]
    if width is not None and width < _NARROW:
        lines = _list(rows, Pen(color=color), width)
    else:
        lines = _grid(rows, width or max(shutil.get_terminal_size().columns, _DEFAULT), color=color)
    codes = counted(len(entries), "permission")
    categories = f"{len(rows)} categor{'y' if len(rows) == 1 else 'ies'}"
    return "\n".join([*lines, "", f"{codes} in {categories}."]) + "\n"


def _by(entries: Iterable[Permission]) -> Iterator[tuple[str, Iterable[Permission]]]:
    return groupby(entries, key=lambda entry: entry.category)


def _row(entry: Permission, desired: Sequence[DesiredRole] | None, width: int | None) -> _Row:
    return _Row(visible(entry.code), visible(entry.name), _who(entry.code, desired, width))


def _who(code: str, desired: Sequence[DesiredRole] | None, width: int | None) -> str:
    if desired is None:
        return "?"
    names = holders(code, desired)
    return first_few(names, len(names) if width is None else _MOST, visible) or "-"


def _grid(rows: Rows, width: int, *, color: bool) -> list[str]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    for head in ("CODE", "NAME", "DESIRED ROLES WITH IT"):
        grid.add_column(head, overflow="fold")
    for category, members in rows:
        grid.add_row(Text(visible(category), style="bold"))
        for row in members:
            grid.add_row(Text(f"  {row.code}"), Text(row.name), Text(row.roles))
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=color, no_color=not color, highlight=False).print(grid)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def _list(rows: Rows, pen: Pen, width: int) -> list[str]:
    lines = []
    for category, members in rows:
        lines.append(pen.bold(visible(category)))
        for row in members:
            lines += [f"  {row.code}", f"    {row.name}", f"    {row.roles}"]
    return [fitted(line, width) for line in lines]


def ordered(found: Iterable[Permission]) -> list[Permission]:
    """Return the permissions by category, then code: the contract's order, whatever order the server uses."""
    return sorted(found, key=lambda entry: (entry.category, entry.code))


def holders(code: str, desired: Sequence[DesiredRole]) -> list[str]:
    """Return the names of the desired roles that have `code`, sorted."""
    return sorted(entry.role.name for entry in desired if code in entry.role.permissions)
