"""The head of the page: the verdict in one line, the counts, where the plan comes from, and what forbids it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.plan.changes import RoleFiles
from reconciler.plan.document import digest
from reconciler.render.html.markup import Markup, code, data, join, tag, text
from reconciler.render.html.words import VERDICTS
from reconciler.render.words import counted, nothing_to_do, refusals_by_reason, said, split

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan, Summary
    from reconciler.render.view import View


def summary(plan: Plan, view: View) -> Markup:
    """All that stands above the changes."""
    counts = plan.summary()
    return join(
        (
            tag(
                "header",
                tag("p", "Access plan for ", data(plan.target), class_="eyebrow"),
                tag("h1", _headline(plan, counts)),
                tag("p", _sentence(plan, counts), class_="lead"),
                tag("p", split(plan), class_="shares") if split(plan) else Markup(),
                _figures(plan, counts),
                _source(plan, view),
                class_=f"summary {counts.verdict.value}",
            ),
            _refused(plan),
            _notes(plan),
        )
    )


def _headline(plan: Plan, counts: Summary) -> str:
    return VERDICTS[counts.verdict] if plan.changes else "No changes"


def _sentence(plan: Plan, counts: Summary) -> str:
    if not plan.changes:
        return nothing_to_do(plan, str)
    if not counts.roles:
        return f"No permission is granted or revoked; {counted(len(plan.changes), 'role')} changed otherwise."
    grants, revokes = counted(counts.grants, "grant"), counted(counts.revokes, "revoke")
    return f"{grants} and {revokes} in {counted(counts.roles, 'role')}: {counts.verdict}."


def _figures(plan: Plan, counts: Summary) -> Markup:
    alone = len(plan.unmanaged) + len(plan.ignored) + len(plan.system)
    figures = (
        ("grants", "Grants", counts.grants),
        ("revokes", "Revokes", counts.revokes),
        ("create", "To add", counts.create),
        ("update", "To change", counts.update),
        ("delete", "To destroy", counts.delete),
        ("unchanged", "Unchanged", counts.unchanged),
        ("alone", "Left alone", alone),
    )
    return tag(
        "dl",
        *(
            tag(
                "div",
                tag("dt", label),
                tag("dd", f"{value}"),
                class_=f"{key}{'' if value else ' none'}",
                id=f"n-{key}",
            )
            for key, label, value in figures
        ),
        class_="figures",
    )


def _source(plan: Plan, view: View) -> Markup:
    facts = (
        ("Role files", data(plan.source.path)),
        ("Commit", code(plan.source.commit) if plan.source.commit else None),
        ("Made", tag("time", view.created_at) if view.created_at else None),
        ("Files' digest", code(plan.source.digest) if isinstance(plan.source, RoleFiles) else None),
        ("Plan's digest", code(digest(plan))),
    )
    return tag(
        "dl", *(tag("div", tag("dt", label), tag("dd", value)) for label, value in facts if value), class_="source"
    )


def _refused(plan: Plan) -> Markup:
    if not plan.refused:
        return Markup()
    entries = (
        tag("li", _listed(names), tag("p", reason)) for reason, names in refusals_by_reason(plan.refused).items()
    )
    return tag(
        "section",
        tag("h2", "Refused: this plan may not be applied as it is", id="refused"),
        tag("ul", *entries),
        class_="notice refused",
        aria_labelledby="refused",
    )


def _listed(names: list[str]) -> Markup:
    parts = [data(said(names[0]))]
    for name in names[1:]:
        parts += [text(", "), data(said(name))]
    return tag("strong", *parts)


def _notes(plan: Plan) -> Markup:
    if not plan.notes:
        return Markup()
    return tag(
        "section",
        tag("h2", "Notes", id="notes"),
        tag("ul", *(tag("li", note) for note in plan.notes)),
        class_="notice",
        aria_labelledby="notes",
    )
