"""Words that the formats of several tenants share. What they return is data made visible by `shown`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from reconciler.plan.action import Action
from reconciler.render.words import counted, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.fleet.effects import Effect, EffectChange
    from reconciler.fleet.index import Index
    from reconciler.fleet.planned import Result

    Shown = Callable[[str], str]

MOST_NAMES = 5
"""Up to so many tenants are named; more are counted."""

_MOST_REASONS = 20
_LONGEST_REASON = 60
_STATUS = re.compile(r"the server answered ([0-9]{3}(?: [A-Z][A-Za-z'-]*)*)")
_HEADING = "refused, nothing was written:"

_WITHOUT_PLAN: tuple[tuple[Result, str], ...] = (
    ("refused", "refused"),
    ("invalid", "not valid"),
    ("failed", "could not be read"),
)


class Problem(NamedTuple):
    """Why tenants have no plan, or one that is refused: a title, then each reason with its tenants."""

    title: str
    reasons: tuple[tuple[str, tuple[str, ...]], ...]
    more: int = 0


def opening(index: Index, effects: Sequence[Effect], shown: Shown) -> str:
    """Return the first line: how many effects and tenants, and which tenants have none."""
    commit = f" (commit {shown(index.commit[:12])}{'+edits' if index.edited else ''})" if index.commit else ""
    rest = ", ".join(_without_effect(index, effects, shown))
    tenants = counted(len(index.tenants), "tenant")
    return f"{counted(len(effects), 'effect')} in {tenants}{commit}{f': {rest}' if rest else ''}"


def _without_effect(index: Index, effects: Sequence[Effect], shown: Shown) -> Iterator[str]:
    with_effect = {tenant for effect in effects for tenant in effect.tenants}
    unchanged = sum(entry.result == "no_changes" for entry in index.tenants.values())
    if unchanged:
        yield f"{unchanged} without changes"
    for result, words in _WITHOUT_PLAN:
        found = {
            name: _brief(entry.error or "")
            for name, entry in index.tenants.items()
            if entry.result == result and name not in with_effect
        }
        if found:
            each = (f"{shown(name)}{f' ({shown(reason)})' if reason else ''}" for name, reason in found.items())
            yield f"{len(found)} {words}" + (f": {', '.join(each)}" if len(found) <= MOST_NAMES else "")


def _brief(error: str) -> str:
    """Return an error in a few words: what the server answered, or the error's own words if they are few."""
    answered = _STATUS.search(error)
    if answered:
        return answered[1]
    return error if len(error) <= _LONGEST_REASON and "\n" not in error else ""


def named_up_to(names: Sequence[str], shown: Shown) -> str:
    """Return the tenants by name, or an empty string if they are too many for that."""
    return ", ".join(map(shown, names)) if len(names) <= MOST_NAMES else ""


def refused_of(index: Index, effect: Effect) -> tuple[str, ...]:
    """Return the tenants of an effect whose plans are refused."""
    return tuple(name for name in effect.tenants if index.tenants[name].result == "refused")


def refusal(index: Index, effect: Effect, shown: Shown) -> str:
    """Return that plans with this effect are refused, and for which tenants if not for all; empty if none is."""
    refused = refused_of(index, effect)
    if not refused:
        return ""
    if len(refused) == len(effect.tenants):
        return "REFUSED"
    return f"REFUSED in {named_up_to(refused, shown) or counted(len(refused), 'tenant')}"


def change_line(change: EffectChange, shown: Shown) -> str:
    """Return a change on one line: `support-tier-2 + contacts.merge - contacts.export`."""
    name = shown(said(change.name))
    words = {Action.CREATE: " created", Action.UPDATE: "", Action.DELETE: " deleted"}[change.action]
    renamed = "" if change.renamed_from is None else f" renamed from {shown(said(change.renamed_from))}"
    other = sorted(field.path for field in change.fields if field.path != "name")
    described = f" with another {' and '.join(map(shown, other))}" if other else ""
    codes = [f" + {shown(code)}" for code in change.granted] + [f" - {shown(code)}" for code in change.revoked]
    return f"{name}{words}{renamed}{described}{''.join(codes)}"


def problems(index: Index) -> tuple[Problem, ...]:
    """Return why tenants have no plan or a refused one, each reason once with its tenants."""
    return tuple(filter(None, (_problem(index, result, words) for result, words in _WITHOUT_PLAN)))


def _problem(index: Index, result: Result, words: str) -> Problem | None:
    groups: dict[str, list[str]] = {}
    for name, entry in index.tenants.items():
        if entry.result == result:
            groups.setdefault((entry.error or "").removeprefix(_HEADING).strip(), []).append(name)
    if not groups:
        return None
    reasons = tuple((reason, tuple(names)) for reason, names in groups.items())
    title = f"{words[0].upper()}{words[1:]}"
    return Problem(title, reasons[:_MOST_REASONS], max(0, len(reasons) - _MOST_REASONS))
