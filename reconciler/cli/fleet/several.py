"""A run about several tenants: its options, and the tenants that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.cli.help.documented import Section
from reconciler.cli.options import bundled, option, shard_option
from reconciler.cli.tenants import Several, asks_for_several, chosen, in_shard
from reconciler.config.settings import TENANT
from reconciler.fleet.part import Part, ShardOf
from reconciler.model.errors import CommandLineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from reconciler.cli.options import Command, FilesOptions
    from reconciler.cli.workspace import Library
    from reconciler.config.settings import Configuration
    from reconciler.policy.limits import Limit


class SeveralOptions(NamedTuple):
    """The options of a run about several tenants."""

    parallel: int
    shard: tuple[int, int] | None
    max_tenants: int | None


class ApplyOptions(NamedTuple):
    """The options of an apply. `wave` is the only wave of a run about several tenants, None for all of them."""

    yes: bool
    journal: Path | None
    wave: int | None
    max_failed: int


def parallel_option() -> Callable[[Command], Command]:
    """Return `--parallel`."""
    return option(
        "--parallel",
        section=Section.TENANTS,
        type=click.IntRange(1, 256),
        default=32,
        show_default=True,
        metavar="N",
        help="Maximum number of tenants at a time.",
    )


def several_options() -> Callable[[Command], Command]:
    """Return `--parallel`, `--shard` and `--max-tenants`, as `several`."""
    return bundled(
        "several",
        SeveralOptions,
        [
            parallel_option(),
            shard_option(),
            option(
                "--max-tenants",
                section=Section.TENANTS,
                type=click.IntRange(min=0),
                metavar="N",
                help="Change at most N tenants in this run, whatever the configuration says.",
            ),
        ],
    )


def several_of(files: FilesOptions, options: SeveralOptions, library: Library) -> Part | None:
    """Return the tenants of a run about several; None for a run about one, or without tenants.

    Only for several is the configuration read here. Raise `InvalidInput` when it is not valid, and `CommandLineError`
    when the options do not fit each other or the configuration.
    """
    if not asks_for_several(files):
        if options.shard is not None:
            raise CommandLineError("--shard divides several tenants; pass --all, or --tenant with a glob")
        return None
    found = chosen(files, library.configuration(files))
    assert isinstance(found, Several)  # noqa: S101 - `asks_for_several` says so, or `chosen` has raised
    return part_of(found.names, options.shard)


def tenants_to_apply(
    plan: Path | None, files: FilesOptions, options: SeveralOptions, asked: ApplyOptions, library: Library
) -> Part | None:
    """Return what `several_of` returns, for an apply. A directory of plans says itself which tenants it is about."""
    if plan is not None and plan.is_dir():
        if files.every or files.tenants:
            raise CommandLineError("a directory of plans says which tenants it is about; remove --tenant and --all")
        library.configuration(files)
        return Part((), (), ShardOf(*options.shard) if options.shard is not None else None)
    found = several_of(files, options, library)
    if found is None and asked.wave is not None:
        raise CommandLineError("--wave is about several tenants; pass --all, or --tenant with a glob")
    if found is not None and plan is not None:
        raise CommandLineError("a saved plan is for one tenant; pass the directory of the plans, without --all")
    return found


def part_of(every: Iterable[str], shard: tuple[int, int] | None) -> Part:
    """Return the part of these tenants that a shard is about; with a shard, say how many they are."""
    names = tuple(every)
    if shard is None:
        return Part(names, names)
    return Part(in_shard(names, shard), names, ShardOf(*shard))


def check_journal(given: Path | None, configuration: Configuration) -> None:
    """Raise `CommandLineError` when the journal of this run, of the command line or configured, is one for several."""
    journal = configuration.journal if given is None else given
    if journal is not None and TENANT not in str(journal):
        what = "journal: in the configuration" if given is None else "--journal"
        raise CommandLineError(f"{what} must contain {TENANT} for several tenants: each has its own journal")


def limit_of(configuration: Configuration, options: SeveralOptions) -> Limit | None:
    """Return how many tenants this run may change: as configured, or the exact number of the command line."""
    from reconciler.policy.limits import Limit

    return configuration.max_tenants if options.max_tenants is None else Limit(options.max_tenants)


def check_format(form: str) -> None:
    """Raise `CommandLineError` when a format is only for the plan of one tenant."""
    from reconciler.render.fleet import FLEET_FORMATS

    if form not in FLEET_FORMATS:
        known = ", ".join(FLEET_FORMATS)
        raise CommandLineError(f"--format {form} shows the plan of one tenant; for several, use one of {known}")
