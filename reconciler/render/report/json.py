"""The report in JSON (docs/interface.md, "The report in JSON")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.revisions import revision_document
from reconciler.render.json import dumped
from reconciler.render.report.columns import row_document

if TYPE_CHECKING:
    from reconciler.model.report import AccessChange, Report
    from reconciler.render.view import View


def render(report: Report, _view: View) -> str:
    """Return the whole report."""
    covers, advice = report.covers, report.advice
    return dumped(
        {
            "format_version": "1.0",
            "covers": {
                "roles_dir": covers.roles_dir,
                "commit": covers.commit,
                "today": covers.today.isoformat(),
                "since": covers.since and covers.since.isoformat(),
            },
            "rows": list(map(row_document, report.rows)),
            "changes": list(map(_change, report.changes)),
            "advice": {"equal": list(map(list, advice.equal)), "unused": list(advice.unused)},
            "skipped_commits": covers.skipped,
        }
    )


def _change(change: AccessChange) -> dict[str, Any]:
    return {
        "event": change.event,
        "role": change.role,
        "renamed_from": change.renamed_from,
        "code": change.code,
        **revision_document(change.revision),
        "applied": [applied._asdict() for applied in change.applied],
    }
