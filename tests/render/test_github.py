"""Annotations of a plan: which line, which words, how many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.findings import Finding, Place
from reconciler.plan.action import Origin
from reconciler.plan.changes import Change, Create, Delete, Update
from reconciler.policy.judge import judge
from reconciler.policy.limits import NO_SYSTEM_ROLE, Limits
from reconciler.render.annotations import annotation
from reconciler.render.github import render
from reconciler.render.view import View
from tests.builders import Before, a_catalogue, a_create, a_delete, a_location, a_plan, a_refusal, a_role, an_update


def shown(*changes: Change) -> list[str]:
    return render(a_plan(*changes), View()).splitlines()


def test_a_grant_is_a_warning_at_the_line_that_grants() -> None:
    place = a_location("roles.d/r.yaml", 1, {"a.b": (5, 5)})
    change = an_update("r", ["a.b", "x.y"], before=Before(["x.y"]), location=place)
    assert shown(change) == ["::warning file=roles.d/r.yaml,line=5,title=Access widens%3A r::r is given a.b."]


def test_a_role_without_a_visible_name_is_quoted_in_titles_and_refusals() -> None:
    role = a_role("", ["a.b"])
    plan = replace(a_plan(a_delete("", ["a.b"])), refused=(a_refusal("", "no"),))
    assert render(plan, View()).splitlines() == [
        '::error title=Refused::no (role: "").',
        '::notice title=Access would narrow%3A ""::"" would be deleted, and with it would go a.b.',
    ]
    [unmanaged] = render(a_plan(unmanaged=(role,)), View()).splitlines()
    assert unmanaged.startswith('::warning title=Unmanaged%3A ""::"" is live,')
    [given] = shown(Create(role))
    assert given.startswith('::warning title=Access widens%3A ""::')


def test_grants_on_lines_next_to_each_other_are_one_annotation() -> None:
    place = a_location("r.yaml", 1, {"a.b": (5, 5), "c.d": (6, 5), "e.f": (9, 5)})
    change = an_update("r", ["a.b", "c.d", "e.f"], location=place)
    assert shown(change) == [
        "::warning file=r.yaml,line=5,endLine=6,title=Access widens%3A r::r is given a.b, c.d.",
        "::warning file=r.yaml,line=9,title=Access widens%3A r::r is given e.f.",
    ]


def test_a_created_role_is_one_annotation_over_all_its_lines() -> None:
    place = a_location("r.yaml", 1, {"a.b": (5, 5), "e.f": (9, 5)})
    change = a_create("r", ["a.b", "e.f"], location=place)
    assert shown(change) == [
        "::warning file=r.yaml,line=5,endLine=9,title=Access widens%3A r::r is created with a.b, e.f."
    ]


def test_a_grant_whose_line_nobody_knows_is_marked_at_the_role() -> None:
    change = a_create("r", ["a.b"], location=a_location("r.yaml", 4))
    assert "line=4," in shown(change)[0]


def test_a_revoke_is_a_notice_at_the_list_of_permissions() -> None:
    change = an_update("r", [], before=Before(["c.d", "a.b"]), location=a_location("r.yaml", 3))
    assert shown(change) == ["::notice file=r.yaml,line=5,title=Access narrows%3A r::r loses a.b, c.d."]


def test_a_delete_has_no_file_to_mark() -> None:
    assert shown(a_delete("r", ["a.b"])) == ["::notice title=Access narrows%3A r::r is deleted, and with it go a.b."]


def test_a_grant_that_no_file_asks_for_has_no_file_to_mark() -> None:
    """As in the plan of an `undo`."""
    update = Update("id", a_role("r", []), a_role("r", ["a.b"]))
    assert shown(update) == ["::warning title=Access widens%3A r::r is given a.b."]


def test_a_revoke_that_no_file_asks_for_has_no_file_to_mark() -> None:
    update = Update("id", a_role("r", ["a.b"]), a_role("r", []))
    assert shown(update) == ["::notice title=Access narrows%3A r::r loses a.b."]


def test_what_changes_no_access_is_not_annotated() -> None:
    assert render(a_plan(Create(a_role("r", []))), View()) == ""


def test_a_permission_has_its_own_name_beside_its_code() -> None:
    plan = a_plan(a_delete("r", ["contacts.view"]), catalogue=a_catalogue("contacts.view"))
    assert "go contacts.view (Contacts: view)." in render(plan, View())


def test_drift_is_told_in_a_sentence() -> None:
    (line,) = shown(a_delete("r", ["a.b"], origin=Origin.DRIFT))
    assert line.endswith("go a.b. Not from this branch: applying it reverts a change made in OmniStream.")


def test_what_widens_comes_first() -> None:
    kinds = [line.split(" ")[0] for line in shown(a_delete("a"), an_update("b", ["x.y"], before=Before(["y.z"])))]
    assert kinds == ["::warning", "::notice", "::notice"]


def test_ten_are_shown_and_the_last_says_how_many_more() -> None:
    lines = shown(*(a_create(f"role-{number:02}") for number in range(12)))
    assert len(lines) == 10
    assert "role-09 is created" in lines[-1]
    assert lines[-1].endswith(" And 2 more annotations not shown here: the plan itself has all of it.")


def test_ten_are_shown_without_a_word_about_more() -> None:
    lines = shown(*(a_create(f"role-{number:02}") for number in range(10)))
    assert len(lines) == 10
    assert "more" not in lines[-1]


def test_what_a_command_is_made_of_is_escaped_in_data() -> None:
    line = annotation("error", "50% ::\n", {"file": "a,b:c%.yaml", "line": 1})
    assert line == "::error file=a%2Cb%3Ac%25.yaml,line=1::50%25 ::\\n"


def test_paths_are_those_that_the_view_makes_of_them() -> None:
    """GitHub finds a file by its path from the repository's top, and not by what was typed."""
    view = View(from_top=lambda path: f"sub/{path}")
    line = render(a_plan(an_update("r", ["a.b"], location=a_location("roles.d/r.yaml", 3))), view)
    assert line.startswith("::warning file=sub/roles.d/r.yaml,line=3,")


def test_an_unmanaged_role_that_stays_is_a_warning_with_its_codes() -> None:
    roles = (a_role("empty", []), a_role("shadow-admin", ["billing.refund", "agents.manage"]))
    lines = render(a_plan(unmanaged=roles, catalogue=a_catalogue("agents.manage")), View()).splitlines()
    assert lines == [
        (
            "::warning title=Unmanaged%3A empty::empty is live, in no role file, and left alone (unmanaged: report). "
            "It holds no permission."
        ),
        (
            "::warning title=Unmanaged%3A shadow-admin::shadow-admin is live, in no role file, and left alone "
            "(unmanaged: report). It holds agents.manage (Agents: manage), billing.refund."
        ),
    ]


def test_unmanaged_roles_stand_between_what_widens_and_what_narrows() -> None:
    plan = a_plan(a_delete("a"), a_create("b"), unmanaged=(a_role("c"),))
    titles = [line.partition("title=")[2].partition("%3A")[0] for line in render(plan, View()).splitlines()]
    assert titles == ["Access widens", "Unmanaged", "Access narrows"]


def test_a_refused_plan_starts_with_an_error_and_says_what_would_happen() -> None:
    changes = (a_create("c", ["a.b"]), a_delete("d", ["a.b"]), an_update("u", ["e.f"], before=Before(["a.b"])))
    refused = (a_refusal("d", "7 deletes are above max_deletes"), a_refusal("u", "it is protected"))
    lines = render(a_plan(*changes, refused=(*refused, a_refusal("u", refused[0].message))), View()).splitlines()
    assert lines[0] == (
        "::error title=Refused::7 deletes are above max_deletes (roles: d, u). it is protected (role: u)."
    )
    assert [line.partition("::")[2].partition("::")[2] for line in lines[1:]] == [
        "c would be created with a.b.",
        "u would be given e.f.",
        "d would be deleted, and with it would go a.b.",
        "u would lose a.b.",
    ]
    assert "Access widens" not in "".join(lines)
    assert "Access narrows" not in "".join(lines)


@pytest.mark.parametrize(("number", "end"), [(10, "r-08, r-09)."), (11, "r-09 and 1 more).")])
def test_a_refusal_names_ten_roles_and_counts_the_rest(number: int, end: str) -> None:
    refused = tuple(a_refusal(f"r-{each:02}", "too many") for each in range(number))
    assert render(a_plan(refused=refused), View()).rstrip().endswith(end)


def test_a_live_state_without_any_system_role_is_refused_even_where_nothing_changes() -> None:
    assert render(a_plan(system=()), View()) == f"::error title=Refused::{NO_SYSTEM_ROLE.sentence}.\n"


def test_a_refusal_is_one_of_the_ten_and_never_left_out() -> None:
    changes = [a_create(f"role-{number:02}") for number in range(12)]
    lines = render(a_plan(*changes, refused=(a_refusal("role-00", "too many"),)), View()).splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("::error title=Refused::too many")
    assert lines[-1].endswith(" And 3 more annotations not shown here: the plan itself has all of it.")


def test_roles_of_one_name_are_told_apart_by_their_ids() -> None:
    plan = a_plan(Delete("id-1", a_role("twin")), unmanaged=(a_role("twin"),), unmanaged_ids=("id-2",))
    unmanaged, deleted = render(plan, View()).splitlines()
    assert "::twin (id id-1) is deleted" in deleted
    assert "::twin (id id-2) is live" in unmanaged


def test_each_code_of_an_edit_and_drift_change_says_which_it_is() -> None:
    place = a_location("r.yaml", 1, {"a.b": (5, 5), "c.d": (9, 5)})
    change = an_update("r", ["a.b", "c.d"], location=place, origin=Origin.BOTH)
    edit, drift = shown(replace(change, drifted=frozenset({"c.d"})))
    assert edit.endswith("::r is given a.b (edit).")
    assert "::r is given c.d (drift). What is marked (drift) is not from this branch: applying it reverts" in drift


def test_of_a_refused_plan_drift_would_be_reverted() -> None:
    plan = a_plan(a_delete("r", origin=Origin.DRIFT), refused=(a_refusal("r", "too many"),))
    assert "applying it would revert a change" in render(plan, View())


def test_a_finding_before_the_count_of_what_is_left_out_ends_with_a_period() -> None:
    findings = [
        Finding("policy/owned", "it has no owner", severity="warning", role=f"r{number}") for number in range(3)
    ]
    plan = replace(a_plan(*(a_create(f"role-{number}") for number in range(9))), findings=tuple(findings))
    assert (
        render(plan, View())
        .splitlines()[-1]
        .endswith("it has no owner. And 2 more annotations not shown here: the plan itself has all of it.")
    )


def test_what_is_denied_and_not_refused_says_so_and_the_changes_are_not_told_as_would_be() -> None:
    finding = Finding("policy/c", "lead holds a.b", Place("r.yaml", 2), role="lead", codes=("a.b",))
    plan = replace(a_plan(an_update("lead", ["a.b"], before=Before(["a.b", "a.c"]))), findings=(finding,))
    first, second, third = render(judge(plan, Limits()).plan, View()).splitlines()
    assert first == "::notice title=Policies::Denied by 1 policy, not refused: nothing is granted."
    assert second.startswith("::error file=r.yaml,line=2,title=policy/c::")
    assert third.endswith(",title=Access narrows%3A lead::lead loses a.c.")
