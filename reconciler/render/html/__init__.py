"""The plan as one HTML file that needs no network: the summary, the changes, and the matrix of roles by permissions.

`summary` and `changes` prepare the text, `matrix` and `grid` the table; the templates beside them define the layout.
What it shares with other pages is in `reconciler.render.page`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.policy_findings import denied
from reconciler.plan.document import digest
from reconciler.render.catalogue_changes import changed_meaning
from reconciler.render.grants import as_of, ends_changed, through_sets
from reconciler.render.html import words
from reconciler.render.html.changes import by_verdict, unmanaged
from reconciler.render.html.grid import details, size
from reconciler.render.html.matrix import matrix_of
from reconciler.render.html.meanings import shown_meaning
from reconciler.render.html.summary import findings, headline, not_touched, refusals, sentence
from reconciler.render.left_alone import items, narrowed, title
from reconciler.render.page import page
from reconciler.render.policies import REMEDY, heading, refuses_by_policy
from reconciler.render.rules_changed import rule_sections
from reconciler.render.words import compares, no_place, noun, of_role_files, refusal, roles_dir

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan
    from reconciler.render.view import View


def render(plan: Plan, view: View) -> str:
    """Return the page. `view.links` turns places in role files into links; `color` and `most` have no effect here."""
    matrix = matrix_of(plan)
    catalogue_changed, held = changed_meaning(plan)
    return page(
        __name__,
        "plan",
        title=words.title(plan),
        compares=compares(plan),
        roles_dir=roles_dir(plan),
        noun=noun(plan),
        refusal="this plan cannot be applied as it is" if not compares(plan) else refusal(plan),
        unknown=words.unknown(plan),
        plan=plan,
        as_of=as_of(plan),
        ends_changed=ends_changed(plan),
        through_sets=through_sets(plan),
        of_role_files=of_role_files(plan),
        counts=plan.summary(),
        not_touched=not_touched(plan),
        created_at=view.created_at,
        digest=digest(plan),
        headline=headline(plan),
        sentence=sentence(plan),
        narrowed=narrowed(plan),
        shares=words.shares(plan),
        refusals=refusals(plan),
        catalogue_changed=catalogue_changed,
        meanings=list(map(shown_meaning, held)),
        findings=findings(plan),
        rules=rule_sections(plan),
        findings_heading=heading(plan),
        remedy=f"To go on, {REMEDY}." if refuses_by_policy(plan) else "",
        denied=bool(denied(plan.findings)),
        verdicts=by_verdict(plan, view),
        origins=words.origins_of(plan),
        origin_filters=words.filters_of_origin(plan),
        no_place=no_place(plan, str),
        left_alone_title=title(plan),
        left_alone_items=items(plan),
        unmanaged=unmanaged(plan),
        matrix=matrix,
        size=size(matrix),
        details=details(matrix, plan, view),
    )
