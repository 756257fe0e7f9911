"""What journals say was done to access."""

from __future__ import annotations

import json
from collections.abc import Mapping

from reconciler.apply.recorded import Entry, Recorded
from reconciler.history.applied import AppliedEvent, applied_events
from reconciler.history.events import EventKind

Document = Mapping[str, object] | None
OLD: dict[str, object] = {"name": "old", "description": "", "permissions": ["a.view", "b.view"]}
NEW: dict[str, object] = {"name": "new", "description": "", "permissions": ["b.view", "c.view"]}


def an_entry(before: Document, after: Document, **more: object) -> Entry:
    name = (after or before or {})["name"]
    entry = {
        "kind": "outcome",
        "run": "1",
        "request": 1,
        "time": "2026-03-14T10:22:00Z",
        "action": "create" if before is None else "delete" if after is None else "update",
        "name": name,
        "id": "3",
        "before": before,
        "after": after,
        "status": "applied",
        "plan_digest": "sha256:0",
        "commit": None,
        "actor": "ana",
        "target": "https://tenant.example",
    }
    return Entry.model_validate_json(json.dumps(entry | more))


def events(*entries: Entry) -> list[tuple[str, str, str | None]]:
    return [(found.kind.word, found.role, found.code) for found in applied_events([Recorded("j.jsonl", entries)])]


def test_an_update_is_its_grants_and_revokes() -> None:
    assert events(an_entry(OLD, OLD | {"permissions": ["b.view", "c.view"]})) == [
        ("revoked", "old", "a.view"),
        ("granted", "old", "c.view"),
    ]


def test_a_rename_a_create_and_a_delete_are_events_of_the_role() -> None:
    assert events(an_entry(OLD, NEW))[0] == ("renamed", "new", None)
    assert events(an_entry(None, NEW)) == [
        ("created", "new", None),
        ("granted", "new", "b.view"),
        ("granted", "new", "c.view"),
    ]
    assert events(an_entry(OLD, None)) == [
        ("deleted", "old", None),
        ("revoked", "old", "a.view"),
        ("revoked", "old", "b.view"),
    ]


def test_an_event_says_who_when_where() -> None:
    (found, *_) = applied_events([Recorded("j.jsonl", (an_entry(OLD, NEW),))])
    expected = AppliedEvent(
        EventKind.RENAMED, "new", "2026-03-14T10:22:00Z", "ana", "https://tenant.example", "j.jsonl", None, "old"
    )
    assert found == expected


def test_what_was_stored_counts_and_not_what_was_asked() -> None:
    stored = OLD | {"permissions": ["a.view", "b.view", "d.view"]}
    assert events(an_entry(OLD, OLD | {"permissions": ["c.view"]}, stored=stored)) == [("granted", "old", "d.view")]


def test_only_what_was_applied_counts_and_of_several_outcomes_the_last() -> None:
    assert events(an_entry(OLD, NEW, kind="intent", status=None)) == []
    assert events(an_entry(OLD, NEW, status="failed")) == []
    assert events(an_entry(OLD, NEW), an_entry(OLD, NEW, status="failed")) == []
    assert len(events(an_entry(OLD, NEW, status="failed"), an_entry(OLD, NEW))) == 3


def test_events_are_newest_first_over_all_journals() -> None:
    first = an_entry(None, OLD, time="2026-01-01T00:00:00Z")
    last = an_entry(OLD, None, time="2026-03-01T00:00:00Z", request=2)
    between = an_entry(None, NEW, time="2026-02-01T00:00:00Z")
    found = applied_events([Recorded("a", (first, last)), Recorded("b", (between,))])
    assert [event.time[5:7] for event in found if event.code is None] == ["03", "02", "01"]
    assert [event.journal for event in found if event.code is None] == ["a", "b", "a"]


def test_requests_of_one_second_are_newest_first_too() -> None:
    first, last = an_entry(None, OLD), an_entry(OLD, None, request=2)
    assert [event[0] for event in events(first, last)][:1] == ["deleted"]
