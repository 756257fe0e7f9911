"""One process that answers for thousands of tenants, each under a path of its own, after a delay.

    python benchmarks/fleet_server.py ROLES DELAY

Prints its port. Each tenant has the three system roles and so many custom roles, as `fleet.py` writes them. It only
answers lists: nothing that it has can change.
"""

from __future__ import annotations

import asyncio
import json
import sys

CODES = 8
"""How many permissions each role has. The catalogue has eight times as many."""

_AT = "2026-01-01T00:00:00Z"


def codes_of(number: int) -> list[str]:
    """The codes of a role."""
    return [f"category{(number + each) % 8}.action{each}" for each in range(CODES)]


class Answers(asyncio.Protocol):
    """One connection: each request is answered after the delay, in order."""

    def __init__(self, roles: bytes, permissions: bytes, delay: float) -> None:
        """Keep the answers, which are made once."""
        self._roles = roles
        self._permissions = permissions
        self._delay = delay
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what asyncio gives a stream protocol
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request later."""
        *requests, self._read = (self._read + data).split(b"\r\n\r\n")
        for request in requests:
            path = request.split(b" ", 2)[1]
            answer = self._permissions if path.endswith(b"/permissions") else self._roles
            asyncio.get_running_loop().call_later(self._delay, self._write, answer)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


def answer(content: object) -> bytes:
    """The whole answer with this content."""
    body = json.dumps(content).encode()
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def serve(roles: int, delay: float) -> None:
    """Answer on a free port of this machine for ever."""
    system = [_role(number, name, [], is_system=True) for number, name in enumerate(("admin", "agent", "supervisor"))]
    custom = [_role(number + 10, f"role-{number}", codes_of(number)) for number in range(roles)]
    codes = [f"category{left}.action{right}" for left in range(8) for right in range(CODES)]
    permissions = answer([_permission(number, code) for number, code in enumerate(codes)])
    listed = answer([*system, *custom])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answers(listed, permissions, delay), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _role(number: int, name: str, codes: list[str], *, is_system: bool = False) -> dict[str, object]:
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "name": name,
        "description": "" if is_system else f"Role {name} of every tenant.",
        "is_system": is_system,
        "created_at": _AT,
        "updated_at": _AT,
        "permissions": codes,
    }


def _permission(number: int, code: str) -> dict[str, str]:
    identity = f"00000000-0000-4000-9000-{number:012d}"
    return {"id": identity, "code": code, "name": code, "description": "", "category": code.partition(".")[0]}


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
