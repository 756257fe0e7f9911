"""HTML from templates. The only module that uses jinja2.

Whatever a template inserts is data: it is made visible and escaped on insertion, in text, in a quoted attribute and as
JSON. Only `| safe` skips that, and only for the packages' own style sheets and scripts; a test checks the templates for
this.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reconciler.model.inert import visible

_SUSPECT = re.compile(r'\\[^"\\]|##\[|\x7f')
"""What JSON in ASCII contains when a string in it has a character that may have to be made visible."""


def fill(package: str, template: str, /, **values: object) -> str:
    """Return `template`, a file in `package`, filled with `values`.

    A template names another one by its path below the top package: `render/page/frame.html.jinja`. Raise
    `jinja2.UndefinedError` when the template uses a value that is not given.
    """
    top, *folders = package.split(".")
    return _environment(top).get_template("/".join([*folders, template])).render(values)


@cache
def _environment(top: str) -> Environment:
    environment = Environment(
        loader=PackageLoader(top, ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The filter `tojson` escapes what could end a script element; the script makes the strings visible.
    environment.policies["json.dumps_function"] = _json
    environment.policies["json.dumps_kwargs"] = {}
    environment.filters["dotted"] = _dotted
    return environment


@lru_cache(maxsize=10_000)  # a page has each code many times
def _dotted(text: str) -> Markup:
    """Return text with codes as HTML: a line may break after a dot, and only then within a word."""
    return Markup(".<wbr>").join(visible(part) for part in text.split("."))


def _inert(value: object) -> object:
    """Return `value` with hidden characters made visible, unless it is HTML already. jinja2 escapes the result."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _json(value: object) -> str:
    plain = json.dumps(value, separators=(",", ":"))
    return json.dumps(_shown(value), separators=(",", ":")) if _SUSPECT.search(plain) else plain


def _shown(value: object) -> object:
    match value:
        case str():
            return visible(value)
        case dict():
            return {key: _shown(entry) for key, entry in value.items()}
        case list() | tuple():
            return [_shown(entry) for entry in value]
        case _:
            return value
