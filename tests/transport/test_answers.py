from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from reconciler.model.errors import (
    BadAnswer,
    NotFound,
    Overloaded,
    ReconcilerError,
    Rejected,
    Unreachable,
)
from tests.scripted_server import Cut, reply
from tests.transport.talking import failure, get, talking

if TYPE_CHECKING:
    from tests.sentences import Golden


def test_any_2xx_is_a_success() -> None:
    with talking(reply(200, b"a"), reply(202, b"b"), reply(204), reply(299)) as (_, transport):
        assert [(a.status, a.body) for a in [get(transport) for _ in range(4)]] == [
            (200, b"a"),
            (202, b"b"),
            (204, b""),
            (299, b""),
        ]


def test_headers_of_an_answer_can_be_read() -> None:
    with talking(reply(headers={"Link": '<x>; rel="next"'})) as (_, transport):
        assert get(transport).headers["link"] == '<x>; rel="next"'


def test_a_zipped_answer_is_unzipped() -> None:
    with talking(reply(body=["a"], zipped=True)) as (_, transport):
        assert json.loads(get(transport).body) == ["a"]


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    with talking(reply(body=["a"], framed=False)) as (_, transport):
        assert get(transport).body == b'["a"]'


def test_what_is_not_gzip_though_it_says_so_is_a_bad_answer(golden: Golden) -> None:
    error = failure(reply(body=b"plain", headers={"Content-Encoding": "gzip"}))
    assert isinstance(error, BadAnswer)
    golden.says("transport/answers", "not gzip", str(error))


def test_an_answer_of_more_than_64_mib_is_refused_however_small_it_was_on_the_way(golden: Golden) -> None:
    bomb = gzip.compress(bytes(65 * 2**20), compresslevel=1)
    error = failure(reply(body=bomb, headers={"Content-Encoding": "gzip"}))
    assert isinstance(error, BadAnswer)
    assert "64 MiB" in str(error)
    golden.says("transport/answers", "too large", str(error))


def test_a_write_is_done_whatever_its_answer_holds() -> None:
    bomb = gzip.compress(bytes(65 * 2**20), compresslevel=1)
    gzipped = {"Content-Encoding": "gzip"}
    with talking(reply(body=b"plain", headers=gzipped), reply(body=bomb, headers=gzipped)) as (_, transport):
        for _ in range(2):
            answer = transport.request("PATCH", "/api/roles/1", operation="update a role", json={})
            assert (answer.status, answer.body, answer.attempts) == (200, b"", 1)


def test_of_a_large_error_only_the_beginning_is_read() -> None:
    error = failure(reply(500, b"x" * 2**20))
    assert isinstance(error, Overloaded)
    assert len(str(error)) < 500


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, Rejected),
        (403, Rejected),
        (404, NotFound),
        (408, Overloaded),
        (409, Rejected),
        (410, Rejected),
        (422, Rejected),
        (429, Overloaded),
        (500, Overloaded),
        (502, Overloaded),
        (503, Overloaded),
        (504, Overloaded),
        (599, Overloaded),
        (302, Rejected),
        (304, Rejected),
        (600, Overloaded),
    ],
)
def test_the_status_decides_what_a_failure_is(status: int, kind: type[ReconcilerError]) -> None:
    error = failure(reply(status, {"error": "because"} if status != 304 else b""))
    assert type(error) is kind
    assert getattr(error, "status", None) == status


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "name is taken"}, "name is taken"),
        ({"message": "name is taken"}, "name is taken"),
        ({"detail": "name is taken"}, "name is taken"),
        ({"error": {"message": "name is taken", "code": 7}}, "name is taken"),
        ({"error": "", "message": "name is taken"}, "name is taken"),
        ({"detail": [{"loc": ["body", "name"], "msg": "too short"}]}, "body.name: too short"),
        ({"errors": [{"message": "one"}, "two"]}, "one; two"),
        ({"code": 7}, '{"code": 7}'),
        (["one"], "one"),
        ([[[[[["deep"]]]]]], '[["deep"]]'),
        (b"just  text\n of two lines", "just text of two lines"),
        (b"<html><head><title>Bad gateway</title>", 'an HTML page titled "Bad gateway", possibly from a proxy'),
        (b"<p>oh", "an HTML page, possibly from a proxy"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ({"error": "\u202egnp"}, "\\u202egnp"),
        (b"[" * 100_000, "[" * 299 + "…"),
        ({"error": "x" * 400}, "x" * 299 + "…"),
    ],
)
def test_the_servers_own_words_are_shown_as_data(body: object, said: str, golden: Golden) -> None:
    error = failure(reply(409, body))
    golden.says("transport/answers", "the server's words", str(error), words=said)
    assert isinstance(error, Rejected)
    assert error.detail == said


def test_an_empty_body_is_said_to_be_empty(golden: Golden) -> None:
    error = failure(reply(409))
    assert "409 Conflict" in str(error)
    golden.says("transport/answers", "an empty body", str(error))


def test_a_status_without_a_name_is_its_number() -> None:
    assert "499: oh" in str(failure(reply(499, b"oh")))


def test_an_error_whose_body_is_cut_off_is_still_that_error() -> None:
    error = failure(Cut(reply(422, {"error": "name is taken"}), after=-10))
    assert isinstance(error, Rejected)


def test_advice_for_a_status_is_part_of_the_message(golden: Golden) -> None:
    with (
        talking(reply(401, {"error": "no."})) as (_, transport),
        pytest.raises(Rejected, match=r"401 Unauthorized: no.*check the key$") as caught,
    ):
        transport.request("GET", "/", operation="look", advice={401: "check the key"})
    golden.says("transport/answers", "a hint", str(caught.value))


def advised(status: int, body: object) -> bool:
    with talking(reply(status, body)) as (_, transport), pytest.raises(Rejected) as caught:
        transport.request("GET", "/", operation="look", advice={401: "ADVICE", 403: "ADVICE"})
    return str(caught.value).endswith("ADVICE")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        {"error": "Forbidden"},
        {"error": "access denied"},
        {"error": "you need one more permission"},
        {"error": "insufficient rights for this key"},
        b"<title>Sign in</title>",
    ],
)
def test_advice_is_given_where_the_server_says_nothing_else(body: object) -> None:
    assert advised(403, body)


@pytest.mark.parametrize(
    "said",
    [
        "Role is in use by 3 agents",
        "the default role of the tenant cannot be deleted",
        "your IP address is not on the allow list",
        "access denied for your IP address",
        "read-only maintenance until 14:00",
        "you need the permission agents.manage",
    ],
)
def test_no_advice_is_given_where_the_server_gives_another_reason(said: str) -> None:
    assert not advised(403, {"error": said})


def test_a_401_is_about_the_key_whatever_the_server_says() -> None:
    assert advised(401, {"error": "come back on Monday"})


def test_retry_after_reaches_the_error() -> None:
    error = failure(reply(429, headers={"Retry-After": "17"}))
    assert isinstance(error, Overloaded)
    assert error.retry_after == 17


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}, 9e9, 1e11),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000000001"}, 0, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "3"}, 3, 3),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1", "Retry-After": "9"}, 9, 9),
    ],
)
def test_a_rate_limit_that_is_used_up_says_when_it_begins_again(
    headers: dict[str, str], least: float, most: float
) -> None:
    error = failure(reply(403, headers=headers))
    assert isinstance(error, Rejected)
    assert error.retry_after is not None
    assert least <= error.retry_after <= most


@pytest.mark.parametrize("headers", [{"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "1"}, {}])
def test_a_rate_limit_that_is_not_used_up_asks_for_no_wait(headers: dict[str, str]) -> None:
    error = failure(reply(403, headers=headers))
    assert isinstance(error, Rejected)
    assert error.retry_after is None


def test_a_redirect_is_not_followed_and_says_where_it_pointed(golden: Golden) -> None:
    location = "https://elsewhere.example/login?token=abc#top"
    with talking(reply(302, headers={"Location": location})) as (server, transport):
        with pytest.raises(Rejected) as caught:
            get(transport)
        assert len(server.received) == 1
    assert '"https://elsewhere.example/login"' in str(caught.value)
    golden.says("transport/answers", "a redirect", str(caught.value))


def test_a_redirect_to_nowhere_says_so(golden: Golden) -> None:
    error = failure(reply(301))
    assert "301 Moved Permanently" in str(error)
    golden.says("transport/answers", "a redirect to nowhere", str(error))


def test_an_answer_before_the_answer_is_not_one() -> None:
    error = failure(reply(101, headers={"Upgrade": "x", "Connection": "upgrade"}))
    assert isinstance(error, Rejected | Unreachable)
