"""`plan --base`: the configuration, policies and lock at the merge base, and what they say of the roles now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.workspace import lock_at
from reconciler.config.settings import DEFAULT_FILE, Configuration, configuration_in
from reconciler.load.policies import read_policies
from reconciler.model.errors import InvalidInput
from reconciler.policy.changed import Rules, rules_changed
from reconciler.policy.check import findings
from reconciler.policy.rules import Policies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.workspace import Workspace
    from reconciler.git.base import Base
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.plan.rules_changed import RuleChange


class BaseRules(NamedTuple):
    """The rules that differ from the base, what its policies say of the roles now, and notes."""

    changed: tuple[RuleChange, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


def compare_rules(base: Base, found: Workspace, today: Day, machine_day: Day) -> BaseRules:
    """Return how the rules here differ from those at the merge base. Rules that are not valid there are a note."""
    here = found.configuration
    notes: list[str] = []
    try:
        content = base.file(here.path or DEFAULT_FILE)
        configuration = (
            Configuration() if content is None else configuration_in(content, here.path or Path(DEFAULT_FILE))
        )
    except InvalidInput as error:
        configuration = here
        notes.append(_note("configuration", base, error))
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
    before = Rules(configuration.scope, configuration.limits, policies, lock)
    return BaseRules(rules_changed(before, Rules(here.scope, here.limits, now, found.lock)), said, tuple(notes))


def _policy_files(base: Base, configuration: Configuration) -> Iterator[tuple[str, bytes]]:
    named = configuration.policies
    paths = [configuration.default_policies] if named is None else [item.text for item in named]
    done: set[str] = set()
    for path in paths:
        content = base.file(path)
        for name, text in base.matching(path) if content is None else [(path, content)]:
            if name not in done:
                done.add(name)
                yield name, text


def _note(what: str, base: Base, error: InvalidInput) -> str:
    where = f"the {what} at the merge base ({base.commit[:12]})"
    return f"{where} cannot be compared, because of a problem there: {error.findings[0]}"
