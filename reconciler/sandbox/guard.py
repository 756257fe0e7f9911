"""Check every request to the API before anything else reads it: its key, and the size of its body.

This is an ASGI middleware and not a FastAPI dependency, because FastAPI parses a body before it runs dependencies: a
client without a key must get 401, not an error about its JSON.
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
"""The maximum size of a body, in bytes."""


def new_key() -> str:
    """Return a random API key."""
    return f"sk_sandbox_{secrets.token_urlsafe(24)}"


def checked_key(key: str) -> str:
    """Return `key`. Raise `CommandLineError` when it cannot be sent in a header and pasted into a shell."""
    if not key or not all(character.isalnum() or character in "-_.~" for character in key) or not key.isascii():
        raise CommandLineError("--api-key takes letters, digits and the characters - _ . ~ only")
    return key


def read_only_key(key: str) -> str:
    """Return the read-only key that belongs to `key`. It does not reveal `key`."""
    return f"sk_sandbox_ro_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def keys_for(key: str) -> Keys:
    """Return the two keys of a sandbox: `key` may do everything, its read-only key may do GET."""
    return {key: frozenset({READ, WRITE}), read_only_key(key): frozenset({READ})}


class Guard:
    """Passes a request below `/api/` on when its key allows it, and any request when its body is small enough."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        """Store the keys that protect `app`."""
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, 403 or 413, or pass the request on with its body read."""
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
    """Return the whole body, or None when it is too large. It is read to its end: the client waits for that.

    Raise `ClientDisconnect` when the client leaves before the end.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect  # the part that came may look complete, but is not what the client meant
        part = message.get("body", b"")
        size += len(part)
        if size <= MOST_BYTES:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= MOST_BYTES else None
