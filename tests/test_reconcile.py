"""The story: what a pass reads, and what a second reading shows to be left."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.apply.executor import Run
from reconciler.apply.interrupts import Stop
from reconciler.apply.outcome import Kind
from reconciler.apply.through import Applied
from reconciler.history.events import History, Life
from reconciler.load import Loaded
from reconciler.model.catalogue import Catalogue, Permission
from reconciler.model.days import Day
from reconciler.model.errors import Failed, InvalidInput, Refused, StalePlan
from reconciler.model.findings import Finding, Place, Waived
from reconciler.model.revisions import Revision
from reconciler.model.roles import DesiredRole, LiveRole
from reconciler.plan.action import Origin
from reconciler.plan.changes import Plan
from reconciler.plan.rules_changed import RuleChange
from reconciler.plan.scope import Scope
from reconciler.plan.sources import Source
from reconciler.policy.judge import Approved, Judged
from reconciler.policy.limits import Limits
from reconciler.policy.rules import Policies
from reconciler.reconcile import (
    Pass,
    SavedPass,
    Work,
    apply_pass,
    plan_pass,
    work_of_files,
    work_of_plan,
)
from tests.apply.tenant import Tenant
from tests.builders import (
    TARGET,
    TODAY,
    a_create,
    a_delete,
    a_desired_role,
    a_live_role,
    a_plan,
    a_source,
    an_undo,
    the_system_roles,
)
from tests.policy.builders import cannot, policies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sentences import Golden


@dataclass
class FakeReader:
    """A tenant that can be read only, and counts how often."""

    roles: tuple[LiveRole, ...] = ()
    codes: tuple[str, ...] = ("conversations.view",)
    asked: list[str] = field(default_factory=list)

    def list_roles(self) -> tuple[LiveRole, ...]:
        self.asked.append("roles")
        return (*self.roles, *the_system_roles())

    def list_permissions(self) -> Catalogue:
        self.asked.append("permissions")
        return {code: Permission(code, code, code.partition(".")[0]) for code in self.codes}


def broken(policy: str) -> Finding:
    return Finding(f"policy/{policy}", "role a holds conversations.view", role="a", codes=("conversations.view",))


def waived(policy: str) -> Finding:
    """A finding that was waived up to yesterday."""
    return replace(broken(policy), waived=Waived(TODAY - timedelta(1), "OPS-1"))


def loaded(*roles: DesiredRole) -> Loaded:
    return Loaded(roles, (), len(roles), "sha256:1")


def files(*roles: DesiredRole) -> Pass:
    return Pass(TARGET, loaded(*roles), a_source())


def fit(plan: Plan, reader: FakeReader, scope: Scope = Scope(), limits: Limits = Limits()) -> Judged:
    return work_of_plan(SavedPass(TARGET, plan, None, scope, limits), reader).judged


def test_each_list_is_asked_for_once_in_a_pass() -> None:
    reader = FakeReader()
    plan_pass(files(a_desired_role()), reader)
    assert sorted(reader.asked) == ["permissions", "roles"]


def test_a_code_that_the_catalogue_does_not_have_stops_the_pass() -> None:
    with pytest.raises(InvalidInput, match=r"conversations\.view"):
        plan_pass(files(a_desired_role()), FakeReader(codes=("a.b",)))


def plan_of(reader: FakeReader, *desired: DesiredRole) -> Plan:
    return plan_pass(files(*desired), reader).plan


def test_a_code_that_the_catalogue_lost_and_the_live_role_has_is_a_note_and_no_change() -> None:
    plan = plan_of(FakeReader((a_live_role("legacy", ["fax.send"]),)), a_desired_role("legacy", ["fax.send"]))
    assert plan.changes == ()
    (note,) = plan.notes
    assert note.startswith("roles.d/legacy.yaml:1:7: warning: ")
    assert '"fax.send"' in note


def test_such_a_code_stays_where_something_else_of_the_role_changes() -> None:
    reader = FakeReader((a_live_role("legacy", ["fax.send"], "Old."),))
    assert len(plan_of(reader, a_desired_role("legacy", ["fax.send"], "New.")).changes) == 1


def test_such_a_code_stays_through_a_rename() -> None:
    reader = FakeReader((a_live_role("old", ["fax.send"]),))
    plan = plan_of(reader, a_desired_role("new", ["fax.send"], renamed_from=["old"]))
    assert [change.name for change in plan.changes] == ["new"]


def test_what_stops_the_matching_and_what_the_catalogue_lacks_are_said_in_one_run() -> None:
    reader = FakeReader((a_live_role("a", id_="1"), a_live_role("a", id_="2"), a_live_role("old", ["fax.send"])))
    desired = (
        a_desired_role("a"),
        a_desired_role("b", ["b.b"]),
        a_desired_role("new", ["fax.send"], renamed_from=["old"]),
    )
    with pytest.raises(InvalidInput) as caught:
        plan_of(reader, *desired)
    assert [problem.rule for problem in caught.value.findings] == ["same-name", "unknown-code"]


def revoking(reader: FakeReader, *desired: DesiredRole) -> Plan:
    return plan_pass(files(*desired)._replace(only="revokes"), reader).plan


def test_a_plan_of_revokes_notes_a_code_that_the_catalogue_lacks_and_that_would_be_granted() -> None:
    reader = FakeReader((a_live_role("r", ["conversations.view"]),))
    plan = revoking(reader, a_desired_role("r", ["b.b"]))
    assert [change.revoked for change in plan.changes] == [frozenset({"conversations.view"})]
    (note,) = plan.notes
    assert note.startswith('roles.d/r.yaml:1:7: warning: role r: unknown permission "b.b"')


def test_what_stops_the_matching_stops_a_plan_of_revokes_and_what_the_catalogue_lacks_does_not() -> None:
    reader = FakeReader((a_live_role("a", id_="1"), a_live_role("a", id_="2")))
    with pytest.raises(InvalidInput) as caught:
        revoking(reader, a_desired_role("a"), a_desired_role("b", ["b.b"]))
    assert [problem.rule for problem in caught.value.findings] == ["same-name"]


def test_a_plan_of_revokes_judges_the_unmanaged_roles_that_stay() -> None:
    reader = FakeReader((a_live_role("stray"),))
    asked = files(a_desired_role("r", []))._replace(
        only="revokes", policies=policies(cannot("conversations.view")), today=TODAY
    )
    assert [finding.role for finding in plan_pass(asked, reader).plan.findings] == ["stray"]


def test_the_history_is_asked_with_the_names_that_files_give_before_a_plan_is_narrowed() -> None:
    revision = Revision(TODAY, "c" * 40, "Start")
    life = Life("new", None, (), {}, {"conversations.view": revision})
    asked = files(a_desired_role("new", [], renamed_from=["old"]))._replace(
        only="revokes", history=lambda: History({"new": life}, {}, ())
    )
    (change,) = plan_pass(asked, FakeReader((a_live_role("old"),))).plan.changes
    assert (change.name, change.since) == ("old", {"conversations.view": revision})


def test_what_is_left_of_a_plan_of_revokes_are_revokes() -> None:
    reader = FakeReader((a_live_role("r", ["conversations.view"]),))
    work = work_of_files(files(a_desired_role("r", []), a_desired_role("s"))._replace(only="revokes"), reader)
    assert work.remaining(reader.list_roles()) == ["r is still to be updated"]


def test_a_plan_has_the_warnings_of_its_files_but_not_how_a_description_ends() -> None:
    rules = ("description-ends", "skipped-file")
    warnings = tuple(Finding(rule, f"said by {rule}", Place("a.yaml"), "warning") for rule in rules)
    warned = files()._replace(desired=replace(loaded(), warnings=warnings))
    plan = plan_pass(warned, FakeReader()).plan
    assert plan.notes == ("a.yaml:1:1: warning: said by skipped-file",)


def test_names_that_look_alike_are_noted() -> None:
    plan = plan_of(FakeReader((a_live_role("support\xa0lead"),)), a_desired_role("support lead"))
    assert any("U+00A0 NO-BREAK SPACE" in note for note in plan.notes)


def test_live_roles_of_one_name_are_noted_with_their_ids() -> None:
    plan = plan_of(FakeReader((a_live_role("a", id_="1"), a_live_role("a", id_="2"))), a_desired_role("b"))
    assert any("their ids are 1, 2" in note for note in plan.notes)


def test_a_live_state_without_system_roles_proves_no_file_wrong() -> None:
    class Elsewhere(FakeReader):
        def list_roles(self) -> tuple[LiveRole, ...]:
            return ()

    with pytest.raises(Refused, match="no system role"):
        plan_pass(files(a_desired_role()), Elsewhere(codes=("a.b",)))


def test_with_a_base_each_change_has_an_origin() -> None:
    judged = plan_pass(files(a_desired_role())._replace(base={}), FakeReader())
    assert [change.origin for change in judged.plan.changes] == [Origin.EDIT]


def test_limits_of_a_saved_plan_take_their_percentages_of_what_is_live() -> None:
    others = tuple(a_live_role(f"r{number}") for number in range(9))
    reader = FakeReader((*others, a_live_role("vendor-bot")))
    plan = a_plan(a_create("new"))
    judged = fit(plan, reader, Scope(ignore=("vendor-*",)))
    assert (len(judged.plan.changes), judged.reasons) == (1, ())


def test_roles_that_are_not_managed_do_not_count_for_the_percentages_of_a_saved_plan() -> None:
    mine = [a_live_role(f"mine-{number}") for number in range(8)]
    theirs = [a_live_role(f"theirs-{number}") for number in range(40)]
    deletes = [a_delete(role.role.name, role.role.permissions, role.role.description) for role in mine[:4]]
    scope = Scope(manage=("mine-*",))
    judged = fit(a_plan(*deletes), FakeReader((*mine, *theirs)), scope)
    assert judged.reasons[0].sentence.startswith("4 deletes (4 of 8 live custom roles, 50 %)")


def test_a_saved_plan_that_grants_a_withdrawn_code_is_stale_with_the_nearest_codes_and_the_roles(
    golden: Golden,
) -> None:
    plan = a_plan(a_create("b"), a_create("a", ["conversations.view", "x.y"]))
    with pytest.raises(StalePlan) as caught:
        fit(plan, FakeReader(codes=("conversations.views",)))
    _, near, other = str(caught.value).splitlines()
    assert near.startswith("  conversations.view (granted to a, b)")
    assert '"conversations.views"' in near
    assert other == "  x.y (granted to a)"
    golden.says("reconcile", "the plan grants withdrawn codes", str(caught.value))


MANY = [f"x.{letter}" for letter in "hgfedcba"]


def test_the_withdrawn_codes_of_a_saved_plan_are_told_in_their_order() -> None:
    with pytest.raises(StalePlan) as caught:
        fit(a_plan(a_create("a", MANY)), FakeReader())
    assert [line.split()[0] for line in str(caught.value).splitlines()[1:]] == sorted(MANY)


def test_a_saved_plan_that_grants_codes_with_another_meaning_is_stale_and_the_others_are_left_out(
    golden: Golden,
) -> None:
    reader = FakeReader(codes=(*MANY, "y.same", "z.other"))
    then = {code: permission._replace(name="Then") for code, permission in reader.list_permissions().items()}
    then["y.same"] = reader.list_permissions()["y.same"]
    plan = a_plan(a_create("b", ["y.same", *MANY]), a_create("a", MANY), catalogue=then)
    with pytest.raises(StalePlan) as caught:
        fit(plan, reader)
    assert [line.split()[0] for line in str(caught.value).splitlines()[1:]] == sorted(MANY)
    golden.says("reconcile", "the plan grants codes with another meaning", str(caught.value))


def test_a_saved_plan_for_another_tenant_is_stale() -> None:
    with pytest.raises(StalePlan, match="was made for"):
        work_of_plan(SavedPass("https://other.example.org", a_plan(a_create("a"))), FakeReader())


def test_a_saved_plan_that_grants_nothing_needs_no_catalogue() -> None:
    reader = FakeReader((a_live_role("temp-role", ["contacts.view"], "For now."),), codes=())
    judged = fit(a_plan(a_delete()), reader)
    assert (len(judged.plan.changes), reader.asked) == (1, ["roles"])


def test_a_withdrawn_code_that_was_granted_already_is_nothing_to_grant() -> None:
    judged = fit(a_plan(a_create("a")), FakeReader((a_live_role("a"),), ()))
    assert judged.plan.changes == ()


class _NoCatalogue(FakeReader):
    def list_permissions(self) -> Catalogue:
        raise Failed("no catalogue today")


def test_a_catalogue_that_cannot_be_read_fails_an_apply_of_a_plan_that_grants() -> None:
    with pytest.raises(Failed, match="no catalogue today"):
        fit(a_plan(a_create("a")), _NoCatalogue())


def test_stale_goes_before_a_catalogue_that_cannot_be_read() -> None:
    with pytest.raises(StalePlan, match="creates a, but a role of this name is live now"):
        fit(a_plan(a_create("a")), _NoCatalogue((a_live_role("a", []),)))


def test_refused_goes_before_a_catalogue_that_cannot_be_read() -> None:
    temp = a_live_role("temp-role", ["contacts.view"], "For now.")
    limits = Limits(protect=("temp-*",))
    judged = fit(a_plan(a_create("a"), a_delete()), _NoCatalogue((temp,)), limits=limits)
    assert "temp-role would be deleted" in judged.reasons[0].sentence


@pytest.mark.parametrize(("source", "command"), [(a_source(), "plan"), (an_undo(), "undo")])
def test_a_stale_plan_names_the_command_that_makes_it_again(source: Source, command: str) -> None:
    plan = a_plan(a_create("a"), source=source)
    with pytest.raises(StalePlan, match=f"run `reconciler {command}` again"):
        fit(plan, FakeReader((a_live_role("a", []),)))


class Watcher:
    """Who runs an apply pass: writes down what is asked of it, in order."""

    def __init__(self, tenant: Tenant) -> None:
        self.run = Run(tenant, 1, Stop())
        self.log: list[str] = []

    def show(self, plan: Plan) -> None:
        self.log.append(f"show {len(plan.changes)}")

    def ask(self, approved: Approved) -> None:
        self.log.append(f"ask {len(approved.changes)}")

    @contextmanager
    def running(self, approved: Approved) -> Iterator[Run]:
        self.log.append(f"open for {len(approved.changes)}")
        yield self.run
        self.log.append("close")

    def apply(self, work: Work) -> Applied:
        return apply_pass(work, show=self.show, ask=self.ask, running=self.running)


def test_an_apply_pass_shows_asks_and_does_in_this_order() -> None:
    watcher = Watcher(Tenant(*the_system_roles()))
    applied = watcher.apply(work_of_files(files(a_desired_role("new")), FakeReader()))
    assert watcher.log == ["show 1", "ask 1", "open for 1", "close"]
    assert ([outcome.kind for outcome in applied.outcomes], applied.converged) == ([Kind.APPLIED], True)


def test_a_refused_plan_is_shown_and_nobody_is_asked() -> None:
    work = work_of_files(files()._replace(limits=Limits(protect=("*",))), FakeReader((a_live_role("old"),)))
    watcher = Watcher(Tenant())
    with pytest.raises(Refused, match="old"):
        watcher.apply(work)
    assert watcher.log == ["show 1"]


def test_an_answer_of_no_ends_the_pass_before_anything_is_opened() -> None:
    class Unwilling(Watcher):
        def ask(self, approved: Approved) -> None:
            super().ask(approved)
            raise Refused("no")

    watcher = Unwilling(Tenant())
    with pytest.raises(Refused, match="no"):
        watcher.apply(work_of_files(files(a_desired_role("new")), FakeReader()))
    assert watcher.log == ["show 1", "ask 1"]


def test_what_is_done_already_is_told_beside_what_this_run_does_in_the_order_of_the_plan() -> None:
    tenant = Tenant(a_live_role("b"), *the_system_roles())
    plan = a_plan(a_create("a"), a_create("b"), a_create("c"))
    applied = Watcher(tenant).apply(work_of_plan(SavedPass(TARGET, plan), FakeReader((a_live_role("b"),))))
    assert [(outcome.change.name, outcome.kind) for outcome in applied.outcomes] == [
        ("a", Kind.APPLIED),
        ("b", Kind.ALREADY),
        ("c", Kind.APPLIED),
    ]


def test_a_saved_plan_that_is_done_whole_asks_nothing_and_opens_nothing() -> None:
    watcher = Watcher(Tenant())
    applied = watcher.apply(work_of_plan(SavedPass(TARGET, a_plan(a_create("a"))), FakeReader((a_live_role("a"),))))
    assert (watcher.log, applied.converged) == (["show 1"], True)
    assert [outcome.kind for outcome in applied.outcomes] == [Kind.ALREADY]


# --- policies

FORBIDS = policies(cannot("conversations.view"))


@pytest.mark.parametrize(("asked", "today", "count"), [(FORBIDS, TODAY, 1), (FORBIDS, None, 0), (None, TODAY, 0)])
def test_policies_judge_a_pass_of_a_day(asked: Policies | None, today: Day | None, count: int) -> None:
    plan = plan_pass(files(a_desired_role())._replace(policies=asked, today=today), FakeReader()).plan
    assert len(plan.findings) == count
    assert not plan.looks_ahead


def test_rules_of_the_base_that_differ_are_in_the_plan_with_what_they_find() -> None:
    differ, finding = RuleChange("policy", "rule", "added"), broken("rule")
    plan = plan_pass(files()._replace(base_rules=((differ,), (finding,))), FakeReader()).plan
    assert (plan.rules_changed, plan.base_findings) == ((differ,), (finding,))


@pytest.mark.parametrize(
    ("saved", "here", "today", "refused"),
    [
        ((), (), TODAY, []),
        ((waived("rule"),), (), TODAY, ["policy/rule"]),
        ((waived("rule"),), (), None, []),
        ((), (broken("other"),), TODAY, ["policy/other"]),
        ((waived("rule"),), (broken("other"),), TODAY, ["policy/other", "policy/rule"]),
    ],
    ids=["nothing", "a waiver that ended", "no day", "what the files deny", "both"],
)
def test_a_saved_plan_is_judged_on_the_day_of_the_run(
    saved: tuple[Finding, ...], here: tuple[Finding, ...], today: Day | None, refused: list[str]
) -> None:
    plan = replace(a_plan(a_create("a")), findings=saved)
    work = work_of_plan(SavedPass(TARGET, plan, findings=here, today=today), FakeReader())
    assert [reason.rule for reason in work.judged.reasons] == refused


def test_notes_of_a_pass_stand_among_those_of_its_plan() -> None:
    assert plan_pass(files()._replace(notes=("said by somebody",)), FakeReader()).plan.notes == ("said by somebody",)


def test_two_earlier_names_that_are_both_live_are_asked_about() -> None:
    wanted = a_desired_role("new", renamed_from=["one", "two"])
    with pytest.raises(InvalidInput, match="one and two"):
        plan_of(FakeReader((a_live_role("one"), a_live_role("two"))), wanted)
