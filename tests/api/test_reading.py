from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api import Reader, Writer
from reconciler.model.catalogue import Permission
from reconciler.model.errors import BadAnswer, NotFound, Overloaded, ReconcilerError, Rejected
from reconciler.model.inert import visible
from reconciler.model.roles import LiveRole, Role
from reconciler.model.secret import Secret
from reconciler.transport import Answer, Transport
from reconciler.transport.retry import Retry
from tests.scripted_server import Act, Cut, ScriptedServer, reply

if TYPE_CHECKING:
    from tests.sentences import Golden

INSTANT = Retry(base=0, sleep=lambda _: None)


def uuid(number: int) -> str:
    return str(uuid5(UUID(int=0), str(number)))


A, B = uuid(1), uuid(2)


def entry(**changes: object) -> dict[str, object]:
    """A role as the API writes it."""
    return {
        "id": A,
        "name": "support-lead",
        "description": "Leads.",
        "is_system": False,
        "created_at": "2026-11-01T10:00:00Z",
        "updated_at": "2026-11-01T10:00:00Z",
        "permissions": ["contacts.view", "agents.view"],
    } | changes


def without(key: str) -> dict[str, object]:
    return {name: value for name, value in entry().items() if name != key}


@contextmanager
def reading(*acts: Act) -> Iterator[tuple[ScriptedServer, Reader]]:
    with ScriptedServer(acts) as server, Transport(server.url, Secret("key"), retry=INSTANT) as transport:
        yield server, Reader(transport)


def roles(body: object) -> tuple[LiveRole, ...]:
    with reading(reply(body=body)) as (_, reader):
        return reader.list_roles()


def refusal(body: object, *, status: int = 200) -> str:
    """Why a list of roles is refused."""
    with reading(reply(status, body)) as (_, reader):
        with pytest.raises(BadAnswer) as caught:
            reader.list_roles()
        assert caught.value.status == status
        return str(caught.value)


# --------------------------------------------------------------------------------------------------- what is read


def test_a_reader_has_no_method_that_writes() -> None:
    public = {name for name in dir(Reader) if not name.startswith("_")}
    assert public == {"list_roles", "get_role", "list_permissions", "lockable_catalogue"}
    assert {name for name in dir(Writer) if not name.startswith("_")} - public == {
        "create_role",
        "update_role",
        "delete_role",
        "retry",
    }


def test_roles_are_listed_with_what_the_contract_says() -> None:
    assert roles([entry()]) == (
        LiveRole(A, Role("support-lead", "Leads.", frozenset({"agents.view", "contacts.view"})), is_system=False),
    )


def test_an_empty_list_is_an_empty_list() -> None:
    assert roles([]) == ()


def test_a_list_takes_one_request() -> None:
    with reading(reply(body=[entry()])) as (server, reader):
        reader.list_roles()
    assert server.paths == ["GET /api/roles"]


@pytest.mark.parametrize("permissions", [None, []])
def test_no_permissions_are_none(permissions: object) -> None:
    assert roles([entry(permissions=permissions)])[0].role.permissions == frozenset()


def test_absent_permissions_are_none() -> None:
    assert roles([without("permissions")])[0].role.permissions == frozenset()


@pytest.mark.parametrize("body", [entry(description=None), without("description")])
def test_no_description_is_an_empty_one(body: object) -> None:
    assert roles([body])[0].role.description == ""


@pytest.mark.parametrize("body", [without("created_at"), entry(created_at=7, colour="red", tags=[{}])])
def test_what_nobody_needs_may_be_missing_wrong_or_more(body: object) -> None:
    assert len(roles([body])) == 1


def test_a_name_is_normalised_and_an_id_kept_as_written() -> None:
    role = roles([entry(name=" Support-LEAD ", id=A.upper())])[0]
    assert (role.role.name, role.id) == ("support-lead", A.upper())


def test_a_byte_order_mark_is_fine() -> None:
    assert len(roles(b"\xef\xbb\xbf" + json.dumps([entry()]).encode())) == 1


def test_a_repeated_code_counts_once() -> None:
    assert roles([entry(permissions=["a.b", "a.b"])])[0].role.permissions == {"a.b"}


def test_text_of_any_script_comes_through() -> None:
    assert roles([entry(name="größe-Ω-客服", description="\U0001f600")])[0].role == Role(
        "größe-ω-客服", "\U0001f600", frozenset({"agents.view", "contacts.view"})
    )


def test_one_role_is_read_by_its_id() -> None:
    with reading(reply(body=entry())) as (server, reader):
        assert reader.get_role(A).role.name == "support-lead"
    assert server.paths == [f"GET /api/roles/{A}"]


def test_a_role_that_is_not_there_is_not_found() -> None:
    with reading(reply(404, {"error": "no such role"})) as (_, reader), pytest.raises(NotFound, match="no such role"):
        reader.get_role(A)


def test_a_role_with_another_id_is_not_the_one_that_was_asked_for(golden: Golden) -> None:
    with reading(reply(body=entry(id=B))) as (_, reader), pytest.raises(BadAnswer, match=B) as caught:
        reader.get_role(A)
    golden.says("api/reading", "another role", str(caught.value), asked=A, answered=B)


@pytest.mark.parametrize("role_id", ["", "7", "../permissions", f"{A}\n", f"{A}?x=", "x" * 36])
def test_an_id_that_is_no_uuid_is_not_asked_for(role_id: str) -> None:
    with reading() as (server, reader):
        with pytest.raises(BadAnswer, match="UUID"):
            reader.get_role(role_id)
        assert server.received == []


def test_the_catalogue_is_read_by_code() -> None:
    listed = {"id": B, "code": "billing.view", "name": "See bills", "description": "All.", "category": "billing"}
    short = {"code": "a.b", "name": "N", "description": None, "category": "a"}
    with reading(reply(body=[listed, short])) as (server, reader):
        assert reader.list_permissions() == {
            "billing.view": Permission("billing.view", "See bills", "billing", "All.", B),
            "a.b": Permission("a.b", "N", "a"),
        }
    assert server.paths == ["GET /api/permissions"]


def test_a_catalogue_entry_without_a_code_is_named_by_its_place() -> None:
    with (
        reading(reply(body=[{"name": "N", "category": "a"}])) as (_, reader),
        pytest.raises(BadAnswer, match=r"^could not list the permissions: .*; \[0\]\.code is missing$"),
    ):
        reader.list_permissions()


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("body", "place", "case"),
    [
        (without("id"), "[1].id", "no id"),
        (without("name"), "[1].name", "no name"),
        (without("is_system"), "[1].is_system", "no flag"),
        (entry(id=7), "[1].id", "an id that is a number"),
        (entry(id="7"), "[1].id", "an id that is not a UUID"),
        (entry(id=A + "\n"), "[1].id", "an id that is not a UUID"),
        (entry(name=None), "[1].name", "a name that is not a string"),
        (entry(name=7), "[1].name", "a name that is not a string"),
        (entry(description=7), "[1].description", "a description that is not a string"),
        (entry(is_system="true"), "[1].is_system", "a flag of another type"),
        (entry(is_system=1), "[1].is_system", "a flag of another type"),
        (entry(is_system=None), "[1].is_system", "a flag of another type"),
        (entry(permissions="a.b"), "[1].permissions", "permissions that are not a list"),
        (entry(permissions={"a.b": True}), "[1].permissions", "permissions that are not a list"),
        (entry(permissions=["a.b", 7]), "[1].permissions[1]", "a code that is not a string"),
        ("support-lead", "[1]", "an item that is not an object"),
        (None, "[1]", "an item that is not an object"),
    ],
)
def test_a_role_that_is_not_as_the_contract_says_is_named_by_its_place(
    body: object, place: str, case: str, golden: Golden
) -> None:
    message = refusal([entry(id=B, name="other"), body])
    assert f" {place} " in message
    golden.says("api/reading", case, message)


@pytest.mark.parametrize(
    ("body", "case"),
    [
        (b"", "an empty body"),
        (b" \n", "an empty body"),
        (b"null", "null"),
        (b"true", "true"),
        (b"false", "false"),
        (b"7", "a number"),
        (b"-7", "a number"),
        (b'"roles"', "a string"),
        ({}, "an object"),
        ({"status": "oops"}, "an object"),
        (b"<!doctype html><title>Welcome</title>", "an HTML page"),
        (b"<!doctype html><title>Acme: Log in</title>", "a login page"),
        (b"<html><title>SIGN-IN</title>", "a login page"),
        (b"<html><form><input type='password'></form>", "a login page"),
    ],
)
def test_what_is_no_list_is_never_an_empty_list(body: object, case: str, golden: Golden) -> None:
    golden.says("api/reading", case, refusal(body))


@pytest.mark.parametrize(
    ("path", "ending", "right"), [("/api", "/api", ""), ("/api/", "/api", ""), ("/x/api/roles", "/api/roles", "/x")]
)
def test_a_list_that_is_not_found_below_a_base_url_with_api_is_the_base_urls_fault(
    path: str, ending: str, right: str
) -> None:
    with (
        ScriptedServer([reply(404, {"error": "Not Found."})] * 2) as server,
        Transport(f"{server.url}{path}", Secret("key"), retry=INSTANT) as transport,
    ):
        for read in (Reader(transport).list_roles, Reader(transport).list_permissions):
            with pytest.raises(NotFound) as caught:
                read()
            hint = f". hint: the base URL must not end in {ending}; write {server.url}{right}"
            assert str(caught.value).endswith(hint)


def test_a_list_that_is_not_found_leads_to_the_base_url(golden: Golden) -> None:
    with reading(reply(404, b"<html><title>Nothing here</title>")) as (_, reader), pytest.raises(NotFound) as caught:
        reader.list_roles()
    golden.says("api/reading", "a list that is not found", str(caught.value))


def test_a_role_that_is_not_found_says_nothing_of_the_base_url() -> None:
    with reading(reply(404, {"error": "no such role"})) as (_, reader), pytest.raises(NotFound) as caught:
        reader.get_role(A)
    assert "base URL" not in str(caught.value)


def test_no_content_is_no_list(golden: Golden) -> None:
    golden.says("api/reading", "no content", refusal(b"", status=204))


def test_a_success_that_reports_an_error_is_refused_with_what_the_server_says() -> None:
    said = refusal({"success": False, "message": "The session has ended."})
    assert "its answer contains an error: The session has ended." in said
    with reading(reply(body={"error": "try later"})) as (_, reader), pytest.raises(BadAnswer, match="try later"):
        reader.get_role(A)


def test_a_list_in_a_wrapper_of_another_name_is_refused_without_the_name() -> None:
    said = refusal({"sk_live_1": [{"permissions": []}]})
    assert "an object with a list in it, possibly one page" in said


@pytest.mark.parametrize("key", ["data", "roles", "items"])
@pytest.mark.parametrize("content", [[], [entry()]])
def test_a_list_in_a_wrapper_is_refused_as_a_page_of_it(key: str, content: object, golden: Golden) -> None:
    message = refusal({"total": 1, key: content})
    assert f'"{key}"' in message
    golden.says("api/reading", f"a list in {key}", message)


@pytest.mark.parametrize(
    "body",
    [
        b"[",
        json.dumps([entry()]).encode()[:-1],
        json.dumps([entry()]).encode()[:40],
        b"[] []",
        b"[{'id': 1}]",
        b"not json",
        b"\xff\xfe[]",
        b'["\xff"]',
        b"[" * 100_000,
    ],
)
def test_what_is_not_json_or_not_all_of_it_is_refused(body: bytes, golden: Golden) -> None:
    message, _, _ = refusal(body).partition("JSON: ")  # what follows are the words of the parser
    golden.says("api/reading", "not JSON", message)


def test_a_string_that_unicode_has_no_place_for_is_refused_at_this_edge() -> None:
    body = json.dumps([entry(name="a\ud800b")]).encode()
    assert b"\\ud800" in body
    assert "JSON: " in refusal(body)


def test_two_live_roles_with_one_name_are_both_read() -> None:
    assert [(role.id, role.role.name) for role in roles([entry(name="Lead"), entry(id=B, name="lead ")])] == [
        (A, "lead"),
        (B, "lead"),
    ]


def test_a_name_in_two_unicode_forms_is_one_name() -> None:
    found = roles([entry(name="Cafe\u0301"), entry(id=B, name="caf\u00e9")])
    assert {role.role.name for role in found} == {"caf\u00e9"}


def test_one_id_twice_is_refused(golden: Golden) -> None:
    message = refusal([entry(), entry(id=A.upper(), name="other")])
    assert A.upper() in message
    golden.says("api/reading", "one id twice", message, id=A.upper())


def test_the_first_problem_of_many_is_enough(golden: Golden) -> None:
    golden.says("api/reading", "many items that are not objects", refusal([0] * 1_000_000))


def test_of_all_that_is_wrong_in_one_role_the_first_thing_is_told(golden: Golden) -> None:
    body = entry(id=7, name=8, is_system=9)
    with reading(reply(body=body)) as (_, reader), pytest.raises(BadAnswer) as caught:
        reader.get_role(A)
    golden.says("api/reading", "a role with several problems", str(caught.value), asked=A)


def test_a_hostile_answer_does_nothing_to_a_terminal() -> None:
    message = refusal([entry(id="\x1b]0;gone\x07")])
    assert visible(message) == message


# --------------------------------------------------------------------------------------------- when it fails


@pytest.mark.parametrize(
    ("status", "names"),
    [(401, ["OMNISTREAM_API_KEY", "--api-key-file"]), (403, ["agents.view"])],
)
def test_who_may_not_read_is_told_what_to_check(status: int, names: list[str], golden: Golden) -> None:
    with reading(reply(status, {"error": "no"})) as (_, reader), pytest.raises(Rejected) as caught:
        reader.list_permissions()
    assert all(name in str(caught.value) for name in names)
    golden.says("api/reading", f"status {status}", str(caught.value))


def test_a_read_is_tried_again() -> None:
    with reading(reply(503), Cut(reply(body=[entry()]), -5), reply(body=[entry()])) as (server, reader):
        assert len(reader.list_roles()) == 1
    assert len(server.received) == 3


def test_a_read_is_given_up_in_the_end() -> None:
    with (
        reading(*[reply(503)] * 5) as (_, reader),
        pytest.raises(Overloaded, match=r"^could not list the roles: .* 503 "),
    ):
        reader.list_roles()


# --------------------------------------------------------------------------------------------- whatever comes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(["id", "name", "description", "is_system", "permissions"])
NEARLY = st.lists(
    st.builds(lambda key, value: entry() | {key: value}, FIELDS, JSON)
    | st.builds(entry, id=st.uuids().map(str), name=st.text()),
    max_size=4,
)
BODIES = st.binary(max_size=100) | (JSON | NEARLY).map(lambda value: json.dumps(value).encode())


class Canned(Transport):
    """A transport whose every answer is `body`: thousands of them need no socket."""

    def __init__(self, body: bytes) -> None:
        super().__init__("http://127.0.0.1:9")
        self._body = body

    def request(self, *_: object, **__: object) -> Answer:
        return Answer(200, {}, self._body)


@given(BODIES)
def test_no_body_whatever_raises_anything_but_an_error_of_ours(body: bytes) -> None:
    with Canned(body) as transport:
        reader = Reader(transport)
        for ask in (reader.list_roles, reader.list_permissions, lambda: reader.get_role(A)):
            assert is_sound(ask)


def is_sound(ask: object) -> bool:
    """Whether a read either succeeds or fails with a message that can do nothing to a terminal."""
    assert callable(ask)
    try:
        return ask() is not None
    except ReconcilerError as error:
        return visible(str(error)) == str(error)


def test_many_threads_can_share_a_reader() -> None:
    with ScriptedServer(lambda _: reply(body=[entry()])) as server, Transport(server.url) as transport:
        found: list[int] = []
        reader = Reader(transport)
        threads = [threading.Thread(target=lambda: found.append(len(reader.list_roles()))) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [1] * 16
    assert server.most_in_flight <= 8


def test_one_id_in_two_cases_is_one_id() -> None:
    assert A.upper() in refusal([entry(id=A.lower()), entry(id=A.upper(), name="other")])
