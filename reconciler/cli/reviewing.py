"""Read the reviews beside the role files."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.fleet.others import Others
from reconciler.cli.outside import this_day
from reconciler.cli.tenants import one
from reconciler.cli.workspace import Library, Workspace, check_reviews_place, load_all, roles_from
from reconciler.config.settings import Configuration
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding
from reconciler.model.inert import visible

if TYPE_CHECKING:
    from reconciler.cli.options import FilesOptions
    from reconciler.model.days import Day
    from reconciler.policy.reviews import Review


class WithReviews(NamedTuple):
    """The files on this machine, and the entries of the reviews: none if there is no such file."""

    found: Workspace
    entries: tuple[Review, ...]


def load_with_reviews(
    files: FilesOptions, today: Day, *, made_here: bool = False, library: Library | None = None
) -> WithReviews:
    """Read what `load_all` reads, and the reviews. Entries that are about no desired role are among the warnings.

    A file of reviews that the configuration names must be there, unless the command makes it (`made_here`). Raise
    `InvalidInput` with the problems of all files.
    """
    problems: list[Finding] = []
    found = None
    entries: tuple[Review, ...] = ()
    library = library or Library()
    try:
        found = load_all(files, today, library)
    except InvalidInput as error:
        problems += error.findings
    try:
        configuration = found.configuration if found else _configuration(files, library)
        check_reviews_place(configuration, roles_from(files, configuration))
        key = (reviews_at_hand, configuration.reviews, configuration.reviews_place, made_here)
        entries = library.once(key, lambda: reviews_at_hand(configuration, today, made_here=made_here))
    except InvalidInput as error:
        problems += error.findings
    if found is None or problems:
        raise InvalidInput(problems)
    if not entries:
        return WithReviews(found, ())
    desired = found.desired
    others = Others(found.configuration, today, library)
    warnings = tuple(sorted([*desired.warnings, *others.reviews(entries, desired)]))
    return WithReviews(found._replace(desired=replace(desired, warnings=warnings)), entries)


def _configuration(files: FilesOptions, library: Library) -> Configuration:
    """Return the configuration, or the defaults if it is not valid, which is reported already."""
    try:
        return one(files, library.configuration(files))
    except InvalidInput:
        return Configuration()


def reviews_at_hand(configuration: Configuration, today: Day, *, made_here: bool = False) -> tuple[Review, ...]:
    """Return the entries of the reviews, none if there is no such file and the configuration does not name it.

    Raise `InvalidInput` when they are not valid, or not there although the configuration names them, unless the command
    makes them (`made_here`). A review may be as late as `today` or the date of this machine, and no later.
    """
    path = configuration.reviews
    if not os.path.lexists(path):
        if configuration.reviews_place is None or made_here:
            return ()
        message = f"reviews {visible(path.as_posix())} does not exist; run `reconciler review ROLE` to make it"
        raise InvalidInput([Finding("unreadable", message, configuration.reviews_place)])
    from reconciler.load.reviews import load_reviews

    return load_reviews(path, max(today, this_day()))
