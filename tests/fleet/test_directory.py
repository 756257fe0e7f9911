"""What a directory of saved plans has to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.directory import FoundPlan, check_files, check_plan, index_files, merged
from reconciler.fleet.index import Index
from reconciler.fleet.part import ShardOf
from reconciler.model.errors import StalePlan
from reconciler.plan.document import digest
from tests.builders import a_create, a_plan, a_source, an_undo
from tests.fleet.plans import COMMIT, a_tenant_plan, an_index, names, some_plans

if TYPE_CHECKING:
    from tests.sentences import Golden

SHARDS = ("fleet-0-of-2.json", "fleet-1-of-2.json")


def test_the_index_is_fleet_json_or_those_of_all_shards() -> None:
    assert index_files({"fleet.json", "a.json"}) == ("fleet.json",)
    assert index_files({*SHARDS, "a.json", "notes.txt"}) == SHARDS


@pytest.mark.parametrize(
    ("case", "present"),
    [
        ("no index", {"a.json"}),
        ("a shard is missing", {SHARDS[1]}),
        ("indexes of 2 and of 3 shards", {*SHARDS, "fleet-2-of-3.json"}),
        ("a shard beyond the last", {*SHARDS, "fleet-2-of-2.json"}),
    ],
)
def test_gaps_between_shards_are_refused(case: str, present: set[str], golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        index_files(present)
    golden.says("fleet/directory", case, str(caught.value))


def shard(number: int, *tenants: str, names: str = "ab") -> Index:
    return an_index(*map(a_tenant_plan, tenants), shard=ShardOf(number, 2), names=list(names))


def test_the_shards_together_are_one_index() -> None:
    found = merged([shard(0, "a"), shard(1, "b")])
    assert found == an_index(a_tenant_plan("a"), a_tenant_plan("b"))


@pytest.mark.parametrize(
    ("edits", "edited"), [((False, True), True), ((None, True), True), ((False, None), None), ((False, False), False)]
)
def test_the_edits_of_one_shard_are_those_of_the_whole(edits: tuple[bool | None, ...], *, edited: bool | None) -> None:
    first, second = edits
    found = merged([shard(0, "a")._replace(edited=first), shard(1, "b")._replace(edited=second)])
    assert found.edited is edited


@pytest.mark.parametrize(
    ("case", "second"),
    [
        ("a tenant in two shards", shard(1, "a", "b")),
        ("a tenant in no shard", shard(1)),
        ("shards of other tenants", shard(1, "b", names="abc")),
        ("shards of another commit", shard(1, "b")._replace(commit=None)),
    ],
)
def test_gaps_and_doubles_of_tenants_are_refused(case: str, second: Index, golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        merged([shard(0, "a"), second])
    golden.says("fleet/directory", case, str(caught.value))


@given(st.sets(names, min_size=1), st.integers(1, 5))
def test_however_tenants_are_divided_the_shards_are_the_whole(tenants: set[str], count: int) -> None:
    every = sorted(tenants)
    parts = [
        an_index(*map(a_tenant_plan, every[number::count]), shard=ShardOf(number, count), names=every)
        for number in range(count)
    ]
    # A shard without tenants reads no role files, so it does not know their commit.
    parts = [part if part.tenants else part._replace(commit=None) for part in parts]
    assert merged(parts) == an_index(*map(a_tenant_plan, every))


def test_a_directory_with_the_plans_that_are_listed_and_other_files_is_whole() -> None:
    check_files(an_index(*some_plans()), ["fleet.json"], {"fleet.json", "README", *_plans()})


def _plans() -> set[str]:
    return {"globex.json", "initech.json", "umbrella.json"}


@pytest.mark.parametrize(
    ("case", "present"),
    [
        ("a plan that is not listed", {"fleet.json", "acme.json", *_plans()}),
        ("an index of an earlier run", {"fleet.json", SHARDS[0], *_plans()}),
        ("a plan that is missing", {"fleet.json", "globex.json"}),
    ],
)
def test_a_directory_with_more_or_less_is_refused(case: str, present: set[str], golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        check_files(an_index(*some_plans()), ["fleet.json"], present)
    golden.says("fleet/directory", case, str(caught.value))


def test_what_no_shard_lists_is_refused_too() -> None:
    with pytest.raises(StalePlan, match="indexes do not list"):
        check_files(an_index(a_tenant_plan("a")), SHARDS, {*SHARDS, "a.json", "b.json"})


def found(*, commit: str | None = COMMIT, undo: bool = False, role: str = "lead") -> FoundPlan:
    source = an_undo(commit=commit) if undo else a_source(commit=commit)
    plan = a_plan(a_create(role), target="https://globex.example", source=source)
    return FoundPlan("globex", plan, digest(plan))


INDEX = an_index(a_tenant_plan("globex", a_create("lead")))


def test_the_plan_that_the_index_lists_is_accepted() -> None:
    check_plan(INDEX, found())


def test_a_refused_plan_is_accepted_with_or_without_changes() -> None:
    check_plan(an_index(a_tenant_plan("globex", a_create("lead"), refused="too many")), found())


@pytest.mark.parametrize(
    ("case", "other"),
    [
        ("another plan", found(role="clerk")),
        ("a plan of another commit", found(commit="1" * 40)),
        ("a plan of a journal", found(undo=True)),
    ],
)
def test_another_plan_is_refused(case: str, other: FoundPlan, golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        check_plan(INDEX, other)
    golden.says("fleet/directory", case, str(caught.value))


def test_an_index_that_says_something_else_of_the_plan_is_refused(golden: Golden) -> None:
    entry = INDEX.tenants["globex"]._replace(result="no_changes")
    with pytest.raises(StalePlan) as caught:
        check_plan(INDEX._replace(tenants={"globex": entry}), found())
    golden.says("fleet/directory", "changes that the index hides", str(caught.value))
