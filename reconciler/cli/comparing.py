"""`reconciler diff`: the role files here, compared with those at a merge base. Offline, without a key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.cli import workspace
from reconciler.cli.base_rules import base_of, compare_rules
from reconciler.cli.outside import this_day
from reconciler.cli.passes import defined_at
from reconciler.cli.past import history_or_none
from reconciler.git.repository import Asker
from reconciler.git.state import checkout_of
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import errors_of
from reconciler.plan.sources import Compared
from reconciler.reconcile import Pass, diff_pass

if TYPE_CHECKING:
    from reconciler.cli.base_rules import Then
    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.cli.passes import Before
    from reconciler.cli.workspace import Workspace
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.policy.judge import Judged

_DIFF = Asker("diff")


class NotValidAtBase(InvalidInput):
    """The role files at a merge base are not valid, or their lock. Their places are not places of the files here."""

    def __init__(self, error: InvalidInput, commit: str) -> None:
        """Say at which commit the problems are, and with the last one what to do."""
        *others, last = errors_of(error.findings)
        found = [*others, replace(last, hint="compare with a commit whose role files are valid")]
        super().__init__(replace(each, message=f"at the merge base {commit}: {each.message}") for each in found)

    @property
    def without_places(self) -> tuple[Finding, ...]:
        """Return the problems for annotations, which would mark lines of the files here: the places are words."""
        return tuple(replace(each, place=None, message=f"{each.place}: {each.message}") for each in self.findings)


def compared(ref: str, files: FilesOptions, raised: LimitOptions, today: Day | None, *, past: bool = False) -> Judged:
    """Return what the edit since the merge base of `ref` and HEAD does to access, on the day `today`, judged.

    With `past`, it says since when roles had what the edit revokes.
    Raise `InvalidInput` when the files here are not valid, `NotValidAtBase` when those at the base are not, and what
    `files_at_merge_base` raises.
    """
    machine_day = this_day()
    day = machine_day if today is None else today
    found = workspace.load_all(files, day)
    configuration, desired, lock, policies = found
    roles = workspace.roles_from(files, configuration)
    first, *later = roles.directories
    then = base_of(ref, roles, configuration, _DIFF)
    commit, edited = checkout_of(roles.directories, configuration.lock, edits=past)
    before = _before(then, found, day)
    rules = compare_rules(then, found, day, machine_day)
    return diff_pass(
        Pass(
            "",
            desired,
            Compared(first, desired.digest, then.base.commit, commit, tuple(later), edited),
            limits=workspace.limits(configuration, raised),
            base_sets=before.sets,
            notes=rules.notes,
            lock=lock,
            policies=policies,
            today=day,
            looks_ahead=day != machine_day,
            base_rules=(rules.changed, rules.findings),
            history=(lambda: history_or_none(files, configuration, desired.roles, day)) if past else None,
            tenant=configuration.tenant,
        ),
        before.roles or {},
    )


def _before(then: Then, found: Workspace, today: Day) -> Before:
    try:
        return defined_at(then, found.configuration.lock, today)
    except InvalidInput as error:
        raise NotValidAtBase(error, then.base.commit[:12]) from None
