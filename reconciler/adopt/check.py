"""Read the whole result again: the role files must be valid, and mean exactly what was intended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.load.directories import RolesFrom, defined_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.adopt.outcome import FileEdit
    from reconciler.load.loaded import Loaded
    from reconciler.model.catalogue import Lock


class NotAsIntended(Exception):
    """The files would not say what they are to say. It is an internal error: each edit was read again before."""


def check(
    before: Loaded, files: Mapping[str, bytes], edits: Sequence[FileEdit], lock: Lock | None, roles: RolesFrom
) -> None:
    """Raise `NotAsIntended` unless the files with the edits are valid and have the intended roles, and no others.

    `roles` says in which directories the files are.
    """
    changed = {**files, **{edit.path: edit.content for edit in edits}}
    after, problems = defined_by(roles, changed, today=before.today, lock=lock)
    if problems:
        raise NotAsIntended(str(problems[0]))
    wanted = {entry.role.name: entry.role for entry in before.roles}
    wanted |= {role.name: role for edit in edits for role in edit.roles}
    found = {entry.role.name: entry.role for entry in after.roles}
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if wrong:
        raise NotAsIntended(", ".join(wrong))
