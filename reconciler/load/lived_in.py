"""Decide what an export may write to a directory that already has role files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.load.export import file_names
from reconciler.load.loaded import collect
from reconciler.load.walk import Walk
from reconciler.model.errors import Refused
from reconciler.model.inert import first_few, quoted, visible

if TYPE_CHECKING:
    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.model.roles import DesiredRole, Role

_MOST = 10


@dataclass(frozen=True, slots=True)
class Present:
    """The roles that the files of a directory define, as far as they can be read.

    `held` has the number of roles and sets of each file.
    """

    roles: Mapping[str, DesiredRole]
    held: Mapping[str, int]

    @classmethod
    def read(cls, directory: Path, *, today: Day, lock: Lock | None = None) -> Present:
        """Return what is in `directory`, which may be missing. Problems of the files are ignored."""
        found, _ = collect(Walk(directory).files(), today=today, lock=lock)
        return cls(
            {entry.role.name: entry for entry in reversed(found.roles)},
            Counter([*(entry.location.path for entry in found.roles), *(s.place.path for s in found.sets.values())]),
        )

    def shares_a_file(self, entry: DesiredRole | None, path: Path) -> bool:
        """Return whether the file of the role also defines other roles or sets, which an overwrite would lose.

        If no file defines the role (`entry` is None), this is the file at `path`.
        """
        at = visible(path.as_posix()) if entry is None else entry.location.path
        others = self.held.get(at, 0) - (0 if entry is None else 1)
        # A file that does not exist under its shown name has hidden characters in its name: do not overwrite it.
        return others > 0 or not (entry is None or os.path.lexists(at))

    def not_live(self, live: Collection[str]) -> str | None:
        """Return a sentence about the roles that these files define and that are not live, or None.

        A plan after the export creates these roles.
        """
        gone = [entry for name, entry in sorted(self.roles.items()) if name not in live]
        if not gone:
            return None
        shown = first_few(gone, _MOST, _with_location)
        return f"warning: these files define roles that are not live; a plan would create them: {shown}"


@dataclass(frozen=True, slots=True)
class Sorted:
    """The text of each file to write. `notes` are sentences about roles that are not written, already inert.

    `kept` has the names of roles that are not written because their file also defines other roles.
    """

    files: Mapping[Path, str]
    notes: tuple[str, ...]
    kept: tuple[str, ...]


def sort_out(
    texts: Iterable[tuple[Role, str]], directory: Path, present: Present, live: Collection[str], *, force: bool
) -> Sorted:
    """Return the file for each text. A role that another file already defines or renames gets no file.

    Raise `Refused` when another file defines a role differently and `force` is false.
    """
    texts = list(texts)
    names = file_names(role.name for role, _ in texts)
    renamed = {
        earlier: entry for name, entry in present.roles.items() if name not in live for earlier in entry.renamed_from
    }
    files: dict[Path, str] = {}
    notes: list[str] = []
    differing: list[DesiredRole] = []
    kept: list[str] = []
    for role, text in texts:
        path = directory / names[role.name]
        entry = present.roles.get(role.name)
        here = entry is None or entry.location.path == visible(path.as_posix())
        if entry is None and role.name in renamed:
            new = renamed[role.name]
            notes.append(f"not written: {new.location} renames {quoted(role.name)} to {quoted(new.role.name)}")
        elif entry and not here and entry.role == role:
            notes.append(f"not written: {entry.location} already defines {quoted(role.name)} exactly as it is live")
        elif entry and not here and not force:
            differing.append(entry)
        elif force and present.shares_a_file(entry, path):
            kept.append(role.name)
            where = visible(path.as_posix()) if entry is None else str(entry.location)
            notes.append(
                f"not written: {quoted(role.name)} belongs in {where}, which also defines other roles; edit that file"
            )
        else:
            files[path if entry is None or here else Path(entry.location.path)] = text
    if differing:
        raise Refused(_differ(differing))
    return Sorted(files, tuple(notes), tuple(kept))


def _with_location(entry: DesiredRole) -> str:
    return f"{visible(entry.role.name)} ({entry.location})"


def _differ(entries: list[DesiredRole]) -> str:
    shown = first_few(entries, _MOST, _with_location)
    return (
        f"refused, nothing was written: files define these roles differently from the live ones: {shown}. hint: "
        "pass --unmanaged to export only roles that no file defines, or --force to overwrite them"
    )
