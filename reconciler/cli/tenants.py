"""Which tenants a run is about: what the options and the configuration say together."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.options import without
from reconciler.cli.streams import aside
from reconciler.config.connection import check_url
from reconciler.config.settings import Configuration, load_configuration
from reconciler.model.errors import CommandLineError, StalePlan
from reconciler.model.inert import first_few, quoted, visible
from reconciler.model.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.cli.options import FilesOptions
    from reconciler.plan.changes import Plan

_MOST_NAMES = 20
_GLOB = frozenset("*?[")


class Several(NamedTuple):
    """Several tenants by name, in the order of the configuration: also if it is one of them that a glob matches."""

    names: tuple[str, ...]


def asks_for_several(files: FilesOptions) -> bool:
    """Return whether the command line asks for several tenants: also if it is one that a glob matches."""
    return files.every or len(files.tenants) > 1 or any(map(_is_glob, files.tenants))


def chosen(files: FilesOptions, configuration: Configuration, *, otherwise_all: bool = False) -> Several | str | None:
    """Return the tenants of a run: several, the name of one, or None for a configuration without `tenants`.

    If the command line names none, these are all of them with `otherwise_all`, and an error without. Raise
    `CommandLineError` when the options do not fit each other or the configuration.
    """
    if files.every and files.tenants:
        raise CommandLineError("--tenant and --all both choose the tenants; remove one of the two")
    tenants = configuration.tenants
    if not tenants:
        if files.every or files.tenants:
            option = "--all" if files.every else "--tenant"
            raise CommandLineError(f"{option} needs tenants: in the configuration, and there are none")
        return None
    if files.roles_dir:
        message = f"{without('roles_dir', '--roles-dir')}: with tenants, roles_dir: in the configuration says it"
        raise CommandLineError(message)
    if files.every or (otherwise_all and not files.tenants):
        return Several(tuple(tenants))
    if not files.tenants:
        raise CommandLineError(f"which tenant? pass --tenant with one of {listed(tuple(tenants))}")
    matched = {name for each in files.tenants for name in _matching(each, configuration)}
    if len(files.tenants) == 1 and not _is_glob(files.tenants[0]):
        return files.tenants[0]
    return Several(tuple(name for name in tenants if name in matched))


def one(files: FilesOptions, configuration: Configuration) -> Configuration:
    """Return the configuration of the one tenant that this run is about, or `configuration` if it has no tenants.

    Raise `CommandLineError` when the command line names no tenant or several.
    """
    found = chosen(files, configuration)
    if isinstance(found, Several):
        raise CommandLineError("this command is about one tenant; pass --tenant once, with a name and no glob")
    return configuration if found is None else configuration.of(found)


def in_shard(names: Sequence[str], shard: tuple[int, int]) -> tuple[str, ...]:
    """Return the tenants of a shard, and note how many there are on standard error."""
    from reconciler.fleet.shards import shard_of
    from reconciler.render.words import counted

    number, of = shard
    found = tuple(name for name in names if shard_of(name, of) == number)
    aside(f"shard {number}/{of}: {len(found)} of {counted(len(names), 'tenant')}")
    return found


def configured(files: FilesOptions) -> Configuration:
    """Read the configuration and return that of the one tenant that this run is about.

    Raise `InvalidInput` when it is not valid, and what `one` raises.
    """
    return one(files, load_configuration(files.config))


def for_plan(files: FilesOptions, plan: Plan, whole: Configuration) -> Configuration:
    """Return the configuration of the tenant that a saved plan was made for.

    Raise `StalePlan` when the configuration no longer has it, or when the command line names another one, and what
    `one` raises.
    """
    if plan.tenant is None:
        return one(files, whole)
    made = f"the plan was made for tenant {visible(plan.tenant)}"
    if files.every or files.tenants not in ((), (plan.tenant,)):
        raise StalePlan(f"{made}, and the command line names another one; remove --tenant")
    if plan.tenant not in whole.tenants:
        raise StalePlan(f"{made}, which the configuration does not have; run `reconciler plan` again")
    return one(files._replace(tenants=(plan.tenant,)), whole)


def by_target(files: FilesOptions, targets: Iterable[str], whole: Configuration) -> FilesOptions:
    """Return `files` with the tenant that a journal is about, if they name none: the one that has its URL.

    Raise `CommandLineError` when the journal is about several tenants.
    """
    if files.tenants or not whole.tenants:
        return files
    urls = set(targets)
    found = tuple(name for name, tenant in whole.tenants.items() if check_url(tenant.url, allow_http=True) in urls)
    if len(found) > 1:
        raise CommandLineError(f"the journal is about several tenants; pass --tenant with one of {listed(found)}")
    return files._replace(tenants=found)


def listed(names: Sequence[str]) -> str:
    """Return the names in a sentence, 20 at most."""
    return first_few(names, _MOST_NAMES, str)


def _is_glob(text: str) -> bool:
    return bool(_GLOB & set(text))


def _matching(given: str, configuration: Configuration) -> list[str]:
    """Return the tenants that a name or a glob of the command line means. Raise `CommandLineError` for none."""
    tenants = configuration.tenants
    found = [name for name in tenants if fnmatchcase(name, given)] if _is_glob(given) else [given] * (given in tenants)
    if not found:
        hint = did_you_mean(given, tenants) or f"; the tenants are {listed(tuple(tenants))}"
        what = "no tenant matches" if _is_glob(given) else "unknown tenant"
        raise CommandLineError(f"{what} {quoted(given)}{hint}")
    return found
