"""What a command finds on this machine: the configuration, the catalogue lock and the role files."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.config.settings import Configuration, load_configuration
from reconciler.load import Loaded, load_roles
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding
from reconciler.model.inert import visible
from reconciler.plan.matching import asked_for_ignored, not_managed
from reconciler.plan.scope import matches
from reconciler.policy.limits import Limit, Limits

if TYPE_CHECKING:
    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.model.catalogue import Lock


class Workspace(NamedTuple):
    """The files of this machine, all of them valid. `lock` is None if there is none."""

    configuration: Configuration
    desired: Loaded
    lock: Lock | None


def load_all(files: FilesOptions) -> Workspace:
    """Read the configuration, the lock and the role files. Raise `InvalidInput` with the problems of all of them."""
    found: tuple[Finding, ...] = ()
    lock = None
    try:
        configuration = load_configuration(files.config)
    except InvalidInput as error:
        configuration, found = Configuration(), error.findings
    try:
        lock = lock_at_hand(configuration)
    except InvalidInput as error:
        found = (*found, *error.findings)
    try:
        loaded = load_roles(roles_dir(files, configuration), lock=lock)
    except InvalidInput as error:
        raise InvalidInput((*found, *error.findings)) from None
    scope = configuration.scope
    ignored = (entry for entry in loaded.roles if matches(entry.role.name, scope.ignore))
    outside = not_managed(loaded.roles, lambda name: matches(name, scope.manage))
    found = (*found, *map(asked_for_ignored, ignored), *outside)
    if found:
        raise InvalidInput(found)
    return Workspace(configuration, loaded, lock)


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
    from functools import partial

    from reconciler.config.connection import check_url
    from reconciler.load.lock import load_lock

    return load_lock(configuration.lock, partial(check_url, allow_http=True))


def roles_dir(files: FilesOptions, configuration: Configuration) -> str:
    """Return the directory of role files, from the option or the configuration, relative to the working directory."""
    return files.roles_dir or configuration.roles_dir


def limits(configuration: Configuration, raised: LimitOptions) -> Limits:
    """Return the limits of this run: as configured, except those that the command line sets to an exact number."""
    settled = configuration.limits
    if raised.max_deletes is not None:
        settled = replace(settled, max_deletes=Limit(raised.max_deletes))
    if raised.max_revokes is not None:
        settled = replace(settled, max_revokes=Limit(raised.max_revokes))
    return settled
