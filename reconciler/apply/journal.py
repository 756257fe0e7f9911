"""The journal of an apply: JSON lines, one before and one after each request, flushed to the disk at once.

Each line is appended by one write, so threads and processes do not mix their lines. A journal that was cut off anywhere
can be read and appended to: a line that says so then follows the truncated one.
"""

from __future__ import annotations

import json
import os
import pwd
import stat
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Self
from uuid import uuid4

from reconciler.apply.recorded import MENDED, Entry, Recorded, read
from reconciler.model.errors import FileFailed
from reconciler.model.inert import encodable, visible
from reconciler.model.roles import role_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    from reconciler.apply.outcome import Outcome
    from reconciler.plan.changes import Change

__all__ = ["Entry", "Header", "Journal", "Recorded", "login_name", "now", "read"]


def now() -> datetime:
    """Return the time in UTC: the clock of every journal outside tests."""
    return datetime.now(UTC)


def login_name(environment: Mapping[str, str], user: int | None = None) -> str:
    """Return the login name of who applies, else `user <number>`.

    `user` is the number of that user; None is the one that runs this process.
    """
    for variable in ("LOGNAME", "USER"):
        if environment.get(variable):
            return environment[variable]
    number = os.getuid() if user is None else user
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container that runs under a number which no user has
        return f"user {number}"


@dataclass(frozen=True, slots=True)
class Header:
    """What every line of one run repeats. `digest` is the plan's, `commit` the role files' (None: no git).

    `edited` says whether the role files differ from `commit`, None if it is unknown. `command` is the command that
    applies. `files` has the `sha256:...` of the role files, by the names of the roles that they define.
    """

    digest: str
    commit: str | None
    actor: str
    target: str
    command: Literal["apply", "watch"] = "apply"
    files: Mapping[str, str] = field(default_factory=dict)
    edited: bool | None = None


class Journal:
    """A journal, open for appending. Any thread may call its methods, which raise `FileFailed` when a write fails."""

    def __init__(
        self,
        path: Path,
        header: Header,
        clock: Callable[[], datetime] = now,
        flush: Callable[[int], None] = os.fsync,
    ) -> None:
        """Open `path`, or create it (mode 0600), before the first request. Check whether its last line is complete."""
        self._path = path
        self._clock = clock
        self._flush = flush
        self._lock = threading.Lock()
        self._common = {
            "run": uuid4().hex,
            "plan_digest": header.digest,
            "commit": header.commit,
            "edited": header.edited,
            "actor": encodable(header.actor),
            "target": header.target,
            "command": header.command,
        }
        self._files = header.files
        self._requests = 0
        self._of_change: dict[int, int] = {}
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._failed(error) from None
        try:
            self._torn = self._ends_in_half_a_line()
            self._flush_directory()
        except OSError as error:
            os.close(self._file)
            raise self._failed(error) from None

    def __enter__(self) -> Self:
        """Return the journal, which is open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file."""
        os.close(self._file)

    def intent(self, change: Change) -> int:
        """Record that a change is about to be sent. Return the number of the request within this run."""
        with self._lock:
            self._requests += 1
            request = self._requests
            self._of_change[id(change)] = request
        self._append({"kind": "intent", "request": request, **_change(change, change.id)})
        return request

    def outcome(self, request: int, outcome: Outcome) -> None:
        """Record what became of a request."""
        change = outcome.change
        self._append(
            {
                "kind": "outcome",
                "request": request,
                **_change(change, outcome.id or change.id),
                "status": outcome.status,
                "reason": outcome.kind.value,
                "error": outcome.error,
                "attempts": outcome.attempts,
                "stored": role_document(outcome.stored),
            }
        )

    def amend(self, outcome: Outcome) -> None:
        """Record what became of a change after all: the last outcome of a request counts.

        Nothing is recorded for a change that was not sent.
        """
        request = self._of_change.get(id(outcome.change))
        if request is not None:
            self.outcome(request, outcome)

    def _append(self, entry: Mapping[str, Any]) -> None:
        """Append one line and flush it. After a partial write, the next line repairs the file."""
        file = self._files.get(entry["name"])
        line = _line({**entry, "time": _stamp(self._clock()), **self._common, "file": file})
        try:
            with self._lock:
                whole = (b"\n" + MENDED if self._torn else b"") + line
                self._torn = True
                written = os.write(self._file, whole)
                self._torn = written < len(whole)
            if written < len(whole):
                raise FileFailed(
                    f"cannot write the journal {visible(str(self._path))}: only part of a line was written; "
                    "check the free space of the disk"
                )
            self._flush(self._file)
        except OSError as error:
            raise self._failed(error) from None

    def _ends_in_half_a_line(self) -> bool:
        found = os.fstat(self._file)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "not a regular file")
        size = found.st_size
        return size > 0 and os.pread(self._file, 1, size - 1) != b"\n"

    def _flush_directory(self) -> None:
        """See that a file which was just made is found after a power cut, as far as the file system can be asked to."""
        with suppress(OSError):
            directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                self._flush(directory)
            finally:
                os.close(directory)

    def _failed(self, error: OSError) -> FileFailed:
        return FileFailed(f"cannot write the journal {visible(str(self._path))}: {error.strerror}")


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _change(change: Change, role_id: str | None) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "name": change.name,
        "id": role_id,
        "before": role_document(change.before),
        "after": role_document(change.after),
    }
