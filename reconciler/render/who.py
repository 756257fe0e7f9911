"""The answer of `who`, in text and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.model.inert import named, visible
from reconciler.model.revisions import revision_document
from reconciler.render.revisions import since
from reconciler.render.why import FORMAT_VERSION, permission, skipped
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.history.who import Holder, Uncommitted, Who

_NOT_COVERED = "System roles are not kept in files and are not in this answer."


def who_text(who: Who) -> str:
    """Return the answer for a terminal."""
    when = f"commit {who.commit[:12]}" if who.commit else "before the first commit"
    start = f"On {who.day.isoformat()} ({when})"
    if who.holders:
        hold = "holds" if len(who.holders) == 1 else "hold"
        lines = [f"{start}: {counted(len(who.holders), 'role')} {hold} {permission(who.code, who.permission)}."]
        lines += [line for holder in who.holders for line in _lines(holder, who)]
    else:
        lines = [f"{start}: nobody."]
    lines += _uncommitted(who.uncommitted)
    lines.append(_NOT_COVERED)
    if who.skipped:
        lines.append(skipped(who.skipped))
    return "\n".join(lines) + "\n"


def _lines(holder: Holder, who: Who) -> list[str]:
    grant = holder.grant
    about = [
        *([f"{holder.place.path}:{holder.place.line}"] if holder.place else []),
        *([f"set {visible(grant.set)}"] if grant.set else []),
        *([f"pattern {visible(grant.pattern)}"] if grant.pattern else []),
        *([f"until {grant.until.isoformat()}"] if grant.until else []),
    ]
    beside = f" ({', '.join(about)})" if about else ""
    found = [f"  {named(holder.role)}{beside}"]
    found.append(f"    since {since(holder.since, who.day)}")
    if holder.reason:
        found.append(f"    reason: {visible(holder.reason)}")
    return found


def _uncommitted(edits: Uncommitted) -> list[str]:
    """Return what the files of now say, which HEAD does not."""
    found = []
    if edits.gets:
        gets = (f"{named(role)} ({place.path}:{place.line})" for role, place in edits.gets)
        found.append(f"Not committed: {', '.join(gets)}.")
    if edits.loses:
        lose = "loses it" if len(edits.loses) == 1 else "lose it"
        found.append(f"Not committed: {', '.join(map(named, edits.loses))} {lose}.")
    return found


def who_json(who: Who) -> str:
    """Return the answer as a JSON document (docs/interface.md, "who")."""
    document = {
        "format_version": FORMAT_VERSION,
        "code": who.code,
        "at": {"date": who.day.isoformat(), "commit": who.commit},
        "roles": list(map(_holder, who.holders)),
        "system_roles": "not covered",
        "skipped_commits": who.skipped,
    }
    return json.dumps(document, indent=2).replace("##[", "#\\u0023[")


def _holder(holder: Holder) -> dict[str, Any]:
    grant, place = holder.grant, holder.place
    return {
        "role": holder.role,
        "since": revision_document(holder.since),
        "location": {"path": place.path, "line": place.line} if place else None,
        "reason": holder.reason or None,
        "until": grant.until.isoformat() if grant.until else None,
        "set": grant.set,
        "pattern": grant.pattern,
    }
