"""One outcome of each kind, for the tests of exit codes and those of how an outcome is shown."""

from __future__ import annotations

from reconciler.apply.outcome import NOT_KNOWN, Kind, Outcome
from tests.builders import a_create, a_delete, an_update

CREATED = Outcome(a_create("clerk"), Kind.APPLIED, attempts=1, id="the-id")
UPDATED = Outcome(an_update(), Kind.APPLIED, attempts=2)
DELETED = Outcome(a_delete(), Kind.APPLIED, attempts=1)
ALREADY = Outcome(an_update(), Kind.ALREADY)
FAILED = Outcome(a_delete(), Kind.FAILED, "2 agents still hold it", attempts=1)
CHANGED = Outcome(an_update(), Kind.CHANGED, "it changed after the plan was made")
OPEN = Outcome(an_update(), Kind.OPEN, "cut off" + NOT_KNOWN, attempts=5)
UNTRIED = Outcome(a_create("clerk"), Kind.UNTRIED, "it waited for the delete of clerk, which was not done")
