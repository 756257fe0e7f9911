"""A saved plan on the command line: read it, and check it against the role files here before the live state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli import workspace
from reconciler.cli.files import read_text
from reconciler.cli.fleet.others import Others
from reconciler.cli.outside import this_day
from reconciler.cli.tenants import for_plan
from reconciler.config.settings import Configuration, load_configuration
from reconciler.load import load_from
from reconciler.model.errors import CommandLineError, FileFailed, InvalidInput, StalePlan
from reconciler.plan.saved import loads
from reconciler.plan.sources import Compared, Undo
from reconciler.reconcile import SavedPass, Work, work_of_plan

if TYPE_CHECKING:
    from reconciler.api.both import Lists
    from reconciler.cli.connection import ConnectionOptions
    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.config.connection import Connection
    from reconciler.load import Loaded
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.plan.changes import Plan
    from reconciler.policy.limits import Limits


class FromPlan(NamedTuple):
    """A saved plan and its time, with the connection and the journal of this run."""

    saved: SavedPass
    created_at: str
    connection: Connection
    journal: Path | None

    @classmethod
    def prepare(cls, path: Path, files: FilesOptions, options: ConnectionOptions, raised: LimitOptions) -> FromPlan:
        """Read the plan and the files on this machine, before any request.

        Raise `StalePlan` when the plan was tampered with, when a grant of it has ended, or when there are role files
        that are not valid: then the plan was not made from them. Raise `CommandLineError` when the plan looks ahead, or
        is a comparison of role files.
        """
        try:
            plan, created_at = loads(read_text(path, "saved plan"), str(path))
        except FileFailed:
            load_configuration(files.config)  # when several exit codes apply, the order is 5, 3, 1
            raise
        configuration = for_plan(files, plan, load_configuration(files.config))
        today = this_day()
        check_applicable(plan, today)
        there = at_hand(files, configuration, plan, today)
        limits = workspace.limits(configuration, raised)
        return cls.of(plan, created_at, configuration, there, (options.settle(configuration), limits))

    @classmethod
    def of(
        cls,
        plan: Plan,
        created_at: str,
        configuration: Configuration,
        there: FilesAtHand,
        settled: tuple[Connection, Limits],
    ) -> FromPlan:
        """Return the pass of a plan that `check_applicable` accepts, with what is at hand for it, in any thread."""
        connection, limits = settled
        saved = SavedPass(
            connection.url,
            plan,
            there.digest,
            configuration.scope,
            limits,
            findings=there.findings,
            today=there.today,
            edited=there.edited,
        )
        return cls(saved, created_at, connection, configuration.journal)

    @property
    def tenant(self) -> str | None:
        """Return the tenant's name in the configuration, None without tenants."""
        return self.saved.plan.tenant

    def work(self, reader: Lists) -> Work:
        """Return the part of the plan that is left to do."""
        return work_of_plan(self.saved, reader)


class FilesAtHand(NamedTuple):
    """What the files here say on a day: the digest of the role files, None without any, and what policies find.

    `edited` says which roles are not as the plan was made from.
    """

    digest: str | None
    findings: tuple[Finding, ...]
    today: Day
    edited: tuple[str, ...] = ()


def check_applicable(plan: Plan, today: Day) -> None:
    """Raise `CommandLineError` when a plan is not one to apply, and `StalePlan` when a grant of it has ended."""
    if isinstance(plan.source, Compared):
        message = "this is a comparison of role files, made by `reconciler diff`, and not a plan for a tenant"
        raise CommandLineError(f"{message}; run `reconciler plan --out` and apply that")
    if plan.looks_ahead:
        message = f"this plan was made with --today {plan.today}, so it says what would be done on another day"
        raise CommandLineError(f"{message}; run `reconciler plan --out` without --today")
    from reconciler.plan.staleness import check_in_time

    check_in_time(plan, today)


def at_hand(
    files: FilesOptions,
    configuration: Configuration,
    plan: Plan,
    today: Day,
    library: workspace.Library | None = None,
) -> FilesAtHand:
    """Return what the files here say. A library reads nothing twice.

    Raise `StalePlan` when the role files are not valid, so the plan was not made from them, and `InvalidInput` when the
    policies are not.
    """
    library = library or workspace.Library()
    desired = _desired_at_hand(files, configuration, plan, today, library)
    found = _findings_at_hand(files, configuration, plan, desired, today, library)
    if desired is None:
        return FilesAtHand(None, found, today)
    if isinstance(plan.source, Undo) or desired.digest == plan.source.digest:
        return FilesAtHand(desired.digest, found, today)
    from reconciler.plan.staleness import edits

    return FilesAtHand(desired.digest, found, today, edits(plan, desired.roles))


def _desired_at_hand(
    files: FilesOptions, configuration: Configuration, plan: Plan, today: Day, library: workspace.Library
) -> Loaded | None:
    """Return the role files here; None when there are none, or when the plan is not from role files."""
    roles = workspace.roles_from(files, configuration)
    there = files.roles_dir is not None or any(Path(each).exists() for each in roles.directories)
    if isinstance(plan.source, Undo) or not there:
        return None
    try:
        return load_from(roles, today=today, lock=library.lock(configuration, roles), shelf=library.shelf)
    except InvalidInput as error:
        message = "the role files at hand are not valid, so they are not those that the plan was made from"
        raise StalePlan(
            f"{message}; check out the commit that it was made from, or run `reconciler plan` again:\n{error}"
        ) from None


def _findings_at_hand(
    files: FilesOptions,
    configuration: Configuration,
    plan: Plan,
    desired: Loaded | None,
    today: Day,
    library: workspace.Library,
) -> tuple[Finding, ...]:
    """Return what the policies here find in the role files here, or in what an undo gives back.

    Raise `InvalidInput` when the policies are not valid. Whether one can fire is a question about the role files that
    the plan was made from: if those here are others, the plan is stale instead.
    """
    policies = library.policies(configuration)
    if policies is None:
        return ()
    lock = library.lock(configuration, workspace.roles_from(files, configuration))
    if isinstance(plan.source, Undo):
        from reconciler.policy.planned import with_given_back

        return with_given_back(plan, policies, today, lock).findings
    if desired is None:
        return ()
    from reconciler.policy.check import findings

    others = Others(configuration, today, library)
    if desired.digest == plan.source.digest and (idle := others.of_policies(policies, desired, lock)):
        raise InvalidInput(idle)
    return findings(policies, desired.roles, today, lock).findings
