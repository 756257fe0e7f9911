"""What every request to the API has to pass before anything reads it: its key, and the size of its body.

An ASGI middleware rather than a FastAPI dependency, since FastAPI parses a body before it asks its dependencies:
whoever has no key should hear 401, not what is wrong with the JSON.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from reconciler.model.errors import CommandLineError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Keys = Mapping[str, frozenset[str]]
"""The permissions of each API key."""

READ = "agents.view"
WRITE = "agents.manage"
MOST_BYTES = 1024 * 1024
"""The largest body that is read, in bytes."""


def new_key() -> str:
    """A random API key."""
    return f"sk_sandbox_{secrets.token_urlsafe(24)}"


def checked_key(key: str) -> str:
    """`key`, when it can travel in a header and be pasted into a shell; otherwise raises `CommandLineError`."""
    if not key or not all(character.isalnum() or character in "-_.~" for character in key) or not key.isascii():
        raise CommandLineError("--api-key takes letters, digits and the characters - _ . ~ only")
    return key


def read_only_key(key: str) -> str:
    """The key that goes with `key` and may only read. `key` cannot be told from it."""
    return f"sk_sandbox_ro_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def keys_for(key: str) -> Keys:
    """The two keys of a sandbox: `key` may do everything, its read-only key may do GET."""
    return {key: frozenset({READ, WRITE}), read_only_key(key): frozenset({READ})}


class Guard:
    """Lets a request below `/api/` through when its key may do that, and any request when its body is small enough."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        """Guard `app` with `keys`."""
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, 403 or 413, or hand the request on with its body read."""
        try:
            body = await _body(receive)
        except ClientDisconnect:
            return
        refusal = self._refusal(scope)
        if refusal is None and body is None:
            refusal = JSONResponse({"error": f"The body is larger than {MOST_BYTES} bytes."}, 413)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, replay, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        if not scope["path"].startswith("/api/"):
            return None
        key = Headers(scope=scope).get("x-api-key")
        if key is None:
            return JSONResponse({"error": "The header X-API-Key is missing."}, 401)
        if key not in self._keys:
            return JSONResponse({"error": "The API key is not known."}, 401)
        needed = READ if scope["method"] in {"GET", "HEAD", "OPTIONS"} else WRITE
        if needed not in self._keys[key]:
            return JSONResponse({"error": f"The API key lacks the permission {needed}."}, 403)
        return None


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None when it is too large; then it is read to its end, so that the sender hears the answer.

    Raises `ClientDisconnect` when the rest of it will never come.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect  # what came so far may look whole, and is not what was meant
        part = message.get("body", b"")
        size += len(part)
        if size <= MOST_BYTES:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= MOST_BYTES else None
