"""The plan as one HTML file that needs no network: the summary, the changes, and the matrix of roles by permissions.

The page allows itself exactly its own style sheets and its own script, by hash, and nothing else (Content Security
Policy, level 3): were a piece of data ever to become an element, it could load nothing and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from reconciler.render.html.changes import changes, unmanaged
from reconciler.render.html.controls import dock, filters, legend, size
from reconciler.render.html.grid import details, layout, table
from reconciler.render.html.markup import Markup, island, join, tag
from reconciler.render.html.matrix import matrix_of
from reconciler.render.html.summary import summary
from reconciler.render.html.words import VERDICTS

if TYPE_CHECKING:
    from reconciler.plan.changes import Plan
    from reconciler.render.view import View

_STYLES = ("page.css", "matrix.css", "print.css")
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%230b5cad'/%3E"
    "%3Cpath d='M4 8h8M8 4v8' stroke='white' stroke-width='2'/%3E%3C/svg%3E"
)


def render(plan: Plan, view: View) -> str:
    """The page. `view.links` turns places in role files into links; `view.color` and `view.most` mean nothing here."""
    matrix = matrix_of(plan)
    styles = [*(_asset(name) for name in _STYLES), layout(matrix)]
    script = _asset("page.js")
    body = tag(
        "body",
        tag("a", "Skip to the matrix", href="#who", class_="skip"),
        summary(plan, view),
        tag(
            "main",
            changes(plan, view),
            unmanaged(plan),
            tag(
                "section",
                tag("div", tag("h2", "Who may do what", id="who"), tag("p", size(matrix)), legend(), class_="top"),
                filters(matrix),
                tag("div", table(matrix, {refusal.name for refusal in plan.refused}), id="scroll"),
                class_="matrix",
                aria_labelledby="who",
            ),
        ),
        dock(),
        island("data", details(matrix, plan, view)),
        tag("script", Markup(script)),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        _policy(styles, script),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{VERDICTS[plan.summary().verdict]}: plan for {plan.target}"),
        tag("link", rel="icon", href=_ICON),
        *(tag("style", Markup(style)) for style in styles),
    )
    return f"<!DOCTYPE html>\n{tag('html', join((head, body)), lang='en')}\n"


def _asset(name: str) -> str:
    return files("reconciler.render.html").joinpath(name).read_text(encoding="utf-8")


def _policy(styles: list[str], script: str) -> Markup:
    content = "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(_hash(style) for style in styles)}",
            f"script-src {_hash(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return tag("meta", http_equiv="Content-Security-Policy", content=content)


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
