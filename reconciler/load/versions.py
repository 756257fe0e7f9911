"""Role files of one commit after another: what did not change is neither read nor expanded again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.consistency import problems_between
from reconciler.load.expand import Expansion
from reconciler.load.loaded import read_file
from reconciler.load.role import DocumentReader
from reconciler.load.written import Written, WrittenRole, WrittenSet, mentions, mentions_of_role
from reconciler.model.days import Day
from reconciler.model.findings import errors_of
from reconciler.yamlio.problems import FileProblems

if TYPE_CHECKING:
    from reconciler.load.written import Mention
    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import DesiredRole
    from reconciler.policy.items import Item


class FileVersion(NamedTuple):
    """One role file at one commit: its path as shown, and the key of its content, the same for the same content.

    `layer` is the number of its directory, from 0: a role of a later one replaces one of an earlier one.
    """

    path: str
    key: bytes
    layer: int = 0


class _Read(NamedTuple):
    roles: tuple[WrittenRole, ...]
    sets: tuple[WrittenSet, ...]


class _Snapshot(NamedTuple):
    """Valid files, the roles that they define with a lock, and whether one of the roles has earlier names."""

    files: Mapping[bytes, FileVersion]
    roles: dict[str, DesiredRole]
    lock: Lock | None
    renames: bool


class Versions:
    """Expands the role files of many commits. `contents` has the bytes for each key.

    The roles hold all their codes whatever the day, ended grants too: `DesiredRole.grants` has the ends.
    """

    def __init__(self, contents: Mapping[bytes, bytes], choice: Sequence[Item] = (), *, several: bool = False) -> None:
        """Start with no file read. `choice` are the globs that choose roles, none for all.

        `several` says that the files are in several directories.
        """
        self._contents = contents
        self._choice = choice
        self._plain = not (choice or several)
        self._reader = DocumentReader()
        self._read: dict[FileVersion, _Read | None] = {}
        self._around = _Around((), None)
        self._last = _Snapshot({}, {}, None, renames=False)

    def roles(self, files: Mapping[bytes, FileVersion], lock: Lock | None) -> Mapping[str, DesiredRole] | None:
        """Return the roles by name that the files define with this lock, None if `validate` refuses the files.

        `files` are by a key that a file keeps from one commit to the next, such as its path.
        """
        last = self._last
        small = self._plain and lock is last.lock and not last.renames
        found = (self._changed(last, files) if small else None) or self._whole(files, lock)
        if found is not None:
            self._last = found
        return None if found is None else found.roles

    def _changed(self, last: _Snapshot, files: Mapping[bytes, FileVersion]) -> _Snapshot | None:
        """Return the snapshot after a change of roles alone. None if it is not one, or not valid: the whole decides."""
        there = last.files
        differ = [key for key, file in files.items() if there.get(key) is not file]
        gone = [key for key in there if key not in files] if len(there) + len(differ) > len(files) else []
        old = [self._of(there[key]) for key in (*differ, *gone) if key in there]
        new = [self._of(files[key]) for key in differ]
        if any(read is None or read.sets or any(role.earlier for role in read.roles) for read in (*old, *new)):
            return None
        roles = dict(last.roles)
        for role in _roles_of(old):
            del roles[role.desired.role.name]
        added = _roles_of(new)
        found = self._around.expanded(added)
        if found is None or len(found) < len(added) or not roles.keys().isdisjoint(found):
            return None
        return _Snapshot(dict(files), roles | found, last.lock, renames=False)

    def _whole(self, files: Mapping[bytes, FileVersion], lock: Lock | None) -> _Snapshot | None:
        read = [self._of(file) for file in files.values()]
        if None in read:
            return None
        sets = [each for file in read if file is not None for each in file.sets]
        roles = _roles_of(read)
        if not self._plain:
            counting = self._counting(files.values(), roles, sets)
            if counting is None:
                return None
            roles, sets = counting
        if not self._around.is_of(sets, lock):
            self._around = _Around(sets, lock)
        found = self._around.expanded(roles)
        renames = any(role.earlier for role in roles)
        if found is None or ((len(found) < len(roles) or renames) and problems_between(roles)):
            return None
        return _Snapshot(dict(files), found, lock, renames)

    def _counting(
        self, files: Iterable[FileVersion], roles: Sequence[WrittenRole], sets: Sequence[WrittenSet]
    ) -> tuple[list[WrittenRole], list[WrittenSet]] | None:
        """Return the roles and sets that count among those of several directories, None if a name is given twice."""
        from reconciler.load.layers import chosen, in_force, split_sets  # noqa: PLC0415 - most files are in one

        layers: dict[int, list[WrittenRole]] = {}
        for file in files:
            layers.setdefault(file.layer, []).extend(_roles_of([self._of(file)]))
        current, _, twice = in_force(layers[layer] for layer in sorted(layers))
        if twice:
            return None
        names = chosen(current, self._choice)
        found = [role for name, role in current.items() if name in names]
        return found, split_sets(sets, found, roles)[0]

    def _of(self, file: FileVersion) -> _Read | None:
        return self._read[file] if file in self._read else self._file(file)

    def _file(self, file: FileVersion) -> _Read | None:
        """Return what the file says, None if it has an error."""
        problems = FileProblems(file.path)
        written = read_file(self._contents[file.key], self._reader, problems)
        read = _Read(
            tuple(each for each in written if isinstance(each, WrittenRole)),
            tuple(each for each in written if isinstance(each, WrittenSet)),
        )
        self._read[file] = None if errors_of(problems.found) else read
        return self._read[file]


def _roles_of(files: Iterable[_Read | None]) -> list[WrittenRole]:
    return [role for file in files if file is not None for role in file.roles]


class _Around:
    """What the expansion of a role depends on besides the role: the sets and the lock. It keeps what it expanded."""

    def __init__(self, sets: Sequence[WrittenSet], lock: Lock | None) -> None:
        self._sets = sets
        self._lock = lock
        self._expansion = Expansion((), sets, lock, Day.min)
        self._valid = not self._expansion.findings and self._knows(mentions(Written((), tuple(sets))))
        self._done: dict[int, DesiredRole | None] = {}

    def is_of(self, sets: Sequence[WrittenSet], lock: Lock | None) -> bool:
        """Return whether this is what expansions depend on with these sets and this lock."""
        same = len(sets) == len(self._sets) and all(a is b for a, b in zip(sets, self._sets, strict=True))
        return same and lock is self._lock

    def expanded(self, roles: Iterable[WrittenRole]) -> dict[str, DesiredRole] | None:
        """Return the roles by name, None if one of them or a set is not valid."""
        found: dict[str, DesiredRole] = {}
        for role in roles:
            key = id(role)  # a file that was read stays in memory, so this is the same role
            desired = self._done[key] if key in self._done else self._done.setdefault(key, self._one(role))
            if desired is None:
                return None
            found[desired.role.name] = desired
        return found if self._valid else None

    def _one(self, role: WrittenRole) -> DesiredRole | None:
        if not self._knows(mentions_of_role(role)):
            return None
        if role.is_final:
            return role.desired
        before = len(self._expansion.findings)
        desired = self._expansion.expanded(role)
        return desired if len(self._expansion.findings) == before else None

    def _knows(self, mentioned: Iterable[Mention]) -> bool:
        """Return whether the lock, if there is one, has these codes."""
        return self._lock is None or all(each.code in self._lock.permissions for each in mentioned)
