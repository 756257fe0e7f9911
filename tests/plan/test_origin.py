from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.errors import InvalidInput
from reconciler.model.roles import DesiredRole, LiveRole, Role
from reconciler.plan.action import Origin
from reconciler.plan.changes import Change, Plan, Update
from reconciler.plan.compare import make_plan
from reconciler.plan.origin import Share, Shares, by_origin, with_origins
from tests.builders import Before, a_create, a_delete, a_live_role, a_location, a_plan, a_role, a_source, an_update

AS_DESIRED = ("contacts.view", "conversations.view")
AS_LIVE = ("contacts.view",)
A_THIRD_THING = ("reports.view",)


def by_name(*roles: Role) -> Mapping[str, DesiredRole]:
    """The role files of the base."""
    return {role.name: DesiredRole(role, a_location()) for role in roles}


def desired_of(plan: Plan) -> list[DesiredRole]:
    """The role files that such a plan comes from."""
    asked = [
        DesiredRole(change.after, a_location(), () if was is None else (was,))
        for change in plan.changes
        if change.after
        for was in [change.renamed_from if isinstance(change, Update) else None]
    ]
    return [*asked, *(DesiredRole(role, a_location()) for role in plan.unchanged)]


def compared(plan: Plan, base: Mapping[str, DesiredRole]) -> Plan:
    return with_origins(plan, base, desired_of(plan))


def origins(base: Mapping[str, DesiredRole], *changes: Change) -> list[Origin]:
    return [change.origin for change in compared(a_plan(*changes), base).changes]


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        (by_name(), Origin.EDIT),
        (by_name(a_role("lead", AS_DESIRED)), Origin.DRIFT),
        (by_name(a_role("lead", A_THIRD_THING)), Origin.BOTH),
        (by_name(a_role("lead", AS_DESIRED, "Another description.")), Origin.BOTH),
    ],
    ids=["not in the base", "in the base as desired", "in the base otherwise", "described otherwise"],
)
def test_the_origin_of_a_create(base: Mapping[str, DesiredRole], origin: Origin) -> None:
    assert origins(base, a_create("lead", AS_DESIRED)) == [origin]


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        (by_name(a_role("lead", AS_LIVE)), Origin.EDIT),
        (by_name(a_role("lead", AS_DESIRED)), Origin.DRIFT),
        (by_name(a_role("lead", A_THIRD_THING)), Origin.BOTH),
        (by_name(), Origin.BOTH),
    ],
    ids=["in the base as live", "in the base as desired", "in the base otherwise", "not in the base"],
)
def test_the_origin_of_an_update(base: Mapping[str, DesiredRole], origin: Origin) -> None:
    assert origins(base, an_update("lead", AS_DESIRED, before=Before(AS_LIVE))) == [origin]


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        (by_name(a_role("lead", AS_LIVE)), Origin.EDIT),
        (by_name(), Origin.DRIFT),
        (by_name(a_role("lead", A_THIRD_THING)), Origin.BOTH),
    ],
    ids=["in the base as live", "not in the base", "in the base otherwise"],
)
def test_the_origin_of_a_delete(base: Mapping[str, DesiredRole], origin: Origin) -> None:
    assert origins(base, a_delete("lead", AS_LIVE, "Leads support.")) == [origin]


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        (by_name(a_role("shift-lead")), Origin.EDIT),
        (by_name(a_role("lead")), Origin.DRIFT),
        (by_name(a_role("shift-lead", A_THIRD_THING)), Origin.BOTH),
        (by_name(), Origin.BOTH),
        (by_name(a_role("lead"), a_role("shift-lead")), Origin.BOTH),
    ],
    ids=["under its earlier name", "under its new name", "otherwise", "not in the base", "under both names"],
)
def test_the_origin_of_a_rename(base: Mapping[str, DesiredRole], origin: Origin) -> None:
    assert origins(base, an_update("lead", before=Before(name="shift-lead"))) == [origin]


def test_each_change_has_an_origin_of_its_own() -> None:
    base = by_name(a_role("deleted-in-the-files"), a_role("deleted-live"))
    changes: list[Change] = [
        a_create("deleted-live"),
        a_delete("deleted-in-the-files", ("conversations.view",), "Leads support."),
    ]
    assert origins(base, *changes) == [Origin.EDIT, Origin.DRIFT]


def test_a_chain_of_renames_in_the_files_is_an_edit_throughout() -> None:
    base = by_name(a_role("a"), a_role("b", AS_LIVE))
    chain = [an_update("b", before=Before(name="a")), an_update("c", AS_LIVE, before=Before(name="b"))]
    assert origins(base, *chain) == [Origin.EDIT, Origin.EDIT]


def test_a_chain_of_renames_that_somebody_took_back_is_drift_throughout() -> None:
    base = by_name(a_role("b"), a_role("c", AS_LIVE))
    chain = [an_update("b", before=Before(name="a")), an_update("c", AS_LIVE, before=Before(name="b"))]
    assert origins(base, *chain) == [Origin.DRIFT, Origin.DRIFT]


def test_the_first_link_of_a_chain_stays_an_edit_where_only_the_second_drifted() -> None:
    base = by_name(a_role("a"), a_role("b", AS_LIVE))
    chain = [an_update("b", before=Before(name="a")), an_update("c", AS_LIVE, before=Before(A_THIRD_THING, name="b"))]
    assert origins(base, *chain) == [Origin.EDIT, Origin.BOTH]


def test_the_second_link_of_a_chain_stays_an_edit_where_only_the_first_drifted() -> None:
    base = by_name(a_role("a"), a_role("b", AS_LIVE))
    chain = [an_update("b", before=Before(A_THIRD_THING, name="a")), an_update("c", AS_LIVE, before=Before(name="b"))]
    assert origins(base, *chain) == [Origin.BOTH, Origin.EDIT]


def test_a_role_renamed_in_the_files_and_deleted_live_is_both() -> None:
    plan = a_plan(a_create("lead", AS_DESIRED))
    desired = [DesiredRole(a_role("lead", AS_DESIRED), a_location(), ("chief",))]
    change = with_origins(plan, by_name(a_role("chief", AS_LIVE)), desired).changes[0]
    assert (change.origin, change.drifted) == (Origin.BOTH, frozenset({"contacts.view"}))


def test_each_code_of_a_change_is_drift_where_the_base_has_it_as_desired_and_an_edit_elsewhere() -> None:
    base = by_name(a_role("lead", ["kept.live", "was.granted", "was.revoked"]))
    update = an_update("lead", ["was.granted", "now.granted"], before=Before(["was.revoked", "crept.in"]))
    plan = compared(a_plan(update), base)
    assert plan.changes[0].origin is Origin.BOTH
    assert plan.changes[0].drifted == {"was.granted", "crept.in"}
    assert by_origin(plan) == Shares(edit=Share(1, 1), drift=Share(1, 1))


def test_a_renamed_role_is_compared_with_the_base_under_its_earlier_name() -> None:
    base = by_name(a_role("chief", ["a.old"]))
    update = an_update("lead", ["a.new"], before=Before(["a.old", "a.crept"], name="chief"))
    change = compared(a_plan(update), base).changes[0]
    assert (change.origin, change.drifted) == (Origin.BOTH, frozenset({"a.crept"}))


def test_a_delete_of_a_role_that_drifted_tells_the_codes_apart() -> None:
    plan = compared(a_plan(a_delete("temp", ["a.asked", "a.crept"])), by_name(a_role("temp", ["a.asked"])))
    assert plan.changes[0].drifted == {"a.crept"}
    assert by_origin(plan) == Shares(edit=Share(0, 1), drift=Share(0, 1))


@pytest.mark.parametrize(
    ("in_base", "drifted"),
    [
        (Role("lead", "As desired.", frozenset()), {"name", "description"}),
        (Role("lead", "As live.", frozenset()), {"name"}),
        (Role("lead", "A third thing.", frozenset()), {"name"}),
        (Role("old-lead", "As live.", frozenset()), set()),
    ],
    ids=["as desired", "described as live", "described otherwise", "as live"],
)
def test_a_field_is_drift_where_the_files_still_ask_for_what_the_base_did(in_base: Role, drifted: set[str]) -> None:
    before = Before([], "As live.", "old-lead")
    (change,) = compared(a_plan(an_update("lead", ["a.new"], "As desired.", before=before)), by_name(in_base)).changes
    assert isinstance(change, Update)
    assert change.drifted_fields == drifted


def test_a_role_that_takes_over_one_whose_file_was_removed_has_no_drift_in_its_fields() -> None:
    base = by_name(Role("lead", "As desired.", frozenset()), Role("old-lead", "As live.", frozenset()))
    before = Before([], "As live.", "old-lead")
    (change,) = compared(a_plan(an_update("lead", [], "As desired.", before=before)), base).changes
    assert isinstance(change, Update)
    assert (change.origin, change.drifted_fields) == (Origin.BOTH, frozenset[str]())


def test_without_a_base_nothing_is_counted_by_origin() -> None:
    assert by_origin(a_plan(a_create())) is None


def test_a_plan_without_changes_has_shares_of_nothing() -> None:
    assert by_origin(compared(a_plan(), {})) == Shares(Share(0, 0), Share(0, 0))


def test_a_role_created_under_the_name_of_one_that_is_renamed_away_is_an_edit() -> None:
    moved_on: list[Change] = [an_update("b", before=Before(name="a")), a_create("a")]
    assert origins(by_name(a_role("a")), *moved_on) == [Origin.EDIT, Origin.EDIT]


def test_a_swap_which_no_plan_holds_ends_all_the_same() -> None:
    swap = [an_update("b", before=Before(name="a")), an_update("a", before=Before(name="b"))]
    assert origins({}, *swap) == [Origin.BOTH, Origin.BOTH]


def test_nothing_but_the_origins_differs() -> None:
    plan = a_plan(a_create("lead"), a_delete("temp"), unchanged=(a_role("same"),), notes=("a note",))
    judged = compared(plan, {})
    unjudged = [replace(change, origin=Origin.UNKNOWN, drifted=frozenset()) for change in judged.changes]
    assert replace(judged, changes=tuple(unjudged), compared=False, ends_changed=None) == plan


NAMES = st.sampled_from("abcd")
PERMISSIONS = st.frozensets(st.sampled_from(["x.view", "y.view"]), max_size=2)
ROLES = st.dictionaries(NAMES, PERMISSIONS, max_size=4).map(
    lambda chosen: tuple(Role(name, "", permissions) for name, permissions in chosen.items())
)


@st.composite
def desired_roles(draw: st.DrawFn) -> list[DesiredRole]:
    """Roles with earlier names; circles and ambiguities are left to the planner, which refuses them."""
    return [DesiredRole(role, a_location(), tuple(sorted(draw(st.sets(NAMES, max_size=1))))) for role in draw(ROLES)]


def plan_of(desired: list[DesiredRole], live: tuple[Role, ...]) -> Plan:
    answered = [LiveRole(a_live_role(role.name).id, role, is_system=False) for role in live]
    try:
        return make_plan(desired, answered, target="", source=a_source())
    except InvalidInput:
        return a_plan()


def has_a_circle(desired: list[DesiredRole]) -> bool:
    """What `validate` refuses: earlier names that lead back to where they started."""
    earlier = {entry.role.name: entry.renamed_from[0] for entry in desired if entry.renamed_from}
    for start, first in earlier.items():
        name = first
        for _ in earlier:
            if name == start:
                return True
            name = earlier.get(name, "")
    return False


@given(desired_roles(), ROLES)
def test_where_live_is_what_the_base_asked_for_everything_is_an_edit(
    desired: list[DesiredRole], live: tuple[Role, ...]
) -> None:
    plan = with_origins(plan_of(desired, live), by_name(*live), desired)
    assert {change.origin for change in plan.changes} <= {Origin.EDIT}


@given(desired_roles().filter(lambda desired: not has_a_circle(desired)), ROLES)
def test_where_no_file_changed_everything_is_drift(desired: list[DesiredRole], live: tuple[Role, ...]) -> None:
    plan = with_origins(plan_of(desired, live), by_name(*(entry.role for entry in desired)), desired)
    assert {change.origin for change in plan.changes} <= {Origin.DRIFT}


@given(desired_roles(), ROLES, ROLES)
def test_every_change_gets_an_origin(
    desired: list[DesiredRole], live: tuple[Role, ...], base: tuple[Role, ...]
) -> None:
    plan = with_origins(plan_of(desired, live), by_name(*base), desired)
    assert Origin.UNKNOWN not in {change.origin for change in plan.changes}


@given(desired_roles(), ROLES, ROLES)
def test_the_codes_agree_with_the_origin_of_their_change(
    desired: list[DesiredRole], live: tuple[Role, ...], base: tuple[Role, ...]
) -> None:
    for change in with_origins(plan_of(desired, live), by_name(*base), desired).changes:
        codes = change.granted | change.revoked
        assert change.drifted <= codes
        if change.origin is Origin.EDIT:
            assert not change.drifted
        if change.origin is Origin.DRIFT:
            assert change.drifted == codes
