"""Read the names of roles and sets."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted
from reconciler.model.roles import SYSTEM_NAMES, normalise_name
from reconciler.yamlio.reader import describe
from reconciler.yamlio.strict import text

if TYPE_CHECKING:
    from reconciler.yamlio.problems import FileProblems
    from reconciler.yamlio.reader import Node

_LINE_BREAKS = frozenset("\u2028\u2029")


def read_name(node: Node, what: str, problems: FileProblems, of: str = "the role's name") -> str | None:
    """Return a name in the form in which names are compared, or None with the reason in `problems`.

    `what` names the value in messages, `of` says whose name it is.
    """
    raw = text(node, what, problems, nothing=f"write {of}")
    if raw is None:
        return None
    name = normalise_name(raw)
    for character in raw if not (raw.isascii() and raw.isprintable()) else "":
        if unicodedata.category(character) == "Cc" or character in _LINE_BREAKS:
            message = f"{what} {quoted(raw)} contains a control character or line break; remove it"
            problems.add(node, "name-character", message)
            return None
    if not name:
        problems.add(node, "empty-name", f"{what} is empty; write {of}")
        return None
    return name


def read_role_name(node: Node, what: str, problems: FileProblems) -> str | None:
    """Return the name of a custom role as `read_name` does. The name of a system role is a problem."""
    name = read_name(node, what, problems)
    if name in SYSTEM_NAMES:
        message = f"{what} {describe(node)} is reserved for a system role, which is never changed; use another name"
        problems.add(node, "system-role", message)
        return None
    return name
