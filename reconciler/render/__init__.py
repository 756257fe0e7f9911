"""Renderers: pure functions from a plan to a string, behind one table.

To add a format, add a module with a function `render(plan, view)`, a function here that imports it, and a line in the
table; the command line takes its choices from the table. A module is imported only when its format is requested,
because some formats are large and each run shows one. Each import is written out, so mypy checks that the module has a
`render` and that it is a `Renderer`.
"""

from __future__ import annotations

from collections.abc import Callable

from reconciler.plan.changes import Plan
from reconciler.render.view import View

Renderer = Callable[[Plan, View], str]


def _text() -> Renderer:
    from reconciler.render.text import render

    return render


def _sentences() -> Renderer:
    from reconciler.render.sentences import render

    return render


def _json() -> Renderer:
    from reconciler.render.json import render

    return render


def _markdown() -> Renderer:
    from reconciler.render.markdown import render

    return render


def _html() -> Renderer:
    from reconciler.render.html import render

    return render


def _github() -> Renderer:
    from reconciler.render.github import render

    return render


def _terraform() -> Renderer:
    from reconciler.render.terraform import render

    return render


def _gitlab() -> Renderer:
    from reconciler.render.gitlab import render

    return render


PLAN_FORMATS: dict[str, Callable[[], Renderer]] = {
    "text": _text,
    "json": _json,
    "sentences": _sentences,
    "markdown": _markdown,
    "html": _html,
    "github": _github,
    "terraform": _terraform,
    "gitlab": _gitlab,
}
"""The formats of `plan` and `show`, each with the function that imports its renderer."""

FORMATS_WITH_SINCE = frozenset({"json", "markdown", "html"})
"""The formats that say since when roles had what a plan revokes; for the others, no history is read."""


def plan_renderer(name: str) -> Renderer:
    """Return the renderer of one of `PLAN_FORMATS`."""
    return PLAN_FORMATS[name]()
