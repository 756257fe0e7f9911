"""The client and the sandbox, each of which was written from the contract alone, agree with one another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.api import Reader, Writer
from reconciler.model.errors import NotFound, Rejected
from reconciler.model.roles import Role
from reconciler.model.secret import Secret
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from reconciler.transport import Transport
from reconciler.transport.retry import Retry

LEAD = Role("night-lead", "Leads at night.", frozenset({"conversations.view"}))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def writer(sandbox: RunningSandbox) -> Iterator[Writer]:
    with Transport(sandbox.url, Secret(sandbox.api_key), retry=Retry(base=0)) as transport:
        yield Writer(transport)


def test_a_role_lives_from_its_create_to_its_delete(writer: Writer) -> None:
    made = writer.create_role(LEAD)
    assert made.id is not None
    assert (writer.get_role(made.id).role, writer.get_role(made.id).is_system) == (LEAD, False)
    assert made.id in {role.id for role in writer.list_roles()}

    changed = Role("night-chief", "", frozenset({"agents.view", "conversations.view"}))
    assert writer.update_role(made.id, LEAD, changed).role == writer.get_role(made.id)
    assert writer.get_role(made.id).role == changed

    writer.delete_role(made.id)
    with pytest.raises(NotFound):
        writer.get_role(made.id)
    with pytest.raises(NotFound):
        writer.delete_role(made.id)


def test_the_live_state_has_the_system_roles(writer: Writer) -> None:
    assert {"admin", "agent", "supervisor"} <= {role.role.name for role in writer.list_roles() if role.untouchable}


def test_the_catalogue_covers_what_the_live_roles_hold(writer: Writer) -> None:
    held = {code for role in writer.list_roles() for code in role.role.permissions}
    assert held <= set(writer.list_permissions())


def test_a_reserved_name_is_refused(writer: Writer) -> None:
    with pytest.raises(Rejected, match=r"the server answered 4\d\d"):
        writer.create_role(Role("admin", "", frozenset()))


def test_a_key_that_nobody_knows_is_refused(sandbox: RunningSandbox) -> None:
    with (
        Transport(sandbox.url, Secret("wrong")) as transport,
        pytest.raises(Rejected, match="check OMNISTREAM_API_KEY") as caught,
    ):
        Reader(transport).list_roles()
    assert caught.value.status == 401


def test_a_key_that_may_only_read_is_told_what_it_lacks(sandbox: RunningSandbox) -> None:
    with (
        Transport(sandbox.url, Secret(sandbox.read_only_key)) as transport,
        pytest.raises(Rejected, match=r"lacks the permission agents\.manage\.$") as caught,
    ):
        Writer(transport).create_role(LEAD)
    assert caught.value.status == 403
