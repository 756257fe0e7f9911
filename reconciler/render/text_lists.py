"""The lists around the changes of a plan, in text: what differs, what refuses the plan, what policies find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from reconciler.model.inert import visible
from reconciler.render.policies import REMEDY, heading, line, other_refusals, worst_first
from reconciler.render.words import refusal, roles_by_reason, said

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan
    from reconciler.render.pen import Pen


def catalogue(plan: Plan, pen: Pen) -> Iterator[str]:
    """Yield the permissions with another meaning than in the lock, if desired roles hold some."""
    from reconciler.render.catalogue_changes import (  # noqa: PLC0415 - needed only with a lock
        changed_meaning,
        meaning_lines,
        roles_listed,
    )

    sentence, held = changed_meaning(plan)
    if sentence:
        yield f"{pen.bold('Catalogue changed')}: {sentence}"
    for entry in held:
        yield f"  {pen.yellow('~')} {visible(entry.code)} (held by {roles_listed(entry.roles)})"
        yield from (f"      {line}" for line in meaning_lines(entry))
    if sentence:
        yield ""


def listed(title: str, items: Iterable[str]) -> Iterator[str]:
    """Yield the title and a line for each item; nothing if there is no item."""
    if lines := [f"  - {item}" for item in items]:
        yield from (f"{title}:", *lines, "")


def policies(plan: Plan, pen: Pen) -> Iterator[str]:
    """Yield the findings of policies, the worst first. Data never starts a line, as below."""
    if not plan.findings:
        return
    words = heading(plan)
    yield pen.red(words) if words.startswith("Refused") else words
    yield from (f"  - {line(finding, plan.today, pen)}" for finding in worst_first(plan.findings))
    if words.startswith("Refused"):
        yield f"  hint: {REMEDY}"
    yield ""


def refused(plan: Plan, pen: Pen) -> Iterator[str]:
    """Yield why the plan is refused, except by policies. Data never starts a line, as below."""
    groups = roles_by_reason(other_refusals(plan))
    if not groups:
        return
    said_first = refusal(plan)
    yield f"{pen.red('Refused')}. {said_first[0].upper()}{said_first[1:]}:"
    for reason, names in groups.items():
        # Data never starts a line: there, the runner of GitHub Actions would look for a command.
        yield f"  - {visible(reason)}:"
        yield from (f"      - {visible(said(name))}" for name in names)
    yield ""
