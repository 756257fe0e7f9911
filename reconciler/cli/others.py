"""What looks idle for one tenant, judged over all tenants: another one's roles may need it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.options import FilesOptions
from reconciler.load import load_from
from reconciler.load.written import included_sets
from reconciler.model.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from reconciler.cli.workspace import Library
    from reconciler.config.settings import Configuration
    from reconciler.load import Loaded
    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding, Place
    from reconciler.policy.rules import Policies


class Others(NamedTuple):
    """The other tenants of a configuration, whose files are read when something looks idle."""

    configuration: Configuration
    today: Day
    library: Library

    def of_policies(self, policies: Policies, desired: Loaded, lock: Lock | None) -> Sequence[Finding]:
        """Return an error for each part of a policy that cannot fire for any tenant, sorted by place."""
        from reconciler.policy.idle import idle_parts

        unmatched, wrong = idle_parts(policies, desired.roles, lock)
        left = self._still(
            {each.place for each in unmatched},
            lambda other, its_lock: {each.place for each in idle_parts(policies, other.roles, its_lock).unmatched},
        )
        return sorted([*(each for each in unmatched if each.place in left), *wrong])

    def sets(self, desired: Loaded) -> Loaded:
        """Return the roles without a warning of a set that a role of another tenant includes."""
        unused = {each.place for each in desired.warnings if each.rule == "unused-set"}
        left = self._still(unused, lambda other, _: unused - included_sets(other.written))
        kept = (each for each in desired.warnings if each.rule != "unused-set" or each.place in left)
        return replace(desired, warnings=tuple(kept)) if unused - left else desired

    def waivers(self, policies: Policies, desired: Loaded, lock: Lock | None) -> Policies:
        """Return the policies; `in_use` has the waivers that another tenant needs and this one does not."""
        if not policies.waivers or not self._are_some():
            return policies
        from reconciler.policy.check import findings

        def idle(roles: Loaded, its_lock: Lock | None) -> set[Place | None]:
            return {each.place for each in findings(policies, roles.roles, self.today, its_lock).idle}

        here = idle(desired, lock)
        needed = here - self._still(here, idle)
        return replace(policies, in_use=frozenset(place for place in needed if place is not None))

    def _still(
        self, places: set[Place | None], idle: Callable[[Loaded, Lock | None], Collection[Place | None]]
    ) -> set[Place | None]:
        """Return those of `places` that are idle for every tenant; none if files of another tenant are not valid."""
        left = set(places)
        try:
            for other, lock in self._read() if left else ():
                left.intersection_update(idle(other, lock))
        except InvalidInput:
            return set()
        return left

    def _are_some(self) -> bool:
        return self.configuration.whole is not None and len(self.configuration.whole.tenants) > 1

    def _read(self) -> Iterator[tuple[Loaded, Lock | None]]:
        """Yield the roles of each other tenant with its lock, equal ones once. Raise `InvalidInput` with problems."""
        from reconciler.cli.workspace import roles_from

        whole = self.configuration.whole
        done: set[int] = set()
        for theirs in () if whole is None else map(whole.of, whole.tenants):
            if theirs.tenant == self.configuration.tenant:
                continue
            lock = self.library.lock(theirs)
            roles = roles_from(FilesOptions(), theirs)
            loaded = load_from(roles, today=self.today, lock=lock, shelf=self.library.shelf)
            if id(loaded) not in done:
                done.add(id(loaded))
                yield loaded, lock
