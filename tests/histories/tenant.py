"""A tenant that keeps the contract, counts every request, and answers as badly as it is told to.

Each run of the command line has a key of its own, so the log says who did what. Faults and the edits of others have the
number of a request of a run: they happen just as that one comes, so a history is the same each time that it is played.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from tests.histories.statement import SYSTEM, Live, Role
from tests.scripted_server import Act, Cut, Received, reply

LOST = 0  # the status of an answer that never came

# What can go wrong with one request: the status of the answer (0: none), and whether the work is done all the same.
FAULTS: Mapping[str, tuple[int, bool]] = {
    "429": (429, False),
    "503": (503, False),
    "500": (500, False),
    "lost": (LOST, False),
    "404": (404, False),
    "410": (410, False),
    "401": (401, False),
    "403": (403, False),
    "409": (409, False),
    "200, and nothing done": (200, False),
    "503 when done": (503, True),
    "502 when done": (502, True),
    "lost when done": (LOST, True),
    "422 when done": (422, True),
    "409 when done": (409, True),
    "404 when done": (404, True),
    "lists behind": (-1, True),
}
ONCE_REFUSED = frozenset({401})  # a key that was revoked stays so
Quirk = Literal["", "implies", "trims", "drops"]


class Edit(NamedTuple):
    """What somebody else does: `what` is a verb, `name` the role's, `role` what it becomes."""

    what: Literal["update", "delete", "create", "make system", "hold"]
    name: str
    role: Role | None = None


class Entry(NamedTuple):
    """A request, or an edit of somebody else, as it took effect.

    `shown` is what a GET of one role answered, `behind` says that a list showed what was live before.
    """

    by: str
    method: str
    id: str | None
    name: str | None
    before: Live | None
    after: Live | None
    status: int
    fault: str = ""
    listed: bool = False
    shown: Role | None = None
    behind: bool = False

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def effective(self) -> bool:
        return self.writes and self.before != self.after

    @property
    def unsure(self) -> bool:
        """Whether the answer says nothing of what was done, or the wrong thing."""
        return self.status in (LOST, 408) or self.status >= 500 or bool(self.fault and FAULTS[self.fault][1])


@dataclass
class Script:
    """What happens at the requests of one run, by their numbers from 0."""

    faults: Mapping[int, str] = field(default_factory=dict)
    edits: Mapping[int, tuple[Edit, ...]] = field(default_factory=dict)
    seen: int = 0
    gone: int = 0
    behind: int = 0
    first: list[dict[str, Any]] | None = None


class Turns:
    """Lets runs go on one request at a time, in an order that a seed chooses once all that are alive wait."""

    def __init__(self, keys: list[str], seed: int) -> None:
        self._alive = set(keys)
        self._waiting: set[str] = set()
        self._turn: str | None = None
        self._random = random.Random(seed)  # noqa: S311 - chance that is to be the same each time
        self._changed = threading.Condition()

    def wait(self, key: str) -> None:
        with self._changed:
            self._waiting.add(key)
            self._choose()
            self._changed.wait_for(lambda: self._turn == key, timeout=60)
            self._turn = None
            self._waiting.discard(key)

    def end(self, key: str) -> None:
        with self._changed:
            self._alive.discard(key)
            self._choose()

    def _choose(self) -> None:
        if self._turn is None and self._waiting and self._waiting >= self._alive:
            self._turn = self._random.choice(sorted(self._waiting))
            self._changed.notify_all()


class Tenant:
    """The roles, the catalogue, and everything that happened, in order."""

    def __init__(self, live: Mapping[str, Live], catalogue: tuple[str, ...], quirk: Quirk = "") -> None:
        self.live = dict(live)
        self.catalogue = list(catalogue)
        self.quirk = quirk
        self.log: list[Entry] = []
        self.scripts: dict[str, Script] = {}
        self.turns: Turns | None = None
        self._made = 0
        self._lock = threading.Lock()

    def handle(self, request: Received) -> Act:
        """Answer one request; the script of whose key it has says how."""
        key = request.headers.get("x-api-key", "")
        if self.turns:
            self.turns.wait(key)
        with self._lock:
            script = self.scripts[key]
            for edit in script.edits.get(script.seen, ()):
                self.edit(edit)
            fault = script.faults.get(script.seen, "")
            script.seen += 1
            if script.gone:
                return self._answer(key, request, {401: "401"}[script.gone])
            if fault and FAULTS[fault][0] in ONCE_REFUSED:
                script.gone = FAULTS[fault][0]
            if fault == "lists behind":
                script.behind, fault = 2, ""
            return self._answer(key, request, fault)

    def edit(self, edit: Edit) -> None:
        """Do what somebody else does, if it can be done."""
        old = next((role for role in self.live.values() if role.role.name == edit.name), None)
        free = edit.role is not None and (
            edit.role.name == edit.name or all(role.role.name != edit.role.name for role in self.live.values())
        )
        if edit.what == "create" and old is None and edit.role is not None:
            new = self._put(Live(self._new_id(), edit.role))
        elif old is None or old.untouchable or edit.what == "create" or (edit.what == "update" and not free):
            return
        elif edit.what == "delete":
            del self.live[old.id]
            new = None
        elif edit.what == "update":
            assert edit.role
            new = self._put(replace(old, role=edit.role))
        else:
            new = self._put(replace(old, system=edit.what == "make system", held=edit.what == "hold" or old.held))
        entry = old or new
        assert entry
        self.log.append(Entry("others", "EDIT", entry.id, edit.name, old, new, 200))

    def _put(self, role: Live) -> Live:
        self.live[role.id] = role
        return role

    def _new_id(self) -> str:
        self._made += 1
        return str(uuid5(NAMESPACE_OID, str(self._made)))

    def _answer(self, key: str, request: Received, fault: str) -> Act:
        status, done = FAULTS.get(fault, (-1, True))
        behind = self.scripts[key].behind > 0
        role_id = request.path.removeprefix("/api/roles").removeprefix("/") or None
        before = self.live.get(role_id or "")
        after, code, body = before, status, {"error": f"scripted: {fault}"}
        sent: dict[str, Any] = request.json if request.body else {}  # type: ignore[assignment] # bodies are objects
        if request.method == "GET":
            code, body = self._read(key, request.path, role_id) if status < 0 else (status, body)
        elif done:
            made, answer = self._write(request.method, role_id, sent)
            code, body = (made, answer) if status < 0 or made >= 400 else (status, body)
            after = self.live.get(role_id or answer.get("id", ""))
        found = role_id or (after.id if after and not before else None)
        shown = before.role if before and request.method == "GET" and status < 0 else None
        listed = request.path == "/api/roles" and request.method == "GET" and status < 0
        entry = Entry(key, request.method, found, sent.get("name"), before, after, code, fault, listed, shown)
        self.log.append(entry._replace(behind=listed and behind))
        return Cut(reply(200, body)) if code == LOST else reply(code, body)

    def _read(self, key: str, path: str, role_id: str | None) -> tuple[int, Any]:
        if path == "/api/permissions":
            return 200, [_permission(code) for code in self.catalogue]
        if role_id is not None:
            return (200, _shown(self.live[role_id])) if role_id in self.live else (404, {"error": "no such role"})
        script = self.scripts[key]
        roles = [_shown(role) for role in self.live.values()]
        script.first = script.first or roles
        if script.behind:
            script.behind -= 1
            return 200, script.first
        return 200, roles

    def _write(self, method: str, role_id: str | None, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Carry out a write as the contract says; the status and the body."""
        old = self.live.get(role_id or "")
        if method != "POST" and old is None:
            return 404, {"error": "no such role"}
        if old and (old.untouchable or (old.held and method == "DELETE")):
            return 409, {"error": "a system role" if old.untouchable else "2 agents still have this role"}
        if method == "DELETE":
            assert old
            del self.live[old.id]
            return 200, {"message": "gone", "role_id": old.id}
        base = old.role if old else Role("", "", frozenset())
        codes = frozenset(sent.get("permissions", base.codes))
        role = self._kept(Role(sent.get("name", base.name).lower(), sent.get("description", base.description), codes))
        taken = any(other.role.name == role.name and other.id != role_id for other in self.live.values())
        if taken or role.name in SYSTEM:
            return 409, {"error": f"the name {role.name} is taken"}
        if codes - set(self.catalogue) - base.codes:
            return 400, {"error": "unknown permission"}
        new = self._put(replace(old, role=role) if old else Live(self._new_id(), role))
        return (200 if old else 201), _shown(new)

    def _kept(self, role: Role) -> Role:
        """What a server makes of a role that keeps it its own way."""
        match self.quirk:
            case "implies":
                return role._replace(codes=role.codes | {c.replace(".edit", ".view") for c in role.codes})
            case "trims":
                return role._replace(description=role.description.strip())
            case "drops":
                return role._replace(codes=role.codes - {"q.edit"})
            case _:
                return role


_WHEN = "2026-01-01T00:00:00Z"


def _shown(live: Live) -> dict[str, Any]:
    role = live.role
    return {
        "id": live.id,
        "name": role.name,
        "description": role.description,
        "is_system": live.system or role.name in SYSTEM,
        "permissions": sorted(role.codes),
        "created_at": _WHEN,
        "updated_at": _WHEN,
    }


def _permission(code: str) -> dict[str, str]:
    category = code.partition(".")[0]
    return {"id": str(uuid5(NAMESPACE_OID, code)), "code": code, "name": code, "description": "", "category": category}


def dumped(roles: Mapping[str, Live]) -> str:
    """For a message: who is live."""
    return json.dumps(sorted([r.role.name, r.role.description, *sorted(r.role.codes)] for r in roles.values()))
