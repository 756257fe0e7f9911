"""What all pages share: one HTML file that needs no network, its styles, and the scripts that draw a matrix.

The style sheets and the scripts are files, and are copied into a page whole. A page allows only its own style sheets
and its own scripts, by hash (Content Security Policy, level 3). If data ever became an element, it could load nothing
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

STYLES = ("page.css", "matrix.css", "print.css")
BASE = "base.js"
SCRIPTS = ("heads.js", "matrix.js", "filters.js", "paper.js", "keys.js")
"""The scripts of a page with a matrix, in order; the page's own comes between `BASE` and these."""
_NONE = "'none'"


def page(package: str, name: str, /, **values: object) -> str:
    """Return the page that the template `name.html.jinja` of `package` describes, with what every page has.

    `name.css` and `name.js`, beside the template, are its own style sheet and script; the script says what the page is
    about.
    """
    first, *rest = (asset(__name__, style) for style in STYLES)
    styles = [first, asset(package, f"{name}.css"), *rest]
    scripts = [asset(__name__, BASE), asset(package, f"{name}.js"), *(asset(__name__, script) for script in SCRIPTS)]
    return fill(
        package, f"{name}.html.jinja", policy=_policy(styles, scripts), styles=styles, scripts=scripts, **values
    )


def still_page(package: str, name: str, /, **values: object) -> str:
    """Return the same without a script, for a page without a matrix: it may run none."""
    styles = [asset(__name__, "page.css"), asset(package, f"{name}.css"), asset(__name__, "print.css")]
    return fill(package, f"{name}.html.jinja", policy=_policy(styles, []), styles=styles, scripts=[], **values)


def asset(package: str, name: str) -> str:
    """Return the text of a style sheet or a script, which is a file of `package`."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    return "; ".join(
        (
            f"default-src {_NONE}",
            f"style-src {' '.join(map(_hash, styles))}",
            f"script-src {' '.join(map(_hash, scripts)) or _NONE}",
            "img-src data:",
            f"base-uri {_NONE}",
            f"form-action {_NONE}",
        )
    )


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
