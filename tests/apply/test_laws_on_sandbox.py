"""The same laws as over a tenant in memory, with the real client against the sandbox over a socket."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconciler.api import Writer
from reconciler.apply.executor import Run, carry_out
from reconciler.apply.interrupts import Stop
from reconciler.apply.journal import Header, Journal, read
from reconciler.history.undo import undo_plan
from reconciler.model.errors import InvalidInput
from reconciler.model.secret import Secret
from reconciler.plan.changes import Plan
from reconciler.plan.compare import make_plan
from reconciler.plan.only import only_revokes
from reconciler.sandbox.seed import SYSTEM_ROLES
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from reconciler.transport import Transport
from tests.builders import a_desired_role, a_role, a_source, approved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.roles import DesiredRole, LiveRole, Role

NAMES = st.sampled_from(["a", "b", "ç", "d e", "名前", "e"])
CODES = st.sets(st.sampled_from(["contacts.view", "billing.view", "agents.view"]))
WORDS = st.sampled_from(["", "One.", "<b>Zwei</b> \u202e"])
FEW = settings(max_examples=15, suppress_health_check=list(HealthCheck))  # each costs some thirty requests


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(seed=SYSTEM_ROLES) as running:
        yield running


@pytest.fixture(scope="module")
def writer(sandbox: RunningSandbox) -> Iterator[Writer]:
    with Transport(sandbox.url, Secret(sandbox.api_key)) as transport:
        yield Writer(transport)


@st.composite
def role_files(draw: st.DrawFn) -> list[DesiredRole]:
    names = draw(st.lists(NAMES, unique=True))
    found = []
    for index, name in enumerate(names):
        later = names[index + 1 :]
        earlier = draw(st.lists(st.sampled_from(later), unique=True, max_size=1)) if later else []
        found.append(a_desired_role(name, draw(CODES), draw(WORDS), renamed_from=earlier))
    return found


ROLES = st.lists(st.builds(a_role, NAMES, CODES, WORDS), unique_by=lambda role: role.name)


def put_back(sandbox: RunningSandbox, roles: list[Role]) -> None:
    for live in sandbox.store.roles():
        if not live["is_system"]:
            sandbox.store.delete(live["id"])
    for role in roles:
        sandbox.store.create(role.name, role.description, role.permissions)


def custom(live: tuple[LiveRole, ...]) -> set[Role]:
    return {role.role for role in live if not role.untouchable}


def planned(desired: list[DesiredRole], writer: Writer, target: str) -> Plan:
    try:
        return make_plan(desired, writer.list_roles(), target=target, source=a_source())
    except InvalidInput:
        assume(False)  # noqa: FBT003 - hypothesis' own signature
        raise


@given(ROLES, role_files())
@FEW
def test_on_the_sandbox_an_apply_converges_and_an_undo_finds_the_old_roles(
    sandbox: RunningSandbox,
    writer: Writer,
    tmp_path_factory: pytest.TempPathFactory,
    roles: list[Role],
    desired: list[DesiredRole],
) -> None:
    put_back(sandbox, roles)
    path = Path(tmp_path_factory.mktemp("undo")) / "journal.jsonl"
    with Journal(path, Header("sha256:0", None, "somebody", sandbox.url)) as journal:
        run = Run(writer, 4, Stop(), journal)
        assert all(one.made for one in carry_out(approved(*planned(desired, writer, sandbox.url).changes), run))
        assert custom(writer.list_roles()) == {entry.role for entry in desired}
        assert planned(desired, writer, sandbox.url).changes == ()
        back = undo_plan(read(path), writer.list_roles(), target=sandbox.url)
        assert all(one.made for one in carry_out(approved(*back.changes), run))
    assert custom(writer.list_roles()) == set(roles)


@given(ROLES, role_files())
@FEW
def test_on_the_sandbox_revokes_alone_narrow_and_once_is_enough(
    sandbox: RunningSandbox, writer: Writer, roles: list[Role], desired: list[DesiredRole]
) -> None:
    put_back(sandbox, roles)
    before = {role.id: role for role in writer.list_roles()}
    plan = planned(desired, writer, sandbox.url)
    wanted = {change.id: change.after.permissions for change in plan.changes if change.before and change.after}
    revokes = only_revokes(plan)
    assert all(one.made for one in carry_out(approved(*revokes.changes), Run(writer, 4, Stop())))
    after = {role.id: role for role in writer.list_roles()}
    assert after == {role_id: without(role, wanted.get(role_id)) for role_id, role in before.items()}
    again = only_revokes(planned(desired, writer, sandbox.url))
    assert (again.changes, again.left_alone) == ((), revokes.left_alone)


def without(role: LiveRole, wanted: frozenset[str] | None) -> LiveRole:
    """The role without the codes that are not wanted; None for a role that no change keeps."""
    permissions = role.role.permissions if wanted is None else role.role.permissions & wanted
    return role._replace(role=replace(role.role, permissions=permissions))
