"""A server that keeps the contract's shapes and does as little as it can, in a process of its own.

    python benchmarks/server.py ROLES DELAY

Prints its port. Holds that many custom roles as `validate.role` writes them, answers each request after DELAY seconds
and creates what it is asked to. It counts requests; `GET /count` tells how many there were.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping

from benchmarks.validate import CODES

_AT = "2026-01-01T00:00:00Z"


class Tenant:
    """The answers, made once."""

    def __init__(self, roles: int, delay: float) -> None:
        """Hold so many custom roles, and wait `delay` seconds before each answer."""
        self.delay = delay
        self.requests = 0
        self.roles = [_role(1, "admin", (), is_system=True)]
        self.roles += [_role(number + 10, f"role-{number}", _codes(number)) for number in range(roles)]
        codes = sorted({f"category{left}.action{right}" for left in range(40) for right in range(CODES)})
        self.catalogue = json.dumps([_permission(number, code) for number, code in enumerate(codes)]).encode()
        self.listed = json.dumps(self.roles).encode()

    def answer(self, method: str, path: str, body: bytes) -> bytes:
        """The body of the answer to one request."""
        if path == "/count":
            return str(self.requests).encode()
        self.requests += 1
        if path == "/api/permissions":
            return self.catalogue
        if method == "POST":
            asked: Mapping[str, str] = json.loads(body)
            return json.dumps(_role(self.requests + 1_000_000, asked["name"], asked["permissions"])).encode()
        return self.listed


async def serve(tenant: Tenant) -> None:
    """Answer on a free port of this machine for ever."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ")
                fields = dict(line.lower().split(": ", 1) for line in head[1:] if line)
                body = await reader.readexactly(int(fields.get("content-length", "0")))
                await asyncio.sleep(tenant.delay)
                content = tenant.answer(method, path, body)
                start = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
                writer.write(start.encode() + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _role(number: int, name: str, codes: object, *, is_system: bool = False) -> dict[str, object]:
    identity = f"00000000-0000-4000-8000-{number:012d}"
    description = "" if is_system else f"Role number {name.removeprefix('role-')} of many."
    return {
        "id": identity,
        "name": name,
        "description": description,
        "is_system": is_system,
        "created_at": _AT,
        "updated_at": _AT,
        "permissions": codes,
    }


def _codes(number: int) -> list[str]:
    return [f"category{(number + n) % 40}.action{n}" for n in range(CODES)]


def _permission(number: int, code: str) -> dict[str, str]:
    identity = f"00000000-0000-4000-9000-{number:012d}"
    return {"id": identity, "code": code, "name": code, "description": "", "category": code.partition(".")[0]}


if __name__ == "__main__":
    asyncio.run(serve(Tenant(int(sys.argv[1]), float(sys.argv[2]))))
