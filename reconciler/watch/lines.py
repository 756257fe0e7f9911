"""How an event is written: a line of text for people, or a line of JSON for a collector of logs. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.plan.document import summary_document

if TYPE_CHECKING:
    from reconciler.watch.events import Event


def text_line(event: Event) -> str:
    """Return `2026-11-25T03:10:02Z in_sync: 9 roles`, after the tenant if there is one."""
    tenant = f"{event.tenant} " if event.tenant is not None else ""
    return f"{tenant}{_time(event.time)} {event.kind}: {event.message}"


def json_line(event: Event) -> str:
    """Return the event as one JSON object; all non-ASCII is escaped, so hostile text is inert in a terminal too."""
    document: dict[str, Any] = {
        "time": _time(event.time),
        "event": event.kind,
        "commit": event.commit,
        "edited": event.edited,
        "digest": event.digest,
        "summary": None if event.plan is None else summary_document(event.plan),
        "message": event.message,
    }
    if event.tenant is not None:
        document["tenant"] = event.tenant
    return json.dumps(document).replace("##[", "#\\u0023[")


def _time(time: datetime) -> str:
    """Return the time as documents write it: RFC 3339 in UTC, whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
