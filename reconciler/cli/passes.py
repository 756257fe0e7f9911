"""One pass on the command line: what `plan`, `apply` and `undo` share before and after `reconcile`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from reconciler.cli import workspace
from reconciler.cli.outside import this_day
from reconciler.load.directories import defined_in
from reconciler.model.errors import InvalidInput
from reconciler.plan.sources import RoleFiles
from reconciler.reconcile import Pass, Work, work_of_files
from reconciler.render.view import COLUMNS, View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.api.both import Lists
    from reconciler.cli.base_rules import Then
    from reconciler.cli.connection import ConnectionOptions
    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.cli.report import ReportOptions
    from reconciler.cli.workspace import Workspace
    from reconciler.config.connection import Connection
    from reconciler.history.events import History
    from reconciler.load import RolesFrom
    from reconciler.model.days import Day
    from reconciler.model.roles import DesiredRole
    from reconciler.plan.changes import Plan
    from reconciler.plan.only import Only
    from reconciler.policy.limits import Limits
    from reconciler.reconcile import RulesThen


Value = TypeVar("Value")


class FromFiles(NamedTuple):
    """A pass over role files, with the connection and the journal of this run, all of it checked.

    `created_at` is None: its plan is made by this run.
    """

    files: Pass
    connection: Connection
    journal: Path | None
    created_at: str | None = None

    @classmethod
    def prepare(
        cls,
        files: FilesOptions,
        library: workspace.Library,
        options: ConnectionOptions,
        raised: LimitOptions,
        asked: AskedOfFiles,
    ) -> FromFiles:
        """Read the files on this machine. What the library has read already is not read again.

        Raise `InvalidInput` or `CommandLineError` before any request.
        """
        try:
            found = workspace.load_all(files, asked.today, library)
        except InvalidInput as error:
            from reconciler.cli.unlocked import with_remedies

            raise with_remedies(error, files, options) from None
        limits = workspace.limits(found.configuration, raised)  # what is wrong here comes before what git says
        connection = options.settle(found.configuration)
        return cls.of(found, shared_by(files, found, asked), connection, limits)

    @classmethod
    def of(cls, found: Workspace, shared: Shared, connection: Connection, limits: Limits) -> FromFiles:
        """Return the pass over files that are read already, for one of the tenants that share them."""
        asked, before = shared.asked, shared.before
        return cls(
            Pass(
                connection.url,
                found.desired,
                shared.source,
                found.configuration.scope,
                limits,
                before.roles,
                before.sets,
                before.notes,
                found.lock,
                found.policies,
                asked.today,
                looks_ahead=asked.today != this_day(),
                base_rules=before.rules,
                only=asked.only,
                history=shared.history,
                tenant=found.configuration.tenant,
            ),
            connection,
            found.configuration.journal,
        )

    @property
    def tenant(self) -> str | None:
        """Return the tenant's name in the configuration, None without tenants."""
        return self.files.tenant

    def work(self, reader: Lists) -> Work:
        """Return the work of an apply of the role files."""
        return work_of_files(self.files, reader)


class AskedOfFiles(NamedTuple):
    """What a plan of role files is asked for: its day, its base, the kind of its changes, the past of its revokes.

    With `past`, the plan says since when roles had what it revokes. With `edits`, whether the files differ from the
    commit is known: git needs as long again to say so.
    """

    today: Day
    base: str | None = None
    only: Only | None = None
    past: bool = False
    edits: bool = False


class Shared(NamedTuple):
    """What all tenants of the same role files share: what is asked, where the files are, and what they were before."""

    asked: AskedOfFiles
    source: RoleFiles
    before: Before
    history: Callable[[], History | None] | None


def shared_by(files: FilesOptions, found: Workspace, asked: AskedOfFiles) -> Shared:
    """Return what tenants of these files share. Raise what `files_at` raises."""
    from reconciler.cli.past import history_or_none
    from reconciler.git.state import checkout_of

    configuration, desired = found.configuration, found.desired
    roles = workspace.roles_from(files, configuration)
    before = files_at(asked.base, roles, found, asked.today, this_day()) if asked.base else Before(None)
    first, *later = roles.directories
    commit, edited = checkout_of(roles.directories, configuration.lock, edits=asked.edits)
    source = RoleFiles(first, desired.digest, commit, tuple(later), edited)
    past = once(lambda: history_or_none(files, configuration, desired.roles, asked.today)) if asked.past else None
    return Shared(asked, source, before, past)


def once(read: Callable[[], Value]) -> Callable[[], Value]:
    """Return what calls `read` at most once, however many threads ask: tenants of the same files have one history."""
    lock, found = Lock(), list[Value]()

    def remembered() -> Value:
        with lock:
            if not found:
                found.append(read())
            return found[0]

    return remembered


class Before(NamedTuple):
    """The desired roles by name, and the codes of each set, at a merge base. Not valid is None, with a note."""

    roles: Mapping[str, DesiredRole] | None
    sets: Mapping[str, frozenset[str]] = MappingProxyType({})
    notes: tuple[str, ...] = ()
    rules: RulesThen | None = None


def files_at(ref: str, roles: RolesFrom, found: Workspace, today: Day, machine_day: Day) -> Before:
    """Return what the files at the merge base of `ref` and HEAD define on the day `today`.

    Role files are read with the lock that was there then under the same name. Raise what `files_at_merge_base` raises.
    """
    from reconciler.cli.base_rules import base_of, compare_rules

    base = base_of(ref, roles, found.configuration)
    then = compare_rules(base, found, today, machine_day)
    before = _roles_at(base, found.configuration.lock, today)
    return before._replace(notes=(*before.notes, *then.notes), rules=(then.changed, then.findings))


def _roles_at(base: Then, lock: Path, today: Day) -> Before:
    try:
        return defined_at(base, lock, today)
    except InvalidInput as error:
        first = error.findings[0]
        where = f"the role files at the merge base ({base.base.commit[:12]})"
        note = f"{where} are not valid, so the origin of each change is unknown: {first}"
        return Before(None, notes=(note,))


def defined_at(then: Then, lock: Path, today: Day) -> Before:
    """Return what the role files of a base define, read with its lock. Raise `InvalidInput` with their problems."""
    base = then.base
    if not any(base.layers):
        return Before({})
    loaded = defined_in(base.layers, then.choice, today=today, lock=workspace.lock_at(base, lock))
    return Before(
        {entry.role.name: entry for entry in loaded.roles},
        {name: found.codes for name, found in loaded.sets.items()},
    )


def view(report: ReportOptions, plan: Plan, made_at: str) -> View:
    """How to show a plan in this run: with links to the forge where CI says which one it is."""
    from reconciler.ci import read_ci  # for plans only

    ci = read_ci(os.environ)
    columns = min(report.width or COLUMNS, COLUMNS)
    links = ci.links(plan.source.commit)
    return View(made_at, color=report.colored, links=links, from_top=ci.from_top(), columns=columns)


def now() -> str:
    """Return the time as documents write it: RFC 3339 in UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
