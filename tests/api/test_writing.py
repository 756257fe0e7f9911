from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from reconciler.api import Writer, Written
from reconciler.apply.attempts import Sending
from reconciler.apply.interrupts import Stop
from reconciler.apply.outcome import Kind, Outcome
from reconciler.apply.writing import RolesApi
from reconciler.model.errors import ApiFailed, BadAnswer, NotFound, Rejected
from reconciler.model.roles import LiveRole, Role
from reconciler.model.secret import Secret
from reconciler.plan.changes import Change, Create, Delete, Update
from reconciler.transport import Transport
from reconciler.transport.retry import Retry
from tests.scripted_server import Act, Cut, Late, Received, Reset, ScriptedServer, Silence, reply

if TYPE_CHECKING:
    from tests.sentences import Golden


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


def create(*acts: Act) -> tuple[Outcome, list[str]]:
    """What becomes of creating the lead, and which requests it took."""
    return carried_out(Create(LEAD), *acts)


def carried_out(change: Change, *acts: Act) -> tuple[Outcome, list[str]]:
    with writing(*acts) as (server, writer):
        sending = Sending(change, writer, Stop())
        outcome = sending.look() or sending.outcome()
        assert server.unscripted == 0
        assert len(server.received) == len(acts)
        return outcome, server.paths


# ------------------------------------------------------------------------------------------------------- create


def test_the_client_has_what_carrying_out_a_change_needs() -> None:
    needed: type[RolesApi] = Writer
    assert {name for name in vars(RolesApi) if not name.startswith("_")} <= set(dir(needed))


def test_a_create_sends_the_role_and_gives_its_id() -> None:
    with writing(reply(201, entry())) as (server, writer):
        assert writer.create_role(LEAD) == Written(A, LiveRole(A, LEAD, is_system=False))
    assert server.paths == [POST]
    assert server.received[0].json == {
        "name": "lead",
        "description": "Leads.",
        "permissions": ["agents.view", "contacts.view"],
    }


def test_an_answer_that_names_the_role_it_made_is_no_refusal_whatever_else_it_says() -> None:
    with writing(reply(201, {"id": A, "error": "no mail was sent"})) as (_, writer):
        assert writer.create_role(LEAD) == Written(A)


def test_the_codes_that_are_sent_are_sorted() -> None:
    codes = [f"area.code{number:02}" for number in range(20)]
    role = replace(LEAD, permissions=frozenset(codes))
    with writing(reply(201, entry(role)), reply(body=entry(role))) as (server, writer):
        writer.create_role(role)
        writer.update_role(A, LEAD, role)
    assert server.received[0].json == {"name": "lead", "description": "Leads.", "permissions": codes}
    assert server.received[1].json == {"permissions": codes}


@pytest.mark.parametrize(
    "act",
    [reply(200, entry()), reply(202, b""), reply(204), reply(201, b"<html>"), reply(201, {"id": 7}), reply(201, [])],
)
def test_any_2xx_is_success_whatever_its_body(act: Act) -> None:
    outcome, paths = create(act)
    assert (outcome.kind, outcome.attempts, outcome.stored) == (Kind.APPLIED, 1, None)
    assert paths == [POST]


def test_an_answer_without_an_id_gives_none() -> None:
    assert create(reply(201, {"message": "made"}))[0].id is None


@pytest.mark.parametrize(("status", "words"), [(400, "unknown code"), (403, "agents.manage"), (409, "name is taken")])
def test_a_create_that_is_refused_is_not_tried_again(status: int, words: str) -> None:
    looks = [] if status == 403 else [reply(body=[OTHER])]
    outcome, paths = create(reply(status, {"error": words}), *looks)
    assert outcome.kind is Kind.FAILED
    assert words in str(outcome.error)
    assert str(outcome.error).startswith('could not create the role "lead": ')
    assert paths.count(POST) == 1


@pytest.mark.parametrize(("status", "kind"), [(422, Kind.APPLIED), (400, Kind.APPLIED), (409, Kind.ALREADY)])
def test_a_create_that_took_effect_although_it_was_refused_is_found(status: int, kind: Kind) -> None:
    outcome, _ = create(reply(status, {"error": "no"}), reply(body=[entry()]))
    assert (outcome.kind, outcome.id, outcome.error) == (kind, A, None)


OPEN = [
    reply(500),
    reply(502, b"<html>"),
    reply(503),
    reply(504),
    reply(408),
    Cut(reply(201, entry())),
    Cut(reply(201, entry()), -3),
    Reset(reply(201, entry())),
]


@pytest.mark.parametrize("lost", OPEN)
def test_a_create_that_was_done_though_its_answer_was_lost_is_not_sent_again(lost: Act) -> None:
    outcome, paths = create(lost, reply(body=[OTHER, entry()]))
    assert (outcome.kind, outcome.id, outcome.attempts) == (Kind.APPLIED, A, 1)
    assert paths == [POST, GET]


@pytest.mark.parametrize("lost", OPEN)
def test_a_create_that_was_not_done_is_looked_for_a_few_times_and_sent_again(lost: Act) -> None:
    outcome, paths = create(lost, *[reply(body=[OTHER])] * 4, reply(201, entry()))
    assert (outcome.kind, outcome.id, outcome.attempts) == (Kind.APPLIED, A, 2)
    assert paths == [POST, GET, GET, GET, GET, POST]


def test_a_create_is_looked_for_over_several_seconds_since_a_list_may_be_behind() -> None:
    slept: list[float] = []
    retry = Retry(base=0, sleep=slept.append)
    late = [reply(body=[OTHER])] * 3
    with writing(reply(502), *late, reply(body=[entry()]), retry=retry) as (server, writer):
        assert Sending(Create(LEAD), writer, Stop()).outcome().kind is Kind.APPLIED
    assert server.paths == [POST, GET, GET, GET, GET]
    assert sum(slept) >= 4


def test_after_a_429_one_look_is_enough_and_what_is_there_is_not_ours() -> None:
    outcome, paths = create(reply(429), reply(body=[entry()]))
    assert (outcome.kind, outcome.attempts) == (Kind.ALREADY, 1)
    assert paths == [POST, GET]
    assert create(reply(429), reply(body=[]), reply(201, entry()))[0].kind is Kind.APPLIED


def test_a_429_that_does_not_end_wrote_nothing() -> None:
    outcome, _ = create(*[reply(429), reply(body=[])] * 4, reply(429))
    assert (outcome.kind, outcome.attempts) == (Kind.FAILED, 5)


def test_another_role_that_took_the_name_during_a_429_is_told(golden: Golden) -> None:
    outcome, _ = create(reply(429), reply(body=[entry(description="Another")]))
    assert outcome.kind is Kind.FAILED
    golden.says("apply/attempts", "another role took the name", str(outcome.error))


def test_a_create_whose_answer_never_comes_is_looked_up() -> None:
    with writing(Silence(), reply(body=[entry()]), timeout=1) as (server, writer):
        assert Sending(Create(LEAD), writer, Stop()).outcome().id == A
    assert server.paths == [POST, GET]


def test_a_stop_leaves_the_look_for_a_lost_write_the_time_of_any_request() -> None:
    slow = Late(reply(body=[entry()]), seconds=0.5)
    with ScriptedServer([Cut(reply()), slow]) as server:
        retry = INSTANT._replace(stopped=lambda: bool(server.received), patience=0.1)
        with Transport(server.url, Secret("key"), retry=retry) as transport:
            outcome = Sending(Create(LEAD), Writer(transport), Stop()).outcome()
    assert (outcome.kind, server.paths) == (Kind.APPLIED, [POST, GET])


@pytest.mark.parametrize(
    "there",
    [
        entry(description="Another"),
        entry(permissions=["agents.view"]),
        entry(is_system=True),
    ],
)
def test_a_role_of_that_name_that_is_not_as_asked_is_not_taken_for_ours(there: object) -> None:
    outcome, paths = create(reply(500), reply(body=[there]))
    assert outcome.kind is Kind.OPEN
    assert "the live role differs" in str(outcome.error)
    assert paths == [POST, GET]


def test_a_list_that_fails_for_now_is_asked_for_again_before_anything_is_sent() -> None:
    outcome, paths = create(reply(500), reply(503), Cut(reply()), *[reply(body=[OTHER])] * 4, reply(201, entry()))
    assert outcome.attempts == 2
    assert paths == [POST, *[GET] * 6, POST]


def test_when_the_name_is_taken_after_a_lost_answer_the_list_says_by_whom() -> None:
    absent = [reply(body=[])] * 4
    outcome, _ = create(reply(500), *absent, reply(409, {"error": "taken"}), reply(body=[entry()]))
    assert (outcome.kind, outcome.id, outcome.attempts) == (Kind.APPLIED, A, 2)


@pytest.mark.parametrize("status", [409, 422])
def test_when_a_resend_is_refused_and_the_role_is_not_there_it_is_not_known(status: int, golden: Golden) -> None:
    absent = [reply(body=[])] * 4
    outcome, _ = create(reply(500), *absent, reply(status, {"error": "bad"}), *absent)
    assert (outcome.kind, outcome.attempts) == (Kind.OPEN, 2)
    golden.says("api/writing", f"a second request refused with {status}", str(outcome.error))


def test_a_create_is_given_up_after_five_tries_and_a_last_look(golden: Golden) -> None:
    outcome, _ = create(*[reply(503, {"error": "busy"}), *[reply(body=[OTHER])] * 4] * 5)
    assert outcome.kind is Kind.OPEN
    assert outcome.attempts == 5
    golden.says("api/writing", "a server that stays busy", str(outcome.error))


def test_the_last_look_can_still_find_the_role() -> None:
    absent = [reply(body=[])] * 4
    outcome, _ = create(*[reply(503), *absent] * 4, reply(503), reply(body=[entry()]))
    assert (outcome.kind, outcome.id, outcome.attempts) == (Kind.APPLIED, A, 5)


def test_the_last_look_can_find_another_role_of_that_name(golden: Golden) -> None:
    absent = [reply(body=[])] * 4
    outcome, _ = create(*[reply(503), *absent] * 4, reply(503), reply(body=[entry(description="x")]))
    assert outcome.kind is Kind.OPEN
    golden.says("api/writing", "a server that stays busy, then another role of that name", str(outcome.error))


@pytest.mark.parametrize("blind", [reply(403, {"error": "no"}), reply(body={"data": []}), reply(302)])
def test_where_the_list_cannot_be_had_at_all_nothing_more_is_sent(blind: Act) -> None:
    outcome, paths = create(reply(500), blind)
    assert outcome.kind is Kind.OPEN
    assert "could not list the roles" in str(outcome.error)
    assert paths == [POST, GET]


def test_where_no_connection_was_made_nothing_is_open(golden: Golden) -> None:
    with ScriptedServer([]) as server:
        url, port = server.url, server.port
    with Transport(url, retry=INSTANT) as transport:
        outcome = Sending(Create(LEAD), Writer(transport), Stop()).outcome()
    assert (outcome.kind, outcome.attempts) == (Kind.FAILED, 0)
    golden.says("api/writing", "no connection", str(outcome.error), port=port)


def test_an_interrupt_sends_nothing_more_but_still_looks() -> None:
    stop = threading.Event()
    stop.set()
    with writing(reply(500), reply(body=[entry()]), retry=Retry(sleep=stop.wait)) as (server, writer):
        assert Sending(Create(LEAD), writer, Stop()).outcome().id == A
    assert server.paths == [POST, GET]


def test_an_interrupt_ends_the_looking() -> None:
    stop = threading.Event()
    stop.set()
    with writing(reply(500), reply(body=[]), retry=Retry(sleep=stop.wait)) as (server, writer):
        assert Sending(Create(LEAD), writer, Stop()).outcome().kind is Kind.OPEN
    assert server.paths == [POST, GET]


def test_a_wait_that_the_server_asks_for_is_kept_before_the_look() -> None:
    slept: list[float] = []
    retry = Retry(base=0, sleep=slept.append, clock=lambda: sum(slept))
    with writing(reply(429, headers={"Retry-After": "3"}), reply(body=[]), reply(201, entry()), retry=retry) as (
        _,
        writer,
    ):
        assert Sending(Create(LEAD), writer, Stop()).outcome().attempts == 2
    assert slept[0] == 3  # no time passes here, so the look finds that nothing is to be sent for three seconds still


# ------------------------------------------------------------------------------------------------ what it is stored as


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"success": False, "error": "needs another plan"}, "needs another plan"),
        ({"errors": ["no room"]}, "no room"),
        ({"ok": False, "message": "not today"}, "not today"),
        ({"message": "gone", "error": None}, ""),
        ([], ""),
    ],
)
def test_the_error_in_a_success_is_quoted(body: object, said: str) -> None:
    with writing(reply(200, body)) as (_, writer):
        assert writer.update_role(A, LEAD, replace(LEAD, name="x")).said == said


def test_the_key_in_the_error_of_a_success_is_not_repeated() -> None:
    with writing(reply(200, {"error": "the key key is old"})) as (_, writer):
        assert "key" not in writer.delete_role(A).said.replace("[secret]", "")


CHIEF = replace(LEAD, name="chief")
RENAME = Update(A, LEAD, CHIEF)


@pytest.mark.parametrize(
    ("now", "kind"), [(LEAD, Kind.FAILED), (CHIEF, Kind.APPLIED), (replace(LEAD, description="x"), Kind.OPEN)]
)
def test_a_success_that_holds_an_error_is_decided_by_the_role(now: Role, kind: Kind) -> None:
    outcome, _ = carried_out(RENAME, reply(body=entry()), reply(200, {"error": "no"}), reply(body=entry(now)))
    assert outcome.kind is kind
    assert "no" in f"{outcome.error} {outcome.note}"


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
        writer.update_role(A, LEAD, after)
    assert server.paths == [f"PATCH /api/roles/{A}"]
    assert server.received[0].json == body


@pytest.mark.parametrize("lost", [*OPEN, reply(429)])
def test_every_further_try_of_an_update_reads_the_role_first(lost: Act) -> None:
    same = reply(body=entry())
    outcome, paths = carried_out(RENAME, same, lost, same, lost, same, reply(204))
    assert (outcome.kind, outcome.attempts) == (Kind.APPLIED, 3)
    assert paths == [f"GET /api/roles/{A}", f"PATCH /api/roles/{A}"] * 3


def test_an_update_that_is_refused_names_the_role_and_the_reason(golden: Golden) -> None:
    with writing(reply(403)) as (_, writer), pytest.raises(Rejected) as caught:
        writer.update_role(A, LEAD, replace(LEAD, name="chief"))
    assert all(name in str(caught.value) for name in ('"chief"', "403 Forbidden", "agents.manage"))
    golden.says("api/writing", "status 403", str(caught.value))


def test_an_update_of_a_role_that_is_gone_is_not_found() -> None:
    with writing(reply(404)) as (_, writer), pytest.raises(NotFound):
        writer.update_role(A, LEAD, replace(LEAD, name="chief"))


# ------------------------------------------------------------------------------------------------------- delete


def test_a_delete_names_the_role_by_its_id() -> None:
    with writing(reply(body={"message": "gone", "role_id": A})) as (server, writer):
        writer.delete_role(A)
    assert server.paths == [f"DELETE /api/roles/{A}"]
    assert server.received[0].body == b""


@pytest.mark.parametrize("lost", OPEN)
def test_a_delete_that_was_done_though_its_answer_was_lost_is_done(lost: Act) -> None:
    outcome, _ = carried_out(Delete(A, LEAD), reply(body=entry()), lost, reply(404), reply(body=[OTHER]))
    assert (outcome.kind, outcome.attempts) == (Kind.APPLIED, 1)


def test_a_delete_of_a_role_that_is_gone_at_the_first_try_is_not_ours() -> None:
    outcome, _ = carried_out(Delete(A, LEAD), reply(body=entry()), reply(404), reply(404))
    assert (outcome.kind, outcome.attempts) == (Kind.ALREADY, 1)


def test_a_delete_that_is_answered_404_is_not_done_where_the_role_is_still_there() -> None:
    outcome, _ = carried_out(Delete(A, LEAD), reply(body=entry()), reply(404), reply(body=entry()))
    assert (outcome.kind, outcome.attempts) == (Kind.FAILED, 1)


def test_a_delete_that_is_answered_404_is_believed_where_the_role_cannot_be_read() -> None:
    outcome, _ = carried_out(Delete(A, LEAD), reply(body=entry()), reply(404), reply(403))
    assert (outcome.kind, outcome.attempts) == (Kind.ALREADY, 1)


def test_a_refused_create_of_which_the_list_cannot_be_read_is_not_sent_again_for_want_of_room() -> None:
    outcome, _ = create(reply(404), reply(422))
    assert (outcome.kind, outcome.refused) == (Kind.FAILED, None)


def test_nothing_is_sent_again_on_the_strength_of_a_list() -> None:
    read, blind = reply(body=entry()), reply(403)
    for change in (RENAME, Delete(A, LEAD)):
        outcome, paths = carried_out(change, read, reply(502), blind, reply(body=[entry()]))
        assert (outcome.kind, len(paths)) == (Kind.OPEN, 4)


def test_a_refused_update_of_a_role_that_cannot_be_read_is_not_known() -> None:
    outcome, _ = carried_out(RENAME, reply(body=entry()), reply(422), reply(403), reply(403))
    assert (outcome.kind, outcome.refused) == (Kind.OPEN, None)


def test_a_create_that_is_answered_by_an_error_in_a_success_is_not_known_until_the_list_is_read_again() -> None:
    outcome, _ = create(reply(200, {"error": "later"}), reply(body=[OTHER]))
    assert outcome.kind is Kind.OPEN


def test_a_role_that_cannot_be_read_by_itself_is_looked_up_in_the_list() -> None:
    blind = reply(403)
    outcome, paths = carried_out(Delete(A, LEAD), reply(body=entry()), reply(502), blind, reply(body=[OTHER]))
    assert outcome.kind is Kind.APPLIED
    assert paths[-1] == GET
    outcome, _ = carried_out(RENAME, reply(body=entry()), reply(502), blind, reply(body=[entry(CHIEF)]))
    assert outcome.kind is Kind.APPLIED
    outcome, _ = carried_out(RENAME, reply(body=entry()), reply(502), blind, reply(body=[OTHER]))
    assert outcome.kind is Kind.CHANGED


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
        with pytest.raises(BadAnswer, match="UUID"):
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
