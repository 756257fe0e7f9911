"""How each format shows a plan that is narrowed to revokes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.plan.action import Action
from reconciler.plan.only import LeftAlone, only_revokes
from reconciler.render import github, markdown, terraform, text
from reconciler.render.left_alone import items
from reconciler.render.outcome import when_verified
from reconciler.render.view import View
from tests.builders import Before, a_create, a_delete, a_plan, a_role, an_update
from tests.render.html.parsed import Page

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan
    from tests.sentences import Golden


def revoking() -> Plan:
    """A plan that revokes, and leaves alone a change of each kind."""
    mixed = an_update("clerk", ["a.view", "c.view"], "New", before=Before(["a.view", "b.view"], "Old"))
    renamed = an_update("lead", ["a.view"], before=Before(["a.view"], name="shift-lead"))
    return only_revokes(a_plan(mixed, renamed, a_create("new", ["a.view"]), a_delete("stray", ["b.view"])))


def idle() -> Plan:
    """A plan of which all is left alone."""
    return only_revokes(a_plan(a_create("new", ["a.view"]), an_update("clerk", ["a.view"])))


def complete() -> Plan:
    """A plan that only revokes already."""
    return only_revokes(a_plan(an_update("clerk", [], before=Before(["a.view"]))))


def test_text_lists_what_is_left_alone(golden: Golden) -> None:
    golden.says("render/left_alone", "text", text.render(revoking(), View()))


def test_without_revokes_the_text_counts_what_was_left_alone() -> None:
    assert text.render(idle(), View()).splitlines()[:3] == [
        "Plan for https://api-chat.example.org: 2 desired, 4 live (3 system roles left alone)",
        "",
        "No revokes. 2 changes were left alone.",
    ]


def test_one_change_was_left_alone() -> None:
    plan = only_revokes(a_plan(a_create("new")))
    assert "No revokes. 1 change was left alone.\n" in text.render(plan, View())


def test_a_plan_that_only_revokes_already_says_that_nothing_else_differs() -> None:
    assert text.render(complete(), View()).splitlines()[1] == "Only revokes: nothing else differs."
    assert "Left alone" not in text.render(complete(), View())


def test_a_narrowed_plan_of_roles_that_match_has_no_changes() -> None:
    plan = only_revokes(a_plan(unchanged=(a_role(),)))
    assert "\nNo changes. Live roles match roles.d.\n" in text.render(plan, View())


def test_without_a_system_role_the_live_state_is_doubted_first() -> None:
    plan = replace(idle(), system=())
    assert "No revokes. The live state shows no system role" in text.render(plan, View())


@pytest.mark.parametrize("report", [False, True])
def test_what_keeps_unmanaged_roles_is_named(*, report: bool) -> None:
    whole = a_plan(unmanaged=(a_role("stray"),)) if report else a_plan(a_delete("stray"))
    why = "unmanaged: report" if report else "--only revokes"
    plan = only_revokes(whole)
    assert f"(`{why}`):\n  - stray (1 permission)" in text.render(plan, View())
    assert f"(<code>{why}</code>)</summary>\n\n- `stray`" in markdown.render(plan, View())
    assert f"::stray is live, in no role file, and left alone ({why})." in github.render(plan, View())


def test_each_change_is_one_line() -> None:
    plan = replace(a_plan(), left_alone=(*revoking().left_alone, LeftAlone("", Action.CREATE)))
    assert items(plan) == [
        'clerk: update, description "Old" -> "New", + c.view',
        "lead: update, renamed from shift-lead",
        "new: create, + a.view",
        "stray: delete",
        '"": create',
    ]


def test_the_comment_folds_what_is_left_alone(golden: Golden) -> None:
    golden.says("render/left_alone", "comment", markdown.render(revoking(), View()))


def test_a_comment_without_revokes_counts_what_was_left_alone() -> None:
    assert markdown.render(idle(), View()).startswith("## No revokes. 2 changes were left alone.\n")


def test_the_page_lists_what_is_left_alone() -> None:
    page = Page(revoking())
    assert page.texts("p[@class='lead']")[-1] == "Only revokes: 4 changes were left alone."
    assert page.texts("section[@aria-labelledby='left-alone']/ul/li") == items(revoking())


def test_the_page_of_a_plan_without_revokes_says_so() -> None:
    page = Page(idle())
    assert (page.text("h1"), page.text("p[@class='lead']")) == ("No revokes", "2 changes were left alone.")


def test_a_live_role_of_which_all_is_left_alone_is_in_the_matrix() -> None:
    page = Page(idle())
    assert {"title": "Left alone: this plan only revokes", "rows": 1} in page.data()["sections"]
    assert "clerk" in page.rows()


def test_the_page_of_a_whole_plan_has_no_such_section() -> None:
    assert Page(a_plan(a_create())).texts("section[@aria-labelledby='left-alone']") == []


def test_one_annotation_names_what_is_left_alone() -> None:
    first, *_ = github.render(revoking(), View()).splitlines()
    assert first == (
        "::notice title=Only revokes::4 changes were left alone: "
        "clerk (update), lead (update), new (create), stray (delete)."
    )


def test_a_plan_that_leaves_nothing_alone_needs_no_annotation_for_it() -> None:
    assert "Only revokes" not in github.render(complete(), View())


@pytest.mark.parametrize(("plan", "expected"), [(revoking(), False), (complete(), True), (a_plan(a_create()), True)])
def test_terraforms_plan_is_complete_where_nothing_is_left_alone(plan: Plan, *, expected: bool) -> None:
    assert json.loads(terraform.render(plan, View()))["complete"] is expected


def test_a_live_role_of_which_all_is_left_alone_is_a_no_op_in_terraforms_plan() -> None:
    (entry,) = json.loads(terraform.render(idle(), View()))["resource_changes"]
    assert (entry["address"], entry["change"]["actions"]) == ("omnistream_role.clerk", ["no-op"])


def test_what_is_verified_is_no_more_than_what_was_done() -> None:
    assert when_verified(a_plan()) == "Verified: live roles match."
    assert when_verified(complete()) == "Verified: no revokes are left."
    assert when_verified(revoking()) == "Verified: no revokes are left. 4 changes were left alone."
