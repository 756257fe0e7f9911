"""What a command finds on this machine: the configuration, the catalogue lock, the policies and the role files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from reconciler.cli.fleet.others import Everyone, Others
from reconciler.cli.outside import this_day
from reconciler.cli.tenants import one
from reconciler.config.settings import Configuration, load_configuration
from reconciler.load import Loaded, RolesFrom, Shelf, load_from
from reconciler.load.walk import SUFFIXES
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.model.inert import visible
from reconciler.plan.matching import asked_for_ignored, not_managed
from reconciler.plan.scope import matches
from reconciler.policy.items import Item
from reconciler.policy.limits import Limit, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.git.base import Base
    from reconciler.load.recall import Recall
    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.model.rules import Rule
    from reconciler.plan.scope import Scope
    from reconciler.policy.rules import Policies


_Value = TypeVar("_Value")


class Workspace(NamedTuple):
    """The files on this machine, read and checked. `lock` and `policies` are None if there is no such file."""

    configuration: Configuration
    desired: Loaded
    lock: Lock | None = None
    policies: Policies | None = None


class Library:
    """Reads each file once, however many tenants a run is about. For one thread."""

    def __init__(self, recall: Recall | None = None) -> None:
        """Start with nothing read. A recall spares the work on role files that earlier libraries with it have read."""
        self.shelf = Shelf(recall)
        self._read: dict[tuple[object, ...], object] = {}

    def configuration(self, files: FilesOptions) -> Configuration:
        """Return the whole configuration. Raise `InvalidInput` when it is not valid."""
        return self.once((load_configuration, files.config), lambda: load_configuration(files.config))

    def lock(self, configuration: Configuration, roles: RolesFrom) -> Lock | None:
        """Return what `lock_at_hand` returns, or raise what it and `check_lock_place` raise."""
        check_lock_place(configuration, roles)
        key = (lock_at_hand, configuration.lock, configuration.lock_place)
        return self.once(key, lambda: lock_at_hand(configuration))

    def policies(self, configuration: Configuration) -> Policies | None:
        """Return what `policies_at_hand` returns, or raise what it raises."""
        key = (policies_at_hand, configuration.policies, configuration.default_policies)
        return self.once(key, lambda: policies_at_hand(configuration))

    def everyone(self, whole: Configuration, today: Day) -> Everyone:
        """Return all tenants of a configuration."""
        return self.once((Everyone, id(whole), today), lambda: Everyone(whole, today, self))

    def once(self, key: tuple[object, ...], read: Callable[[], _Value]) -> _Value:
        """Return what `read` returns or raises, which is called once for each `key`."""
        if key not in self._read:
            try:
                self._read[key] = read()
            except InvalidInput as error:
                self._read[key] = error
        found = self._read[key]
        if isinstance(found, InvalidInput):
            raise InvalidInput(found.findings)
        return cast("_Value", found)


def load_all(files: FilesOptions, today: Day, library: Library | None = None) -> Workspace:
    """Read the configuration, the lock, the policies, and the role files as they are on the day `today`.

    Raise `InvalidInput` with the problems of all of them, and `CommandLineError` when the options do not name one
    tenant of a configuration that has tenants. A library reads nothing twice.
    """
    library = library or Library()
    found: tuple[Finding, ...] = ()
    lock = None
    broken_lock = False
    try:
        configuration = one(files, library.configuration(files))
    except InvalidInput as error:
        configuration, found, broken_lock = Configuration(), error.findings, True  # which lock it names is not known
    try:
        lock = library.lock(configuration, roles_from(files, configuration))
    except InvalidInput as error:
        found, broken_lock = (*found, *error.findings), True
    try:
        policies = library.policies(configuration)
    except InvalidInput as error:
        policies, found = None, (*found, *error.findings)
    others = Others(configuration, today, library)
    try:
        loaded = load_from(roles_from(files, configuration), today=today, lock=lock, shelf=library.shelf)
    except InvalidInput as error:
        # Of a lock that cannot be read, one error is enough.
        theirs = (each for each in error.findings if not (broken_lock and each.rule == "pattern-needs-lock"))
        missing = all(each.rule == "empty-roles-dir" for each in error.findings)  # `export` starts from that
        if policies is not None and not broken_lock and not missing:
            found = (*found, *others.of_policies(policies, None, lock))
        raise InvalidInput((*found, *others.known(theirs))) from None
    found = (*found, *_out_of_scope(loaded, configuration.scope))
    loaded = others.sets(loaded)
    if policies is not None and not broken_lock:
        found = (*found, *others.of_policies(policies, loaded, lock))
    if found:
        raise InvalidInput(found)
    if policies is not None:
        policies = others.waivers(policies, loaded, lock)
    if policies is not None and lock is not None and lock.withdrawn:
        from reconciler.policy.mentions import withdrawn_codes

        loaded = replace(loaded, warnings=tuple(sorted([*loaded.warnings, *withdrawn_codes(policies, lock)])))
    return Workspace(configuration, loaded, lock, policies)


def _out_of_scope(loaded: Loaded, scope: Scope) -> Iterator[Finding]:
    """Yield an error for each role that the configuration ignores or does not manage."""
    yield from (asked_for_ignored(entry) for entry in loaded.roles if matches(entry.role.name, scope.ignore))
    yield from not_managed(loaded.roles, lambda name: matches(name, scope.manage))


def check_lock_place(configuration: Configuration, roles: RolesFrom, *, made_here: bool = False) -> None:
    """Raise `InvalidInput` when the lock that the configuration names would be read as a role file.

    Where a lock of the default name may be is checked only if the command makes it (`made_here`).
    """
    path, place = configuration.lock, configuration.lock_place
    if place is None and made_here:
        place = Place(visible(path.as_posix()))
    _check_place(roles, "lock", path, place, "lock-in-roles-dir")


def check_reviews_place(configuration: Configuration, roles: RolesFrom) -> None:
    """Raise `InvalidInput` when the configuration names reviews that would be read as a role file."""
    _check_place(roles, "reviews", configuration.reviews, configuration.reviews_place, "unknown-value")


def _check_place(roles: RolesFrom, key: str, path: Path, place: Place | None, rule: Rule) -> None:
    """Raise `InvalidInput` when the file that `place` names under `key` would be read as one of the role files."""
    if place is None or path.suffix not in SUFFIXES:
        return
    real = Path(os.path.realpath(path.parent)) / path.name
    for directory in roles.directories:
        top = Path(os.path.realpath(directory))
        # Names that start with a dot are skipped among role files.
        if real.is_relative_to(top) and not any(part.startswith(".") for part in real.relative_to(top).parts):
            where = f"{key} {visible(path.as_posix())} is inside {visible(directory)}, whose files are role files"
            raise InvalidInput([Finding(rule, f"{where}; name a file outside of it", place)])


def lock_at_hand(configuration: Configuration, *, made_here: bool = False) -> Lock | None:
    """Return the lock, or None if there is none and the configuration does not name it.

    Raise `InvalidInput` when it is not valid, or not there although the configuration names it, unless the command
    makes it (`made_here`).
    """
    if not os.path.lexists(configuration.lock):
        if configuration.lock_place is None or made_here:
            return None
        message = f"lock {visible(configuration.lock.as_posix())} does not exist; run `reconciler lock` to make it"
        raise InvalidInput([Finding("unreadable", message, configuration.lock_place)])
    from reconciler.load.lock import load_lock

    return load_lock(configuration.lock, _one_form)


def lock_at(base: Base, path: Path) -> Lock | None:
    """Return the lock that was at `path` at a merge base. Raise `InvalidInput` when it was not valid."""
    content = base.file(path)
    if content is None:
        return None
    from reconciler.load.lock import lock_in

    return lock_in(content, path, _one_form)


def _one_form(url: str) -> str:
    """Return a URL in the form of the settings. Raise `CommandLineError` when it is not valid."""
    from reconciler.config.connection import check_url

    return check_url(url, allow_http=True)


def policies_at_hand(configuration: Configuration) -> Policies | None:
    """Return the policies of this repository, None without a policy file. Raise `InvalidInput` with their problems.

    How far away a waiver may end depends on the date of this machine, whatever day the run looks at.
    """
    named = configuration.policies
    if named is None:
        default = configuration.default_policies
        if not os.path.lexists(default):
            return None  # and load nothing more
        named = (Item(default, Place(default)),)
    from reconciler.load.policy_files import load_policies

    return load_policies(named, this_day())


def roles_of(configuration: Configuration) -> RolesFrom:
    """Return where the configuration says that the role files are, relative to the working directory."""
    return RolesFrom(configuration.roles_dirs, configuration.roles_dir_places, configuration.roles)


def roles_from(files: FilesOptions, configuration: Configuration) -> RolesFrom:
    """Return where the role files are, from the option or the configuration, relative to the working directory."""
    if files.roles_dir:
        return RolesFrom((files.roles_dir,))
    return roles_of(configuration)


def limits(configuration: Configuration, raised: LimitOptions) -> Limits:
    """Return the limits of this run: as configured, except those that the command line sets to an exact number."""
    settled = configuration.limits
    if raised.max_deletes is not None:
        settled = replace(settled, max_deletes=Limit(raised.max_deletes))
    if raised.max_revokes is not None:
        settled = replace(settled, max_revokes=Limit(raised.max_revokes))
    return settled
