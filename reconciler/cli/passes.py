"""One pass from the command line's side: what `plan`, `apply` and `undo` share before and after the story itself."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli import workspace
from reconciler.cli.connection import ConnectionOptions, transport
from reconciler.cli.progress import waiting
from reconciler.model.errors import InvalidInput
from reconciler.plan.changes import RoleFiles
from reconciler.policy.judge import Judged, judge
from reconciler.reconcile import Rules, plan_pass
from reconciler.render.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.api.both import Lists
    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.cli.report import ReportOptions
    from reconciler.config.connection import Connection
    from reconciler.config.settings import Configuration
    from reconciler.load import Loaded
    from reconciler.model.roles import Role
    from reconciler.plan.changes import Plan


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass starts from: role files, configuration and connection, all of them checked."""

    configuration: Configuration
    desired: Loaded
    roles_dir: str
    rules: Rules
    options: ConnectionOptions
    connection: Connection

    @classmethod
    def prepare(cls, files: FilesOptions, options: ConnectionOptions, raised: LimitOptions) -> Pass:
        """Read what is on this machine. Raises `InvalidInput` or `CommandLineError`, before any request."""
        configuration, desired = workspace.load_all(files)
        return cls(
            configuration,
            desired,
            workspace.roles_dir(files, configuration),
            Rules(configuration.scope, workspace.limits(configuration, raised)),
            options,
            options.settle(configuration),
        )

    @property
    def journal(self) -> Path | None:
        """Where the configuration has `apply` record what it does."""
        return self.configuration.journal

    def plan(self, *, base: str | None = None, verbose: int = 0) -> Judged:
        """Read the live state and plan, with a client of its own."""
        from reconciler.api import Reader as ApiReader

        at_base = roles_at(base, self.roles_dir) if base else None
        with transport(self.options, self.connection, verbose=verbose) as opened:
            return self.plan_with(ApiReader(opened), at_base)

    def plan_with(self, reader: Lists, at_base: AtBase | None = None) -> Judged:
        """Read the live state through `reader` and plan."""
        with waiting("reading the live roles"):
            judged = plan_pass(
                self.desired,
                reader,
                self.rules,
                target=self.connection.url,
                source=self.source(),
                base=at_base.roles if at_base else None,
            )
        if at_base is None or at_base.note is None:
            return judged
        notes = tuple(sorted([*judged.plan.notes, at_base.note]))
        return judge(replace(judged.plan, notes=notes), self.rules.limits)

    def source(self) -> RoleFiles:
        """Where the desired state came from, for the plan's document."""
        from reconciler.git.repository import head_commit

        return RoleFiles(self.roles_dir, self.desired.digest, head_commit(Path(self.roles_dir)))


@dataclass(frozen=True, slots=True)
class AtBase:
    """The desired roles at the merge base; None, with a note that says why, where they were not valid then."""

    roles: Mapping[str, Role] | None
    note: str | None = None


def roles_at(ref: str, roles_dir: str) -> AtBase:
    """The role files at the merge base of `ref` and HEAD; raises what `files_at_merge_base` does."""
    from reconciler.git.base import files_at_merge_base
    from reconciler.load import load_documents

    base = files_at_merge_base(roles_dir, ref)
    if not base.files:
        return AtBase({})
    try:
        loaded = load_documents(base.files)
    except InvalidInput as error:
        first = error.findings[0]
        where = f"the role files at the merge base ({base.commit[:12]})"
        return AtBase(None, f"{where} are not valid, so the origin of each change is unknown: {first}")
    return AtBase({entry.role.name: entry.role for entry in loaded.roles})


def view(report: ReportOptions, plan: Plan, made_at: str) -> View:
    """How to show a plan in this run: with links to the forge where CI says which one it is."""
    from reconciler.ci import read_ci  # for plans only

    ci = read_ci(os.environ)
    return View(made_at, color=report.colored, links=ci.links(plan.source.commit), from_top=ci.from_top())


def now() -> str:
    """The time, as documents write it: RFC 3339 in UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
