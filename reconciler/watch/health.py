"""Whether the operator is alive and ready, from its passes alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

_WAITS = 3
"""How many waits may pass before an operator that begins no pass counts as stuck."""


class Beat(NamedTuple):
    """What the passes of one tenant say.

    `wait` is the last wait between two passes, in seconds, or the one that goes on. `began` is when the last pass
    began, in seconds on a monotonic clock, None before the first. `read` says whether a pass has read both sides.
    """

    wait: float
    began: float | None = None
    read: bool = False


def alive(beats: Iterable[Beat], now: float) -> bool:
    """Return whether a pass began within three waits, for each tenant: the worst one decides.

    >>> alive([Beat(wait=300, began=1000)], now=1900), alive([Beat(wait=300, began=1000)], now=1901)
    (True, False)
    """
    return all(beat.began is not None and now - beat.began <= _WAITS * beat.wait for beat in beats)


def ready(beats: Iterable[Beat]) -> bool:
    """Return whether a pass has read both sides. One tenant is enough: the others do not wait for one that is down."""
    return any(beat.read for beat in beats)
