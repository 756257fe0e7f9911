"""How an apply to several tenants ended, for people: text, and Markdown for a job summary.

Tenants that did not converge are named with the reason, up to a number; the others are counted. The JSON is
`reconciler.fleet.outcome.document`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.fleet.outcome import counts
from reconciler.model.inert import visible
from reconciler.render.code_spans import code
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.fleet.outcome import TenantEnd

_MOST = 50
"""So many tenants that did not converge are named in each wave."""

_WORDS = {"applied": "applied", "unchanged": "unchanged", "failed": "failed", "not_started": "not started"}


def text(ends: Sequence[TenantEnd], held: str = "") -> str:
    """Return a paragraph for each wave, and the counts. `held` says why further waves were not started."""
    lines = [line for wave in _waves(ends) for line in _wave(wave, visible)]
    return "\n".join([*lines, *([visible(held)] if held else []), "", summary(ends)]) + "\n"


def markdown(ends: Sequence[TenantEnd], held: str = "") -> str:
    """Return the same as Markdown. Data is in code spans, where nothing is markup."""
    lines = [f"**{summary(ends)}**", *([code(held)] if held else [])]
    lines += ["\n".join(_wave(wave, code)) for wave in _waves(ends)]
    return "\n\n".join(lines) + "\n"


def summary(ends: Sequence[TenantEnd]) -> str:
    """Return one line: how many tenants ended in each way."""
    return f"{counted(len(ends), 'tenant')}: {_counts(ends)}."


def line(end: TenantEnd) -> str:
    """Return how one tenant ended, on one line."""
    return visible(f"{end.name}: {_WORDS[end.status]}{f': {_first(end)}' if end.error else ''}")


def _counts(ends: Sequence[TenantEnd]) -> str:
    return ", ".join(f"{number} {_WORDS[status]}" for status, number in counts(ends).items())


def _waves(ends: Sequence[TenantEnd]) -> Iterator[list[TenantEnd]]:
    for number in sorted({end.wave for end in ends}):
        yield sorted(end for end in ends if end.wave == number)


def _wave(ends: Sequence[TenantEnd], shown: Callable[[str], str]) -> Iterator[str]:
    yield f"Wave {ends[0].wave}: {', '.join(_present(ends))}"
    failed = [end for end in ends if end.status == "failed"]
    yield from (f"  - {shown(f'{end.name}: {_first(end)}')}" for end in failed[:_MOST])
    if len(failed) > _MOST:
        yield f"  - and {counted(len(failed) - _MOST, 'more tenant')}: see `--format json`"


def _present(ends: Sequence[TenantEnd]) -> Iterator[str]:
    return (f"{number} {_WORDS[status]}" for status, number in counts(ends).items() if number)


def _first(end: TenantEnd) -> str:
    """Return the error of a tenant on one line."""
    return " ".join((end.error or "").split())
