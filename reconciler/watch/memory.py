"""The journal of the operator: locked for as long as it runs, and read again when it grew."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from reconciler.apply.journal import Header, Journal
from reconciler.apply.recorded import read
from reconciler.model.errors import FileFailed
from reconciler.model.inert import visible
from reconciler.plan.document import digest
from reconciler.watch.fights import Deeds, deeds_of

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan


class JournalMemory:
    """One journal, for the runs on one tenant. Enter it: another operator with the same journal then fails.

    The lock is advisory (flock). It is on the file, not on its name, so a journal that is moved away is locked again
    under its name before the next write.
    """

    def __init__(
        self,
        path: Path,
        target: str,
        actor: str,
        now: Callable[[], datetime],
        lock: Callable[[int, int], object] = fcntl.flock,
    ) -> None:
        """Store the values. `target` is the base URL of the tenant; `now` is the time in UTC."""
        self._path = path
        self._target = target
        self._actor = actor
        self._now = now
        self._try_to_lock = lock
        self._lock: int | None = None
        self._seen: tuple[int, ...] = ()
        self._deeds = Deeds()

    def __enter__(self) -> Self:
        """Lock the journal, which is created if there is none. Raise `FileFailed` when another operator has it."""
        self._hold()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give the lock back."""
        self._release()

    def deeds(self) -> Deeds:
        """Return what the journal says was done on the tenant. Raise `FileFailed` when it cannot be read."""
        found = os.fstat(self._hold())
        seen = (found.st_ino, found.st_size, found.st_mtime_ns)
        if seen != self._seen:
            entries = read(self._path).entries
            self._deeds = deeds_of(entry for entry in entries if entry.target == self._target)
            self._seen = seen
        return self._deeds

    def open(self, plan: Plan, files: Mapping[str, str]) -> Journal:
        """Return the journal, open for the writes of one pass. Raise `FileFailed` when it cannot be opened."""
        self._hold()
        source = plan.source
        header = Header(digest(plan), source.commit, self._actor, self._target, "watch", files, source.edited)
        return Journal(self._path, header, self._now)

    def _hold(self) -> int:
        """Lock the file that has the name of the journal now, and return it."""
        if self._lock is not None and self._is_the_same(self._lock):
            return self._lock
        try:
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        except OSError as error:
            raise FileFailed(f"cannot open the journal {self._shown}: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise FileFailed(f"cannot open the journal {self._shown}: not a regular file")
        try:
            self._try_to_lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            if isinstance(error, BlockingIOError):
                what = f"another `reconciler watch` uses the journal {self._shown}; give each one a separate journal"
                raise FileFailed(what) from None
            raise FileFailed(f"cannot lock the journal {self._shown}: {error.strerror}") from None
        self._release()
        self._lock = file
        return file

    def _is_the_same(self, file: int) -> bool:
        try:
            named = os.stat(self._path)  # noqa: PTH116 - called in each pass
        except OSError:
            return False
        held = os.fstat(file)
        return (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def _shown(self) -> str:
        return visible(str(self._path))
