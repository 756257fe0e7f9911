"""Wave after wave: which tenants may start, given how those before them ended. Pure.

A wave starts when every tenant of the one before was read again and found converged, or when at most `max_failed` were
not, over the whole run. The others of a wave that was started are finished.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Wave(NamedTuple):
    """A wave: its number, and the names of its tenants, sorted. There is at least one."""

    number: int
    tenants: tuple[str, ...]


def waves_of(tenants: Mapping[str, int]) -> tuple[Wave, ...]:
    """Return the waves of tenants (name, number of the wave), in the order of their numbers."""
    groups: dict[int, list[str]] = {}
    for name, number in sorted(tenants.items()):
        groups.setdefault(number, []).append(name)
    return tuple(Wave(number, tuple(names)) for number, names in sorted(groups.items()))


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far a run is. `left` are the waves that were not started, `failed` the tenants that did not converge."""

    left: tuple[Wave, ...]
    max_failed: int = 0
    failed: tuple[str, ...] = ()

    @property
    def next(self) -> Wave | None:
        """Return the wave that may start now; None when all have, or when too many tenants did not converge."""
        return self.left[0] if self.left and not self.halted else None

    @property
    def halted(self) -> bool:
        """Return whether too many tenants did not converge for another wave to start."""
        return len(self.failed) > self.max_failed

    @property
    def not_started(self) -> tuple[str, ...]:
        """Return the tenants of the waves that were not started."""
        return tuple(name for wave in self.left for name in wave.tenants)

    def after(self, failed: Iterable[str]) -> Rollout:
        """Return how far the run is after its next wave, of which the tenants in `failed` did not converge."""
        return replace(self, left=self.left[1:], failed=(*self.failed, *failed))
