"""Annotations of a plan: which line, which words, how many."""

from __future__ import annotations

from reconciler.plan import Change, Create, Origin, Update
from reconciler.render.commands import annotation
from reconciler.render.github import render
from reconciler.render.view import View
from tests.builders import Before, a_catalogue, a_create, a_delete, a_location, a_plan, a_role, an_update


def shown(*changes: Change) -> list[str]:
    return render(a_plan(*changes), View()).splitlines()


def test_a_grant_is_a_warning_at_the_line_that_grants() -> None:
    place = a_location("roles.d/r.yaml", 1, {"a.b": (5, 5)})
    change = an_update("r", ["a.b", "x.y"], before=Before(["x.y"]), location=place)
    assert shown(change) == ["::warning file=roles.d/r.yaml,line=5,title=Access widens%3A r::r is given a.b."]


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
    assert line.endswith("this merge also takes back what somebody changed in OmniStream.")


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
