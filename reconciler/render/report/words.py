"""The words of a report that text and page share. Nothing here is inert yet: each format makes it so in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.inert import first_few
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.report import AccessChange, Applied, Report, Row
    from reconciler.model.revisions import Revision

_AUTHORS = 3
_NO_SYSTEM_ROLES = "System roles (admin, agent, supervisor) are not in it: no file defines them, and they never change."
_NO_PEOPLE = "People are not in it: agents are assigned to roles in OmniStream, and role files do not say to whom."


def title(report: Report) -> str:
    """Return what the report is about: which files, which commit and which day."""
    covers = report.covers
    return f"Access by {covers.roles_dir} at {covers.commit[:12]} on {covers.today}"


def as_of(report: Report) -> str:
    """Return `As of 2027-01-01 (not today)` for another day, otherwise an empty string."""
    return f"As of {report.covers.today} (not today)" if report.covers.looks_ahead else ""


def covered(report: Report) -> list[str]:
    """Return what the report covers and what it does not cover, and why, as sentences."""
    desired = [role for role in report.roles if role.place is not None]
    held = sum(len(role.codes) for role in desired)
    roles, permissions = counted(len(desired), "custom role"), counted(held, "permission")
    found = [f"It covers {roles} of {report.covers.roles_dir} with {permissions}, as the role files are now."]
    found += [_NO_SYSTEM_ROLES, _NO_PEOPLE]
    if report.covers.skipped:
        skipped = report.covers.skipped
        could = f"{counted(skipped, 'commit')} could not be read"
        found.append(f"{could}: the role files there are not valid. The state before {_it(skipped)} goes on.")
    if any(row.since is not None and row.since.commit is None for row in report.rows):
        found.append("Some permissions are not committed yet: they have no commit, and today as their day.")
    return found


def _it(number: int) -> str:
    return "it" if number == 1 else "them"


def revision(found: Revision) -> str:
    """Return `3f2a9c1d0b4e "Let clerks pay back (#212)" by Ana Ruiz, pull request 212`, or the subject alone."""
    if found.commit is None:
        return found.subject
    by = f" by {first_few(found.authors, _AUTHORS, str)}" if found.authors else ""
    request = f", pull request {found.pull_request}" if found.pull_request is not None else ""
    return f'{found.short} "{found.subject}"{by}{request}'


def since(found: Revision) -> str:
    """Return the same on little room, without the subject: `2026-03-14 (3f2a9c1d0b4e, pull request 212, Ana Ruiz)`."""
    request = f"pull request {found.pull_request}" if found.pull_request is not None else ""
    parts = [found.short or found.subject, request, first_few(found.authors, _AUTHORS, str)]
    return f"{found.date} ({', '.join(filter(None, parts))})"


def through(row: Row) -> str:
    """Return the set and the pattern that give the permission; empty if the role itself lists it."""
    names = [] if row.set is None else [f"set {row.set}"]
    return ", ".join([*names, *([] if row.pattern is None else [row.pattern])])


def reviewed(row: Row) -> str:
    """Return when and by whom the permission was reviewed."""
    return f"reviewed {row.review.on} by {row.review.by}" if row.review else "not reviewed"


def event(change: AccessChange) -> str:
    """Return what a change did, such as `granted billing.refund to billing-clerk`."""
    match change.event:
        case "granted":
            return f"granted {change.code} to {change.role}"
        case "revoked":
            return f"revoked {change.code} from {change.role}"
        case "renamed":
            return f"renamed {change.renamed_from} to {change.role}"
        case _:
            return f"{change.event} {change.role}"


def applied(found: Applied) -> str:
    """Return when, by whom and to which tenant a change was applied, and which journal says so."""
    return f"applied {found.time} by {found.actor} to {found.target} ({found.journal})"


def said_by_journals(change: AccessChange, journals: Sequence[str]) -> list[str]:
    """Return what journals say of a change, one sentence each; nothing if no journal was asked."""
    if not journals:
        return []
    return [applied(each) for each in change.applied] or ["not applied, as far as the journals say"]


def equal(report: Report) -> list[str]:
    """Return a sentence for each group of roles with the same permissions."""
    codes = {role.name: role.codes for role in report.roles}
    return [
        f"{', '.join(names)} hold the same permissions ({len(codes[names[0]])}); one role may be enough"
        for names in report.advice.equal
    ]
