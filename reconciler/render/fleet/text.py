"""What the plans of several tenants do, in text: docs/interface.md, "Plans of several tenants"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.inert import visible
from reconciler.render.fleet.words import change_line, named_up_to, opening, problems, refusal
from reconciler.render.pen import Pen
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.fleet.effects import Effect
    from reconciler.fleet.index import Index
    from reconciler.render.view import View

_GAP = 3
_BEFORE_VERDICT = 10
_WIDEST = 100
"""A line that is longer than that does not move the verdicts of the others."""


def render(index: Index, effects: Sequence[Effect], view: View) -> str:
    """Return the text; `view.color` adds ANSI colours. Each effect has a line for each of its changes."""
    pen = Pen(color=view.color)
    lines = [opening(index, effects, visible)]
    counts = [counted(len(effect.tenants), "tenant") for effect in effects]
    width = max(map(len, counts), default=0) + _GAP
    firsts = [_first(effect) for effect in effects]
    column = max((len(first) for first in firsts if len(first) <= _WIDEST), default=0) + _BEFORE_VERDICT
    for effect, count, first in zip(effects, counts, firsts, strict=True):
        refused = refusal(index, effect, visible)
        verdict = f"{pen.verdict(effect.verdict)}{f', {pen.red(refused)}' if refused else ''}"
        lines.append(f"  {count:<{width}}{first:<{column}}{'' if len(first) < column else '   '}{verdict}")
        indent = " " * (2 + width + len(_names(effect)))
        lines += [f"{indent}{change_line(change, visible)}" for change in effect.changes[1:]]
    lines += _problems(index, pen)
    return "\n".join(lines) + "\n"


def _names(effect: Effect) -> str:
    names = named_up_to(effect.tenants, visible)
    return f"{names}: " if names else ""


def _first(effect: Effect) -> str:
    return f"{_names(effect)}{change_line(effect.changes[0], visible)}"


def _problems(index: Index, pen: Pen) -> Iterator[str]:
    """Yield why tenants have no plan, or a refused one. Data never starts a line."""
    for problem in problems(index):
        yield from ("", f"{pen.red(problem.title)}:")
        for reason, names in problem.reasons:
            who = named_up_to(names, visible) or counted(len(names), "tenant")
            first, *more = [visible(line.strip()) for line in reason.splitlines()] or [""]
            yield f"  - {who}{f': {first}' if first else ''}"
            yield from (f"      {line}" for line in more)
        if problem.more:
            yield f"  - and {counted(problem.more, 'more reason')}: see `--format json`"
