"""Which plans of tenants have the same effect, and in which order effects are told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from reconciler.fleet.effects import effects
from reconciler.plan.action import Action, Origin, Verdict
from reconciler.plan.changes import Change
from tests.builders import Before, a_create, a_delete, an_update
from tests.fleet.plans import fleets

FLEET = dict[str, tuple[Change, ...]]


def test_ids_and_origins_do_not_make_two_effects() -> None:
    here = an_update("lead", ["a.b"])
    there = replace(here, id="00000000-0000-4000-8000-000000000001", origin=Origin.DRIFT, location=None)
    assert [effect.tenants for effect in effects([("b", [here]), ("a", [there])])] == [("a", "b")]


def test_what_a_role_was_before_makes_two_effects() -> None:
    here, there = (an_update("lead", ["a.b", "c.d"], before=Before(was)) for was in (["c.d"], []))
    assert len(effects([("a", [here]), ("b", [there])])) == 2


def test_what_grants_comes_first_then_what_fewer_tenants_have() -> None:
    narrows, widens, rare = [a_delete("temp")], [a_create("lead")], [a_create("clerk")]
    found = effects([("a", narrows), ("b", widens), ("c", widens), ("d", rare), ("e", [])])
    assert [effect.tenants for effect in found] == [("d",), ("b", "c"), ("a",)]


def test_a_change_says_what_it_grants_and_revokes_and_which_fields_differ() -> None:
    change = an_update("lead", ["a.new"], "New", before=Before(["a.old"], "Old", "chief"))
    (found,) = effects([("a", [change])])
    (told,) = found.changes
    assert (told.action, told.name, told.renamed_from) == (Action.UPDATE, "lead", "chief")
    assert (told.granted, told.revoked) == (("a.new",), ("a.old",))
    assert [field.path for field in told.fields] == ["description", "name"]
    assert found.verdict is Verdict.MIXED


@given(fleets)
def test_each_tenant_with_changes_has_one_effect_and_the_others_none(fleet: FLEET) -> None:
    told = [tenant for effect in effects(fleet.items()) for tenant in effect.tenants]
    assert sorted(told) == sorted(name for name, changes in fleet.items() if changes)


@given(fleets)
def test_two_tenants_share_an_effect_if_and_only_if_each_role_is_the_same_before_and_after(fleet: FLEET) -> None:
    of = {tenant: effect for effect in effects(fleet.items()) for tenant in effect.tenants}
    for one, here in of.items():
        for other, there in of.items():
            same = [(c.before, c.after) for c in fleet[one]] == [(c.before, c.after) for c in fleet[other]]
            assert (here is there) == same


@given(fleets)
def test_the_order_of_the_tenants_decides_nothing(fleet: FLEET) -> None:
    assert effects(fleet.items()) == effects(reversed(fleet.items()))


@given(fleets)
def test_no_effect_that_grants_comes_after_one_that_does_not(fleet: FLEET) -> None:
    grants = [effect.grants for effect in effects(fleet.items())]
    assert grants == sorted(grants, reverse=True)
