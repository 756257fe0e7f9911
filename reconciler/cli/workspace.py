"""What a command finds on this machine: the configuration and the role files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.config.settings import Configuration, load_configuration
from reconciler.load import Loaded, load_roles
from reconciler.model.errors import InvalidInput
from reconciler.plan.matching import asked_for_ignored, not_managed
from reconciler.plan.scope import matches
from reconciler.policy.limits import Limit, Limits

if TYPE_CHECKING:
    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding


def load_all(files: FilesOptions, today: Day) -> tuple[Configuration, Loaded]:
    """Read the configuration, and the role files as they are on the day `today`.

    Raise `InvalidInput` with the problems of both.
    """
    found: tuple[Finding, ...] = ()
    try:
        configuration = load_configuration(files.config)
    except InvalidInput as error:
        configuration, found = Configuration(), error.findings
    try:
        loaded = load_roles(roles_dir(files, configuration), today=today)
    except InvalidInput as error:
        raise InvalidInput((*found, *error.findings)) from None
    scope = configuration.scope
    ignored = (entry for entry in loaded.roles if matches(entry.role.name, scope.ignore))
    outside = not_managed(loaded.roles, lambda name: matches(name, scope.manage))
    found = (*found, *map(asked_for_ignored, ignored), *outside)
    if found:
        raise InvalidInput(found)
    return configuration, loaded


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
