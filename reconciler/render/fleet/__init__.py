"""What the plans of several tenants do, in each format of `plan --all` and `show DIR`: one table, as for one plan.

Each distinct effect is shown once, with the tenants that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.fleet.effects import Effect
from reconciler.fleet.index import Index
from reconciler.render.view import View

Renderer = Callable[[Index, Sequence[Effect], View], str]


def _text() -> Renderer:
    from reconciler.render.fleet.text import render

    return render


def _json() -> Renderer:
    from reconciler.fleet.index import dumps

    return lambda index, effects, _view: dumps(index, effects)


def _markdown() -> Renderer:
    from reconciler.render.fleet.markdown import render

    return render


def _html() -> Renderer:
    from reconciler.render.fleet.html import render

    return render


FLEET_FORMATS: dict[str, Callable[[], Renderer]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
}
"""The formats of several tenants, each with the function that imports its renderer."""


def fleet_renderer(name: str) -> Renderer:
    """Return the renderer of one of `FLEET_FORMATS`."""
    return FLEET_FORMATS[name]()
