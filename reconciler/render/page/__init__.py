"""What all pages share: one HTML file that needs no network, its styles, its script, and the table of the matrix.

The style sheets and the script are files, and are copied into a page whole. A page allows only its own style sheets
and its own script, by hash (Content Security Policy, level 3). If data ever became an element, it could load nothing
and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from reconciler.templates import fill

if TYPE_CHECKING:
    from collections.abc import Sequence

_STYLES = ("page.css", "matrix.css", "print.css")


def page(package: str, template: str, /, *, layout: str, **values: object) -> str:
    """Return the page that `template` of `package` describes, with the styles and the script of every page.

    `layout` has the CSS rules that depend on the page's table.
    """
    styles = [*map(_asset, _STYLES), layout]
    script = _asset("page.js")
    return fill(package, template, policy=_policy(styles, script), styles=styles, script=script, **values)


def _asset(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _policy(styles: Sequence[str], script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(map(_hash, styles))}",
            f"script-src {_hash(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
