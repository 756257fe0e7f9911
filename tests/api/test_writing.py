from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from reconciler.api import Created, Writer
from reconciler.errors import ApiFailed, BadAnswer, Failed, NotFound, NotSent, Overloaded, Rejected, Unreachable
from reconciler.retry import Retry
from reconciler.roles import Role
from reconciler.secret import Secret
from reconciler.transport import Transport
from tests.scripted_server import Act, Cut, Received, Reset, ScriptedServer, Silence, reply

INSTANT = Retry(base=0, sleep=lambda _: None)
LEAD = Role("lead", "Leads.", frozenset({"contacts.view", "agents.view"}))
A, B = str(UUID(int=1)), str(UUID(int=2))

POST, GET = "POST /api/roles", "GET /api/roles"


def entry(role: Role = LEAD, role_id: str = A, **changes: object) -> dict[str, object]:
    """A role as the API writes it."""
    return {
        "id": role_id,
        "name": role.name.title(),
        "description": role.description,
        "is_system": False,
        "permissions": sorted(role.permissions, reverse=True),
    } | changes


OTHER = entry(Role("other", "", frozenset()), B)


@contextmanager
def writing(*acts: Act, retry: Retry = INSTANT, timeout: float = 30) -> Iterator[tuple[ScriptedServer, Writer]]:
    with (
        ScriptedServer(acts) as server,
        Transport(server.url, Secret("key"), retry=retry, timeout=timeout) as transport,
    ):
        yield server, Writer(transport)


def created(*acts: Act) -> tuple[Created, list[str]]:
    """What creating the lead gives, and which requests it took."""
    with writing(*acts) as (server, writer):
        made = writer.create_role(LEAD)
        assert server.unscripted == 0
        assert len(server.received) == len(acts)
        return made, server.paths


def not_created(*acts: Act) -> tuple[Failed, list[str]]:
    """What creating the lead raises, and which requests it took."""
    with writing(*acts) as (server, writer):
        with pytest.raises(Failed) as caught:
            writer.create_role(LEAD)
        assert server.unscripted == 0
        assert len(server.received) == len(acts)
        return caught.value, server.paths


# ------------------------------------------------------------------------------------------------------- create


def test_a_create_sends_the_role_and_gives_its_id() -> None:
    with writing(reply(201, entry())) as (server, writer):
        assert writer.create_role(LEAD) == Created(A, 1)
    assert server.paths == [POST]
    assert server.received[0].json == {
        "name": "lead",
        "description": "Leads.",
        "permissions": ["agents.view", "contacts.view"],
    }


@pytest.mark.parametrize(
    "act",
    [reply(200, entry()), reply(202, b""), reply(204), reply(201, b"<html>"), reply(201, {"id": 7}), reply(201, [])],
)
def test_any_2xx_is_success_whatever_its_body(act: Act) -> None:
    made, paths = created(act)
    assert made.attempts == 1
    assert paths == [POST]


def test_an_answer_without_an_id_gives_none() -> None:
    assert created(reply(201, {"message": "made"}))[0] == Created(None, 1)


@pytest.mark.parametrize(("status", "words"), [(400, "unknown code"), (403, "agents.manage"), (409, "name is taken")])
def test_a_create_that_is_refused_is_not_tried_again(status: int, words: str) -> None:
    error, paths = not_created(reply(status, {"error": words}))
    assert isinstance(error, Rejected)
    assert words in str(error)
    assert str(error).startswith('could not create the role "lead": ')
    assert paths == [POST]


OPEN = [
    reply(500),
    reply(502, b"<html>"),
    reply(503),
    reply(504),
    reply(408),
    reply(429),
    Cut(reply(201, entry())),
    Cut(reply(201, entry()), -3),
    Reset(reply(201, entry())),
]


@pytest.mark.parametrize("lost", OPEN)
def test_a_create_that_was_done_though_its_answer_was_lost_is_not_sent_again(lost: Act) -> None:
    made, paths = created(lost, reply(body=[OTHER, entry()]))
    assert made == Created(A, 2)
    assert paths == [POST, GET]


@pytest.mark.parametrize("lost", OPEN)
def test_a_create_that_was_not_done_is_sent_again(lost: Act) -> None:
    made, paths = created(lost, reply(body=[OTHER]), reply(201, entry()))
    assert made == Created(A, 2)
    assert paths == [POST, GET, POST]


def test_a_create_whose_answer_never_comes_is_looked_up() -> None:
    with writing(Silence(), reply(body=[entry()]), timeout=1) as (server, writer):
        assert writer.create_role(LEAD) == Created(A, 2)
    assert server.paths == [POST, GET]


@pytest.mark.parametrize(
    "there",
    [
        entry(description="Another"),
        entry(permissions=["agents.view"]),
        entry(is_system=True),
    ],
)
def test_a_role_of_that_name_that_is_not_as_asked_is_not_taken_for_ours(there: object) -> None:
    error, paths = not_created(reply(500), reply(body=[there]))
    assert isinstance(error, Rejected)
    assert f"the role of that name ({A}) is not what was asked for" in str(error)
    assert error.attempts == 2
    assert paths == [POST, GET]


def test_a_list_that_fails_for_now_is_asked_for_again_before_anything_is_sent() -> None:
    made, paths = created(reply(500), reply(503), Cut(reply()), reply(body=[OTHER]), reply(201, entry()))
    assert made == Created(A, 4)
    assert paths == [POST, GET, GET, GET, POST]


def test_when_the_name_is_taken_after_a_lost_answer_the_list_says_by_whom() -> None:
    made, paths = created(reply(500), reply(body=[]), reply(409, {"error": "taken"}), reply(body=[entry()]))
    assert made == Created(A, 2)
    assert paths == [POST, GET, POST, GET]


def test_when_a_resend_is_refused_and_the_role_is_not_there_the_refusal_stands() -> None:
    error, paths = not_created(reply(500), reply(body=[]), reply(422, {"error": "bad"}), reply(body=[]))
    assert isinstance(error, Rejected)
    assert (error.status, error.detail, error.attempts) == (422, "bad", 2)
    assert paths == [POST, GET, POST, GET]


def test_a_create_is_given_up_after_five_tries_and_a_last_look() -> None:
    again = [reply(503, {"error": "busy"}), reply(body=[OTHER])] * 5
    error, paths = not_created(*again)
    assert isinstance(error, Overloaded)
    assert str(error) == (
        'could not create the role "lead": the server answered 503 Service Unavailable: busy; given up after 5 tries; '
        "the list of roles does not show it"
    )
    assert error.attempts == 5
    assert paths == [POST, GET] * 5


def test_the_last_look_can_still_find_the_role() -> None:
    made, _ = created(*[reply(503), reply(body=[])] * 4, reply(503), reply(body=[entry()]))
    assert made == Created(A, 5)


def test_the_last_look_can_find_another_role_of_that_name() -> None:
    error, _ = not_created(*[reply(503), reply(body=[])] * 4, reply(503), reply(body=[entry(description="x")]))
    assert isinstance(error, Rejected)
    assert error.attempts == 5


def test_where_nothing_can_be_read_it_is_said_to_be_open() -> None:
    error, paths = not_created(*[reply(503)] * 6)
    assert type(error) is Unreachable
    assert "whether the role exists is open" in str(error)
    assert error.attempts == 5
    assert paths == [POST, GET, GET, GET, GET, GET]


@pytest.mark.parametrize("blind", [reply(403, {"error": "no"}), reply(body={"data": []}), reply(302)])
def test_where_the_list_cannot_be_had_at_all_nothing_more_is_sent(blind: Act) -> None:
    error, paths = not_created(reply(500), blind)
    assert type(error) is Unreachable
    assert "an answer was lost, and whether the role exists is open: could not list the roles" in str(error)
    assert error.attempts == 2
    assert paths == [POST, GET]


def test_where_no_connection_was_made_nothing_is_open() -> None:
    with ScriptedServer([]) as server:
        url = server.url
    with Transport(url, retry=INSTANT) as transport, pytest.raises(NotSent) as caught:
        Writer(transport).create_role(LEAD)
    assert "refuses the connection" in str(caught.value)
    assert str(caught.value).endswith("given up after 5 tries")
    assert caught.value.attempts == 5


def test_an_interrupt_sends_nothing_more_but_still_looks() -> None:
    stop = threading.Event()
    stop.set()
    with writing(reply(500), reply(body=[entry()]), retry=Retry(sleep=stop.wait)) as (server, writer):
        assert writer.create_role(LEAD) == Created(A, 1)
    assert server.paths == [POST, GET]


def test_a_wait_that_the_server_asks_for_is_kept_before_the_look() -> None:
    slept: list[float] = []
    retry = Retry(base=0, sleep=slept.append)
    with writing(reply(429, headers={"Retry-After": "3"}), reply(body=[entry()]), retry=retry) as (_, writer):
        assert writer.create_role(LEAD).attempts == 2
    assert slept == [3]


# ------------------------------------------------------------------------------------------------------- update


@pytest.mark.parametrize(
    ("after", "body"),
    [
        (replace(LEAD, name="chief"), {"name": "chief"}),
        (replace(LEAD, description=""), {"description": ""}),
        (replace(LEAD, permissions=frozenset({"c.d", "a.b"})), {"permissions": ["a.b", "c.d"]}),
        (replace(LEAD, permissions=frozenset()), {"permissions": []}),
        (Role("x", "y", frozenset()), {"name": "x", "description": "y", "permissions": []}),
    ],
)
def test_an_update_sends_only_what_differs_and_permissions_as_a_whole(after: Role, body: object) -> None:
    with writing(reply(body=entry(after))) as (server, writer):
        assert writer.update_role(A, LEAD, after) == 1
    assert server.paths == [f"PATCH /api/roles/{A}"]
    assert server.received[0].json == body


@pytest.mark.parametrize("lost", OPEN)
def test_an_update_is_sent_again_as_it_was(lost: Act) -> None:
    with writing(lost, lost, reply(204)) as (server, writer):
        assert writer.update_role(A, LEAD, replace(LEAD, description="")) == 3
    assert [request.json for request in server.received] == [{"description": ""}] * 3


def test_an_update_that_is_refused_names_the_role_and_the_reason() -> None:
    with writing(reply(403)) as (_, writer), pytest.raises(Rejected) as caught:
        writer.update_role(A, LEAD, replace(LEAD, name="chief"))
    assert str(caught.value) == (
        'could not update the role "chief": the server answered 403 Forbidden with an empty body; '
        "perhaps the API key lacks the permission agents.manage"
    )


def test_an_update_of_a_role_that_is_gone_is_not_found() -> None:
    with writing(reply(404)) as (_, writer), pytest.raises(NotFound):
        writer.update_role(A, LEAD, replace(LEAD, name="chief"))


# ------------------------------------------------------------------------------------------------------- delete


def test_a_delete_names_the_role_by_its_id() -> None:
    with writing(reply(body={"message": "gone", "role_id": A})) as (server, writer):
        assert writer.delete_role(A) == 1
    assert server.paths == [f"DELETE /api/roles/{A}"]
    assert server.received[0].body == b""


@pytest.mark.parametrize("lost", OPEN)
def test_a_delete_that_was_done_though_its_answer_was_lost_is_done(lost: Act) -> None:
    with writing(lost, reply(404)) as (_, writer):
        assert writer.delete_role(A) == 2


def test_a_delete_of_a_role_that_is_gone_is_done() -> None:
    with writing(reply(404)) as (_, writer):
        assert writer.delete_role(A) == 1


def test_a_delete_that_is_refused_says_why() -> None:
    with writing(reply(409, {"error": "3 agents hold it"})) as (_, writer), pytest.raises(Rejected) as caught:
        writer.delete_role(A)
    assert isinstance(caught.value, ApiFailed)
    assert caught.value.detail == "3 agents hold it"


WRITES: list[Callable[[Writer, str], object]] = [
    lambda writer, role_id: writer.delete_role(role_id),
    lambda writer, role_id: writer.update_role(role_id, LEAD, replace(LEAD, name="x")),
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("role_id", ["", "..", f"{A}/../{B}", f"{A}%2f"])
def test_nothing_is_written_to_what_is_no_uuid(write: Callable[[Writer, str], object], role_id: str) -> None:
    with writing() as (server, writer):
        with pytest.raises(BadAnswer, match="is no UUID"):
            write(writer, role_id)
        assert server.received == []


def test_creates_run_side_by_side() -> None:
    barrier = threading.Barrier(4, timeout=10)

    def together(_: Received) -> Act:
        barrier.wait()
        return reply(201, entry())

    with ScriptedServer(together) as server, Transport(server.url, concurrency=4) as transport:
        writer = Writer(transport)
        threads = [threading.Thread(target=writer.create_role, args=(LEAD,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert server.most_in_flight == 4
