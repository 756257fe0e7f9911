"""A saved plan from the command line's side: read back, and held against the files at hand before the live state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli import workspace
from reconciler.cli.files import read_text
from reconciler.config.settings import Configuration, load_configuration
from reconciler.load import load_roles
from reconciler.model.errors import FileFailed, InvalidInput, StalePlan
from reconciler.plan.changes import Undo
from reconciler.plan.saved import loads
from reconciler.reconcile import Rules, fit_saved

if TYPE_CHECKING:
    from reconciler.api.both import Lists
    from reconciler.cli.connection import ConnectionOptions
    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.config.connection import Connection
    from reconciler.plan.changes import Plan
    from reconciler.policy.judge import Judged


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A saved plan, the rules and the connection of this run, and the digest of the role files at hand, if any."""

    plan: Plan
    created_at: str
    digest: str | None
    rules: Rules
    connection: Connection
    journal: Path | None

    @classmethod
    def prepare(cls, path: Path, files: FilesOptions, options: ConnectionOptions, raised: LimitOptions) -> SavedPlan:
        """Read the plan and what is on this machine, before any request.

        Raises `StalePlan` for a plan that was tampered with, and where role files are at hand that are not valid: then
        they are not those that the plan was made from.
        """
        try:
            plan, created_at = loads(read_text(path, "saved plan"), str(path))
        except FileFailed:
            load_configuration(files.config)  # where several exit codes hold, the order is 5, 3, 1
            raise
        configuration = load_configuration(files.config)
        return cls(
            plan,
            created_at,
            _digest_at_hand(files, configuration, plan),
            Rules(configuration.scope, workspace.limits(configuration, raised)),
            options.settle(configuration),
            configuration.journal,
        )

    def fit(self, reader: Lists) -> Judged:
        """Hold the plan against the tenant; see `reconcile.fit_saved`."""
        return fit_saved(self.plan, reader, self.rules, target=self.connection.url, digest=self.digest)


def _digest_at_hand(files: FilesOptions, configuration: Configuration, plan: Plan) -> str | None:
    """The digest of the role files at hand; None where there are none, or where the plan is not of role files."""
    directory = workspace.roles_dir(files, configuration)
    if isinstance(plan.source, Undo) or (files.roles_dir is None and not Path(directory).exists()):
        return None
    try:
        return load_roles(directory).digest
    except InvalidInput as error:
        message = "the role files at hand are not valid, so they are not those that the plan was made from"
        raise StalePlan(
            f"{message}; check out the commit that it was made from, or run `reconciler plan` again:\n{error}"
        ) from None
