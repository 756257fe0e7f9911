"""GitLab's report of a plan: the three counts, nothing else."""

from __future__ import annotations

from reconciler.render.gitlab import render
from reconciler.render.view import View
from tests.builders import a_create, a_delete, a_plan, a_role, an_update


def test_the_report_is_three_counts_on_one_line() -> None:
    plan = a_plan(a_create("a"), a_create("b"), an_update("c"), a_delete("d"), unchanged=(a_role("e"),))
    assert render(plan, View()) == '{"create": 2, "update": 1, "delete": 1}\n'
