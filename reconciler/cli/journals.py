"""The journal of an apply, opened for its plan."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from reconciler.ci import read_ci
from reconciler.plan.document import digest
from reconciler.plan.sources import Undo

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.apply.journal import Journal
    from reconciler.plan.changes import Plan
    from reconciler.plan.sources import Source

EDITED = "The role files have edits that are not committed"


def open_journal(journal: Path | None, plan: Plan) -> AbstractContextManager[Journal | None]:
    """Open the journal for a run of this plan; None keeps none. Raise `FileFailed` when it cannot be opened."""
    if journal is None:
        return nullcontext()
    from reconciler.apply.journal import Header, Journal, login_name  # pydantic is slow to load

    actor = read_ci(os.environ).actor or login_name(os.environ)
    return Journal(journal, Header(digest(plan), plan.source.commit, actor, plan.target, edited=plan.source.edited))


def note_of_edits(source: Source, *, recorded: bool) -> str | None:
    """Return what to say before an apply whose commit does not have what is applied, None if there is nothing to say.

    `recorded` is true when there is a journal. An undo is not made from files.
    """
    if not source.edited or isinstance(source, Undo):
        return None
    return f"{EDITED}; the journal says so." if recorded else f"{EDITED}."
