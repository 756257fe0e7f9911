"""The words of a report that text and page share. Text of files is not inert yet, where nothing else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.history.events import EventKind
from reconciler.render.revisions import briefly, by_authors
from reconciler.render.why import skipped
from reconciler.render.words import counted, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.history.applied import AppliedEvent
    from reconciler.history.events import Event
    from reconciler.history.report import AccessChange, Report, Row
    from reconciler.model.revisions import Revision

_NO_SYSTEM_ROLES = "System roles (admin, agent, supervisor) are not in it, because no role file defines them."
_NO_PEOPLE = "People are not in it: agents get their roles in OmniStream, and role files do not say who has which."


def title(report: Report) -> str:
    """Return what the report is about: which files, which commit and which day."""
    covers = report.covers
    return f"Access report of {covers.roles_dir} at {covers.commit[:12]}, for {covers.today}"


def as_of(report: Report) -> str:
    """Return `As of 2027-01-01 (not today)` for another day, otherwise an empty string."""
    return f"As of {report.covers.today} (not today)" if report.covers.looks_ahead else ""


def covered(report: Report) -> list[str]:
    """Return what the report covers and what it does not cover, and why, as sentences."""
    desired = [role for role in report.roles if role.place is not None]
    held = sum(len(role.codes) for role in desired)
    roles, permissions = counted(len(desired), "role"), counted(held, "permission")
    found = [f"It covers the custom roles that the role files define now: {roles} with {permissions}."]
    found += [_NO_SYSTEM_ROLES, _NO_PEOPLE]
    if report.covers.skipped:
        found.append(skipped(report.covers.skipped))
    if any(row.since is not None and row.since.commit is None for row in report.rows):
        found.append("Some permissions are not committed yet: they have no commit, and the day is today.")
    return found


def since(found: Revision) -> str:
    """Return `since 2026-03-14 (#212) by Ana Ruiz`. The result is inert."""
    return f"since {briefly(found)}{by_authors(found) if found.commit is not None else ''}"


def through(row: Row) -> str:
    """Return the set and the pattern that give the permission; empty if the role itself lists it."""
    names = [] if row.set is None else [f"set {row.set}"]
    return ", ".join([*names, *([] if row.pattern is None else [row.pattern])])


def reviewed(row: Row) -> str:
    """Return when and by whom the permission was reviewed."""
    return f"reviewed {row.review.on} by {row.review.by}" if row.review else "not reviewed"


def what(event: Event) -> str:
    """Return what an event did, such as `granted billing.refund to billing-clerk`."""
    match event.kind:
        case EventKind.GRANTED:
            return f"granted {event.code} to {said(event.role)}"
        case EventKind.REVOKED:
            return f"revoked {event.code} from {said(event.role)}"
        case EventKind.RENAMED:
            return f"renamed {said(event.renamed_from or '')} to {said(event.role)}"
        case _:
            return f"{event.kind.word} {said(event.role)}"


def said_by_journals(change: AccessChange, journals: Sequence[str]) -> list[str]:
    """Return what journals say of a change, one sentence each; nothing if no journal was asked."""
    if not journals:
        return []
    return [_applied(each) for each in change.applied] or ["not applied, as far as the journals say"]


def equal(report: Report) -> list[str]:
    """Return a sentence for each group of roles with the same permissions."""
    codes = {role.name: role.codes for role in report.roles}
    return [
        f"{', '.join(names)} hold the same permissions ({len(codes[names[0]])}); one role may be enough"
        for names in report.advice.equal
    ]


def _applied(event: AppliedEvent) -> str:
    return f"applied {event.time} by {event.actor} to {event.target} ({event.journal})"
