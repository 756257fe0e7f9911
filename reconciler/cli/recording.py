"""Record a review: who reviews, and the entry in `reviews.yaml`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.cli.files import replace_text, write_shared
from reconciler.git.repository import setting
from reconciler.load.review_text import first_review, with_review
from reconciler.load.reviews import content_of, is_reviewer, read_reviews
from reconciler.model.errors import Failed, InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.model.inert import quoted, visible
from reconciler.yamlio.appending import NoGap

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reconciler.policy.reviews import Review

_MARK = "\ufeff"  # the byte-order mark that some editors write at the start of a file
_CURE = 'set them with `git config user.name "Jon Berg"` and `git config user.email jon@example.com`'
_BRACKETS = "a review can be written only to a list with a line for each item; write it with - instead of brackets"
_SHARED = "this entry cannot be replaced alone; write out what its anchors and aliases mean"


def reviewer(path: Path) -> str:
    """Return who reviews: `user.name <user.email>` of git's configuration, as it counts beside the file `path`.

    Raise `Failed` when git does not say who that is.
    """
    try:
        name, address = (" ".join(setting(path.parent, key).split()) for key in ("user.name", "user.email"))
    except Failed as error:
        error.add("so it is unknown who reviews; nothing was written")
        raise
    missing = [key for key, value in (("user.name", name), ("user.email", address)) if not value]
    if missing:
        what = f"git's configuration has no {' and no '.join(missing)}, so it is unknown who reviews"
        raise Failed(f"{what}; nothing was written", hint=_CURE)
    by = f"{name} <{address}>"
    if not is_reviewer(by):
        what = f"git's user.name and user.email, {quoted(by)}, are not a name and an address"
        raise Failed(f"{what}; nothing was written", hint=_CURE)
    return by


def record(path: Path, review: Review, earlier: str | None) -> tuple[Review, ...]:
    """Write the review to the file `path`, in place of the entry of its role or of its `earlier` name, or as the last.

    The file is read again, because it may have changed since. Return its entries now. Raise `InvalidInput` when the
    review cannot be written there, and `FileFailed` when the disk fails.
    """
    shown = path.as_posix()
    if not os.path.lexists(path):
        text = first_review(review)
        write_shared(path, text, "reviews")
        return read_reviews(text.encode(), shown, review.on)
    content = content_of(path)
    before = read_reviews(content, shown, review.on)
    index = _index(before, review.role, earlier)
    whole = content.decode()
    text = whole.removeprefix(_MARK)
    written = with_review(text, review, index)
    if isinstance(written, NoGap):
        raise InvalidInput([Finding("wrong-type", _BRACKETS, Place(visible(shown), *written))])
    after = _read_back(written, shown, review)
    expected = [*before, review] if index is None else [*before[:index], review, *before[index + 1 :]]
    if _said(after) != _said(expected):
        place = Place(visible(shown)) if index is None else before[index].place
        raise InvalidInput([Finding("wrong-type", _SHARED, place)])
    replace_text(path, _MARK * (len(whole) - len(text)) + written, "reviews")
    return after


def _index(entries: Iterable[Review], role: str, earlier: str | None) -> int | None:
    """Return the index of the entry to replace, or None if there is none."""
    names = [entry.role for entry in entries]
    return next((names.index(name) for name in (role, earlier) if name in names), None)


def _read_back(text: str, shown: str, review: Review) -> tuple[Review, ...]:
    """Return the entries of the new text, or none if it is not valid because an anchor is gone."""
    try:
        return read_reviews(text.encode(), shown, review.on)
    except InvalidInput:
        return ()


def _said(entries: Iterable[Review]) -> list[Review]:
    """Return the entries without their places."""
    return [entry._replace(place=Place("")) for entry in entries]
