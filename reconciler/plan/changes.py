"""The parts of a `Plan`. Pure: no I/O, clock or configuration files.

A change is one of three small types, `Create | Update | Delete`. Each has only what its API call needs. Distinguish
them with `match` and `assert_never`. Verdicts, grants, revokes and the summary are derived here from before and after,
so what is shown never differs from what is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from reconciler.model.revisions import Revision
from reconciler.model.roles import Grant
from reconciler.plan.action import Action, Origin, Verdict
from reconciler.plan.ends import EndChanged, recently_ended
from reconciler.plan.sources import Compared

if TYPE_CHECKING:
    from reconciler.model.catalogue import Catalogue
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.model.roles import Location, Role
    from reconciler.plan.catalogue_changes import CatalogueChanges
    from reconciler.plan.only import LeftAlone, Only
    from reconciler.plan.rules_changed import RuleChange
    from reconciler.plan.sources import Source

Grants = Mapping[str, Grant]
"""Items of role files, by the code that each gives."""

Since = Mapping[str, Revision]
"""What granted codes to a role, by code."""

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Create:
    """Create a desired role that is not live, with POST."""

    action: ClassVar[Action] = Action.CREATE
    after: Role
    location: Location | None = None
    origin: Origin = Origin.UNKNOWN
    id: None = None
    before: None = None
    drifted: frozenset[str] = _NOTHING
    grants: Grants = field(default_factory=dict, compare=False, hash=False, repr=False)
    ended: Grants = field(default_factory=dict, compare=False, hash=False, repr=False)
    since: Since = field(default_factory=dict, compare=False, hash=False, repr=False)

    @property
    def name(self) -> str:
        """Return the role's name."""
        return self.after.name

    @property
    def granted(self) -> frozenset[str]:
        """Return the codes that the change grants to the role."""
        return self.after.permissions

    @property
    def revoked(self) -> frozenset[str]:
        """Return the codes that the change revokes from the role: none."""
        return _NOTHING

    @property
    def verdict(self) -> Verdict:
        """Return what the change does to access."""
        return Verdict.of(len(self.granted), len(self.revoked))


@dataclass(frozen=True, slots=True)
class Update:
    """Change a live role that differs from the desired one, with PATCH on its id. A different name is a rename."""

    action: ClassVar[Action] = Action.UPDATE
    id: str
    before: Role
    after: Role
    location: Location | None = None
    origin: Origin = Origin.UNKNOWN
    drifted: frozenset[str] = _NOTHING
    grants: Grants = field(default_factory=dict, compare=False, hash=False, repr=False)
    ended: Grants = field(default_factory=dict, compare=False, hash=False, repr=False)
    since: Since = field(default_factory=dict, compare=False, hash=False, repr=False)
    drifted_fields: frozenset[str] = _NOTHING

    @property
    def name(self) -> str:
        """Return the role's name after the change."""
        return self.after.name

    @property
    def renamed_from(self) -> str | None:
        """Return the current name of the live role if the change renames it, otherwise None."""
        return None if self.before.name == self.after.name else self.before.name

    @property
    def granted(self) -> frozenset[str]:
        """Return the codes that the change grants to the role."""
        return self.after.permissions - self.before.permissions

    @property
    def revoked(self) -> frozenset[str]:
        """Return the codes that the change revokes from the role."""
        return self.before.permissions - self.after.permissions

    @property
    def verdict(self) -> Verdict:
        """Return what the change does to access."""
        return Verdict.of(len(self.granted), len(self.revoked))


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete an unmanaged role, with DELETE on its id."""

    action: ClassVar[Action] = Action.DELETE
    id: str
    before: Role
    origin: Origin = Origin.UNKNOWN
    location: None = None
    after: None = None
    drifted: frozenset[str] = _NOTHING
    grants: Grants = field(default_factory=dict, compare=False, hash=False, repr=False)
    ended: Grants = field(default_factory=dict, compare=False, hash=False, repr=False)
    since: Since = field(default_factory=dict, compare=False, hash=False, repr=False)

    @property
    def name(self) -> str:
        """Return the role's name."""
        return self.before.name

    @property
    def granted(self) -> frozenset[str]:
        """Return the codes that the change grants to the role: none."""
        return _NOTHING

    @property
    def revoked(self) -> frozenset[str]:
        """Return the codes that the change revokes from the role: all of them."""
        return self.before.permissions

    @property
    def verdict(self) -> Verdict:
        """Return what the change does to access."""
        return Verdict.of(len(self.granted), len(self.revoked))


Change = Create | Update | Delete
"""One change. `drifted` has those of its granted and revoked codes that only undo drift (`reconciler.plan.origin`), and
`drifted_fields` likewise `name` and `description`, which only an update can change.

`grants` has the items that give the role its codes, as in `DesiredRole`. `ended` has the revoked codes whose grants
ended, and `since` what last granted a revoked code in the role files, where their history knows.
"""


def source_of(change: Change, code: str) -> Grant | None:
    """Return the item of a role file that gives the role `code`; None for a change that no role file asks for."""
    if change.location is None:
        return None
    return change.grants.get(code) or Grant(change.location.place_of(code))


def id_of(change: Change, plan: Plan) -> str | None:
    """Return the id of the role that `change` of `plan` changes; None where role files are compared with role files."""
    return None if isinstance(plan.source, Compared) else change.id


class Summary(NamedTuple):
    """The counts of a plan.

    `grants` and `revokes` count (role, permission) pairs. `roles` counts the roles that have a grant or a revoke.
    `revokes_ended` counts the revokes by an end of the last 7 days, which do not count towards `max_revokes`.
    """

    create: int
    update: int
    delete: int
    unchanged: int
    unmanaged: int
    grants: int
    revokes: int
    roles: int
    verdict: Verdict
    revokes_ended: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pass changes in one tenant, and what it leaves alone. Every tuple is sorted by name.

    `unmanaged` holds the unmanaged roles that are kept (`unmanaged: report`), `unmanaged_ids` their ids in the same
    order; unmanaged roles that are not kept are deletes. `changes` includes the refused changes, so the plan is shown
    in full. `refused` has a finding for each refused role and rule; it says what allows the change. `notes` are
    warnings and hints for people, sorted. `compared` is true if the changes have origins (`--base`). `target` is empty
    if the source is `Compared`.
    `catalogue_changes` is what differs between the catalogue and the lock; None without a lock.

    `today` is the day for which the plan was made, `looks_ahead` whether that was another day than it was then.
    `valid_until` is the earliest end of a grant that a desired role holds. `ends_changed` has the ends that differ from
    the base, None without a base. `findings` are those of policies on that day, sorted by policy, role and codes.

    `rules_changed` are the rules that differ from the base, and `base_findings` what the policies of the base say of
    the desired roles now. Both are None without a base. `sensitive` are the codes that a policy with `needs` names.

    `only` is the kind of changes that the plan is narrowed to, None for a whole plan. `left_alone` is what the whole
    plan would do besides, sorted by name, and `kept` the live roles that a file defines and of which all is left alone.
    """

    target: str
    source: Source
    changes: tuple[Change, ...]
    unchanged: tuple[Role, ...] = ()
    unmanaged: tuple[Role, ...] = ()
    ignored: tuple[Role, ...] = ()
    system: tuple[Role, ...] = ()
    refused: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    catalogue: Catalogue = field(default_factory=dict, compare=False, hash=False, repr=False)
    unmanaged_ids: tuple[str, ...] = ()
    compared: bool = False
    catalogue_changes: CatalogueChanges | None = field(default=None, compare=False, hash=False, repr=False)
    today: Day | None = None
    looks_ahead: bool = False
    valid_until: Day | None = None
    ends_changed: tuple[EndChanged, ...] | None = None
    findings: tuple[Finding, ...] = ()
    rules_changed: tuple[RuleChange, ...] | None = None
    base_findings: tuple[Finding, ...] | None = None
    sensitive: frozenset[str] = _NOTHING
    only: Only | None = None
    left_alone: tuple[LeftAlone, ...] = ()
    kept: tuple[Role, ...] = ()
    tenant: str | None = None

    @property
    def gives(self) -> bool:
        """Return whether the plan grants or creates something. Only such a plan is refused by a policy."""
        return any(change.granted or change.action is Action.CREATE for change in self.changes)

    @property
    def desired_count(self) -> int:
        """Return how many roles the files define."""
        planned = sum(1 for change in self.changes if change.after)
        created = sum(1 for change in self.left_alone if change.action is Action.CREATE)
        return planned + created + len(self.unchanged) + len(self.kept)

    @property
    def live_count(self) -> int:
        """Return how many roles the API returned, including system roles."""
        return len(self.touchable) + len(self.ignored) + len(self.system)

    @property
    def touchable(self) -> tuple[Role, ...]:
        """Return the live custom roles that are not ignored, before the changes. They are 100 % for the limits."""
        changed = (change.before for change in self.changes if change.before)
        return (*changed, *self.unchanged, *self.kept, *self.unmanaged)

    def unmanaged_with_ids(self) -> Iterator[tuple[Role, str | None]]:
        """Return the unmanaged roles that are kept, each with its id, or None if an older document has no id."""
        ids = self.unmanaged_ids if len(self.unmanaged_ids) == len(self.unmanaged) else [None] * len(self.unmanaged)
        return zip(self.unmanaged, ids, strict=True)

    def summary(self) -> Summary:
        """Return the counts of changes, grants and revokes."""
        actions = Counter(change.action for change in self.changes)
        grants = [len(change.granted) for change in self.changes]
        revokes = [len(change.revoked) for change in self.changes]
        return Summary(
            create=actions[Action.CREATE],
            update=actions[Action.UPDATE],
            delete=actions[Action.DELETE],
            unchanged=len(self.unchanged),
            unmanaged=len(self.unmanaged),
            grants=sum(grants),
            revokes=sum(revokes),
            roles=sum(1 for given, taken in zip(grants, revokes, strict=True) if given or taken),
            verdict=Verdict.of(sum(grants), sum(revokes)),
            revokes_ended=sum(len(recently_ended(change, self.today)) for change in self.changes),
        )
