"""What `report` tells an auditor: who holds what, since when and why, what changed, and what could be simpler.

`reconciler.history.evidence` puts it together, `reconciler.render.report` shows it in each format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.history.applied import AppliedEvent
    from reconciler.history.events import Event
    from reconciler.model.catalogue import Permission
    from reconciler.model.days import Day
    from reconciler.model.findings import Finding, Place
    from reconciler.model.revisions import Revision
    from reconciler.policy.reviews import Review


class Row(NamedTuple):
    """One permission of one role, or a role without permissions: its `code` is empty.

    `name` is empty without a lock. `since` is the revision that granted the permission. `review` is the last one of the
    role, None if it did not look at this permission. `findings` are ids of policies, and a waiver begins with one.
    `place` is that of the item that gives the permission.
    """

    role: str
    code: str
    name: str
    category: str
    place: Place
    owner: tuple[str, ...] = ()
    since: Revision | None = None
    reason: str | None = None
    until: Day | None = None
    review: Review | None = None
    set: str | None = None
    pattern: str | None = None
    waivers: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


class AccessChange(NamedTuple):
    """One event of the history, and what journals say of it, oldest first."""

    event: Event
    applied: tuple[AppliedEvent, ...] = ()


class Advice(NamedTuple):
    """What could be simpler: groups of roles with the same permissions, and codes of the lock that no role holds."""

    equal: tuple[tuple[str, ...], ...] = ()
    unused: tuple[str, ...] = ()


class Covers(NamedTuple):
    """What a report is about. `since` is the day from which it lists changes, None if it lists none.

    `commit` is that of HEAD; the rows are those of the files now, whether they are committed or not. `skipped` counts
    the commits whose files could not be read. `looks_ahead` is true if `today` is another day than that of the run.
    """

    roles_dir: str
    commit: str
    today: Day
    since: Day | None = None
    skipped: int = 0
    looks_ahead: bool = False


class ReportedRole(NamedTuple):
    """A role as the report has it. `before` are the codes that it held at the start of the day `Covers.since`.

    `place` is None, and `codes` is empty, if the role is gone since then. Without `Covers.since`, `before` is `codes`.
    """

    name: str
    description: str
    codes: frozenset[str]
    before: frozenset[str]
    place: Place | None = None
    owner: tuple[str, ...] = ()


class Report(NamedTuple):
    """The whole report: rows by role and code, changes newest first.

    `roles` are the desired roles by name, then those that are gone. `catalogue` is that of the lock, empty without one.
    `findings` are those of policies. `journals` are the paths of the journals that were asked what they say of changes.
    """

    covers: Covers
    rows: Sequence[Row] = ()
    changes: Sequence[AccessChange] = ()
    advice: Advice = Advice()
    roles: Sequence[ReportedRole] = ()
    catalogue: Mapping[str, Permission] = {}
    findings: Sequence[Finding] = ()
    journals: Sequence[str] = ()
