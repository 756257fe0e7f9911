"""What became of each change of an apply, and how that is told: JSON, text, Markdown, exit code.

The JSON is the interface's, section "The outcome in JSON", plus a few keys of our own (`reason`, `remaining`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, assert_never

from reconciler.document import FORMAT_VERSION, action_of
from reconciler.errors import ExitCode
from reconciler.inert import visible
from reconciler.plan import Change, Create, Delete, Update

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.roles import LiveRole, Role

Status = Literal["applied", "failed", "skipped"]

NOT_KNOWN = "; whether it was done is not known, the next plan shows it"
"""How the `error` of `Kind.OPEN` ends, until somebody looked."""

NOT_SHOWN = "the server said so, and a second reading of the live state does not show it"

_MARKS = {"create": "+", "update": "~", "delete": "-"}
_DONE = {"create": "created", "update": "updated", "delete": "deleted"}


class Kind(StrEnum):
    """What became of one change, finer than the interface's three statuses."""

    APPLIED = "applied"
    ALREADY = "already-so"
    FAILED = "failed"
    CHANGED = "changed-meanwhile"
    OPEN = "not-known"
    UNTRIED = "not-tried"


_STATUS: dict[Kind, Status] = {
    Kind.APPLIED: "applied",
    Kind.ALREADY: "skipped",
    Kind.FAILED: "failed",
    Kind.CHANGED: "failed",
    Kind.OPEN: "failed",
    Kind.UNTRIED: "skipped",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change.

    `error` is a complete message, already inert; None where nothing is wrong: applied, or already so. `attempts` counts
    the requests that were sent to write, 0 where none was. `id` is the created role's for a create that was applied.
    `defect` is the exception that nobody expected, to be raised again once the outcomes are shown. `stored` is the role
    as the server keeps it, where that is not what was asked.
    """

    change: Change
    kind: Kind
    error: str | None = None
    attempts: int = 0
    id: str | None = None
    defect: Exception | None = field(default=None, compare=False)
    stored: Role | None = None

    @property
    def status(self) -> Status:
        """The interface's word for it."""
        return _STATUS[self.kind]

    @property
    def made(self) -> bool:
        """Whether the role is now as the change wants it: applied, or already so."""
        return self.kind in {Kind.APPLIED, Kind.ALREADY}


def settle(outcomes: Iterable[Outcome], live: Iterable[LiveRole]) -> tuple[Outcome, ...]:
    """The outcomes in the light of a second reading of the live state, which decides what an answer had left open.

    A write of which no answer came is `applied` where its result is there, and `failed` where it is not. A create that
    was refused while just that role is there now is `already so`: somebody else made it. A write that the server said
    was done, and whose result is not there, is not known.
    """
    roles = tuple(live)
    by_id = {role.id: role for role in roles}
    by_name = {role.role.name: role for role in roles}
    return tuple(_settled(outcome, by_id, by_name) for outcome in outcomes)


def _settled(outcome: Outcome, by_id: dict[str, LiveRole], by_name: dict[str, LiveRole]) -> Outcome:
    change = outcome.change
    found: LiveRole | None
    match change:
        case Create():
            found = by_name.get(change.name)
            is_there = found is not None and found.role == change.after and not found.untouchable
        case Update():
            found = by_id.get(change.id)
            is_there = found is not None and found.role == change.after
        case Delete():
            found = None
            is_there = change.id not in by_id
        case _:  # pragma: no cover - mypy proves that there is no fourth kind
            assert_never(change)
    role_id = found.id if found is not None and is_there else outcome.id
    if outcome.kind is Kind.APPLIED and not is_there:
        return replace(outcome, kind=Kind.OPEN, error=NOT_SHOWN)
    if outcome.kind is Kind.OPEN and is_there:
        return replace(outcome, kind=Kind.APPLIED, error=None, id=role_id)
    if outcome.kind is Kind.OPEN:
        return replace(outcome, kind=Kind.FAILED, error=(outcome.error or "").removesuffix(NOT_KNOWN))
    if outcome.kind is Kind.FAILED and isinstance(change, Create) and is_there:
        return replace(outcome, kind=Kind.ALREADY, error=None, id=role_id)
    return replace(outcome, id=role_id)


def defect_in(outcomes: Iterable[Outcome]) -> Exception | None:
    """The first exception that nobody expected, to be raised again once the outcomes are shown."""
    return next((outcome.defect for outcome in outcomes if outcome.defect is not None), None)


def exit_code(outcomes: Sequence[Outcome], *, converged: bool, interrupted: bool, saved: bool) -> ExitCode:
    """The interface's exit code of an apply. `interrupted`: a signal came; `saved`: the plan was read from a file.

    A defect is 70. A signal that left work undone, or unverified, is 130, whatever was written before it: the report
    says what was.
    Then what was written decides (6); a write of which nobody knows counts as written: 1 promises that nothing was.
    """
    kinds = {outcome.kind for outcome in outcomes}
    written = bool(kinds & {Kind.APPLIED, Kind.OPEN})
    undone = any(outcome.error is not None for outcome in outcomes)
    if defect_in(outcomes) is not None:
        return ExitCode.DEFECT
    if not undone and converged:
        return ExitCode.DONE
    if interrupted:
        return ExitCode.INTERRUPTED
    if written:
        return ExitCode.PARTLY_APPLIED
    if saved and Kind.CHANGED in kinds:
        return ExitCode.STALE
    return ExitCode.FAILED


def counts(outcomes: Iterable[Outcome]) -> dict[Status, int]:
    """How many outcomes there are of each status, all three named."""
    found: dict[Status, int] = {"applied": 0, "failed": 0, "skipped": 0}
    for outcome in outcomes:
        found[outcome.status] += 1
    return found


def document(
    plan_digest: str, outcomes: Sequence[Outcome], *, converged: bool, remaining: Sequence[str] = ()
) -> dict[str, Any]:
    """The document as plain values. `remaining` says what a second reading showed to be left, one sentence each."""
    return {
        "format_version": FORMAT_VERSION,
        "plan_digest": plan_digest,
        "outcomes": [
            {
                "action": action_of(outcome.change),
                "name": outcome.change.name,
                "id": outcome.id or outcome.change.id,
                "status": outcome.status,
                "reason": outcome.kind.value,
                "error": outcome.error,
                "attempts": outcome.attempts,
            }
            for outcome in outcomes
        ],
        "summary": counts(outcomes),
        "converged": converged,
        "remaining": list(remaining),
    }


def text(outcomes: Sequence[Outcome], *, converged: bool, remaining: Sequence[str] = ()) -> str:
    """The report for a terminal: a line for each change, the counts, and what the second reading showed."""
    lines = [f"  {_line(outcome)}" for outcome in outcomes]
    lines += ["", summary(outcomes), *_verdict(converged=converged, remaining=remaining)]
    return "\n".join(lines) + "\n"


def _line(outcome: Outcome) -> str:
    return visible(f"{_MARKS[action_of(outcome.change)]} {outcome.change.name}: {sentence(outcome)}")


def sentence(outcome: Outcome) -> str:
    """What became of one change, in words, on one line."""
    done = _DONE[action_of(outcome.change)]
    tries = f" after {outcome.attempts} attempts" if outcome.attempts > 1 else ""
    match outcome.kind:
        case Kind.APPLIED:
            return f"{done}{tries}" + (f"; {outcome.error}" if outcome.error else "")
        case Kind.ALREADY:
            return "nothing to do, it was so already"
        case Kind.UNTRIED:
            return f"not tried: {outcome.error}"
        case Kind.OPEN:
            return f"NOT KNOWN whether it was {done}: {outcome.error}"
        case Kind.FAILED | Kind.CHANGED:
            return f"NOT {done}: {outcome.error}"
        case _:  # pragma: no cover - mypy proves that there is no other kind
            assert_never(outcome.kind)


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line: what was added, changed and destroyed, and how many changes were not made."""
    number = dict.fromkeys(_DONE, 0)
    for outcome in outcomes:
        number[action_of(outcome.change)] += outcome.kind is Kind.APPLIED
    found = counts(outcomes)
    done = f"Applied: {number['create']} added, {number['update']} changed, {number['delete']} destroyed."
    return f"{done} {found['failed']} failed, {found['skipped']} skipped."


def markdown(outcomes: Sequence[Outcome], *, converged: bool, remaining: Sequence[str] = ()) -> str:
    """The report for a job summary. What is not ours stands in code spans, where nothing is markup."""
    lines = [f"**{summary(outcomes)}**", ""]
    lines += [f"- {_code(_line(outcome))}" for outcome in outcomes]
    lines += ["", *(f"- {_code(line)}" for line in _verdict(converged=converged, remaining=remaining))]
    return "\n".join(lines) + "\n"


def _verdict(*, converged: bool, remaining: Sequence[str]) -> list[str]:
    if converged:
        return ["A second reading of the live state shows nothing left to do."]
    return ["The live state is not yet what it should be.", *(f"  left: {line}" for line in remaining)]


def _code(content: str) -> str:
    """A code span around `content`, fenced by more backticks than any run within (CommonMark 0.31, section 6.1)."""
    shown = visible(content)
    longest = max((len(run) for run in shown.translate(_TICKS).split()), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}"


class _Ticks(dict[int, str]):
    """A translation that leaves backticks and turns all else into blanks."""

    def __missing__(self, point: int) -> str:
        return "`" if point == ord("`") else " "


_TICKS = _Ticks()
