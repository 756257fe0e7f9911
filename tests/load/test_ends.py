"""The day on which a grant ends, which of several ends counts, and what is said about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.days import Day
from tests.builders import TODAY, a_lock
from tests.load.builders import NAME, load, placed
from tests.sentences import Golden

END = Day(2026, 12, 31)
EXPORT = {"contacts.export"}
LOCK = a_lock("contacts.view", "contacts.export")


def until(end: Day, code: str = "contacts.export") -> str:
    return f"{code}: {{until: {end}}}"


def clerk(*items: str, more: str = "") -> str:
    return f"{NAME}{more}permissions: [{', '.join(items)}]\n"


def shared(*items: str) -> str:
    return f"set: shared\npermissions: [{', '.join(items)}]\n"


INCLUDING = "include: [shared]\n"


def after(days: int) -> Day:
    return TODAY + timedelta(days)


@pytest.mark.parametrize(
    ("today", "held"), [(Day(2026, 12, 30), EXPORT), (END, EXPORT), (Day(2027, 1, 1), set()), (Day(2030, 1, 1), set())]
)
def test_a_grant_holds_up_to_its_last_day(today: Day, held: set[str]) -> None:
    (entry,) = load(clerk(until(END), "contacts.view"), today=today).roles
    assert entry.role.permissions == {"contacts.view"} | held
    assert set(entry.grants) == held
    assert set(entry.ended) == EXPORT - held


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-400, "ended"),
        (-12, "ended"),
        (-1, "ended"),
        (0, "ends-soon"),
        (1, "ends-soon"),
        (9, "ends-soon"),
        (14, "ends-soon"),
        (15, None),
    ],
)
def test_an_end_that_is_near_or_past_is_a_warning(days: int, said: str | None, golden: Golden) -> None:
    warnings = load(clerk(until(after(days)))).warnings
    assert [(placed(each), each.role, each.codes) for each in warnings] == (
        [(f"2:15 {said}", "clerk", ("contacts.export",))] if said else []
    )
    for each in warnings:
        golden.says("load/ends", f"{days} days from today", each.message)


def test_the_line_of_a_set_gets_one_warning_that_names_its_roles(golden: Golden) -> None:
    roles = [clerk(more=INCLUDING).replace("clerk", name) for name in ("lead", "clerk")]
    (warning,) = load(shared(until(after(-3))), *roles).warnings
    assert (placed(warning), warning.role) == ("2:15 ended", None)
    assert "roles clerk, lead" in warning.message
    golden.says("load/ends", "a line of a set", warning.message)


def test_the_line_of_a_set_of_one_role_names_that_role() -> None:
    (warning,) = load(shared(until(after(-3))), clerk(more=INCLUDING)).warnings
    assert warning.role == "clerk"
    assert "of set shared (role clerk) ended" in warning.message


def test_of_very_many_roles_the_warning_names_some(golden: Golden) -> None:
    roles = [clerk(more=INCLUDING).replace("clerk", f"role-{number:02}") for number in range(23)]
    (warning,) = load(shared(until(TODAY)), "---\n".join(roles)).warnings
    golden.says("load/ends", "a line of a set of many roles", warning.message)


def test_twenty_roles_are_named_and_no_more_are_spoken_of() -> None:
    roles = [clerk(more=INCLUDING).replace("clerk", f"role-{number:02}") for number in range(20)]
    (warning,) = load(shared(until(TODAY)), "---\n".join(roles)).warnings
    assert "role-18, role-19) ends today" in warning.message


def test_a_pattern_gets_one_warning_with_all_its_codes(golden: Golden) -> None:
    (warning,) = load(clerk(until(after(-3), "contacts.*")), lock=LOCK).warnings
    assert warning.codes == ("contacts.export", "contacts.view")
    golden.says("load/ends", "a pattern", warning.message)


MANY = [f"calls.{letter}" for letter in "hgfedcba"]


def test_the_codes_of_a_pattern_are_in_their_order() -> None:
    (warning,) = load(clerk(until(after(-3), "calls.*")), lock=a_lock(*MANY)).warnings
    assert warning.codes == tuple(sorted(MANY))


def test_what_outlasts_the_item_of_a_set_is_named_for_each_of_its_roles() -> None:
    roles = [clerk(until(after(20)), more=INCLUDING), clerk("contacts.export", more=INCLUDING).replace("clerk", "lead")]
    ends = [each for each in load(shared(until(after(10))), *roles).warnings if each.rule == "end-without-effect"]
    (warning,) = ends
    assert "(roles clerk, lead)" in warning.message
    longer = f"b.yaml:3:15 gives it until {after(20)}, c.yaml:3:15 gives it without an end"
    assert warning.message.endswith(f"without effect, because {longer}")


def test_of_the_items_that_outlast_a_pattern_that_of_its_first_code_is_named() -> None:
    items = shared(*MANY).replace("calls.a", "\n  calls.a")
    (warning,) = load(items, clerk(until(after(30), "calls.*"), more=INCLUDING), lock=a_lock(*MANY)).warnings
    assert "because a.yaml:3:3 gives calls.a without an end" in warning.message


@pytest.mark.parametrize(
    ("own", "sets", "end"),
    [
        (until(after(20)), until(after(30)), after(30)),
        (until(after(30)), until(after(20)), after(30)),
        (until(after(30)), "contacts.export", None),
        ("contacts.export", until(after(30)), None),
        (until(after(-30)), until(after(30)), after(30)),
    ],
)
def test_the_later_end_counts_and_no_end_before_any_end(own: str, sets: str, end: Day | None) -> None:
    loaded = load(shared(sets), clerk(own, more=INCLUDING))
    assert loaded.roles[0].grant_of("contacts.export").until == end
    assert [each.rule for each in loaded.warnings] == ["end-without-effect"]


@pytest.mark.parametrize("longer", ["contacts.export", until(after(40))])
def test_an_end_that_another_item_outlasts_is_a_warning_at_its_item(longer: str, golden: Golden) -> None:
    (warning,) = load(shared(longer), clerk(until(after(30)), more=INCLUDING)).warnings
    assert (placed(warning), warning.codes) == ("3:15 end-without-effect", ("contacts.export",))
    golden.says("load/ends", f"outlasted by {longer}", warning.message)


@pytest.mark.parametrize("codes", [["contacts.export"], ["contacts.export", "contacts.view"]])
def test_a_pattern_that_is_outlasted_names_the_codes(codes: list[str], golden: Golden) -> None:
    (warning,) = load(clerk(until(after(30), "contacts.*"), *codes), lock=LOCK).warnings
    assert warning.codes == tuple(codes)
    golden.says("load/ends", f"a pattern, outlasted by {len(codes)}", warning.message)


def test_a_longer_end_that_is_past_too_outlasts_nothing() -> None:
    loaded = load(shared(until(after(-3))), clerk(until(after(-30)), more=INCLUDING))
    assert [placed(each) for each in loaded.warnings] == ["2:15 ended"]
    assert loaded.roles[0].ended["contacts.export"].until == after(-3)


def test_equal_ends_are_no_warning() -> None:
    loaded = load(shared(until(END)), clerk(until(END), more=INCLUDING))
    assert loaded.warnings == ()
    assert loaded.roles[0].grant_of("contacts.export").set is None


def test_an_ended_grant_that_is_excepted_is_not_spoken_of() -> None:
    text = clerk("contacts.view", more=f"{INCLUDING}except: [contacts.export]\n")
    assert load(shared(until(after(-3))), text).warnings == ()


def test_what_ends_is_in_the_digest_and_the_day_is_not() -> None:
    plain = clerk("contacts.export", "contacts.view")
    ending, other = clerk(until(END), "contacts.view"), clerk(until(TODAY), "contacts.view")
    days = (TODAY, END, Day(2030, 1, 1))
    assert len({load(ending, today=day).digest for day in days}) == 1
    assert len({load(text).digest for text in (plain, ending, other)}) == 3


def test_a_reason_an_owner_a_set_and_a_pattern_are_not_in_the_digest() -> None:
    codes = ("contacts.export", "contacts.view")
    plain = load(clerk(*codes)).digest
    reason = clerk("contacts.export: {reason: a}", "contacts.view", more="owner: b\n")
    assert load(reason).digest == plain
    assert load(shared(*codes), f"{NAME}{INCLUDING}").digest == plain
    assert load(clerk("contacts.*"), lock=LOCK).digest == plain
