"""The rows of a report as CSV (RFC 4180): one line each, whatever the data, and no cell that a spreadsheet executes."""

from __future__ import annotations

import csv
import io
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
    writer.writerows(map(_cell, row_document(row).values()) for row in report.rows)
    return text.getvalue()


def _cell(value: object) -> str:
    """Return a value as a cell: made visible, so without a line break, then without the start of a formula."""
    if value is None:
        return ""
    text = visible("; ".join(value) if isinstance(value, list) else str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text
