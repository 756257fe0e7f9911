from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from reconciler.watch.events import Event
from reconciler.watch.lines import json_line, text_line
from tests.builders import a_plan, an_update

WHEN = datetime(2026, 11, 25, 3, 10, 2, 999_999, tzinfo=UTC)
EVENT = Event(WHEN, "in_sync", "9 roles")


def test_a_line_of_text_has_the_time_the_event_and_the_message() -> None:
    assert text_line(EVENT) == "2026-11-25T03:10:02Z in_sync: 9 roles"


def test_a_time_is_shown_in_utc() -> None:
    there = WHEN.astimezone(timezone(timedelta(hours=9)))
    assert text_line(EVENT._replace(time=there)).startswith("2026-11-25T03:10:02Z ")


def test_with_tenants_a_line_begins_with_the_tenant() -> None:
    event = EVENT._replace(tenant="staging")
    assert text_line(event) == "staging 2026-11-25T03:10:02Z in_sync: 9 roles"
    assert json.loads(json_line(event))["tenant"] == "staging"


def test_what_is_unknown_is_null() -> None:
    assert json.loads(json_line(EVENT)) == {
        "time": "2026-11-25T03:10:02Z",
        "event": "in_sync",
        "commit": None,
        "edited": None,
        "digest": None,
        "summary": None,
        "message": "9 roles",
    }


def test_a_line_of_json_has_the_counts_of_the_whole_plan() -> None:
    event = EVENT._replace(commit="c" * 40, edited=True, digest="sha256:1", plan=a_plan(an_update()))
    found = json.loads(json_line(event))
    assert (found["commit"], found["edited"], found["digest"]) == ("c" * 40, True, "sha256:1")
    assert (found["summary"]["update"], found["summary"]["grants"]) == (1, 1)


def test_a_line_of_json_is_one_line_of_ascii_without_commands_of_a_runner() -> None:
    line = json_line(EVENT._replace(message="\u202e\n##[error]x"))
    assert line.isascii()
    assert "\n" not in line
    assert "##[" not in line
    assert json.loads(line)["message"] == "\u202e\n##[error]x"
