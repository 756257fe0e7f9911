"""How a change is said on one line."""

from __future__ import annotations

import pytest

from reconciler.fleet.effects import effects
from reconciler.plan.changes import Change
from reconciler.render.fleet import FLEET_FORMATS, fleet_renderer
from reconciler.render.fleet.words import change_line
from reconciler.render.view import View
from tests.builders import Before, a_create, a_delete, an_update
from tests.fleet.plans import a_tenant_plan, an_index


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (an_update("lead", ["a.b", "c.d"], before=Before(["e.f"])), "lead + a.b + c.d - e.f"),
        (a_create("lead", ["a.b"]), "lead created + a.b"),
        (a_create("lead", []), "lead created"),
        (a_delete("temp", ["a.b"]), "temp deleted - a.b"),
        (an_update("lead", [], before=Before(name="chief")), "lead renamed from chief"),
        (an_update("lead", [], "New", before=Before(description="Old")), "lead with another description"),
    ],
)
def test_a_change_on_one_line(change: Change, line: str) -> None:
    (effect,) = effects([("a", [change])])
    assert change_line(effect.changes[0], str) == line


@pytest.mark.parametrize("name", FLEET_FORMATS)
def test_each_format_of_the_table_shows_the_tenants(name: str) -> None:
    plan = a_tenant_plan("globex", a_create("lead"))
    assert "globex" in fleet_renderer(name)(an_index(plan), effects([(plan.name, plan.changes)]), View())
