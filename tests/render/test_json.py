"""The plan in JSON is the saved plan."""

from __future__ import annotations

import json

from reconciler.plan.document import dumps
from reconciler.plan.saved import loads
from reconciler.render.json import dumped, render
from reconciler.render.view import View
from tests.builders import a_create, a_plan


def test_json_is_what_a_saved_plan_holds() -> None:
    plan = a_plan(a_create())
    assert render(plan, View(created_at="2026-11-23T10:00:00Z")) == dumps(plan, "2026-11-23T10:00:00Z")


def test_json_is_read_back_as_the_same_plan() -> None:
    plan = a_plan(a_create("a ##[error] b"))
    assert loads(render(plan, View(created_at="2026-11-23T10:00:00Z")), "x") == (plan, "2026-11-23T10:00:00Z")


def test_a_runners_command_in_a_string_is_escaped_and_read_back() -> None:
    text = dumped({"name": "##[error]"})
    assert "##[" not in text
    assert json.loads(text) == {"name": "##[error]"}
