"""An event of the operator: what one line on standard output says. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan

Result = Literal["in_sync", "drift", "applied", "refused", "invalid", "failed"]
"""What one pass came to.

`drift`: there are changes that the mode leaves. `refused` is exit code 4, `invalid` 3, and `failed` 1, 5 or 6.
"""

RESULTS: tuple[Result, ...] = ("in_sync", "drift", "applied", "refused", "invalid", "failed")

Kind = Literal["started", "in_sync", "drift", "applied", "refused", "invalid", "failed", "fight", "stopped"]


class Event(NamedTuple):
    """One line of the operator. `message` is a complete sentence, already inert.

    `commit` is the commit of the role files, None outside git; `edited` says whether they have uncommitted edits.
    `digest` is that of the whole `plan`, whose counts are shown; None where no plan was made. `tenant` is None where
    there are no tenants.
    """

    time: datetime
    kind: Kind
    message: str
    commit: str | None = None
    edited: bool | None = None
    digest: str | None = None
    plan: Plan | None = None
    tenant: str | None = None
