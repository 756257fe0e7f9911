"""The exceptions of reconciler, as one tree. Each branch has an exit code.

::

    ReconcilerError              the base; never raised itself
    |-- CommandLineError     64  an option, a variable or a combination of them is wrong
    |-- InvalidInput          3  role files or configuration; carries every `Finding`
    |-- UnknownName           3  a role or a permission that the command line names is not known
    |-- Refused               4  a limit, `protect` or a missing confirmation
    |-- StalePlan             5  a saved plan no longer fits the live state or the role files
    |-- PartlyApplied         6  at least one change was made and at least one was not
    `-- Failed                1  the API, the network or the disk
        |-- FileFailed            a file or directory could not be read or written
        |-- ApiFailed             the server sent an answer that is not usable
        |   |-- Rejected          a final 4xx: a retry gets the same answer
        |   |   `-- NotFound      404
        |   |-- Overloaded        429, 408, 5xx: a retry may succeed; the request may have been carried out
        |   `-- BadAnswer         2xx, but not what the contract promises
        `-- Unreachable           no complete answer arrived; the request may have been carried out
            `-- NotSent           no connection was made, so nothing was carried out

    Interrupted            130  Ctrl-C, SIGTERM or SIGHUP: no error, so no handler of errors takes it for one

Any other exception that reaches the command line is an internal error (exit 70).
The codes are those of docs/interface.md, section "Exit codes".
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconciler.model.findings import Finding


class ExitCode(IntEnum):
    """The exit codes of docs/interface.md, section "Exit codes"."""

    DONE = 0
    FAILED = 1
    CHANGES = 2
    INVALID = 3
    REFUSED = 4
    STALE = 5
    PARTLY_APPLIED = 6
    COMMAND_LINE = 64
    DEFECT = 70
    INTERRUPTED = 130


class ReconcilerError(Exception):
    """A known kind of failure. `str()` returns a complete message for people, already inert."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED


class CommandLineError(ReconcilerError):
    """An option, an environment variable or a combination of them is wrong."""

    exit_code = ExitCode.COMMAND_LINE


class InvalidInput(ReconcilerError):
    """Role files or configuration are not valid. Carries every finding, sorted by place."""

    exit_code = ExitCode.INVALID

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Store `findings` sorted. There must be at least one."""
        self.findings = tuple(sorted(findings))
        super().__init__("\n".join(map(str, self.findings)))


class UnknownName(ReconcilerError):
    """A role or a permission that the command line names is not one that this run could be about."""

    exit_code = ExitCode.INVALID


class Refused(ReconcilerError):
    """A limit, `protect` or a missing confirmation prevents the run; nothing was written."""

    exit_code = ExitCode.REFUSED


class StalePlan(ReconcilerError):
    """A saved plan no longer fits the live state or the role files; nothing was written."""

    exit_code = ExitCode.STALE


class PartlyApplied(ReconcilerError):
    """At least one change was made and at least one was not."""

    exit_code = ExitCode.PARTLY_APPLIED


class Interrupted(BaseException):
    """Ctrl-C, SIGTERM or SIGHUP: no new write was started. Like `KeyboardInterrupt`, it is not an `Exception`."""


class Failed(ReconcilerError):
    """The API, the network or the disk failed. `attempts` counts the attempts. `hint` says what to do about it."""

    attempts: int = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Store the hint apart from the message, because clauses that are added later go before it."""
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        """Return the message, then the hint."""
        return self._hinted(super().__str__())

    def followed_by(self, clause: str) -> str:
        """Return the message, `clause`, then the hint."""
        return self._hinted(f"{super().__str__()}; {clause}")

    def add(self, clause: str) -> None:
        """Append `clause` to the message, before the hint."""
        self.args = (f"{super().__str__()}; {clause}",)

    def _hinted(self, message: str) -> str:
        return f"{message}. hint: {self.hint}" if self.hint else message


class FileFailed(Failed):
    """A file or directory could not be read or written."""


class ApiFailed(Failed):
    """The server sent an answer that is not usable. `status` is the HTTP status, `detail` the server's own message."""

    def __init__(
        self, message: str, *, status: int, detail: str = "", retry_after: float | None = None, hint: str = ""
    ) -> None:
        """Store the values. `retry_after` is in seconds from now, None if not given (RFC 9110, section 10.2.3)."""
        super().__init__(message, hint=hint)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


class Rejected(ApiFailed):
    """A final 4xx: a retry gets the same answer."""


class NotFound(Rejected):
    """404: the role does not exist."""


class Overloaded(ApiFailed):
    """408, 429 or 5xx: a retry may succeed. Except for 429, the request may have been carried out."""


class BadAnswer(ApiFailed):
    """A success status whose body is not what the contract promises."""


class Unreachable(Failed):
    """No connection, a timeout or a truncated answer. The request may have been carried out."""


class NotSent(Unreachable):
    """No connection was made: nothing was sent, so nothing was carried out."""
