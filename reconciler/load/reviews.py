"""Read `reviews.yaml` as strictly as role files. The format is that of docs/access-reviews.md."""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TYPE_CHECKING

from reconciler.load.names import read_role_name
from reconciler.load.policy_checks import codes
from reconciler.load.walk import read_bytes
from reconciler.model.days import read_day
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Place
from reconciler.model.inert import quoted, visible
from reconciler.policy.reviews import Review
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.reader import ListNode, MappingNode, Node, Scalar, describe, read_documents
from reconciler.yamlio.strict import entries, lacking, text, texts, version
from reconciler.yamlio.text import decode

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.days import Day

_KEYS = ("version", "reviews")
_ENTRY = ("role", "on", "by", "permissions")
_BY = re.compile(r"[^\s<>](?:[^<>]*[^\s<>])? <[^\s<>@]+@[^\s<>@]+>")
_NOTHING = "write reviews: [] for a file without reviews"


def load_reviews(path: Path, latest: Day) -> tuple[Review, ...]:
    """Return the entries of the file `path`. Raise what `read_reviews` raises, also when it cannot be read."""
    return read_reviews(content_of(path), path.as_posix(), latest)


def content_of(path: Path) -> bytes:
    """Return the content of the file `path`. Raise `InvalidInput` when it cannot be read."""
    problems = FileProblems(visible(path.as_posix()))
    content = read_bytes(os.fspath(path), problems)
    if content is None:
        raise InvalidInput(problems.found)
    return content


def read_reviews(content: bytes, path: str, latest: Day) -> tuple[Review, ...]:
    """Return the entries of the file `path`, which has this content, in its order.

    No review may be later than the day `latest`. Raise `InvalidInput` with every problem.
    """
    problems = FileProblems(visible(path))
    first: dict[str, Place] = {}
    found: list[Review] = []
    for node in _items(content, problems):
        if problems.too_many(node):
            break
        role, review = _review(node, latest, problems)
        place = Place(problems.path, node.line, node.column)
        if role is not None and first.setdefault(role, place) != place:
            message = f"duplicate review of role {quoted(role)} (first at {first[role]}); keep the later one"
            problems.add(node, "duplicate-review", message)
        found += [] if review is None else [review]
    if problems.found:
        raise InvalidInput(problems.found)
    return tuple(found)


def is_reviewer(by: str) -> bool:
    """Return whether `by` has the form `Name <address>`, without control characters."""
    return _BY.fullmatch(by) is not None and not any(unicodedata.category(each) in {"Cc", "Zl", "Zp"} for each in by)


def _items(content: bytes, problems: FileProblems) -> list[Node]:
    root = _root(content, problems)
    if root is None:
        return []
    found = {key: value for key, (_, value) in entries(root, _KEYS, problems).items()}
    if "version" in found:
        version(found["version"], problems)
    if "reviews" not in found:
        if lacking(["reviews"], found, root, _KEYS):
            problems.add(root, "missing-key", f"this file has no reviews; {_NOTHING}")
        return []
    node = found["reviews"]
    if isinstance(node, ListNode):
        return node.items
    texts(node, "a review", problems, nothing="write [] or remove the file", key="reviews")  # says what is wrong
    return []


def _root(content: bytes, problems: FileProblems) -> MappingNode | None:
    decoded = decode(content, problems)
    documents = [] if decoded is None else list(read_documents(decoded, problems))
    if not documents:
        if not problems.found:
            problems.at(1, 1, "missing-key", f"this file is empty; {_NOTHING}")
        return None
    if len(documents) > 1:
        problems.add(documents[1], "wrong-type", "the reviews must be one document; remove the --- line")
    if not isinstance(documents[0], MappingNode):
        message = f"the reviews must be a mapping with reviews, found {describe(documents[0])}"
        problems.add(documents[0], "wrong-type", message)
        return None
    return documents[0]


def _review(node: Node, latest: Day, problems: FileProblems) -> tuple[str | None, Review | None]:
    """Return the role and the entry, each None with the reason in `problems` if it is not valid."""
    if not isinstance(node, MappingNode):
        problems.add(node, "wrong-type", f"a review must be a mapping with {', '.join(_ENTRY)}, found {describe(node)}")
        return None, None
    found = {key: value for key, (_, value) in entries(node, _ENTRY, problems).items()}
    missing = lacking(_ENTRY, found, node, _ENTRY)
    if missing:
        problems.add(node, "missing-key", f"this review has no {' and no '.join(missing)}")
    role = read_role_name(found["role"], "role", problems) if "role" in found else None
    on = _on(found["on"], latest, problems) if "on" in found else None
    by = _by(found["by"], problems) if "by" in found else None
    listed = _codes(found["permissions"], problems) if "permissions" in found else frozenset()
    if role is None or on is None or by is None:
        return role, None
    return role, Review(role, on, by, listed, Place(problems.path, node.line, node.column))


def _codes(node: Node, problems: FileProblems) -> frozenset[str]:
    return frozenset(
        item.text for item in codes(node, problems, key="permissions", patterns=False, empty=True, of="a review")
    )


def _on(node: Node, latest: Day, problems: FileProblems) -> Day | None:
    day = read_day(node.value) if isinstance(node, Scalar) else None
    if day is None:
        problems.add(node, "bad-date", f"on must be a date such as {latest}, found {describe(node)}")
    elif day > latest:
        problems.add(node, "bad-date", f"on is {day}, and that is after today ({latest}); write the day of the review")
    return day


def _by(node: Node, problems: FileProblems) -> str | None:
    by = text(node, "by", problems, nothing="write who reviewed the role")
    if by is not None and not is_reviewer(by):
        form = "write the name and the address, such as Jon Berg <jon@example.com>"
        problems.add(node, "malformed-reviewer", f"by {quoted(by)} is not a reviewer; {form}")
    return by
