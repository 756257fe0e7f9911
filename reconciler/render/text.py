"""The plan in text, for a terminal or a log: docs/interface.md, "The plan in text", to the byte.

Colour only repeats what the text says: without it the text is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted, visible
from reconciler.plan.action import Verdict
from reconciler.plan.changes import Change, Plan, Update
from reconciler.plan.fields import field_changes
from reconciler.render import left_alone
from reconciler.render.grants import as_of, beside, ends_changed
from reconciler.render.pen import Pen
from reconciler.render.rules_changed import rule_sections
from reconciler.render.text_lists import catalogue, listed, policies, refused
from reconciler.render.words import (
    ORIGINS,
    code_mark,
    counted,
    names_more_than_one,
    no_changes,
    no_place,
    nothing_to_do,
    opening,
    replaced,
    said,
    split,
    told_apart,
    totals,
)

if TYPE_CHECKING:
    from reconciler.render.view import View

_WHOLE = 1 << 31  # a description is shown whole, because a reviewer must see all of it


def render(plan: Plan, view: View) -> str:
    """Return the whole plan, refused changes included; `view.color` adds ANSI colours."""
    pen = Pen(color=view.color)
    lines = [*filter(None, [as_of(plan), opening(plan, visible), left_alone.narrowed(plan)]), ""]
    lines += listed("Ends changed", map(visible, ends_changed(plan)))
    if plan.catalogue_changes is not None:
        lines += catalogue(plan, pen)
    lines += [line for title, rules in rule_sections(plan) for line in listed(title, rules)]
    ambiguous = names_more_than_one(plan.changes)
    for change in plan.changes:
        name = told_apart(change.name, change.id, ambiguous, visible)
        lines += [*_change(change, name, no_place(plan, visible), pen), ""]
    if not plan.changes:
        lines += [pen.bold(f"{no_changes(plan)}.") + f" {nothing_to_do(plan, visible)}", ""]
    lines += _lists(plan, pen)
    if plan.changes:
        lines += _totals(plan, pen)
    return "\n".join(lines).rstrip("\n") + "\n"


def _change(change: Change, name: str, no_place: str, pen: Pen) -> Iterator[str]:
    """Yield the lines of one change. The first ends like Terraform's, because tools match its end with patterns."""
    yield f"  # {name} {change.action.fate}"
    if isinstance(change, Update) and change.renamed_from is not None:
        yield f"  # (moved from {visible(said(change.renamed_from))})"
    place = visible(str(change.location)) if change.location else no_place
    over = f"replaces {visible(replaced(change))}" if replaced(change) else ""
    yield f"  # {', '.join(filter(None, (pen.verdict(change.verdict), ORIGINS[change.origin], place, over)))}"
    yield f"  {pen.sign(change.action)} {name}"
    if isinstance(change, Update):
        for field in field_changes(change.before, change.after):
            before, after = quoted(field.before, _WHOLE), quoted(field.after, _WHOLE)
            yield f"      {pen.yellow('~')} {field.path} = {before} -> {after}"
    yield from (f"      {pen.green('+')} {_granted(change, code)}" for code in sorted(change.granted))
    yield from (
        f"      {pen.red('-')} {visible(code)}{code_mark(change, code, edit=False)}" for code in sorted(change.revoked)
    )
    if not isinstance(change, Update) and change.verdict is Verdict.NEUTRAL:
        yield "      (no permissions)"


def _granted(change: Change, code: str) -> str:
    """Return the code, and behind it where it comes from if that is not the role's own line, its end and its reason."""
    about = beside(change, code)
    return f"{visible(code)}{code_mark(change, code, edit=False)}{f'   {visible(about)}' if about else ''}"


def _lists(plan: Plan, pen: Pen) -> Iterator[str]:
    yield from listed(left_alone.title(plan), map(visible, left_alone.items(plan)))
    title = f"Unmanaged: live, {no_place(plan, visible)}, and left alone (`{left_alone.why_unmanaged_stay(plan)}`)"
    yield from listed(title, _unmanaged(plan))
    ignored = (f"{visible(said(role.name))} ({counted(len(role.permissions), 'permission')})" for role in plan.ignored)
    yield from listed("Ignored: live, and left alone because a pattern under `ignore` matches", ignored)
    yield from policies(plan, pen)
    yield from refused(plan, pen)
    yield from listed("Notes", map(visible, plan.notes))


def _unmanaged(plan: Plan) -> Iterator[str]:
    """Yield each role on one line with all its codes, never with data at the start of the line."""
    ambiguous = names_more_than_one(plan.unmanaged)
    for role, role_id in plan.unmanaged_with_ids():
        codes = ", ".join(map(visible, sorted(role.permissions)))
        name = told_apart(role.name, role_id, ambiguous, visible)
        yield f"{name} ({counted(len(role.permissions), 'permission')}){f': {codes}' if codes else ''}"


def _totals(plan: Plan, pen: Pen) -> Iterator[str]:
    summary = plan.summary()
    yield f"Plan: {totals(summary)}."
    access = f"{counted(summary.grants, 'grant')}, {counted(summary.revokes, 'revoke')}"
    yield f"Access: {access} in {counted(summary.roles, 'role')}: {pen.verdict(summary.verdict)}."
    if by_origin := split(plan):
        yield by_origin
