"""`plan --base`: the configuration, policies and lock at the merge base, and what they say of the roles now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.workspace import lock_at
from reconciler.config.settings import DEFAULT_FILE, Configuration, configuration_in
from reconciler.git.repository import BASE, Asker
from reconciler.load.policies import read_policies
from reconciler.model.errors import InvalidInput
from reconciler.policy.changed import Rules, rules_changed
from reconciler.policy.check import findings
from reconciler.policy.rules import Policies

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.cli.workspace import Workspace
    from reconciler.git.base import Base
    from reconciler.load import RolesFrom
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.plan.rules_changed import RuleChange
    from reconciler.policy.items import Item


class BaseRules(NamedTuple):
    """The rules that differ from the base, what its policies say of the roles now, and notes."""

    changed: tuple[RuleChange, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


class Then(NamedTuple):
    """A merge base, its configuration for the tenant of this run, and the globs that chose roles there.

    If the configuration is not valid there, `problem` says so, and that of now is in its place.
    """

    base: Base
    configuration: Configuration
    choice: tuple[Item, ...]
    problem: InvalidInput | None = None


def base_of(ref: str, roles: RolesFrom, here: Configuration, asker: Asker = BASE) -> Then:
    """Return what was at the merge base of `ref` and HEAD. Raise what `files_at_merge_base` raises.

    A tenant that the configuration there has too, had its own directories and globs then; otherwise those of now count.
    """
    base = _files(ref, roles.directories, asker)
    try:
        configuration = _configuration_then(base, here)
    except InvalidInput as error:
        return Then(base, here, roles.choice, error)
    if configuration.tenant is None:
        return Then(base, configuration, roles.choice)
    if configuration.roles_dirs != roles.directories:
        base = _files(ref, configuration.roles_dirs, asker)
    return Then(base, configuration, configuration.roles)


def _files(ref: str, directories: Sequence[str], asker: Asker) -> Base:
    from reconciler.git.base import files_at_merge_base

    first, *later = directories
    return files_at_merge_base(first, ref, asker, later)


def _configuration_then(base: Base, here: Configuration) -> Configuration:
    content = base.file(here.path or DEFAULT_FILE)
    if content is None:
        return Configuration()
    whole = configuration_in(content, here.path or Path(DEFAULT_FILE))
    return whole.of(here.tenant) if here.tenant is not None and here.tenant in whole.tenants else whole


def compare_rules(then: Then, found: Workspace, today: Day, machine_day: Day) -> BaseRules:
    """Return how the rules here differ from those at the merge base. Rules that are not valid there are a note."""
    here = found.configuration
    base, configuration = then.base, then.configuration
    notes = [] if then.problem is None else [_note("configuration", base, then.problem)]
    try:
        lock = lock_at(base, configuration.lock)
    except InvalidInput:
        lock = found.lock  # the role files there cannot be read without it, which is a note already
    now = found.policies or Policies()
    try:
        policies = read_policies(_policy_files(base, configuration), machine_day)
    except InvalidInput as error:
        policies = now
        notes.append(_note("policies", base, error))
        said: tuple[Finding, ...] = ()
    else:
        said = findings(policies, found.desired.roles, today, found.lock).findings
    before = Rules(configuration.scope, configuration.limits, policies, lock, configuration.max_tenants)
    after = Rules(here.scope, here.limits, now, found.lock, here.max_tenants)
    return BaseRules(rules_changed(before, after), said, tuple(notes))


def _policy_files(base: Base, configuration: Configuration) -> Iterable[tuple[str, bytes]]:
    named = configuration.policies
    paths = [configuration.default_policies] if named is None else [item.text for item in named]
    found: dict[str, tuple[str, bytes]] = {}  # by the path from the top: a name and a glob may be of one file
    for path in paths:
        content = base.file(path)
        if content is None:
            for top, text in base.matching(path):
                found.setdefault(top, (top, text))
        else:
            found.setdefault(base.from_top(path), (path, content))
    return found.values()


def _note(what: str, base: Base, error: InvalidInput) -> str:
    where = f"the {what} at the merge base ({base.commit[:12]})"
    return f"{where} cannot be compared, because of a problem there: {error.findings[0]}"
