"""What a `Plan` is made of: pure, without I/O, clock or configuration files.

A change is one of three small types, `Create | Update | Delete`, each with just what its API call needs; take it apart
with `match` and `assert_never`. All that counts and judges a plan (verdicts, grants, summary) is derived here from
before and after, so that what is shown can never differ from what is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from reconciler.plan.action import Action, Origin, Verdict

if TYPE_CHECKING:
    from reconciler.model.roles import Catalogue, Location, Role

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Create:
    """A desired role that is not live: POST."""

    action: ClassVar[Action] = Action.CREATE
    after: Role
    location: Location | None = None
    origin: Origin = Origin.UNKNOWN
    id: None = None
    before: None = None
    drifted: frozenset[str] = _NOTHING

    @property
    def name(self) -> str:
        """Return the role's name."""
        return self.after.name

    @property
    def granted(self) -> frozenset[str]:
        """Return the codes that the change gives to the role."""
        return self.after.permissions

    @property
    def revoked(self) -> frozenset[str]:
        """Return the codes that the change takes from the role: none."""
        return _NOTHING

    @property
    def verdict(self) -> Verdict:
        """Return what the change does to access."""
        return Verdict.of(len(self.granted), len(self.revoked))


@dataclass(frozen=True, slots=True)
class Update:
    """A live role that is not as desired: PATCH on its id. A name that differs is a rename."""

    action: ClassVar[Action] = Action.UPDATE
    id: str
    before: Role
    after: Role
    location: Location | None = None
    origin: Origin = Origin.UNKNOWN
    drifted: frozenset[str] = _NOTHING

    @property
    def name(self) -> str:
        """Return the role's name after the change."""
        return self.after.name

    @property
    def renamed_from(self) -> str | None:
        """Return the name that the live role has now, if the change gives it another one; else None."""
        return None if self.before.name == self.after.name else self.before.name

    @property
    def granted(self) -> frozenset[str]:
        """Return the codes that the change gives to the role."""
        return self.after.permissions - self.before.permissions

    @property
    def revoked(self) -> frozenset[str]:
        """Return the codes that the change takes from the role."""
        return self.before.permissions - self.after.permissions

    @property
    def verdict(self) -> Verdict:
        """Return what the change does to access."""
        return Verdict.of(len(self.granted), len(self.revoked))


@dataclass(frozen=True, slots=True)
class Delete:
    """An unmanaged role that is deleted: DELETE on its id."""

    action: ClassVar[Action] = Action.DELETE
    id: str
    before: Role
    origin: Origin = Origin.UNKNOWN
    location: None = None
    after: None = None
    drifted: frozenset[str] = _NOTHING

    @property
    def name(self) -> str:
        """Return the role's name."""
        return self.before.name

    @property
    def granted(self) -> frozenset[str]:
        """Return the codes that the change gives to the role: none."""
        return _NOTHING

    @property
    def revoked(self) -> frozenset[str]:
        """Return the codes that the change takes from the role: all of them."""
        return self.before.permissions

    @property
    def verdict(self) -> Verdict:
        """Return what the change does to access."""
        return Verdict.of(len(self.granted), len(self.revoked))


Change = Create | Update | Delete
"""Of each, `drifted` holds the codes among its grants and revokes that only undo drift (`reconciler.plan.origin`)."""


@dataclass(frozen=True, slots=True)
class RoleFiles:
    """A plan's source: role files in `path`, as the user names it. `digest` covers what they ask for."""

    path: str
    digest: str
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Undo:
    """A plan's source: the undo of a journal. `commit` is the one that the journal's last run was made from."""

    path: str
    commit: str | None = None


Source = RoleFiles | Undo
"""Where a plan comes from."""


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A role whose change is refused, and why; the reason names the option or line that would allow it."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of a plan; grants and revokes count (role, permission) pairs, `roles` the roles that have some."""

    create: int
    update: int
    delete: int
    unchanged: int
    unmanaged: int
    grants: int
    revokes: int
    roles: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one pass would do to one tenant, and all that it leaves alone. All tuples are sorted by name.

    `unmanaged` holds the unmanaged roles that stay (`unmanaged: report`), `unmanaged_ids` their ids in the same order;
    those that go are deletes. The change of a refused role is among the changes too: the plan is shown whole. `notes`
    are warnings and hints for people, sorted. `compared` is true where the changes have origins (`--base`).
    """

    target: str
    source: Source
    changes: tuple[Change, ...]
    unchanged: tuple[Role, ...] = ()
    unmanaged: tuple[Role, ...] = ()
    ignored: tuple[Role, ...] = ()
    system: tuple[Role, ...] = ()
    refused: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    catalogue: Catalogue = field(default_factory=dict, compare=False, hash=False, repr=False)
    unmanaged_ids: tuple[str, ...] = ()
    compared: bool = False

    @property
    def desired_count(self) -> int:
        """Return how many roles the files define."""
        return sum(1 for change in self.changes if change.after) + len(self.unchanged)

    @property
    def live_count(self) -> int:
        """Return how many roles the API returned, system roles included."""
        return len(self.touchable) + len(self.ignored) + len(self.system)

    @property
    def touchable(self) -> tuple[Role, ...]:
        """Return the live custom roles that are not ignored, as they are now. Percentages of limits refer to them."""
        return (*(change.before for change in self.changes if change.before), *self.unchanged, *self.unmanaged)

    def unmanaged_with_ids(self) -> Iterator[tuple[Role, str | None]]:
        """Return the unmanaged roles that stay, each with its id; None if an older document does not have it."""
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
        )
