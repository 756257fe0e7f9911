"""What became of each change of an apply, as data, JSON, text, Markdown and exit code.

The JSON is in docs/interface.md, "The outcome in JSON".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, assert_never

from reconciler.model.errors import ExitCode
from reconciler.model.inert import named, quoted, visible
from reconciler.plan.action import Action
from reconciler.plan.changes import Create
from reconciler.plan.document import FORMAT_VERSION
from reconciler.plan.staleness import difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.roles import Role
    from reconciler.plan.changes import Change

Status = Literal["applied", "failed", "skipped"]

NOT_KNOWN = "; run `reconciler plan` to check"
"""The end of the `error` of `Kind.OPEN`, until the second reading."""

NOT_SHOWN = "the server confirmed it, but the live state does not show it"

STOPPED = "interrupted before it started; apply again to continue"
HALTED = "; no further change was started"
"""The end of the reason that all untried changes share after the server refused the key."""

_NO_ACCESS = frozenset({401, 403})


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
    as the server keeps it, where that is not what was asked. `ours` says whether a request of this run may have done
    it, `refused` is the HTTP status of the refusal that decided, `note` a word on what is applied all the same.
    `shown` says whether the answer to the write showed the role.
    """

    change: Change
    kind: Kind
    error: str | None = None
    attempts: int = 0
    id: str | None = None
    defect: Exception | None = field(default=None, compare=False)
    stored: Role | None = None
    ours: bool = field(default=False, compare=False)
    refused: int | None = field(default=None, compare=False)
    note: str | None = field(default=None, compare=False)
    shown: bool = field(default=False, compare=False)

    @property
    def status(self) -> Status:
        """Return the interface's word for it."""
        return _STATUS[self.kind]

    @property
    def perhaps(self) -> bool:
        """Return whether this is a refused create that may be done anyway: a list that is behind hides it."""
        refused = self.refused is not None and self.refused not in _NO_ACCESS
        return self.kind is Kind.FAILED and isinstance(self.change, Create) and self.ours and refused

    @property
    def made(self) -> bool:
        """Return whether the role is now as the change wants it: applied, or already so."""
        return self.kind in {Kind.APPLIED, Kind.ALREADY}


def defect_in(outcomes: Iterable[Outcome]) -> Exception | None:
    """Return the first unexpected exception, to be raised again once the outcomes are shown."""
    return next((outcome.defect for outcome in outcomes if outcome.defect is not None), None)


def exit_code(outcomes: Sequence[Outcome], *, converged: bool, interrupted: bool, saved: bool) -> ExitCode:
    """Return the exit code of an apply. `interrupted`: a signal came; `saved`: the plan was read from a file.

    A defect is 70. A signal that left work undone, or unverified, is 130, whatever was written before it: the report
    says what was.
    Then what was written decides (6); a write of which nobody knows counts as written: 1 promises that nothing was.
    """
    kinds = {outcome.kind for outcome in outcomes}
    written = any(_may_have_written(outcome) for outcome in outcomes)
    undone = any(outcome.error is not None or outcome.stored is not None for outcome in outcomes)
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


def _may_have_written(outcome: Outcome) -> bool:
    return outcome.kind in {Kind.APPLIED, Kind.OPEN} or (outcome.kind is Kind.CHANGED and outcome.ours)


def counts(outcomes: Iterable[Outcome]) -> dict[Status, int]:
    """Return how many outcomes there are of each of the three statuses."""
    found: dict[Status, int] = {"applied": 0, "failed": 0, "skipped": 0}
    for outcome in outcomes:
        found[outcome.status] += 1
    return found


def document(
    plan_digest: str, outcomes: Sequence[Outcome], *, converged: bool, remaining: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the document as plain values. `remaining`: what a second reading showed to be left, a sentence each."""
    return {
        "format_version": FORMAT_VERSION,
        "plan_digest": plan_digest,
        "outcomes": [
            {
                "action": outcome.change.action.value,
                "name": outcome.change.name,
                "id": outcome.id or outcome.change.id,
                "status": outcome.status,
                "reason": outcome.kind.value,
                "error": outcome.error,
                "attempts": outcome.attempts,
                "stored": role_document(outcome.stored),
            }
            for outcome in outcomes
        ],
        "summary": counts(outcomes),
        "converged": converged,
        "remaining": list(remaining),
    }


def role_document(role: Role | None) -> dict[str, Any] | None:
    """Return a role as plain values: name, description and sorted permissions."""
    if role is None:
        return None
    return {"name": role.name, "description": role.description, "permissions": sorted(role.permissions)}


def text(outcomes: Sequence[Outcome], *, converged: bool, remaining: Sequence[str] = ()) -> str:
    """Return the report for a terminal: a line per change, the counts, and what the second reading showed."""
    lines = [f"  {line}" for line in _lines(outcomes)]
    lines += ["", summary(outcomes), *_verdict(converged=converged, remaining=remaining)]
    return "\n".join(lines) + "\n"


def _lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line per change, with its id if several have its name; those that a refused key stopped share one."""
    halted = [outcome for outcome in outcomes if _halted(outcome)]
    roles = {(outcome.change.name, outcome.change.id) for outcome in outcomes}
    times = Counter(name for name, _ in roles)
    lines = [
        line(outcome, with_id=times[outcome.change.name] > 1 and not isinstance(outcome.change, Create))
        for outcome in outcomes
        if not _halted(outcome)
    ]
    if halted:
        number = "1 change" if len(halted) == 1 else f"{len(halted)} changes"
        names = ", ".join(named(outcome.change.name) for outcome in halted)
        lines.append(visible(f"{number} not tried: {halted[0].error}: ") + names)
    return lines


def _halted(outcome: Outcome) -> bool:
    return outcome.kind is Kind.UNTRIED and (outcome.error or "").endswith(HALTED)


def line(outcome: Outcome, *, with_id: bool = False) -> str:
    """Return what became of one change, with its sign and its name; `with_id` if the name is ambiguous."""
    which = f" (id {visible(outcome.change.id or '')})" if with_id else ""
    return f"{outcome.change.action.sign} {named(outcome.change.name)}{which}: {visible(sentence(outcome))}"


def sentence(outcome: Outcome) -> str:
    """Return what became of one change, in words, on one line."""
    done = outcome.change.action.done
    tries = f" after {outcome.attempts} attempts" if outcome.attempts > 1 else ""
    match outcome.kind:
        case Kind.APPLIED:
            more = (_stored(outcome), outcome.note, outcome.error)
            return "; ".join([f"{done}{tries}" + more[0], *(part for part in more[1:] if part)])
        case Kind.ALREADY:
            return "already up to date"
        case Kind.UNTRIED:
            return f"not tried: {outcome.error}"
        case Kind.OPEN | Kind.CHANGED if outcome.kind is Kind.OPEN or outcome.ours:
            # Changed, and a request of this run was not answered: it may have been carried out before the role changed.
            return f"unknown: the {outcome.change.action} may or may not have happened: {outcome.error}"
        case Kind.FAILED | Kind.CHANGED:
            return f"NOT {done}: {outcome.error}"
        case _:  # pragma: no cover - mypy proves that there is no other kind
            assert_never(outcome.kind)


def _stored(outcome: Outcome) -> str:
    """Return how the server stores the role, if that is not what was requested; else an empty string."""
    asked, stored = outcome.change.after, outcome.stored
    if asked is None or stored is None:
        return ""
    said = f", but stored differently: {difference(asked, stored)}"
    if stored.name != asked.name:
        said += f"; write the name {quoted(stored.name)} in the role file"
    elif stored == outcome.change.before:
        said += "; the server keeps it this way, so change the role file to match"
    return said


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return one line: what was added, changed and destroyed, and how many changes were not made."""
    made = Counter(outcome.change.action for outcome in outcomes if outcome.kind is Kind.APPLIED)
    found = counts(outcomes)
    done = f"Applied: {made[Action.CREATE]} added, {made[Action.UPDATE]} changed, {made[Action.DELETE]} destroyed."
    return f"{done} {found['failed']} failed, {found['skipped']} skipped."


def markdown(outcomes: Sequence[Outcome], *, converged: bool, remaining: Sequence[str] = ()) -> str:
    """Return the report for a job summary. All foreign text is in code spans, where nothing is markup."""
    lines = [f"**{summary(outcomes)}**", ""]
    lines += [f"- {_code(line)}" for line in _lines(outcomes)]
    lines += ["", *(f"- {_code(line)}" for line in _verdict(converged=converged, remaining=remaining))]
    return "\n".join(lines) + "\n"


def _verdict(*, converged: bool, remaining: Sequence[str]) -> list[str]:
    if converged:
        return ["Verified: live roles match."]
    return ["Not verified: live roles may still differ.", *(f"  left: {line}" for line in remaining)]


def _code(content: str) -> str:
    """Return a code span around `content`, fenced by more backticks than any run in it (CommonMark 0.31, 6.1)."""
    shown = visible(content)
    longest = max((len(run) for run in shown.translate(_TICKS).split()), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}"


class _Ticks(dict[int, str]):
    """A translation that keeps backticks and turns all else into spaces."""

    def __missing__(self, point: int) -> str:
        return "`" if point == ord("`") else " "


_TICKS = _Ticks()
