"""The tenant of the sandbox: the contract's rules for roles, over SQLite.

There is one connection behind one lock, and every operation is one transaction, so parallel requests see only whole
roles. With a file, a second process can read it meanwhile, thanks to the write-ahead log.

Where the contract gives no status, this module decides: 404 for an unknown id, 409 for what the present state forbids
(a name that is taken, a system role, a role that agents have), 422 for a value that is never valid (an empty or
reserved name, an unknown code).
"""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict

from reconciler.model.errors import FileFailed
from reconciler.model.inert import quoted, visible
from reconciler.model.roles import SYSTEM_NAMES, normalise_name
from reconciler.sandbox.catalogue import CODES

if TYPE_CHECKING:
    from reconciler.sandbox.seed import SeedRole

_VERSION = 1
"""The version of the tables below, stored in the file. A file with other tables is refused, not changed."""

_TABLES = """
CREATE TABLE roles (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    is_system INTEGER NOT NULL,
    permissions TEXT NOT NULL, -- a JSON array of codes, sorted
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE RESTRICT
);
CREATE INDEX agents_by_role ON agents (role_id);
"""


class Role(TypedDict):
    """One role as the API answers it (contract, `Role`); `permissions` sorted."""

    id: str
    name: str
    description: str
    is_system: bool
    permissions: list[str]
    created_at: str
    updated_at: str


class Patch(TypedDict, total=False):
    """The fields of a PATCH; an absent field stays as it is (contract, `updateRole`)."""

    name: str
    description: str
    permissions: list[str]


class Declined(Exception):
    """The API refuses a request: `status` is the HTTP status, `str()` the message, already inert."""

    def __init__(self, status: int, message: str) -> None:
        """Store the status beside the message."""
        super().__init__(message)
        self.status = status


class Store:
    """The roles and agents of one tenant. Any thread may call its methods."""

    def __init__(self, path: Path | None = None) -> None:
        """Open `path`, or a store in memory for None.

        Raise `FileFailed` when the file cannot be opened, is not an SQLite database or belongs to another program.
        """
        self._lock = threading.Lock()
        shown = visible(str(path))
        try:
            self._connection = sqlite3.connect(
                ":memory:" if path is None else path, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise FileFailed(f"cannot open the database {shown}: {error}") from error
        try:
            self._set_up(shown)
        except sqlite3.Error as error:
            self.close()
            raise FileFailed(f"cannot use {shown} as the sandbox's database: {error}") from error
        except FileFailed:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Close the file; later calls raise `sqlite3.ProgrammingError`."""
        with self._lock:
            self._connection.close()

    def plant(self, roles: Iterable[SeedRole]) -> bool:
        """Store `roles`, which must be valid, unless there are roles already. Return whether it stored them."""
        with self._transaction() as run:
            if run.execute("SELECT EXISTS (SELECT 1 FROM roles)").fetchone()[0]:
                return False
            for role in roles:
                identity = _insert(run, role.name, role.description, role.permissions, is_system=role.is_system)
                run.executemany("INSERT INTO agents VALUES (?, ?)", [(_new_id(), identity) for _ in range(role.agents)])
            return True

    def roles(self) -> list[Role]:
        """Return every role, system roles first, then by name."""
        with self._transaction() as run:
            rows = run.execute("SELECT * FROM roles ORDER BY is_system DESC, name").fetchall()
        return [_role(row) for row in rows]

    def role(self, identity: str) -> Role:
        """Return one role. Raise `Declined` (404) when the id is unknown."""
        with self._transaction() as run:
            return _find(run, identity)

    def holders(self) -> Mapping[str, int]:
        """Return how many agents have each role, by the role's id, for roles that have agents."""
        with self._transaction() as run:
            return dict(run.execute("SELECT role_id, count(*) FROM agents GROUP BY role_id").fetchall())

    def hire(self, identity: str, agents: int = 1) -> None:
        """Give the role to `agents` new agents. Raise `Declined` (404) when the id is unknown."""
        with self._transaction() as run:
            _find(run, identity)
            run.executemany("INSERT INTO agents VALUES (?, ?)", [(_new_id(), identity) for _ in range(agents)])

    def create(self, name: str, description: str, permissions: Iterable[str]) -> Role:
        """Create a custom role; its name is stripped and lower-cased, its permissions are a set.

        Raise `Declined`: 422 for an empty or reserved name or an unknown code, 409 for a name that is taken.
        """
        with self._transaction() as run:
            return _find(run, _insert(run, _allowed(name), description, _known(permissions), is_system=False))

    def update(self, identity: str, changes: Patch) -> Role:
        """Change the fields in `changes`; `permissions` replaces the whole list.

        Raise `Declined`: 404 for an unknown id, 409 for renaming a system role or for a name that is taken, 422 as in
        `create`.
        """
        with self._transaction() as run:
            role = _find(run, identity)
            name = normalise_name(changes.get("name", role["name"]))
            if name != role["name"]:
                if role["is_system"]:
                    raise Declined(409, f"The system role {quoted(role['name'])} cannot be renamed.")
                _allowed(name)
                _refuse_taken(run, name)
            run.execute(
                "UPDATE roles SET name = ?, description = ?, permissions = ?, updated_at = ? WHERE id = ?",
                (
                    name,
                    changes.get("description", role["description"]),
                    json.dumps(_known(changes.get("permissions", role["permissions"]))),
                    _now(),
                    identity,
                ),
            )
            return _find(run, identity)

    def delete(self, identity: str) -> None:
        """Delete a custom role.

        Raise `Declined`: 404 for an unknown id, 409 for a system role or one that an agent still has.
        """
        with self._transaction() as run:
            role = _find(run, identity)
            if role["is_system"]:
                raise Declined(409, f"The system role {quoted(role['name'])} cannot be deleted.")
            agents = run.execute("SELECT count(*) FROM agents WHERE role_id = ?", (identity,)).fetchone()[0]
            if agents:
                held = "1 agent still has" if agents == 1 else f"{agents} agents still have"
                raise Declined(409, f"{held} the role {quoted(role['name'])}; give them another role first.")
            run.execute("DELETE FROM roles WHERE id = ?", (identity,))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block as one transaction: all of it or nothing, with no other operation meanwhile."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _set_up(self, shown: str) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        with self._transaction() as run:
            version = run.execute("PRAGMA user_version").fetchone()[0]
            tables = run.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if version == 0 and tables == 0:
                for statement in _TABLES.split(";\n"):
                    run.execute(statement)
                run.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise FileFailed(f"{shown} is a database, but not one of this sandbox; pass another file with --db")


def _insert(
    run: sqlite3.Connection, name: str, description: str, permissions: Iterable[str], *, is_system: bool
) -> str:
    name, identity, now = normalise_name(name), _new_id(), _now()
    _refuse_taken(run, name)
    codes = json.dumps(sorted(set(permissions)))
    run.execute(
        "INSERT INTO roles VALUES (?, ?, ?, ?, ?, ?, ?)", (identity, name, description, is_system, codes, now, now)
    )
    return identity


def _find(run: sqlite3.Connection, identity: str) -> Role:
    row = run.execute("SELECT * FROM roles WHERE id = ?", (identity,)).fetchone()
    if row is None:
        raise Declined(404, f"There is no role with the id {identity}.")
    return _role(row)


def _role(row: tuple[str, str, str, int, str, str, str]) -> Role:
    identity, name, description, is_system, permissions, created_at, updated_at = row
    return Role(
        id=identity,
        name=name,
        description=description,
        is_system=bool(is_system),
        permissions=json.loads(permissions),
        created_at=created_at,
        updated_at=updated_at,
    )


def _allowed(name: str) -> str:
    """Return `name` as it is stored. Raise `Declined` when a custom role may not have it."""
    name = normalise_name(name)
    if not name:
        raise Declined(422, "A role's name must not be empty.")
    if name in SYSTEM_NAMES:
        raise Declined(422, f"The name {quoted(name)} is reserved for a system role.")
    return name


def _refuse_taken(run: sqlite3.Connection, name: str) -> None:
    if run.execute("SELECT 1 FROM roles WHERE name = ?", (name,)).fetchone():
        raise Declined(409, f"There is a role named {quoted(name)} already.")


def _known(permissions: Iterable[str]) -> list[str]:
    """Return the codes as they are stored. Raise `Declined` when the catalogue does not have them all."""
    codes = set(permissions)
    if unknown := sorted(codes - CODES):
        raise Declined(422, f"Unknown permission codes: {', '.join(quoted(code) for code in unknown[:10])}.")
    return sorted(codes)


def _new_id() -> str:
    return str(uuid.uuid4())


def _now() -> str:
    """Return the time in RFC 3339, in UTC (contract, `Role.created_at`)."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
