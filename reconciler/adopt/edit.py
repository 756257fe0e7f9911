"""Edit one role in the text of a role file: codes that come in and go out, and the description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from reconciler.adopt.lists import INDENT, Listed, with_codes, without_codes
from reconciler.load.emit import double_quoted, scalar
from reconciler.model.inert import is_hidden
from reconciler.yamlio.lines import Splice, break_near, has_break, line_end, line_number, line_start, spliced
from reconciler.yamlio.spans import NotYaml, documents

if TYPE_CHECKING:
    from reconciler.yamlio.spans import Span

_NONE: frozenset[str] = frozenset()
_ANCHOR = re.compile(r"&\S+\s+")


class Request(NamedTuple):
    """What is to be edited. `description` is None if it stays."""

    add: frozenset[str] = _NONE
    remove: frozenset[str] = _NONE
    description: str | None = None


class Obstacles(NamedTuple):
    """The parts of a request that are left for the hand, each with its line: None, or a line for each code."""

    alias_of_list: int | None = None
    aliases: Mapping[str, int] = MappingProxyType({})
    description: int | None = None


def obstacles(text: str, request: Request) -> Obstacles:
    """Return what of the request cannot be done in `text`, the document of the role."""
    root = _root(text)
    found = Obstacles()
    listed = root.pair("permissions")
    if listed is not None and listed[1].kind == "alias":
        found = found._replace(alias_of_list=line_number(text, listed[1].start))
    elif listed is not None:
        by_alias = {item.first_text: item for item in listed[1].inside if _is_alias(item)}
        lines = {code: line_number(text, by_alias[code].start) for code in request.remove & by_alias.keys()}
        found = found._replace(aliases=lines)
    described = root.pair("description")
    if described is not None and request.description is not None:
        value = described[1]
        on_one_line = not has_break(text[value.start : value.end])
        if value.kind == "alias" or value.style in ("|", ">") or not on_one_line:
            found = found._replace(description=line_number(text, value.start))
    return found


def _root(text: str) -> Span:
    (root,) = documents(text)
    return root


def _is_alias(item: Span) -> bool:
    return item.kind == "alias" or (item.kind == "mapping" and item.inside[0].kind == "alias")


def edited(text: str, request: Request, comment: str) -> str | None:
    """Return the document with the request done, or None if it is written in a way that this does not know.

    `comment` ends each line that comes in. Nothing of the request may be an obstacle.
    """
    try:
        return _edited(text, request, comment)
    except NotYaml:  # libyaml takes a tab before a comment that has its own line only behind some values
        return None


def _edited(text: str, request: Request, comment: str) -> str | None:
    done: str | None = text
    if request.add:
        done = _added(text, _root(text), request, comment)
    if done is not None and request.remove:
        listed = _listed(done, _root(done))
        splices = None if listed is None else without_codes(listed, request.remove)
        done = None if splices is None else spliced(done, splices)
    if done is not None and request.description is not None:
        done = spliced(done, [_described(done, _root(done), request.description, comment)])
    return done


def _listed(text: str, root: Span) -> Listed | None:
    found = root.pair("permissions")
    return None if found is None else Listed(text, *found, root.brackets)


def _added(text: str, root: Span, request: Request, comment: str) -> str | None:
    listed = _listed(text, root)
    if listed is None:
        return spliced(text, [_new_list(text, root, request.add, comment)])
    splices = with_codes(listed, request.add, request.remove, comment)
    return None if splices is None else spliced(text, splices)


def _new_list(text: str, root: Span, codes: frozenset[str], comment: str) -> Splice:
    """Return the edit that gives a role that only includes sets a list."""
    ordered = list(map(scalar, sorted(codes)))
    (key, value) = root.pair("include") or root.inside[:2]
    if root.brackets:
        return Splice(value.end, value.end, f", permissions: [{', '.join(ordered)}]")
    end = line_end(text, value.end)
    indent = text[line_start(text, key.start) : key.start]
    before = f"{break_near(text, end)}{indent}"
    items = "".join(f"{before}{' ' * INDENT}- {code}{comment}" for code in ordered)
    return Splice(end, end, f"{before}permissions:{items}")


def _described(text: str, root: Span, description: str, comment: str) -> Splice:
    """Return the edit that replaces the description where it is, or adds one behind the name."""
    found = root.pair("description")
    if found is not None:
        value = found[1]
        anchor = _ANCHOR.match(text, value.start) if value.anchored else None
        return Splice(anchor.end() if anchor else value.start, value.end, _written(description, value.style, root))
    (key, value) = root.pair("name") or root.inside[:2]
    if root.brackets:
        return Splice(value.end, value.end, f", description: {double_quoted(description)}")
    end = line_end(text, value.end)
    indent = text[line_start(text, key.start) : key.start]
    return Splice(end, end, f"{break_near(text, end)}{indent}description: {scalar(description)}{comment}")


def _written(description: str, style: str, root: Span) -> str:
    """Return a description in the quotes that the one before it had, where they can hold it."""
    if style == "'" and not any(map(is_hidden, description)):
        return "'" + description.replace("'", "''") + "'"
    return scalar(description) if not style and not root.brackets else double_quoted(description)
