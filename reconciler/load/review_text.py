"""Write a review into the text of `reviews.yaml`: behind the last entry, or in place of an earlier one.

The entry is in block style with sorted codes. Every other byte stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.load.emit import double_quoted
from reconciler.yamlio.appending import Gap, NoGap, Span, gap_for, list_spans, with_lines, with_value
from reconciler.yamlio.scalars import reads_as_itself

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.reviews import Review

_HEAD = (
    "# Who reviewed which role, one entry per role; git keeps the earlier ones. Written by `reconciler review`.",
    "version: 1",
    "reviews:",
)


def first_review(review: Review) -> str:
    """Return the text of a new file with one review."""
    return "".join(f"{line}\n" for line in (*_HEAD, *_item(review, "  ")))


def with_review(text: str, review: Review, replaced: int | None) -> str | NoGap:
    """Return the text of a valid file with the review in place of the entry at index `replaced`, or as the last one.

    If the file has its entries in brackets, return the place of the bracket: nothing can be written there.
    """
    found = list_spans(text, "reviews")
    if isinstance(found, NoGap):
        return found
    if not found.items:  # a list without brackets has an item
        return _first_item(text, found.whole, review, " " * (found.indent + 2))
    if found.in_brackets or replaced is None:
        gap = gap_for(text, "reviews")
        return with_lines(text, gap.offset, _item(review, " " * gap.indent)) if isinstance(gap, Gap) else gap
    return with_value(text, found.items[replaced], _entry(review))


def _first_item(text: str, brackets: Span, review: Review, indent: str) -> str:
    """Return the text with a block list in place of empty brackets. What is behind them on the line stays."""
    before = text[: brackets.start].rstrip(" ")
    return with_lines(before + text[brackets.end :], len(before), _item(review, indent))


def _item(review: Review, indent: str) -> Iterator[str]:
    first, *others = _entry(review)
    yield f"{indent}- {first}"
    yield from (f"{indent}  {line}" for line in others)


def _entry(review: Review) -> Iterator[str]:
    yield f"role: {_scalar(review.role)}"
    yield f"on: {review.on}"
    yield f"by: {_scalar(review.by)}"
    yield "permissions:" if review.permissions else "permissions: []"
    yield from (f"  - {_scalar(code)}" for code in sorted(review.permissions))


def _scalar(text: str) -> str:
    return text if reads_as_itself(text) else double_quoted(text)
