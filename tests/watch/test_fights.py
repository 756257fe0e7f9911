"""What a journal says was done again and again: fights, and what is left alone because of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.journal import Header, Journal
from reconciler.apply.recorded import Entry
from reconciler.model.roles import id_key
from reconciler.plan.scope import Scope
from reconciler.policy.limits import Limit, Limits
from reconciler.watch.fights import (
    Deed,
    Deeds,
    Fight,
    Key,
    Truce,
    deeds_of,
    fights_at,
    fought_grants,
    truces_of,
    without,
)
from reconciler.watch.words import Mode
from tests.builders import TARGET, Before, a_create, a_delete, a_live_role, a_role, an_id, an_update, approved
from tests.watch.world import World, a_world

if TYPE_CHECKING:
    from tests.sentences import Golden

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
KEY = Key(id_key(an_id("lead")), "a.edit")


def hours(*numbers: float) -> tuple[Deed, ...]:
    return tuple(Deed(NOON + timedelta(hours=number), "lead", "sha256:1") for number in numbers)


def file_is(now: str | None) -> Callable[[str], str | None]:
    return lambda _role: now


# --- fights


@pytest.mark.parametrize(
    ("times", "now", "fought"),
    [
        ((0, 1), 2, 0),
        ((0, 1, 2), 2, 3),
        ((0, 1, 24), 24, 3),
        ((0, 1, 24.1), 24.1, 0),
        ((0, 1, 2, 3), 3, 4),
        ((0, 1, 2), 24, 3),
        ((0, 1, 2), 24.1, 0),  # it ends when fewer than three are in the last 24 h
        ((0, 1, 2), -23, 0),  # the clock was set back: one of them is more than 24 h ahead
        ((0, 1, 2), -20, 3),
        ((5000, 5001, 5002), 0, 0),  # the clock was years ahead when they were made
    ],
)
def test_a_code_that_was_taken_back_three_times_in_24_hours_is_a_fight(
    times: tuple[float, ...], now: float, fought: int
) -> None:
    found = fights_at(Deeds({KEY: hours(*times)}), NOON + timedelta(hours=now))
    assert found == ({KEY: Fight("lead", "a.edit", fought)} if fought else {})


# --- what is left alone


@pytest.mark.parametrize(
    ("times", "fought"),
    [((0, 1), False), ((0, 1, 2), True), ((0, 1, 24), True), ((0, 20, 25), False), ((0, 20, 40, 41, 42), True)],
)
def test_what_was_given_three_times_in_24_hours_is_left_alone_for_good(
    times: tuple[float, ...], *, fought: bool
) -> None:
    assert fought_grants(Deeds({}, {KEY: hours(*times)}), file_is("sha256:1")) == ({KEY} if fought else set())


@pytest.mark.parametrize("now", ["sha256:2", None])
def test_it_is_made_again_once_the_file_of_the_role_changed(now: str | None) -> None:
    assert fought_grants(Deeds({}, {KEY: hours(0, 1, 2)}), file_is(now)) == frozenset()


def test_only_what_was_given_since_the_last_change_of_the_file_counts() -> None:
    first, second, third, fourth = hours(0, 1, 2, 3)
    changed_and_back = (first, second, third._replace(file="sha256:2"), fourth)
    assert fought_grants(Deeds({}, {KEY: changed_and_back}), file_is("sha256:1")) == frozenset()


def test_what_was_given_before_the_last_change_of_the_file_does_not_spoil_it() -> None:
    first, *others = hours(0, 1, 2, 3)
    assert fought_grants(Deeds({}, {KEY: (first._replace(file="sha256:2"), *others)}), file_is("sha256:1")) == {KEY}
    assert fought_grants(Deeds({}, {KEY: (*others, first._replace(file="sha256:2"))}), file_is("sha256:2")) == set()


def test_a_role_goes_by_the_name_that_it_had_last() -> None:
    times = [deed._replace(role=name) for deed, name in zip(hours(0, 1, 2, 3), ("a", "b", "c", "last"), strict=True)]
    asked: list[str] = []
    fought_grants(Deeds({}, {KEY: times}), asked.append)
    assert asked == ["last"]
    assert fights_at(Deeds({KEY: times}), NOON)[KEY].role == "last"


# --- from the lines of a journal


def an_entry(request: int = 1, **rest: Any) -> Entry:  # noqa: ANN401 - any key of a line
    plain = {
        "kind": "outcome",
        "run": "r",
        "request": request,
        "time": "2026-11-25T12:00:00.000Z",
        "action": "update",
        "name": "lead",
        "id": an_id("lead").upper(),
        "before": a_document("a.view", "a.edit"),
        "after": a_document("a.view"),
        "status": "applied",
        "plan_digest": "sha256:0",
        "commit": None,
        "actor": "somebody",
        "target": TARGET,
        "file": "sha256:1",
    }
    return Entry.model_validate({**plain, **rest}, strict=False)


def a_document(*codes: str) -> dict[str, Any]:
    return {"name": "lead", "description": "", "permissions": list(codes)}


def test_a_code_that_an_update_takes_is_taken_back() -> None:
    assert deeds_of([an_entry()]) == Deeds({KEY: [Deed(NOON, "lead", "sha256:1")]}, {})


def test_a_code_that_an_update_gives_is_given() -> None:
    found = deeds_of([an_entry(before=a_document(), after=a_document("a.edit"))])
    assert found == Deeds({}, {KEY: [Deed(NOON, "lead", "sha256:1")]})


def test_a_role_that_is_created_is_given_by_its_name() -> None:
    found = deeds_of([an_entry(action="create", before=None)])
    assert found == Deeds({}, {Key("", "", "lead"): [Deed(NOON, "lead", "sha256:1")]})


@pytest.mark.parametrize(
    "rest",
    [
        {"status": "failed"},
        {"status": "skipped"},
        {"kind": "intent", "status": None},
        {"action": "delete", "after": None},
        {"time": "noon"},
        {"time": "2026-11-25T12:00:00"},
        {"stored": a_document("a.view", "a.edit")},  # the server kept it
    ],
)
def test_what_was_not_done_does_not_count(rest: dict[str, Any]) -> None:
    assert deeds_of([an_entry(**rest)]) == Deeds({}, {})


def test_of_several_outcomes_of_one_request_the_last_one_counts() -> None:
    assert deeds_of([an_entry(), an_entry(status="failed")]) == Deeds({}, {})
    assert len(deeds_of([an_entry(1), an_entry(2)]).taken[KEY]) == 2


# --- of changes


FOUGHT = frozenset({KEY, Key("", "", "fresh")})


def an_update_of_lead(*codes: str, description: str = "Leads support.") -> Any:  # noqa: ANN401 - an Update
    return an_update("lead", codes, description, before=Before(("a.view",), "Leads support."))


def test_a_code_that_is_fought_over_is_left_out_of_its_change() -> None:
    change = an_update_of_lead("a.edit", "b.view")
    kept = without(change, FOUGHT)
    assert kept is not None
    assert (sorted(kept.granted), sorted(kept.revoked)) == (["b.view"], ["a.view"])
    assert truces_of([change], FOUGHT) == (Truce("lead", ("a.edit",), "roles.d/lead.yaml"),)


def test_the_codes_that_are_left_alone_are_sorted() -> None:
    codes = [f"c.{letter}" for letter in "gfedcba"]
    fought = frozenset(Key(KEY.role_id, code) for code in codes)
    (found,) = truces_of([an_update_of_lead(*codes)], fought)
    assert list(found.codes) == sorted(codes)


def test_a_change_of_which_nothing_is_left_is_none() -> None:
    assert without(an_update_of_lead("a.view", "a.edit"), FOUGHT) is None
    assert without(a_create("fresh"), FOUGHT) is None


def test_the_rest_stays_as_it_is() -> None:
    changes = [a_create("other"), an_update_of_lead("a.view", "b.view"), a_delete("lead")]
    assert [without(change, FOUGHT) for change in changes] == changes
    assert truces_of(changes, FOUGHT) == ()


# --- in the loop


def widen(world: World) -> Callable[[], None]:
    return lambda: world.tenant.edit("lead", "a.view", "a.edit")


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = a_world(tmp_path, lead=("a.view",))
    widen(found)()
    return found


def test_a_fight_is_reported_from_the_third_time_on_and_once(world: World, golden: Golden) -> None:
    world.watch(6, {number: widen(world) for number in range(1, 6)})
    assert world.kinds == ["applied"] * 3 + ["fight"] + ["applied"] * 3 + ["stopped"]
    assert world.tenant.codes() == {"lead": {"a.view"}}
    assert [report.fights for report in world.reports] == [0, 0, 1, 1, 1, 1]
    golden.says("watch/lines", "a fight", world.lines)


def test_a_restart_forgets_no_fight(world: World) -> None:
    for _ in range(5):
        world.watch()
        widen(world)()
    assert [kind for kind in world.kinds if kind != "stopped"] == ["applied"] * 3 + ["fight"] + ["applied"] * 2


def test_a_fight_whose_third_time_is_by_hand_is_reported_too(world: World) -> None:
    def by_hand() -> None:
        widen(world)()
        change = an_update("lead", ("a.view",), before=Before(("a.view", "a.edit"), "Leads support."))
        with Journal(world.journal, Header("sha256:0", None, "somebody", TARGET), world.time.now) as journal:
            carry_out(approved(change), Run(world.tenant, 1, Stop(), journal))

    world.watch(4, {1: widen(world), 2: by_hand})
    assert world.kinds == ["applied", "applied", "in_sync", "fight", "stopped"]


def test_a_pass_that_cannot_compare_does_not_make_a_fight_new(world: World) -> None:
    def ignore(*names: str) -> Callable[[], None]:
        return lambda: setattr(world, "scope", Scope(ignore=names))

    world.watch(6, {1: widen(world), 2: widen(world), 3: ignore("lead"), 4: ignore()})
    assert world.kinds == ["applied"] * 3 + ["fight", "invalid", "in_sync", "stopped"]


def test_a_fight_that_ended_is_reported_when_it_begins_again(world: World) -> None:
    world.watch(3, {1: widen(world), 2: widen(world)})
    world.time.pass_by(25 * 3600)
    widen(world)()
    world.watch(3, {1: widen(world), 2: widen(world)})
    assert world.kinds == (["applied"] * 3 + ["fight", "stopped"]) * 2
    assert [report.fights for report in world.reports] == [0, 0, 1] * 2


def test_a_fight_is_over_24_hours_after_its_last_but_second_time(world: World) -> None:
    world.watch(3, {1: widen(world), 2: widen(world)})
    world.time.pass_by(25 * 3600)
    world.watch()
    assert world.reports[-1].fights == 0


def test_a_code_that_came_back_to_another_role_is_another_fight(tmp_path: Path) -> None:
    world = a_world(tmp_path, r0=("a.view",), r1=("a.view",), r2=("a.view",))
    widened = [partial(world.tenant.edit, f"r{number}", "a.view", "a.edit") for number in range(3)]
    world.watch(4, dict(enumerate(widened, 1)))
    assert "fight" not in world.kinds


def test_a_journal_that_cannot_be_read_after_the_writes_costs_the_report_of_the_fight_alone(world: World) -> None:
    def corrupt(_action: str, _name: str) -> None:
        world.journal.write_text("{}\n{}\n")

    world.tenant.after_write = corrupt
    world.watch()
    assert (world.kinds, world.reports[0].result) == (["applied", "stopped"], "applied")


def test_a_journal_that_is_corrupt_is_a_failed_pass_and_nothing_is_written(world: World) -> None:
    world.journal.write_text("{}\n{}\n")
    world.watch(2, {1: lambda: world.journal.write_text("")})
    assert world.kinds == ["failed", "applied", "stopped"]


# --- under --apply


@pytest.fixture
def applying(tmp_path: Path) -> World:
    """A role that lacks a code, which somebody takes again after each pass."""
    found = a_world(tmp_path, Mode.APPLY, lead=("a.view", "a.edit"))
    narrow(found)()
    return found


def narrow(world: World) -> Callable[[], None]:
    return lambda: world.tenant.edit("lead", "a.view")


def test_a_grant_that_did_not_last_three_times_is_left_alone_and_reported(applying: World, golden: Golden) -> None:
    applying.watch(6, {number: narrow(applying) for number in range(1, 6)})
    assert applying.kinds == ["applied"] * 3 + ["drift", "fight", "stopped"]
    assert applying.tenant.codes() == {"lead": {"a.view"}}
    assert [report.fights for report in applying.reports] == [0, 0, 0, 1, 1, 1]
    golden.says("watch/lines", "a grant that did not last", applying.lines)


def test_a_grant_that_did_not_last_stays_left_alone_over_days_and_restarts(applying: World) -> None:
    applying.watch(3, {number: narrow(applying) for number in range(1, 4)})
    applying.time.pass_by(10 * 24 * 3600)
    applying.watch()
    assert applying.kinds == ["applied"] * 3 + ["stopped", "drift", "fight", "stopped"]
    assert applying.tenant.codes() == {"lead": {"a.view"}}


def test_the_rest_of_such_a_role_is_healed_as_before(applying: World) -> None:
    applying.watch(4, {number: narrow(applying) for number in range(1, 4)})
    applying.tenant.edit("lead", "a.view", "c.view")
    applying.watch(2)
    assert applying.kinds[-4:] == ["applied", "fight", "drift", "stopped"]
    assert applying.tenant.codes() == {"lead": {"a.view"}}
    assert applying.reports[-1].left.narrower == 1


def test_an_edit_of_the_file_of_the_role_ends_it(applying: World) -> None:
    applying.watch(4, {number: narrow(applying) for number in range(1, 4)})
    applying.files["roles.d/lead.yaml"] += "\n# it is settled: the night shift needs it\n"
    applying.watch(2)
    assert applying.kinds[-3:] == ["applied", "in_sync", "stopped"]
    assert applying.tenant.codes() == {"lead": {"a.view", "a.edit"}}


def test_a_create_that_did_not_last_three_times_is_left_alone(tmp_path: Path, golden: Golden) -> None:
    world = a_world(tmp_path, Mode.APPLY, lead=("a.view",), fresh=("b.view",))

    def drop() -> None:
        world.tenant.drop(world.tenant.role("fresh").id)

    drop()
    world.watch(5, dict.fromkeys(range(1, 4), drop))
    assert world.kinds == ["applied"] * 3 + ["drift", "fight", "stopped"]
    assert world.tenant.codes() == {"lead": {"a.view"}}
    golden.says("watch/lines", "a create that did not last", world.lines)


def test_a_code_that_comes_back_under_apply_is_taken_back_each_time(tmp_path: Path) -> None:
    world = a_world(tmp_path, Mode.APPLY, lead=("a.view",))
    world.watch(6, {number: widen(world) for number in range(1, 6)})
    assert world.kinds == ["in_sync"] + ["applied"] * 3 + ["fight"] + ["applied"] * 2 + ["stopped"]
    assert world.tenant.codes() == {"lead": {"a.view"}}


def test_fights_and_what_is_left_alone_are_counted_together(applying: World) -> None:
    applying.want("clerk", "b.view")
    applying.tenant.put(a_live_role("clerk", ["b.view"]))

    def both() -> None:
        narrow(applying)()
        applying.tenant.edit("clerk", "b.view", "b.edit")

    applying.watch(5, dict.fromkeys(range(1, 5), both))
    assert applying.reports[-1].fights == 2


def test_a_role_of_which_all_is_left_alone_counts_for_the_percentage_of_a_limit(applying: World) -> None:
    applying.want("clerk", "b.view")
    applying.tenant.put(a_live_role("clerk", ["b.view"]))
    applying.watch(3, dict.fromkeys(range(1, 4), narrow(applying)))
    applying.tenant.edit("clerk", "b.view", "b.edit")
    applying.limits = Limits(Limit(0), Limit(0, 40))  # 1 revoke of 3 live pairs is 33 %
    applying.watch()
    assert applying.tenant.codes() == {"lead": {"a.view"}, "clerk": {"b.view"}}


def test_a_mode_that_heals_revokes_reads_no_grants_of_the_journal(applying: World) -> None:
    applying.watch(3, {number: narrow(applying) for number in range(1, 4)})
    applying.mode = Mode.HEAL
    applying.watch()
    assert applying.kinds[-2:] == ["drift", "stopped"]


def test_a_role_that_somebody_made_and_unmanaged_roles_are_deleted_each_time(tmp_path: Path) -> None:
    world = a_world(tmp_path, Mode.APPLY, lead=("a.view",))
    ids = iter(range(9))

    def make() -> None:
        world.tenant.put(a_live_role("temp", ["b.view"], id_=an_id(f"temp {next(ids)}")))

    world.watch(6, dict.fromkeys(range(1, 6), make))
    assert world.kinds == ["in_sync"] + ["applied"] * 5 + ["stopped"]
    assert world.tenant.roles() == {a_role("lead", ["a.view"])}
