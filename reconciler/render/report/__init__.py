"""The report for an auditor in each of its formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.history.report import Report
    from reconciler.render.view import View

    Renderer = Callable[[Report, View], str]


def _text() -> Renderer:
    from reconciler.render.report.text import render

    return render


def _json() -> Renderer:
    from reconciler.render.report.json import render

    return render


def _csv() -> Renderer:
    from reconciler.render.report.csv import render

    return render


def _html() -> Renderer:
    from reconciler.render.report.html import render

    return render


REPORT_FORMATS: dict[str, Callable[[], Renderer]] = {"text": _text, "json": _json, "csv": _csv, "html": _html}
"""The formats of `report`, each with the function that imports its renderer."""


def report_renderer(name: str) -> Renderer:
    """Return the renderer of one of `REPORT_FORMATS`."""
    return REPORT_FORMATS[name]()
