"""Show the outcome of each change of an apply: JSON, text, Markdown.

The JSON is in docs/interface.md, "The outcome in JSON".
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, assert_never

from reconciler.apply.outcome import STOPPED, STOPPED_ALL, Kind, counts
from reconciler.model.inert import named, quoted, visible
from reconciler.model.roles import role_document
from reconciler.plan.action import Action
from reconciler.plan.changes import Create
from reconciler.plan.document import FORMAT_VERSION
from reconciler.plan.remaining import still_to_do
from reconciler.plan.staleness import difference
from reconciler.render.pen import Pen
from reconciler.render.words import were_left_alone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.apply.outcome import Outcome
    from reconciler.plan.changes import Change, Plan
    from reconciler.plan.only import Only


_COULD_NOT = re.compile(r'^could not (?:create|update|delete) the role "(?:[^"\\]|\\.)*": ')
_PLAIN = Pen(color=False)
_FEW = 5
"""So many changes that were not tried are all named."""

MATCH = "Verified: live roles match."
"""What is said when the second reading shows nothing that is left to do."""


def when_verified(plan: Plan) -> str:
    """Return the same for the changes of `plan`: with `--only revokes`, live roles match in that respect alone."""
    if plan.only is None:
        return MATCH
    return f"Verified: no revokes are left.{f' {left}.' if (left := were_left_alone(plan)) else ''}"


def document(
    plan_digest: str,
    outcomes: Sequence[Outcome],
    *,
    converged: bool,
    remaining: Sequence[str] = (),
    only: Only | None = None,
) -> dict[str, Any]:
    """Return the document as plain values. `remaining` says what the second reading shows to be left, as sentences.

    `only` is the kind of changes that the plan was narrowed to; `converged` then says nothing about other kinds.
    """
    return {
        "format_version": FORMAT_VERSION,
        "plan_digest": plan_digest,
        "only": only,
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


def text(
    outcomes: Sequence[Outcome],
    *,
    converged: bool,
    remaining: Sequence[str] = (),
    verified: str = MATCH,
    color: bool = False,
) -> str:
    """Return the report for a terminal: a line for each change, the counts, and the result of the second reading.

    `verified` is said when that shows nothing that is left to do.
    """
    pen = Pen(color=color)
    first, *left = _conclusion(_apart(remaining, outcomes), verified, converged=converged)
    lines = [f"  {line}" for line in _lines(outcomes, pen)]
    lines += ["", summary(outcomes), pen.green(first) if converged else pen.yellow(first), *left]
    return "\n".join(lines) + "\n"


def _lines(outcomes: Sequence[Outcome], pen: Pen = _PLAIN) -> list[str]:
    """Return a line for each change, with its id if its name is ambiguous; one for all not tried for one reason."""
    roles = {(outcome.change.name, outcome.change.id) for outcome in outcomes}
    times = Counter(name for name, _ in roles)
    groups = _untried(outcomes)
    lines = [
        line(outcome, pen, with_id=times[outcome.change.name] > 1 and not isinstance(outcome.change, Create))
        for outcome in outcomes
        if outcome.error not in groups or outcome.kind is not Kind.UNTRIED
    ]
    for error, changes in groups.items():
        why = STOPPED_ALL if error == STOPPED else error
        lines.append(f"{pen.yellow(f'{len(changes)} changes not tried')}: {_names(changes)}; {visible(why)}")
    return lines


def _untried(outcomes: Sequence[Outcome]) -> Mapping[str, Sequence[Change]]:
    """Return the changes that were not tried, by their reason, where several have one: an interrupt leaves many."""
    groups: dict[str, list[Change]] = {}
    for outcome in outcomes:
        if outcome.kind is Kind.UNTRIED:
            groups.setdefault(outcome.error or "", []).append(outcome.change)
    return {error: changes for error, changes in groups.items() if len(changes) > 1}


def _names(changes: Sequence[Change]) -> str:
    """Return the names; of many only the first and the last. The JSON has them all."""
    names = [named(change.name) for change in changes]
    return ", ".join(names) if len(names) <= _FEW else f"{names[0]} ... {names[-1]}"


def _apart(remaining: Sequence[str], outcomes: Sequence[Outcome]) -> list[str]:
    """Return what is left, without what was not tried in a group: one line says so already."""
    told = {still_to_do(change) for changes in _untried(outcomes).values() for change in changes}
    return [sentence for sentence in remaining if sentence not in told]


def line(outcome: Outcome, pen: Pen = _PLAIN, *, with_id: bool = False) -> str:
    """Return the line of one change, with its mark and its name; `with_id` adds the id to an ambiguous name."""
    which = f" (id {visible(outcome.change.id or '')})" if with_id else ""
    word, more = _said(outcome, pen)
    return f"{pen.sign(outcome.change.action)} {named(outcome.change.name)}{which}: {word}{visible(more)}"


def sentence(outcome: Outcome) -> str:
    """Return the outcome of one change in words, on one line."""
    return "".join(_said(outcome, _PLAIN))


def _said(outcome: Outcome, pen: Pen) -> tuple[str, str]:
    """Return how the change ended, in a word, and what else there is to say."""
    done = outcome.change.action.done
    tries = f" after {outcome.attempts} attempts" if outcome.attempts > 1 else ""
    match outcome.kind:
        case Kind.APPLIED:
            more = [_stored(outcome), *(f"; {part}" for part in (outcome.note, outcome.error) if part)]
            return f"{done}{tries}", "".join(more)
        case Kind.ALREADY:
            return "already up to date", ""
        case Kind.UNTRIED:
            return pen.yellow("not tried"), f": {outcome.error}"
        case Kind.OPEN | Kind.CHANGED if outcome.kind is Kind.OPEN or outcome.ours:
            # Changed, and a request of this run was not answered: it may have been carried out before the role changed.
            perhaps = f": the {outcome.change.action} may or may not have happened: {_why(outcome)}"
            return pen.yellow("unknown"), perhaps
        case Kind.FAILED | Kind.CHANGED:
            return pen.red(f"NOT {done}"), f": {_why(outcome)}"
        case _:  # pragma: no cover - mypy proves that there is no other kind
            assert_never(outcome.kind)


def _why(outcome: Outcome) -> str:
    """Return the error without `could not update the role "x": `, which the line says already."""
    return _COULD_NOT.sub("", outcome.error or "", count=1)


def _stored(outcome: Outcome) -> str:
    """Return how the server stores the role, if that differs from what was asked; otherwise empty."""
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


def markdown(
    outcomes: Sequence[Outcome], *, converged: bool, remaining: Sequence[str] = (), verified: str = MATCH
) -> str:
    """Return the report for a job summary. Data is in code spans, where nothing is markup."""
    lines = [f"**{summary(outcomes)}**", ""]
    lines += [f"- {_code(line)}" for line in _lines(outcomes)]
    left = _apart(remaining, outcomes)
    lines += ["", *(f"- {_code(line.lstrip())}" for line in _conclusion(left, verified, converged=converged))]
    return "\n".join(lines) + "\n"


def _conclusion(remaining: Sequence[str], verified: str, *, converged: bool) -> list[str]:
    if converged:
        return [verified]
    return ["Not verified: live roles may still differ.", *(f"  left: {line}" for line in remaining)]


def _code(content: str) -> str:
    """Return a code span of `content`, fenced by more backticks than any run inside (CommonMark 0.31, section 6.1)."""
    shown = visible(content)
    longest = max((len(run) for run in shown.translate(_TICKS).split()), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}"


class _Ticks(dict[int, str]):
    """A translation that keeps backticks and turns everything else into spaces."""

    def __missing__(self, point: int) -> str:
        return "`" if point == ord("`") else " "


_TICKS = _Ticks()
