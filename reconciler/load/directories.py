"""Read the role files of one directory, or of several in which later ones win."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.loaded import Loaded, Parsed, define, parse
from reconciler.load.walk import Walk, empty
from reconciler.load.written import Written
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding, Place, errors_of, warnings_of
from reconciler.model.inert import quoted, visible

if TYPE_CHECKING:
    from reconciler.load.recall import Recall
    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.policy.items import Item


class RolesFrom(NamedTuple):
    """Where the roles of a run are: directories, of which a later one wins, and the globs that choose among them.

    `places` is where the configuration names the directories, empty if an error about one is at the directory itself.
    """

    directories: tuple[str, ...]
    places: tuple[Place, ...] = ()
    choice: tuple[Item, ...] = ()


class Shelf:
    """Keeps what was read, for a run that needs the same directories several times. For one thread."""

    def __init__(self, recall: Recall | None = None) -> None:
        """Start with nothing read. A recall spares the work on files that earlier shelves with it have read."""
        self._recall = recall
        self._parsed: dict[str, Parsed] = {}
        self._defined: dict[tuple[object, ...], tuple[Lock | None, Loaded]] = {}

    def parsed(self, directory: str) -> Parsed:
        """Return what the files of a directory say."""
        if directory not in self._parsed:
            self._parsed[directory] = self._parse(directory)
        return self._parsed[directory]

    def _parse(self, directory: str) -> Parsed:
        walk = Walk(directory)
        files = walk.files()
        parsed = parse(files) if self._recall is None else self._recall.parse(directory, files)
        return parsed._replace(
            errors=(*parsed.errors, *errors_of(walk.problems)), warnings=(*parsed.warnings, *warnings_of(walk.problems))
        )

    def read(self, roles: RolesFrom, today: Day, lock: Lock | None) -> tuple[Loaded, list[Finding]]:
        """Return what `read_from` returns. Roles without a problem are expanded once for the same lock."""
        key = (roles.directories, tuple(item.text for item in roles.choice), today, id(lock))
        if key in self._defined:
            return self._defined[key][1], []
        loaded, problems = _together(roles, [self.parsed(each) for each in roles.directories], today, lock)
        if not problems:
            self._defined[key] = lock, loaded  # with the lock, whose id no other one has then
        return loaded, problems


def load_roles(roles_dir: str | Path, *, today: Day, lock: Lock | None = None) -> Loaded:
    """Return every role of every role file below `roles_dir`, which may be a symlink, as it is on the day `today`.

    With a lock, each code must be in it. Raise `InvalidInput` with every problem and warning when a file has a problem,
    or when the directory is missing or has no roles.
    """
    return load_from(RolesFrom((os.fspath(roles_dir),)), today=today, lock=lock)


def load_from(roles: RolesFrom, *, today: Day, lock: Lock | None = None, shelf: Shelf | None = None) -> Loaded:
    """Return the roles of one directory or of several, as `load_roles` does.

    Raise `InvalidInput` also when a glob chooses no role, or all of them leave none.
    """
    loaded, problems = read_from(roles, today=today, lock=lock, shelf=shelf)
    if problems:
        raise InvalidInput((*problems, *loaded.warnings))
    return loaded


def read_from(
    roles: RolesFrom, *, today: Day, lock: Lock | None = None, shelf: Shelf | None = None
) -> tuple[Loaded, list[Finding]]:
    """Return everything that can be read, as `load_from` does, and the problems. With a shelf, read nothing twice."""
    return (shelf or Shelf()).read(roles, today, lock)


def defined_in(
    layers: Sequence[Iterable[tuple[str, bytes]]], choice: Sequence[Item], *, today: Day, lock: Lock | None = None
) -> Loaded:
    """Return the roles of directories of an earlier time, each as (path as shown, content) pairs.

    A glob of `choice` need not match. Raise `InvalidInput` with every problem and warning when there is a problem.
    """
    parsed = [parse(files) for files in layers]
    loaded, problems = _together(RolesFrom(("",) * len(parsed), (), tuple(choice)), parsed, today, lock)
    problems = [each for each in problems if each.rule not in ("idle-choice", "empty-roles-dir")]
    if problems:
        raise InvalidInput((*problems, *loaded.warnings))
    return loaded


def defined_by(
    roles: RolesFrom, files: Mapping[str, bytes], *, today: Day, lock: Lock | None = None
) -> tuple[Loaded, list[Finding]]:
    """Return what `read_from` would return if the directories had `files`, by path as shown."""
    tops = [f"{visible(Path(each).as_posix())}/" for each in roles.directories]
    layers: list[list[tuple[str, bytes]]] = [[] for _ in tops]
    for path, content in sorted(files.items()):
        layer = max((len(top), number) for number, top in enumerate(tops) if path.startswith(top))[1]
        layers[layer].append((path, content))
    return _together(roles, list(map(parse, layers)), today, lock)


def _together(
    roles: RolesFrom, layers: Sequence[Parsed], today: Day, lock: Lock | None
) -> tuple[Loaded, list[Finding]]:
    """Return what the directories define together, and all problems."""
    found: list[Finding] = [finding for problems in map(_placed, _each(roles), layers) for finding in problems]
    whole = Parsed((), (), (), tuple(each for layer in layers for each in layer.warnings), sum(p.files for p in layers))
    written = Written(layers[0].roles, layers[0].sets)
    if len(layers) > 1 or roles.choice:
        from reconciler.load.layers import layered  # noqa: PLC0415 - most runs have one directory

        written, between = layered(layers, roles.choice)
        found += errors_of(between)
        whole = whole._replace(warnings=(*whole.warnings, *warnings_of(between)))
    loaded, problems = define(written, whole, today=today, lock=lock)
    found += problems
    if not found and not loaded.roles:
        shown = " and ".join(visible(Path(each).as_posix()) for each in roles.directories)
        alone = len(layers) == 1
        what = f"{shown} contain{'s' * alone} no roles"
        why = f"{what}; an empty roles.d is rejected, because `apply` would delete every role"
        problem = empty(shown, why, start=alone)
        found.append(replace(problem, place=roles.places[0]) if roles.places else problem)
    return loaded, found


def _each(roles: RolesFrom) -> Iterable[tuple[str, Place | None]]:
    """Return each directory with the place that names it."""
    return zip(roles.directories, roles.places or [None] * len(roles.directories), strict=True)


def _placed(directory: tuple[str, Place | None], parsed: Parsed) -> Iterable[Finding]:
    """Return the errors of a directory; that it is missing is said at the place that names it."""
    name, place = directory
    for finding in parsed.errors:
        if finding.rule == "empty-roles-dir" and place is not None:
            message = f"the directory {quoted(name)} does not exist; make it, or remove it from roles_dir"
            yield replace(finding, message=message, place=place, hint="")
        else:
            yield finding
