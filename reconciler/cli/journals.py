"""The journal of an apply, opened for its plan."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from reconciler.ci import read_ci
from reconciler.plan.document import digest

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.apply.journal import Journal
    from reconciler.plan.changes import Plan


def open_journal(journal: Path | None, plan: Plan) -> AbstractContextManager[Journal | None]:
    """Open the journal for a run of this plan; None keeps none. Raise `FileFailed` when it cannot be opened."""
    if journal is None:
        return nullcontext()
    from reconciler.apply.journal import Header, Journal, login_name  # pydantic is slow to load

    actor = read_ci(os.environ).actor or login_name(os.environ)
    return Journal(journal, Header(digest(plan), plan.source.commit, actor, plan.target))
