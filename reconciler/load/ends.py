"""The ends of grants on one day: which of several ends counts, which grants are past it, and what to warn of.

An end is the last day on which a grant holds. An item of a set gets one warning, whatever the number of its roles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from reconciler.model.days import days_until
from reconciler.model.findings import Finding
from reconciler.model.inert import first_few, named, visible

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.roles import Grant
    from reconciler.model.rules import Rule

SOON = 14
"""From this many days before its end on, a grant gets a warning (docs/role-files.md, "Ends, reasons and owners")."""

_MOST_ROLES = 20
_MOST_OTHERS = 3
_Noted = dict[tuple["Grant", "Day"], dict[str, set[str]]]
"""Items and their ends, each with the roles that it concerns and their codes."""


class Ends:
    """What the ends of one run mean on the day `today`."""

    def __init__(self, today: Day) -> None:
        """Start without any grant."""
        self._today = today
        self._past: _Noted = {}
        self._soon: _Noted = {}
        self._outlasted: _Noted = {}
        self._outlasts: dict[tuple[Grant, str, str], Grant] = {}

    def is_past(self, grant: Grant) -> bool:
        """Return whether the grant's last day is over."""
        return grant.until is not None and grant.until < self._today

    def chosen(self, items: Sequence[Grant], code: str, role: str) -> Grant:
        """Return the first of `items`, which all give `role` the `code`, whose end counts. Remember what to warn of."""
        grant, *others = items
        if others:
            end = _that_counts(items)
            grant = next(item for item in items if item.until == end)
        if grant.until is not None:
            if self.is_past(grant):
                _note(self._past, grant, grant.until, role, code)
            elif days_until(grant.until, self._today) <= SOON:
                _note(self._soon, grant, grant.until, role, code)
        if not self.is_past(grant):
            for item in items:
                if item.until is not None and item.until != grant.until:
                    self._outlasts[item, role, code] = grant
                    _note(self._outlasted, item, item.until, role, code)
        return grant

    def findings(self) -> Iterator[Finding]:
        """Yield a warning for each item that ended or ends soon, and for each whose end another item outlasts."""
        for (grant, end), roles in self._past.items():
            since = days_until(self._today, end)
            days = f"{since} day{'s' * (since != 1)}"
            says = f"ended {days} ago ({end}); remove it, or write a later end"
            yield _warning("ended", grant, roles, says)
        for (grant, end), roles in self._soon.items():
            left = days_until(end, self._today)
            when = f"in {left} day{'s' * (left != 1)} ({end})" if left else "today"
            yield _warning("ends-soon", grant, roles, f"ends {when}")
        for (grant, end), roles in self._outlasted.items():
            # Of several items that outlast it for a role, the one for the first code: no order of a Python set decides.
            others = {(self._outlasts[grant, role, min(codes)], min(codes)) for role, codes in roles.items()}
            one = len(set().union(*roles.values())) == 1
            longest = sorted((other.place, _longer(other, "it" if one else visible(code))) for other, code in others)
            why = first_few(longest, _MOST_OTHERS, itemgetter(1))
            says = f"end{'s' * one} on {end} without effect, because {why}"
            yield _warning("end-without-effect", grant, roles, says)


def _that_counts(items: Iterable[Grant]) -> Day | None:
    """Return the latest end, or None if an item has no end."""
    ends = [item.until for item in items]
    return None if None in ends else max(end for end in ends if end is not None)


def _longer(grant: Grant, what: str) -> str:
    return f"{grant.place} gives {what} {f'until {grant.until}' if grant.until else 'without an end'}"


def _note(noted: _Noted, grant: Grant, end: Day, role: str, code: str) -> None:
    noted.setdefault((grant, end), {}).setdefault(role, set()).add(code)


def _warning(rule: Rule, grant: Grant, holders: Mapping[str, Collection[str]], says: str) -> Finding:
    """Return a warning at an item, such as `contacts.export of clerk ends today`. A set's item names its roles."""
    codes = sorted({code for held in holders.values() for code in held})
    what = _what(grant, codes, partly=rule == "end-without-effect")
    names = sorted(holders)
    roles = f"role{'s' * (len(names) != 1)} {first_few(names, _MOST_ROLES, named)}"
    whose = named(names[0]) if grant.set is None else f"set {named(grant.set)} ({roles})"
    role = names[0] if len(names) == 1 else None
    return Finding(rule, f"{what} of {whose} {says}", grant.place, "warning", role=role, codes=tuple(codes))


def _what(grant: Grant, codes: Sequence[str], *, partly: bool) -> str:
    """Return what an item gives. Another item may outlast a pattern for some of its codes: then these are named."""
    if not (grant.pattern and partly):
        return visible(grant.pattern or codes[0])
    return f"{first_few(codes, 1, visible)} ({visible(grant.pattern)})"
