"""The sentences of the operator: what a pass found, did and left, on one line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, assert_never

from reconciler.apply.outcome import Kind
from reconciler.model.findings import errors_of
from reconciler.model.inert import named, visible
from reconciler.plan.changes import Create, Delete, Update

if TYPE_CHECKING:
    from reconciler.apply.outcome import Outcome
    from reconciler.model.errors import InvalidInput
    from reconciler.model.roles import Role
    from reconciler.plan.changes import Change
    from reconciler.watch.fights import Fight, Truce
    from reconciler.watch.passes import Left, PassReport

MOST = 20
"""The roles that one line names; a mass drift is counted."""


class Mode(StrEnum):
    """What a pass does with the plan: it reports it, makes its revokes, or applies it. The value is for `started`."""

    REPORT = "reports only"
    HEAL = "heals revokes"
    APPLY = "applies the whole plan"


def started(url: str, every: str, mode: Mode, metrics: str | None) -> str:
    """Return `https://..., every 5m, heals revokes, metrics on http://...`; `metrics` is where they are served."""
    return f"{visible(url)}, every {every}, {mode}{f', metrics on {metrics}' if metrics is not None else ''}"


def in_sync(report: PassReport) -> str:
    """Return `9 roles, commit 3f2a9c1d0b4e+edits`."""
    number = report.plan.desired_count if report.plan else 0
    roles = f"{number} role{'s' * (number != 1)}"
    commit = commit_of(report.commit, edited=bool(report.edited))
    return f"{roles}, commit {commit}" if commit else roles


def commit_of(commit: str | None, *, edited: bool) -> str:
    """Return the short hash of a commit as people read it, with `+edits` if files differ from it."""
    return f"{commit[:12]}{'+edits' * edited}" if commit else ""


def applied(outcomes: Iterable[Outcome]) -> str:
    """Return `night-shift - contacts.export; lead + contacts.merge`: what was done, in the order of the plan."""
    return _listed([_done(each.change) for each in outcomes if each.made and each.attempts])


def not_applied(outcomes: Iterable[Outcome]) -> str:
    """Return the same of what failed or is unknown, each with its reason."""
    return _listed(
        [
            f"{_done(each.change)}: {visible(each.error)}"
            for each in outcomes
            if each.error is not None and each.kind is not Kind.UNTRIED
        ]
    )


def misstored(outcomes: Iterable[Outcome]) -> str:
    """Return which roles the server stores in another way than it was asked to; empty if none."""
    names = [named(each.change.name) for each in outcomes if each.error is None and each.stored is not None]
    return f"the server stores it differently: {', '.join(names)}" if names else ""


def not_started(number: int) -> str:
    """Return `; 2 changes were not started`; empty if all were."""
    return f"; {number} change{'s were' if number != 1 else ' was'} not started" if number else ""


def _done(change: Change) -> str:
    codes = " ".join((*_signed("+", change.granted), *_signed("-", change.revoked)))
    match change:
        case Create():
            return f"{named(change.name)} created {codes}".rstrip()
        case Delete():
            return f"{named(change.name)} deleted {codes}".rstrip()
        case Update():
            renamed = f"renamed from {named(change.renamed_from)}" if change.renamed_from is not None else ""
            described = "with another description" if change.before.description != change.after.description else ""
            return " ".join(part for part in (named(change.name), renamed, described, codes) if part)
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)


def _signed(sign: str, codes: Iterable[str]) -> Iterable[str]:
    return (f"{sign} {visible(code)}" for code in sorted(codes))


def drift(left: Left, mode: Mode) -> str:
    """Return what a pass left, and why: in sentences that name each role once for each reason."""
    reasons: dict[str, list[str]] = {}
    for change in left.changes:
        for what, why in _differences(change, mode):
            reasons.setdefault(why, []).append(what)
    for role in left.unmanaged:
        reasons.setdefault(_WHY[mode].deletes, []).append(_unmanaged(role))
    return ". ".join(f"{_listed(listed)}: {why}" for why, listed in reasons.items())


class _Why(NamedTuple):
    """Why a mode leaves each kind of change."""

    takes: str
    gives: str
    deletes: str
    describes: str


_FOUGHT = "left alone, because it was made 3 times in 24 h and did not last"
_WHY = {
    Mode.REPORT: _Why("reported", "reported", "reported", "reported"),
    Mode.HEAL: _Why(
        "reported",
        "reported, not healed (it would give access)",
        "reported, not healed (it would delete a role)",
        "reported, not healed (it does not change access)",
    ),
    Mode.APPLY: _Why(_FOUGHT, _FOUGHT, _FOUGHT, _FOUGHT),
}


def _differences(change: Change, mode: Mode) -> Iterable[tuple[str, str]]:
    """Yield each way in which a live role differs from its file, and why it is left."""
    match change:
        case Create():
            yield f"{named(change.name)} does not exist", _WHY[mode].gives
        case Delete():
            yield _unmanaged(change.before), _WHY[mode].deletes
        case Update():
            name = named(change.before.name)
            if change.revoked:
                yield f"{name} has {_codes(change.revoked)}", _WHY[mode].takes
            if change.granted:
                yield f"{name} lacks {_codes(change.granted)}", _WHY[mode].gives
            if change.renamed_from is not None:
                yield f"{name} is {named(change.name)} in its file", _WHY[mode].describes
            if change.before.description != change.after.description:
                yield f"{name} has another description", _WHY[mode].describes
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)


def _unmanaged(role: Role) -> str:
    codes = f" and has {_codes(role.permissions)}" if role.permissions else ""
    return f"{named(role.name)} is in no role file{codes}"


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(map(visible, sorted(codes)))


def fight(found: Fight) -> str:
    """Return `night-shift contacts.export came back 3 times in 24 h; it is taken back each time`."""
    what = f"{named(found.role)} {visible(found.code)}"
    return f"{what} came back {found.times} times in 24 h; it is taken back each time"


def truce(found: Truce) -> str:
    """Return what would give access and is left alone, until when, and why."""
    name = named(found.role)
    what = f"{name} {_codes(found.codes)} was granted" if found.codes else f"{name} was created"
    until = f"it is left alone until {visible(found.path)} changes"
    return f"{what} 3 times in 24 h and did not last; {until}"


def refused(message: str) -> str:
    """Return the reasons of a refusal on one line; the event says already that it was refused."""
    lines = message.removeprefix("refused, ").split("\n  ")
    return visible(lines[0] if len(lines) == 1 else f"{lines[0]} {'; '.join(lines[1:])}")


def invalid(error: InvalidInput) -> str:
    """Return the first problem, with its place, and how many more there are."""
    first, *others = errors_of(error.findings)
    more = f" (and {len(others)} more problem{'s' * (len(others) != 1)}; run `reconciler validate`)" if others else ""
    return f"{visible(str(first))}{more}"


def _listed(parts: Sequence[str]) -> str:
    shown = "; ".join(parts[:MOST])
    return shown if len(parts) <= MOST else f"{shown}; and {len(parts) - MOST} more"
