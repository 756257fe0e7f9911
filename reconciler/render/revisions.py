"""A revision in words, as every answer about the past shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.days import days_until
from reconciler.model.inert import first_few, quoted, visible
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.revisions import Revision
    from reconciler.plan.changes import Change

_MOST_AUTHORS = 3


def change_of(revision: Revision) -> str:
    """Return `3f2a9c1d0b4e "Let clerks pay back (#212)" by Ana Ruiz, pull request 212`, without what is not known."""
    if revision.commit is None:
        return visible(revision.subject)
    request = "" if revision.pull_request is None else f", pull request {revision.pull_request}"
    return f"{revision.short} {quoted(revision.subject)}{by_authors(revision)}{request}"


def by_authors(revision: Revision) -> str:
    """Return ` by Ana Ruiz`; the first three names of many. Of a merge of which this clone lacks commits, say so."""
    if not revision.authors:
        return ", authors unknown (shallow clone)"
    return f" by {first_few(revision.authors, _MOST_AUTHORS, lambda name: visible(name) or '(no name)')}"


def granted_by(change: Change, code: str) -> str:
    """Return `granted 2026-03-14: ` and the change, for a revoked code; empty where the history does not know."""
    revision = change.since.get(code)
    return "" if revision is None else f"granted {revision.date.isoformat()}: {change_of(revision)}"


def since(revision: Revision, today: Day) -> str:
    """Return `2026-03-14 (256 days): ` and the change. A date after today, of a clock that runs ahead, has no age."""
    days = -days_until(revision.date, today)
    age = f" ({counted(days, 'day')})" if days >= 0 else ""
    return f"{revision.date.isoformat()}{age}: {change_of(revision)}"


def briefly(revision: Revision) -> str:
    """Return `2025-11-02 (#151)`, with the commit where there is no pull request."""
    if revision.commit is None:
        return f"{revision.date.isoformat()} ({visible(revision.subject)})"
    known = revision.short if revision.pull_request is None else f"#{revision.pull_request}"
    return f"{revision.date.isoformat()} ({known})"
