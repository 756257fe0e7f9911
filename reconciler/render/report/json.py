"""The report in JSON (docs/interface.md, "The report in JSON")."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from reconciler.history.applied import applied_document
from reconciler.history.events import event_document
from reconciler.render.json import inert
from reconciler.render.report.columns import row_document

if TYPE_CHECKING:
    from reconciler.history.report import AccessChange, Report
    from reconciler.render.view import View


def render(report: Report, _view: View) -> str:
    """Return the whole report, each row and each change on one line: there may be tens of thousands."""
    covers, advice = report.covers, report.advice
    days = {"today": covers.today.isoformat(), "since": covers.since and covers.since.isoformat()}
    parts = {
        "format_version": json.dumps("1.0"),
        "covers": json.dumps({"roles_dir": covers.roles_dir, "commit": covers.commit, **days}),
        "rows": _lines(map(row_document, report.rows)),
        "changes": _lines(map(_change, report.changes)),
        "advice": json.dumps({"equal": advice.equal, "unused": advice.unused}),
        "skipped_commits": json.dumps(covers.skipped),
    }
    text = ",\n".join(f'  "{key}": {value}' for key, value in parts.items())
    return inert(f"{{\n{text}\n}}\n")


def _lines(entries: Iterable[dict[str, Any]]) -> str:
    lines = ",\n".join(f"    {json.dumps(entry)}" for entry in entries)
    return f"[\n{lines}\n  ]" if lines else "[]"


def _change(change: AccessChange) -> dict[str, Any]:
    return {**event_document(change.event), "applied": list(map(applied_document, change.applied))}
