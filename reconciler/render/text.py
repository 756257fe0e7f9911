"""The plan in text, for a terminal or a log: the interface, "The plan in text", to the byte.

Colour repeats what the text says and is never all that says it: without it the text is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, assert_never

from reconciler.diff import field_changes
from reconciler.inert import quoted, visible
from reconciler.plan import (
    Change,
    Create,
    Delete,
    Origin,
    Plan,
    Refusal,
    Summary,
    Update,
    Verdict,
    granted,
    revoked,
    verdict_of,
)
from reconciler.render.words import cells, counted, fate, no_place, nothing_to_do, refusals_by_reason

if TYPE_CHECKING:
    from reconciler.render.view import View
    from reconciler.roles import Role

_LOCATION_COLUMN = 54
_GAP = "   "
_WHOLE = 1 << 31  # a description is shown whole: what a reviewer does not see cannot be reviewed

_ORIGINS = {
    Origin.EDIT: f"{_GAP}(edit)",
    Origin.DRIFT: f"{_GAP}(drift)",
    Origin.BOTH: f"{_GAP}(edit and drift)",
    Origin.UNKNOWN: "",
}


class _Pen:
    """Writes with ANSI colours, or without."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def green(self, text: str) -> str:
        return self._in("32", text)

    def red(self, text: str) -> str:
        return self._in("31", text)

    def yellow(self, text: str) -> str:
        return self._in("33", text)

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def verdict(self, verdict: Verdict) -> str:
        """The verdict in capitals, in the colour of the signs that it sums up."""
        word = verdict.upper()
        match verdict:
            case Verdict.WIDENS:
                return self.green(word)
            case Verdict.NARROWS:
                return self.red(word)
            case Verdict.MIXED:
                return self.yellow(word)
            case Verdict.NEUTRAL:
                return word
            case _:  # pragma: no cover - mypy proves that there is no other kind
                assert_never(verdict)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color else text


def render(plan: Plan, view: View) -> str:
    """The whole plan, refused changes included; `view.color` adds ANSI colours."""
    pen = _Pen(color=view.color)
    lines = [_header(plan), ""]
    for change in plan.changes:
        lines += [*_change(change, no_place(plan), pen), ""]
    if not plan.changes:
        lines += [pen.bold("No changes.") + f" {nothing_to_do(plan)}", ""]
    lines += _lists(plan, pen)
    if plan.changes:
        lines += _totals(plan.summary(), pen)
    return "\n".join(lines).rstrip("\n") + "\n"


def _header(plan: Plan) -> str:
    system = counted(len(plan.system), "system role")
    counts = f"{plan.desired_count} desired, {plan.live_count} live"
    return f"Plan for {visible(plan.target)}: {counts} ({system} left alone)"


def _change(change: Change, no_place: str, pen: _Pen) -> Iterator[str]:
    name = visible(change.name)
    location = visible(str(change.location)) if change.location else no_place
    verdict = f"{pen.verdict(verdict_of(change))}{_ORIGINS[change.origin]}"
    yield f"{_padded(f'  # {name} {fate(change)}{_renamed(change)}')}{location}{_GAP}{verdict}"
    yield f"  {_sign(change, pen)} {name}"
    if isinstance(change, Update):
        for field in field_changes(change.before, change.after):
            before, after = quoted(field.before, _WHOLE), quoted(field.after, _WHOLE)
            yield f"      {pen.yellow('~')} {field.path} = {before} -> {after}"
    yield from (f"      {pen.green('+')} {visible(code)}" for code in sorted(granted(change)))
    yield from (f"      {pen.red('-')} {visible(code)}" for code in sorted(revoked(change)))
    if not isinstance(change, Update) and verdict_of(change) is Verdict.NEUTRAL:
        yield "      (no permissions)"


def _sign(change: Change, pen: _Pen) -> str:
    match change:
        case Create():
            return pen.green("+")
        case Delete():
            return pen.red("-")
        case Update():
            return pen.yellow("~")
        case _:  # pragma: no cover - mypy proves that there is no other kind
            assert_never(change)


def _renamed(change: Change) -> str:
    if isinstance(change, Update) and change.renamed_from is not None:
        return f" (renamed from {visible(change.renamed_from)})"
    return ""


def _padded(text: str) -> str:
    """`text` with spaces up to the column where locations stand, and three of them where it reaches that far."""
    return text + " " * max(len(_GAP), _LOCATION_COLUMN - cells(text))


def _lists(plan: Plan, pen: _Pen) -> Iterator[str]:
    yield from _roles("Unmanaged: live, not in roles.d, and left alone (`unmanaged: report`)", plan.unmanaged)
    yield from _roles("Ignored: live, and left alone because a pattern under `ignore` matches", plan.ignored)
    yield from _refused(plan.refused, pen)
    if plan.notes:
        yield "Notes:"
        yield from (f"  - {visible(note)}" for note in plan.notes)
        yield ""


def _roles(title: str, roles: Iterable[Role]) -> Iterator[str]:
    lines = [f"  - {visible(role.name)} ({counted(len(role.permissions), 'permission')})" for role in roles]
    if lines:
        yield from (f"{title}:", *lines, "")


def _refused(refusals: Iterable[Refusal], pen: _Pen) -> Iterator[str]:
    groups = refusals_by_reason(refusals)
    if not groups:
        return
    yield f"{pen.red('Refused')}, so that nothing of this plan can be applied:"
    for reason, names in groups.items():
        # Data never stands first in a line: there, the runner of GitHub Actions would look for a command.
        yield f"  - {visible(reason)}:"
        yield from (f"      - {visible(name)}" for name in names)
    yield ""


def _totals(summary: Summary, pen: _Pen) -> Iterator[str]:
    yield f"Plan: {summary.create} to add, {summary.update} to change, {summary.delete} to destroy."
    access = f"{counted(summary.grants, 'grant')}, {counted(summary.revokes, 'revoke')}"
    yield f"Access: {access} in {counted(summary.roles, 'role')}: {pen.verdict(summary.verdict)}."
