"""HTML by construction: whatever is not `Markup` already is data, made visible and escaped on its way in.

So there is one place to get escaping right, and no way round it: a plain string can become text or the value of an
attribute, never an element.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from reconciler.model.inert import visible

_VOID = frozenset({"col", "input", "link", "meta"})


class Markup(str):
    """HTML that this package wrote itself."""

    __slots__ = ()


def text(value: str) -> Markup:
    """`value` as character data, inert in text and in a quoted attribute: hidden characters shown, the rest escaped."""
    return value if isinstance(value, Markup) else Markup(escape(visible(value)))


def tag(name: str, /, *children: str, **attributes: str | bool | None) -> Markup:
    """One element. The attribute `class_` becomes `class`, `aria_label` `aria-label`; False and None are left out."""
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Markup:
    """The parts one after another."""
    return Markup("".join(text(part) for part in parts))


def data(value: str) -> Markup:
    """A name or a code: isolated, so that a right-to-left one does not turn its neighbours round."""
    return tag("bdi", value)


def code(value: str) -> Markup:
    """Likewise, in the face of source text."""
    return tag("code", data(value))


def island(id_: str, value: Mapping[str, Any]) -> Markup:
    """`value` as JSON that the browser does not run and that cannot end its own element.

    ASCII only, with `<`, `>` and `&` escaped: no byte of it means anything to an HTML parser (HTML standard, "script
    data state"). Its strings are made visible, since the script shows them.
    """
    written = json.dumps(_shown(value), separators=(",", ":"))
    inert = written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return tag("script", Markup(inert), type="application/json", id=id_)


def _shown(value: object) -> object:
    match value:
        case str():
            return visible(value)
        case Mapping():
            return {key: _shown(entry) for key, entry in value.items()}
        case list() | tuple():
            return [_shown(entry) for entry in value]
        case _:
            return value


def _attribute(key: str, value: str | bool) -> str:  # noqa: FBT001 - it is a value here, not a switch
    name = key.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{text(value)}"'
