"""The saved plans of several tenants, held against what is at hand: the configuration, role files, policies, the day.

Everything is held against before the first write, in the main thread. At its turn, a tenant's plan is read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli import workspace
from reconciler.cli.fleet.preparing import Once, same_files
from reconciler.cli.fleet.saved import read_plan
from reconciler.cli.saved import FromPlan, at_hand, check_applicable
from reconciler.cli.tenants import for_plan
from reconciler.config.connection import check_url
from reconciler.fleet.index import shown
from reconciler.fleet.saved_index import AGAIN
from reconciler.model.errors import Failed, ReconcilerError, StalePlan
from reconciler.plan.staleness import check_made_for

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.cli.fleet.preparing import Preparing
    from reconciler.cli.saved import FilesAtHand
    from reconciler.config.connection import Connection
    from reconciler.fleet.index import Index
    from reconciler.plan.changes import Plan


class AtHand:
    """What is at hand for the plans of a directory. `check` is for the main thread, `prepared` for any."""

    def __init__(self, preparing: Preparing) -> None:
        """Read nothing yet."""
        self._preparing = preparing
        self._once = Once()
        self._files: dict[str, FilesAtHand] = {}
        self._connections: dict[str, Connection | ReconcilerError] = {}

    def check_names(self, index: Index) -> None:
        """Raise `StalePlan` when the configuration does not have a tenant of the index.

        Raise `CommandLineError` when an option or a variable gives all tenants what each has itself.
        """
        self._preparing.connection.leave_to_the_configuration(alone=False)
        if strange := sorted(index.tenants.keys() - self._preparing.configuration.tenants.keys()):
            raise StalePlan(f"the configuration does not have {shown(strange)}, which the index lists; {AGAIN}")

    def check(self, name: str, plan: Plan) -> None:
        """Hold the plan of one tenant against what is at hand. Raise `StalePlan` when it does not fit."""
        preparing = self._preparing
        if plan.tenant != name:
            raise StalePlan(f"the plan of {shown([name])} was not made for this tenant; {AGAIN}")
        own = for_plan(preparing.files._replace(tenants=(), every=False), plan, preparing.configuration)
        check_applicable(plan, preparing.asked.today)
        files = self._once.get(
            same_files(own), lambda: at_hand(preparing.files, own, plan, preparing.asked.today, preparing.library)
        )
        url = check_url(own.url or "", allow_http=preparing.connection.allow_http)
        check_made_for(plan, url, files.digest, files.edited)
        self._files[name] = files
        try:
            self._connections[name] = preparing.connection.settle(own, alone=False)
        except ReconcilerError as error:  # a key that is missing is one tenant's failure
            self._connections[name] = error

    def prepared(self, directory: Path, index: Index, name: str) -> FromPlan:
        """Return the plan of one tenant at its turn, read again. Raise why there is none."""
        entry = index.tenants[name]
        if entry.digest is None:
            raise Failed(f"there is no plan of this tenant: {entry.error or entry.result}; {AGAIN}")
        connection = self._connections[name]
        if isinstance(connection, ReconcilerError):
            raise connection
        plan, created_at = read_plan(directory, name, index)
        own = self._preparing.configuration.of(name)
        limits = workspace.limits(own, self._preparing.raised)
        return FromPlan.of(plan, created_at, own, self._files[name], (connection, limits))
