"""What one pass of the operator found and did: a value that the loop, its lines and its metrics share. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from reconciler.model.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.apply.outcome import Outcome
    from reconciler.model.roles import Role
    from reconciler.plan.changes import Change, Plan
    from reconciler.watch.events import Result
    from reconciler.watch.fights import Fight, Key, Truce


class Left(NamedTuple):
    """What a pass left to do: the rest of each change of the whole plan, and how many codes that is.

    `wider` counts the codes that roles hold and should not, `narrower` those that they lack. `unmanaged` are roles that
    the plan keeps and that count as wider all the same: in the mode `--heal revokes`.
    """

    changes: tuple[Change, ...] = ()
    wider: int = 0
    narrower: int = 0
    unmanaged: tuple[Role, ...] = ()


class PassReport(NamedTuple):
    """What one pass found and did.

    `began` is in UTC; `seconds` is how long the pass took by the monotonic clock. `read` says whether the role files
    and the live state were both read. `plan` is the whole plan, before what this pass wrote; None if none was made.
    `outcomes` are those of this pass alone. `error` is a message that is already inert, empty if nothing went wrong.
    `fights` counts the fights that go on now; `fighting` has those over what is taken back, and `begun` those of them
    that began with this pass. `truces` are what gives access and is left alone because of a fight. `ending` counts the
    grants that end within 14 days. `commit`, `edited` and `digest` are as in `Event`. `exit_code` is what `plan` or
    `apply` would have ended with.
    """

    result: Result
    began: datetime
    seconds: float
    read: bool = False
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] = ()
    left: Left = Left()
    error: str = ""
    fights: int = 0
    fighting: Mapping[Key, Fight] = {}
    begun: tuple[Key, ...] = ()
    truces: tuple[Truce, ...] = ()
    ending: int = 0
    commit: str | None = None
    edited: bool | None = None
    digest: str | None = None
    exit_code: ExitCode = ExitCode.DONE

    @property
    def good(self) -> bool:
        """Return whether both sides were read, and nothing failed, was refused or was invalid."""
        return self.read and self.result in {"in_sync", "drift", "applied"}


class Observer(Protocol):
    """Who is told of each pass, in the thread of the loop. Its methods must not raise and must be quick."""

    def began(self, at: datetime) -> None:
        """Note that a pass began at this time, in UTC."""
        ...

    def ended(self, report: PassReport) -> None:
        """Note what the pass found and did."""
        ...

    def waits(self, seconds: float) -> None:
        """Note that the loop now waits this long for the next pass, or less if a signal asks for one."""
        ...
