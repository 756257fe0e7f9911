"""`validate --write-waivers`: allow everything that is denied today, so a tenant full of findings can start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.files import read_text, replace_text
from reconciler.load.waiver_text import with_waivers
from reconciler.load.waivers import MOST_DAYS
from reconciler.model.days import days_until, read_day
from reconciler.model.errors import CommandLineError, InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.model.inert import quoted, visible
from reconciler.model.policy_findings import denied, policy_of
from reconciler.policy.check import findings
from reconciler.policy.rules import Waiver
from reconciler.yamlio.appending import NoGap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.cli.workspace import Workspace
    from reconciler.model.days import Day

_MARK = "\ufeff"  # the byte-order mark that some editors write at the start of a file
_FLOW = "waivers can be added only to a list with a line for each item; write it with - instead of brackets"


def last_day(text: str, today: Day) -> Day:
    """Return the day of `--until`. Raise `CommandLineError` when no waiver may end on it."""
    day = read_day(text)
    if day is None:
        raise CommandLineError(f"--until must be a date such as 2026-12-31, found {quoted(text, 60)}")
    days = days_until(day, today)
    if not 0 <= days <= MOST_DAYS:
        raise CommandLineError(f"--until must be from today ({today}) to {MOST_DAYS} days later, found {day}")
    return day


def write_waivers(found: Sequence[Workspace], today: Day, until: Day, reason: str) -> int:
    """Add a waiver for each finding that is denied today to the first policy file. Return how many were added.

    `found` is what each tenant has; they have the same policies.

    Raise `CommandLineError` when a file cannot hold the reason, `InvalidInput` when the list there is in brackets, and
    `FileFailed` when the file cannot be written.
    """
    if reason.encode(errors="replace").decode() != reason:
        raise CommandLineError(f"--reason must be UTF-8, found {quoted(reason, 60)}; check the locale of the terminal")
    policies = found[0].policies
    if policies is None:
        return 0
    said = (findings(policies, each.desired.roles, today, each.lock).findings for each in found)
    waivers = _waivers((finding for each in said for finding in denied(each)), until, reason)
    if waivers:
        _add(policies.files[0], waivers)
    return len(waivers)


def _waivers(found: Iterable[Finding], until: Day, reason: str) -> list[Waiver]:
    """Return one waiver for each finding; two keys of one role have one waiver."""
    nowhere = Place("")
    every = (Waiver(policy_of(each), each.role or "", each.codes, reason, until, nowhere) for each in found)
    return list(dict.fromkeys(every))


def _add(path: str, waivers: Iterable[Waiver]) -> None:
    whole = read_text(Path(path), "policy file")
    text = whole.removeprefix(_MARK)
    added = with_waivers(text, waivers)
    if isinstance(added, NoGap):
        raise InvalidInput([Finding("wrong-type", _FLOW, Place(visible(path), *added))])
    replace_text(Path(path), _MARK * (len(whole) - len(text)) + added, "policy file")
