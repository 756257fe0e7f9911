"""The numbers of the operator: what its passes add up to. Pure.

A tally is never changed. A pass makes a new one, so a reader never sees half a pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, get_args

from reconciler.apply.outcome import Status
from reconciler.plan.action import Action
from reconciler.watch.events import RESULTS

if TYPE_CHECKING:
    from reconciler.watch.events import Result
    from reconciler.watch.passes import PassReport

STATUSES: tuple[Status, ...] = get_args(Status)

BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""The upper ends of the buckets for the length of a pass, in seconds. The last bucket has no end."""


_NO_WRITES: Mapping[tuple[Action, Status], int] = {(action, status): 0 for action in Action for status in STATUSES}


class Tally(NamedTuple):
    """What the passes of one tenant add up to; before the first, each number is there and 0.

    `last_success` is when the last good pass ended, in seconds since 1970. `passes` counts by result and `writes` by
    action and status, since the operator started. `seconds` has a count for each bucket, and `total` is the sum in
    seconds. The others are of the last pass that made a plan: codes and changes that it left, fights, ending grants.
    """

    last_success: float = 0.0
    passes: Mapping[Result, int] = dict.fromkeys(RESULTS, 0)
    seconds: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    total: float = 0.0
    wider: int = 0
    narrower: int = 0
    changes: Mapping[Action, int] = dict.fromkeys(Action, 0)
    writes: Mapping[tuple[Action, Status], int] = _NO_WRITES
    fights: int = 0
    ending: int = 0

    def after(self, report: PassReport) -> Tally:
        """Return the tally with one more pass."""
        bucket = sum(report.seconds > end for end in BUCKETS)
        written = Counter((outcome.change.action, outcome.status) for outcome in report.outcomes)
        found = self if report.plan is None else self._found(report)
        return found._replace(
            last_success=report.began.timestamp() + report.seconds if report.good else self.last_success,
            passes={**self.passes, report.result: self.passes[report.result] + 1},
            seconds=tuple(count + (at == bucket) for at, count in enumerate(self.seconds)),
            total=self.total + report.seconds,
            writes={kind: count + written[kind] for kind, count in self.writes.items()},
        )

    def _found(self, report: PassReport) -> Tally:
        """Return the tally with what the pass found. Without a plan it found nothing, and the last numbers remain."""
        left = Counter(change.action for change in report.left.changes)
        return self._replace(
            wider=report.left.wider,
            narrower=report.left.narrower,
            changes={action: left[action] for action in Action},
            fights=report.fights,
            ending=report.ending,
        )
