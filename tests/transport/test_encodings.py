from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from reconciler.model.errors import BadAnswer, Rejected
from tests.scripted_server import reply
from tests.transport.talking import failure, get, talking

if TYPE_CHECKING:
    from tests.sentences import Golden


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZip", " x-gzip ", "identity, gzip"])
def test_gzip_is_read_under_each_of_its_names(encoding: str) -> None:
    with talking(reply(200, gzip.compress(b"[1]"), {"Content-Encoding": encoding})) as (_, transport):
        assert get(transport).body == b"[1]"


@pytest.mark.parametrize("encoding", ["identity", ""])
def test_an_answer_that_is_not_encoded_is_read_as_it_is(encoding: str) -> None:
    with talking(reply(200, b"[1]", {"Content-Encoding": encoding})) as (_, transport):
        assert get(transport).body == b"[1]"


@pytest.mark.parametrize("padding", [b"", b"\0\0\0"])
def test_several_members_of_gzip_are_one_body(padding: bytes) -> None:
    whole = json.dumps(["a" * 3_000_000, "b"]).encode() + b" " * 2**21
    zipped = gzip.compress(whole[:7]) + gzip.compress(whole[7:]) + gzip.compress(b"") + padding
    with talking(reply(200, zipped, {"Content-Encoding": "gzip"})) as (_, transport):
        assert get(transport).body == whole


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, br", "rot13"])
def test_an_encoding_that_was_not_asked_for_is_named(encoding: str, golden: Golden) -> None:
    error = failure(reply(200, b"\x0b\x02\x80[]\x03", {"Content-Encoding": encoding}))
    assert isinstance(error, BadAnswer)
    golden.says("transport/answers", "an encoding that was not requested", str(error), encoding=f'"{encoding}"')


def test_a_gzip_that_is_cut_off_is_said_to_be(golden: Golden) -> None:
    error = failure(reply(200, gzip.compress(b"[1]" * 999)[:-9], {"Content-Encoding": "gzip"}))
    golden.says("transport/answers", "gzip that is cut off", str(error))


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_an_error_in_an_encoding_that_cannot_be_read_is_still_that_error(encoding: str) -> None:
    assert isinstance(failure(reply(409, b"abc", {"Content-Encoding": encoding})), Rejected)


def test_a_write_whose_answer_is_in_an_unknown_encoding_is_done() -> None:
    with talking(reply(200, b"abc", {"Content-Encoding": "br"})) as (_, transport):
        answer = transport.request("PATCH", "/api/roles/1", operation="update a role", json={})
    assert (answer.status, answer.body) == (200, b"")
