"""What looks idle for one tenant, judged over all tenants: another one's roles may need it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.load.written import included_sets
from reconciler.model.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reconciler.cli.workspace import Library
    from reconciler.config.settings import Configuration
    from reconciler.load import Loaded
    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding, Place
    from reconciler.policy.reviews import Review
    from reconciler.policy.rules import Policies

_Places = frozenset["Place | None"]


class Everyone:
    """All tenants of a configuration. Their files are read when something looks idle, and judged once."""

    def __init__(self, whole: Configuration, today: Day, library: Library) -> None:
        """Start with nothing read."""
        self._whole = whole
        self._today = today
        self._library = library
        self._judged: dict[tuple[str, int], tuple[object, _Places]] = {}

    @cached_property
    def sets(self) -> _Places:
        """Return the places of the sets that a role of a tenant includes."""
        return frozenset(place for loaded, _ in self._distinct or () for place in included_sets(loaded.written))

    def idle(self, what: str, rules: object, of: Callable[[Loaded, Lock | None], Iterable[Place | None]]) -> _Places:
        """Return the places that are idle for every tenant; none if files of one are not valid, which may need them.

        `of` returns those that are idle with the roles and the lock of one tenant. It judges `what` of `rules`.
        """
        key = what, id(rules)
        if key not in self._judged:
            each = [frozenset(of(loaded, lock)) for loaded, lock in self._distinct or ()]
            self._judged[key] = rules, frozenset.intersection(*each) if each else frozenset()
        return self._judged[key][1]

    @property
    def known(self) -> bool:
        """Return whether the files of all tenants are valid."""
        return self._distinct is not None

    @cached_property
    def _distinct(self) -> Sequence[tuple[Loaded, Lock | None]] | None:
        """Return the roles of all tenants with their locks, equal ones once; None if some files are not valid."""
        from reconciler.cli.workspace import roles_of

        found: dict[tuple[int, int], tuple[Loaded, Lock | None]] = {}
        try:
            for tenant in map(self._whole.of, self._whole.tenants):
                roles = roles_of(tenant)
                lock = self._library.lock(tenant, roles)
                loaded, problems = self._library.shelf.read(roles, self._today, lock)
                if problems:
                    return None
                found[id(loaded), id(lock)] = loaded, lock
        except InvalidInput:
            return None
        return list(found.values())


class Others:
    """What a tenant has that looks idle, without what another tenant needs. Without tenants, nothing is left out."""

    def __init__(self, configuration: Configuration, today: Day, library: Library) -> None:
        """Read nothing yet."""
        whole = configuration.whole
        self._everyone = None if whole is None or len(whole.tenants) == 1 else library.everyone(whole, today)
        self._today = today

    def of_policies(self, policies: Policies, desired: Loaded | None, lock: Lock | None) -> Sequence[Finding]:
        """Return an error for each part of a policy that cannot fire for any tenant, sorted by place.

        `desired` is None if the role files are not valid.
        """
        from reconciler.policy.idle import idle_parts

        unmatched, wrong = idle_parts(policies, desired.roles if desired else None, lock)
        if unmatched and self._everyone:
            left = self._everyone.idle(
                "policies",
                policies,
                lambda other, its_lock: (each.place for each in idle_parts(policies, other.roles, its_lock).unmatched),
            )
            unmatched = [each for each in unmatched if each.place in left]
        return sorted([*unmatched, *wrong])

    def sets(self, desired: Loaded) -> Loaded:
        """Return the roles without a warning of a set that a role of another tenant includes."""
        if self._everyone is None or not any(each.rule == "unused-set" for each in desired.warnings):
            return desired
        known, used = self._everyone.known, self._everyone.sets
        kept = (each for each in desired.warnings if each.rule != "unused-set" or (known and each.place not in used))
        return replace(desired, warnings=tuple(kept))

    def known(self, findings: Iterable[Finding]) -> Iterable[Finding]:
        """Return the findings of files that are not valid, without what another tenant may need."""
        return (each for each in findings if self._everyone is None or each.rule != "unused-set")

    def waivers(self, policies: Policies, desired: Loaded, lock: Lock | None) -> Policies:
        """Return the policies; `in_use` has the waivers that another tenant needs and this one does not."""
        if not policies.waivers or self._everyone is None:
            return policies
        from reconciler.policy.check import findings

        def idle(roles: Loaded, its_lock: Lock | None) -> set[Place | None]:
            return {each.place for each in findings(policies, roles.roles, self._today, its_lock).idle}

        here = idle(desired, lock)
        needed = here and here - self._everyone.idle("waivers", policies, idle)
        return replace(policies, in_use=frozenset(place for place in needed if place is not None))

    def reviews(self, entries: Sequence[Review], desired: Loaded) -> Sequence[Finding]:
        """Return a warning for each entry of the reviews that is about no role of any tenant."""
        from reconciler.policy.reviews import idle_entries

        found = idle_entries(desired.roles, entries)
        if not found or self._everyone is None:
            return found

        def idle(roles: Loaded, _lock: Lock | None) -> set[Place | None]:
            return {each.place for each in idle_entries(roles.roles, entries)}

        left = self._everyone.idle("reviews", entries, idle)
        return [each for each in found if each.place in left]
