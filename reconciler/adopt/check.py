"""Read the whole result again before anything is written: it must be valid and mean exactly what was intended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.load.loaded import collect

if TYPE_CHECKING:
    from reconciler.adopt.adoption import Given
    from reconciler.adopt.outcome import Adoption
    from reconciler.model.roles import Role


class NotAsIntended(Exception):
    """The role files would not say what they are to say: an internal error. Nothing was written."""


def check(given: Given, found: Adoption) -> None:
    """Raise `NotAsIntended` unless the files, with the edits, are valid and differ in just the codes of the edits."""
    changed = {file.path: file.content for file in found.files}
    loaded, problems = collect(
        sorted({**given.files, **changed}.items()), today=given.desired.today, lock=given.lock
    )
    if problems:
        raise NotAsIntended(str(problems[0]))
    before = {entry.role.name: entry.role for entry in given.desired.roles}
    after = {entry.role.name: entry.role for entry in loaded.roles}
    wanted = before.keys() | {name for file in found.files if file.created for name in file.roles}
    if after.keys() != wanted:
        raise NotAsIntended(", ".join(sorted(after.keys() ^ wanted)))
    touched = {name for file in found.files for name in file.roles}
    for name, role in before.items():
        if name not in touched and after[name] != role:
            raise NotAsIntended(name)
