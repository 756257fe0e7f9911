"""Renderers: pure functions from a plan to a string, behind one table.

A new format is a new module with a function `render(plan, view)`, and one line here; the command line's choices come
from the table. Modules are imported when they are asked for, since some formats are large and each run shows one.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from reconciler.plan.changes import Plan
from reconciler.render.view import View

Renderer = Callable[[Plan, View], str]

PLAN_FORMATS = {
    "text": "reconciler.render.text",
    "json": "reconciler.render.json",
    "markdown": "reconciler.render.markdown",
    "html": "reconciler.render.html",
    "github": "reconciler.render.github",
    "terraform": "reconciler.render.terraform",
    "gitlab": "reconciler.render.gitlab",
}
"""The formats of `plan` and `show`, and the module that renders each."""


def plan_renderer(name: str) -> Renderer:
    """The renderer of one of `PLAN_FORMATS`."""
    return cast("Renderer", import_module(PLAN_FORMATS[name]).render)
