"""The answer of `why`, in text and JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reconciler.history.applied import AppliedEvent, applied_document
from reconciler.history.events import Event, EventKind, event_document
from reconciler.history.why import earlier
from reconciler.model.inert import named, visible
from reconciler.render.pen import Pen
from reconciler.render.revisions import briefly, change_of, since
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.history.why import Why
    from reconciler.model.revisions import Revision

FORMAT_VERSION = "1.0"
_SIGNS = {EventKind.GRANTED: "+", EventKind.REVOKED: "-"}


def why_text(why: Why, *, color: bool = False) -> str:
    """Return the answer for a terminal."""
    pen = Pen(color=color)
    lines = [f"{named(why.asked)} is now called {named(why.role)}."] if why.asked != why.role else []
    lines += _of_code(why) if why.code is not None else _of_role(why, pen)
    if why.skipped:
        lines.append(skipped(why.skipped))
    if why.cut is not None:
        lines.append(_cut(why.cut))
    return "\n".join(lines) + "\n"


def skipped(count: int) -> str:
    """Return the sentence about commits that are not in the answer."""
    have, them = ("has", "it was") if count == 1 else ("have", "they were")
    return f"{counted(count, 'commit')} {have} files that are not valid; {them} skipped."


def _cut(oldest: Revision) -> str:
    start = f"{oldest.short} of {oldest.date.isoformat()}"
    return f"In this shallow clone the history is known from {start} on: what happened before is not in this answer."


def permission(code: str, name: str) -> str:
    """Return `billing.refund (Refund payments)`, or the code alone where the lock does not have it."""
    return f"{visible(code)} ({visible(name)})" if name else visible(code)


def _of_code(why: Why) -> Iterator[str]:
    code = why.code or ""
    gone = "" if why.desired else ", because the role no longer exists"
    yield f"{named(why.role)} {'can' if why.holds else 'cannot'} {permission(code, why.permission)}{gone}"
    newest = why.events[0] if why.events else None
    if why.grant is not None:
        through = f" through the set {visible(why.grant.set)}" if why.grant.set else ""
        pattern = f" by the pattern {visible(why.grant.pattern)}" if why.grant.pattern else ""
        place = why.grant.place
        yield _row("asked for", f"{place.path}:{place.line}{through}{pattern}")
    if why.since is not None:
        yield _row("since", since(why.since, why.today))
    elif newest is not None:
        yield _row("revoked", since(newest.revision, why.today))
    else:
        yield _row("granted", "never")
    if why.grant is not None and why.grant.until is not None:
        yield _row("until", why.grant.until.isoformat())
    if why.reason:
        yield _row("reason", visible(why.reason))
    last: dict[str, AppliedEvent] = {}
    for event in why.applied:
        last.setdefault(event.target, event)
    for event in last.values():
        other = "" if (event.kind is EventKind.GRANTED) == bool(why.holds) else f"{event.kind.word} "
        yield _row("applied", f"{other}{_when(event, last)}")
    before = [f"{event.kind.word} {briefly(event.revision)}" for event in earlier(why)]
    if before:
        yield _row("before", ", ".join(before))


def _row(label: str, text: str) -> str:
    return f"  {label:<11} {text}"


def _when(event: AppliedEvent, targets: Collection[str]) -> str:
    """Return when it was applied, by whom, and to which of the tenants if there are several."""
    target = f" to {visible(event.target)}" if len(targets) > 1 else ""
    return f"{visible(event.time)} by {visible(event.actor)}{target} ({visible(event.journal)})"


def _of_role(why: Why, pen: Pen) -> Iterator[str]:
    desired = why.desired
    if desired is None:
        yield f"{named(why.role)} no longer exists."
    else:
        yield f"{named(why.role)} ({desired.location}): {counted(len(desired.role.permissions), 'permission')}"
    for revision, events in groupby(why.events, key=_revision):
        yield ""
        yield f"{revision.date.isoformat()} {change_of(revision)}"
        yield from (f"  {_line(event, pen)}" for event in events)
    targets = {event.target for event in why.applied}
    for when, found in groupby(why.applied, key=lambda event: _when(event, targets)):
        yield ""
        yield f"applied {when}"
        yield from (f"  {_line(event, pen)}" for event in found)


def _revision(event: Event) -> Revision:
    return event.revision


def _line(event: Event | AppliedEvent, pen: Pen) -> str:
    if event.code is not None:
        return f"{pen.mark(_SIGNS[event.kind])} {visible(event.code)}"
    if event.kind is EventKind.RENAMED:
        return f"renamed from {named(event.renamed_from or '')} to {named(event.role)}"
    return event.kind.word


def why_json(why: Why) -> str:
    """Return the answer as a JSON document (docs/interface.md, "why")."""
    grant = why.grant
    if grant is not None:
        location: dict[str, Any] | None = {"path": grant.place.path, "line": grant.place.line}
    elif why.code is None and why.desired is not None:
        location = {"path": why.desired.location.path, "line": why.desired.location.line}
    else:
        location = None
    document = {
        "format_version": FORMAT_VERSION,
        "role": why.role,
        "code": why.code,
        "holds": why.holds,
        "location": location,
        "set": grant.set if grant else None,
        "pattern": grant.pattern if grant else None,
        "reason": why.reason or None,
        "reason_from": why.reason_from,
        "until": grant.until.isoformat() if grant and grant.until else None,
        "events": list(map(event_document, why.events)),
        "applied": list(map(applied_document, why.applied)),
        "skipped_commits": why.skipped,
        "cut": why.cut.commit if why.cut else None,
    }
    return json.dumps(document, indent=2).replace("##[", "#\\u0023[")
