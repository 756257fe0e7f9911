"""The rows of a report as CSV (RFC 4180): one line each, whatever the data, and no cell that a spreadsheet executes."""

from __future__ import annotations

import csv
import io
from functools import cache
from typing import TYPE_CHECKING

from reconciler.model.inert import visible
from reconciler.render.report.columns import COLUMNS, row_document

if TYPE_CHECKING:
    from reconciler.history.report import Report
    from reconciler.render.view import View

_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the start of a formula, unless there is a quote in front of it."""


def render(report: Report, _view: View) -> str:
    """Return the rows with a header, each line with CR and LF at its end."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    written = cache(_written)  # most texts are in many rows
    for row in report.rows:
        writer.writerow([written(text) if text else "" for text in map(_text, row_document(row).values())])
    return text.getvalue()


def _text(value: object) -> str:
    """Return a value as text; a list is joined, and what does not apply is empty."""
    return "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _written(text: str) -> str:
    """Return text as a cell: made visible, so without a line break, then without the start of a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
