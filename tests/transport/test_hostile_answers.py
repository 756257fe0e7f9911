from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.errors import (
    ReconcilerError,
)
from reconciler.model.inert import visible
from reconciler.transport import Answer, Transport
from tests.scripted_server import Act, Late, Received, ScriptedServer, reply
from tests.transport.talking import get, talking


def is_sound(request: Callable[[], Answer]) -> bool:
    """Whether a request either succeeds or fails with a message that can do nothing to a terminal."""
    try:
        return 200 <= request().status < 300
    except ReconcilerError as error:
        return visible(str(error)) == str(error)


@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=200),
    headers=st.dictionaries(
        st.sampled_from(["Location", "Retry-After", "Content-Type", "Set-Cookie", "Content-Encoding"]),
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30),
    ),
)
def test_no_answer_whatever_raises_anything_but_an_error_of_ours(
    status: int, body: bytes, headers: dict[str, str]
) -> None:
    with talking(reply(status, body, headers)) as (_, transport):
        assert is_sound(lambda: get(transport, idempotent=False))


def test_threads_do_not_share_their_deadlines() -> None:
    """A request with a short time to go must not end another one."""
    ready = threading.Event()

    def act(request: Received) -> Act:
        if request.path == "/slow":
            ready.set()
            return Late(reply(body=b"slow"), 1.2)
        return reply(body=b"fast")

    with (
        ScriptedServer(act) as server,
        Transport(server.url, timeout=30) as patient,
        Transport(server.url, timeout=1) as hasty,
        ThreadPoolExecutor(1) as pool,
    ):
        slow = pool.submit(get, patient, "/slow")
        ready.wait()
        assert get(hasty, "/fast").body == b"fast"
        assert slow.result().body == b"slow"
