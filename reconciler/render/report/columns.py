"""The columns of a row, as JSON and CSV name them, in their order (docs/interface.md, "The report in JSON")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.history.report import Row

COLUMNS = (
    "role",
    "code",
    "name",
    "category",
    "owner",
    "since",
    "commit",
    "pull_request",
    "authors",
    "reason",
    "until",
    "reviewed_on",
    "reviewed_by",
    "set",
    "pattern",
    "waivers",
    "findings",
)


def row_document(row: Row) -> dict[str, Any]:
    """Return the row by column: texts, numbers, lists of texts, and None where a column does not apply."""
    since, review = row.since, row.review
    values = (
        row.role,
        row.code,
        row.name,
        row.category,
        list(row.owner),
        since and since.date.isoformat(),
        since and since.commit,
        since and since.pull_request,
        list(since.authors) if since else [],
        row.reason,
        row.until and row.until.isoformat(),
        review and review.on.isoformat(),
        review and review.by,
        row.set,
        row.pattern,
        list(row.waivers),
        list(row.findings),
    )
    return dict(zip(COLUMNS, values, strict=True))
