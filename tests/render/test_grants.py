"""Where a grant comes from, until when and why: how each format for people shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.days import Day
from reconciler.model.findings import Finding, Place
from reconciler.model.roles import Grant
from reconciler.plan.action import Origin
from reconciler.plan.changes import Plan, Update
from reconciler.plan.ends import EndChanged
from reconciler.render import plan_renderer
from reconciler.render.view import View
from tests.builders import TODAY, Before, a_catalogue, a_create, a_location, a_plan, a_refusal, an_update
from tests.sentences import Golden

SET_LINE = Place("roles.d/support-tiers.yaml", 2, 5)
OWN_LINE = Place("roles.d/clerk.yaml", 7, 5)
END = Day(2026, 12, 31)

GRANTS = {
    "a.set": Grant(SET_LINE, "answering"),
    "b.pattern": Grant(OWN_LINE, None, "b.*"),
    "c.both": Grant(SET_LINE, "answering", "c.*", END, "OPS-118"),
    "d.until": Grant(OWN_LINE, until=END),
    "e.reason": Grant(OWN_LINE, reason="Asked\nfor."),
}


def given(name: str = "clerk", *codes: str) -> Update:
    """A role that is given a code of each kind, or these, and loses one whose grant ended."""
    granted = codes or (*GRANTS, "f.own")
    change = an_update(name, granted, before=Before(["old.view"]), location=a_location("roles.d/clerk.yaml", 1))
    ended = {"old.view": Grant(OWN_LINE, until=Day(2026, 11, 13))}
    return replace(change, grants={code: GRANTS[code] for code in granted if code in GRANTS}, ended=ended)


def the_plan(**rest: object) -> Plan:
    plan = replace(a_plan(given()), today=TODAY, catalogue=a_catalogue("a.set", "c.both"))
    return replace(plan, **rest)  # type: ignore[arg-type]


def shown(plan: Plan, format_: str) -> str:
    return plan_renderer(format_)(plan, View())


def test_the_text_shows_where_each_grant_comes_from(golden: Golden) -> None:
    text = shown(the_plan(), "text")
    for line in (
        "      + a.set   set answering, roles.d/support-tiers.yaml:2",
        "      + b.pattern   b.*, roles.d/clerk.yaml:7",
        "      + f.own",
        "      - old.view (ended 2026-11-13)",
    ):
        assert line in text.splitlines()
    golden.says("render/grants", "text", text)


def test_the_markdown_shows_it_behind_the_name(golden: Golden) -> None:
    golden.says("render/grants", "markdown", shown(the_plan(), "markdown"))


def test_the_page_shows_it_below_the_name_and_the_place_once() -> None:
    page = shown(the_plan(), "html")
    assert "set answering, roles.d" not in page
    for part in (
        "<bdi>set answering</bdi>",
        "<bdi>set answering, c.*, until 2026-12-31: OPS-118</bdi>",
        "<bdi>b.*</bdi>",
        "until 2026-12-31: OPS-118",
        "until 2026-12-31",
        "reason: Asked\\nfor.",
        "(ended 2026-11-13)",
        "roles.d/support-tiers.yaml:2</span>",
    ):
        assert part in page


@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
def test_a_plan_for_another_day_says_so_first(format_: str) -> None:
    found = shown(the_plan(looks_ahead=True, today=Day(2027, 1, 1)), format_)
    assert "As of 2027-01-01 (not today)" in found
    if format_ != "html":
        assert found.startswith("As of 2027-01-01 (not today)\n")
    assert "As of" not in shown(the_plan(), format_)


@pytest.mark.parametrize(("refused", "place"), [((), 0), ((a_refusal("clerk"),), 1)])
def test_annotations_of_another_day_say_so_behind_a_refusal(refused: tuple[Finding, ...], place: int) -> None:
    plan = the_plan(looks_ahead=True, today=Day(2027, 1, 1), refused=refused)
    assert marks_of(plan)[place] == "::notice title=Another day::As of 2027-01-01 (not today)."
    assert not any("As of" in mark for mark in marks_of(the_plan()))


@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
def test_ends_that_changed_are_above_the_changes(format_: str) -> None:
    ends = (
        EndChanged("clerk", "a.set", END, None, SET_LINE),
        EndChanged("lead", "a.set", None, END, SET_LINE),
    )
    found = shown(the_plan(ends_changed=ends), format_).replace("&gt;", ">")
    assert "Ends changed" in found
    assert "a.set of clerk: 2026-12-31 -> none" in found
    assert "a.set of lead: none -> 2026-12-31" in found
    assert found.index("Ends changed") < found.index("old.view")
    assert "Ends changed" not in shown(the_plan(ends_changed=()), format_)


def test_of_very_many_ends_the_comment_counts_the_rest(golden: Golden) -> None:
    ends = tuple(EndChanged(f"role-{number:03}", "a.set", None, END, SET_LINE) for number in range(23))
    golden.says("render/grants", "many ends changed", shown(replace(a_plan(), ends_changed=ends), "markdown"))


@pytest.mark.parametrize("format_", ["markdown", "html"])
def test_the_same_grant_of_many_roles_through_a_set_is_one_line_above_the_changes(format_: str) -> None:
    plan = a_plan(given("clerk", "a.set", "c.both"), given("lead", "a.set"), given("third", "a.set", "b.pattern"))
    found = shown(plan, format_)
    line = "set answering gives a.set to 3 roles: clerk, lead, third"
    assert found.count(line) == 1
    assert found.index(line) < found.index("old.view")
    assert "set answering gives c.both" not in found
    assert "Given through sets" not in shown(a_plan(given("clerk", "a.set")), format_)


def test_of_very_many_roles_of_a_set_the_line_names_some() -> None:
    plan = a_plan(*(given(f"role-{number:02}", "a.set") for number in range(23)))
    assert "role-18, role-19 and 3 more" in shown(plan, "html")


def test_the_counts_tell_ends_from_edits_and_drift() -> None:
    plan = a_plan(replace(given(), origin=Origin.EDIT), compared=True)
    assert shown(plan, "text").splitlines()[-1] == (
        "From this edit: 6 grants, 0 revokes. From drift: 0 grants, 0 revokes. From ends: 1 revoke."
    )


def marks_of(plan: Plan) -> list[str]:
    return shown(plan, "github").splitlines()


def test_a_line_of_a_set_is_one_annotation_that_names_its_roles() -> None:
    other = replace(a_create("lead", ["a.set"]), grants={"a.set": GRANTS["a.set"]})
    found = marks_of(a_plan(given("clerk", "a.set", "c.both"), other, given("third", "a.set")))
    assert found[0] == (
        "::warning file=roles.d/support-tiers.yaml,line=2,title=Access widens%3A set answering"
        "::Through set answering: clerk is given a.set, c.both. lead, third are given a.set."
    )
    assert [line.split(",title")[0] for line in found[1:]] == ["::notice file=roles.d/clerk.yaml,line=3"] * 2


def test_the_codes_on_one_line_of_a_set_are_one_annotation() -> None:
    listed = {"a.set": Place("roles.d/sets.yaml", 2, 15), "b.set": Place("roles.d/sets.yaml", 2, 22)}
    grants = {code: Grant(place, set="answering") for code, place in listed.items()}
    (found,) = marks_of(a_plan(replace(a_create("clerk", listed), grants=grants)))
    assert found.endswith("::Through set answering: clerk is given a.set, b.set.")


def test_a_pattern_of_the_role_is_marked_at_its_line() -> None:
    assert marks_of(a_plan(given("clerk", "b.pattern")))[0].startswith("::warning file=roles.d/clerk.yaml,line=7,")


def test_a_code_of_a_set_that_did_not_change_is_marked_at_the_include() -> None:
    location = a_location("roles.d/clerk.yaml", 1, {"a.set": (4, 11)})
    (first, _) = marks_of(a_plan(replace(given("clerk", "a.set"), location=location)))
    assert first == "::warning file=roles.d/clerk.yaml,line=4,title=Access widens%3A clerk::clerk is given a.set."


def test_a_refused_plan_would_widen_through_a_set() -> None:
    plan = a_plan(given("clerk", "a.set"), refused=(a_refusal("clerk"),))
    message = "Access would widen%3A set answering::Through set answering: clerk would be given a.set."
    assert message in marks_of(plan)[1]


def test_hostile_names_of_sets_and_reasons_start_no_command() -> None:
    grant = Grant(Place("roles.d/a.yaml\n::error::x", 2), "a\n::error::x", None, None, "b\n::error::x %0A")
    plan = a_plan(replace(a_create("lead", ["a.b"]), grants={"a.b": grant}))
    for format_ in ("text", "markdown", "github"):
        assert not [line for line in shown(plan, format_).splitlines() if line.startswith("::error")]
