"""The plan as one HTML file that needs no network: the summary, the changes, and the matrix of roles by permissions.

`summary` and `changes` prepare the text, `matrix` and `grid` the table; the templates beside them define the layout.
The style sheets and the script are files too, and are copied into the page whole.

The page allows only its own style sheets and its own script, by hash (Content Security Policy, level 3). If data ever
became an element, it could load nothing and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from reconciler.model.policy_findings import denied
from reconciler.plan.document import digest
from reconciler.render.catalogue_changes import changed_meaning
from reconciler.render.grants import as_of, ends_changed, through_sets
from reconciler.render.html.changes import changes, unmanaged
from reconciler.render.html.grid import details, layout, sections, size
from reconciler.render.html.matrix import matrix_of
from reconciler.render.html.meanings import shown_meaning
from reconciler.render.html.summary import findings, headline, left_alone, refusals, sentence
from reconciler.render.html.words import VERDICTS, unknown
from reconciler.render.left_alone import items, narrowed, title
from reconciler.render.policies import REMEDY, heading, refuses_by_policy
from reconciler.render.rules_changed import rule_sections
from reconciler.render.words import compares, no_place, noun, of_role_files, refusal, roles_dir, split, subject
from reconciler.templates import fill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.plan.changes import Plan
    from reconciler.render.view import View

_STYLES = ("page.css", "matrix.css", "print.css")


def render(plan: Plan, view: View) -> str:
    """Return the page. `view.links` turns places in role files into links; `color` and `most` have no effect here."""
    matrix = matrix_of(plan)
    about = subject(plan, str)
    catalogue_changed, held = changed_meaning(plan)
    styles = [*map(_asset, _STYLES), layout(matrix)]
    script = _asset("page.js")
    return fill(
        __name__,
        "page.html.jinja",
        title=f"{VERDICTS[plan.summary().verdict]}: {about[0].lower()}{about[1:]}",
        compares=compares(plan),
        roles_dir=roles_dir(plan),
        noun=noun(plan),
        refusal="this plan cannot be applied as it is" if not compares(plan) else refusal(plan),
        unknown=unknown(plan),
        policy=_policy(styles, script),
        styles=styles,
        script=script,
        plan=plan,
        as_of=as_of(plan),
        ends_changed=ends_changed(plan),
        through_sets=through_sets(plan),
        of_role_files=of_role_files(plan),
        counts=plan.summary(),
        left_alone=left_alone(plan),
        created_at=view.created_at,
        digest=digest(plan),
        headline=headline(plan),
        sentence=sentence(plan),
        narrowed=narrowed(plan),
        shares=split(plan),
        refusals=refusals(plan),
        catalogue_changed=catalogue_changed,
        meanings=list(map(shown_meaning, held)),
        findings=findings(plan),
        rules=rule_sections(plan),
        findings_heading=heading(plan),
        remedy=f"To go on, {REMEDY}." if refuses_by_policy(plan) else "",
        denied=bool(denied(plan.findings)),
        changes=changes(plan, view),
        no_place=no_place(plan, str),
        left_alone_title=title(plan),
        left_alone_items=items(plan),
        unmanaged=unmanaged(plan),
        matrix=matrix,
        size=size(matrix),
        sections=sections(matrix, plan),
        details=details(matrix, plan, view),
    )


def _asset(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _policy(styles: Sequence[str], script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(map(_hash, styles))}",
            f"script-src {_hash(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
