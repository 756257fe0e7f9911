"""An item of `permissions`: a code or a pattern, with its end and its reason."""

from __future__ import annotations

import pytest

from reconciler.model.days import Day
from reconciler.model.findings import Place
from reconciler.model.roles import Grant
from tests.builders import a_lock
from tests.load.builders import NAME, load, placed, problems, rules
from tests.sentences import Golden, case_of

LOCK = a_lock("contacts.view", "contacts.export")


def item(text: str) -> str:
    return f"{NAME}permissions:\n  - {text}\n"


@pytest.mark.parametrize("day", ["2026-12-31", '"2026-12-31"', "'2026-12-31'"])
def test_an_item_may_have_an_end_and_a_reason(day: str) -> None:
    (entry,) = load(item(f'contacts.export: {{until: {day}, reason: "OPS-118"}}')).roles
    assert entry.role.permissions == {"contacts.export"}
    assert entry.grants == {"contacts.export": Grant(Place("a.yaml", 3, 5), None, None, Day(2026, 12, 31), "OPS-118")}


def test_a_reason_is_kept_as_one_line() -> None:
    (entry,) = load(item('contacts.export: {reason: " Asked\\n for. "}')).roles
    assert entry.grant_of("contacts.export").reason == "Asked for."


def test_an_item_may_have_a_reason_alone() -> None:
    (entry,) = load(item("contacts.export: {reason: Asked for.}")).roles
    assert entry.grant_of("contacts.export") == Grant(Place("a.yaml", 3, 5), reason="Asked for.")


def test_a_plain_code_has_no_grant_of_its_own() -> None:
    (entry,) = load(item("contacts.export")).roles
    assert entry.grants == {}
    assert entry.grant_of("contacts.export") == Grant(Place("a.yaml", 3, 5))


def test_a_pattern_may_have_an_end_too() -> None:
    (entry,) = load(item("contacts.*: {until: 2026-12-31}"), lock=LOCK).roles
    assert entry.role.permissions == {"contacts.view", "contacts.export"}
    assert {grant.until for grant in entry.grants.values()} == {Day(2026, 12, 31)}
    assert {grant.pattern for grant in entry.grants.values()} == {"contacts.*"}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("contacts.export:", "3:5 wrong-type"),
        ("contacts.export: {}", "3:5 wrong-type"),
        ("contacts.export: 2026-12-31", "3:22 wrong-type"),
        ("contacts.export: [until]", "3:22 wrong-type"),
        ("{contacts.export: {reason: a}, contacts.view: {reason: a}}", "3:36 wrong-type"),
        ('{contacts.export: {reason: a}, "contacts.*": {reason: a}}', "3:36 wrong-type"),
        ("{contacts.export: {reason: a}, [a]: b}", "3:36 wrong-type"),
        ("{contacts.export: {reason: a}, untli: 2026-12-31}", "3:36 unknown-key"),
        ("{contacts.export: {reason: a}, colour: red}", "3:36 unknown-key"),
        ("contacts.export: {untill: 2026-12-31}", "3:23 unknown-key"),
        ("contacts.export: {colour: red}", "3:23 unknown-key"),
        ("contacts.export: {until: 2026-12-31, until: 2026-12-30}", "3:42 duplicate-key"),
        ("contacts.export:\n    until: 2026-12-31", "4:5 misplaced-key"),
        ("calls.edit:\n    until: 2026-12-31", "4:5 misplaced-key"),
        ('contacts.export: ""', "3:22 wrong-type"),
        ("contacts.*:", "3:5 wrong-type"),
        ("{until: 2026-12-31, calls.view: }", "3:6 misplaced-key"),
        ("[a]: b", "3:5 wrong-type"),
        ("contacts.export: {until: 2026-12-31}\n    reason: OPS-118", "4:5 misplaced-key"),
        ("until: 2026-12-31", "3:5 misplaced-key"),
        ("{until: 2026-12-31, [a]: b}", "3:6 misplaced-key"),
        ("contacts: {until: 2026-12-31}", "3:5 malformed-code"),
        ("[a]: {until: 2026-12-31}", "3:5 wrong-type"),
        ("contacts.export: {until: 2026-02-30}", "3:30 bad-date"),
        ("contacts.export: {until: end of year}", "3:30 bad-date"),
        ("contacts.export: {until: 2026-12-31T10:00:00Z}", "3:30 bad-date"),
        ("contacts.export: {until: 31.12.2026}", "3:30 bad-date"),
        ("contacts.export: {until: 2026-1-3}", "3:30 bad-date"),
        ("contacts.export: {until: }", "3:30 bad-date"),
        ("contacts.export: {until: [2026-12-31]}", "3:30 bad-date"),
        ('contacts.export: {reason: ""}', "3:31 no-value"),
        ('contacts.export: {reason: " "}', "3:31 no-value"),
        ("contacts.export: {reason: }", "3:31 no-value"),
        ("contacts.export: {reason: 42}", "3:31 needs-quotes"),
        ('"*"', "3:5 bad-pattern"),
        ('"*.*"', "3:5 bad-pattern"),
        ("con*", "3:5 bad-pattern"),
        ("a.b.*", "3:5 bad-pattern"),
        ("contacts.*.view", "3:5 bad-pattern"),
        ("*.view", "3:5 yaml-syntax"),
        ("*", "3:5 yaml-syntax"),
    ],
)
def test_what_is_wrong_with_an_item_is_said_at_its_place(text: str, where: str, golden: Golden) -> None:
    (problem,) = problems(item(text), lock=LOCK)
    assert placed(problem) == where
    golden.says("load/items", case_of(text), problem.message)


def test_every_slip_of_an_indentation_is_reported() -> None:
    slip = "contacts.export:\n    until: 2026-12-31\n    reason: OPS-118"
    assert [placed(problem) for problem in problems(item(slip))] == ["4:5 misplaced-key", "5:5 misplaced-key"]


def test_a_code_with_an_end_may_be_listed_only_once() -> None:
    assert rules(item("contacts.view\n  - contacts.view: {until: 2026-12-31}")) == ["duplicate-code"]


def test_a_pattern_may_be_listed_only_once() -> None:
    assert rules(item("contacts.*\n  - contacts.*"), lock=LOCK) == ["duplicate-code"]


def test_a_code_is_one_of_more_parts_too() -> None:
    (entry,) = load(item("a.b.c: {until: 2026-12-31}")).roles
    assert entry.role.permissions == {"a.b.c"}
