"""What only the script brings to life: the filters above the matrix, the details below it. Hidden until it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.html.markup import Markup, tag
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.render.html.matrix import Matrix

_MODES = (("changes", "Changes"), ("before", "Before"), ("after", "After"))


def filters(matrix: Matrix) -> Markup:
    """The form: by role, permission, category, only changed; and whether to show before, after, or the difference."""
    categories = (tag("option", f"{name} ({size})", value=str(i)) for i, (name, size) in enumerate(matrix.groups))
    return tag(
        "form",
        _labelled("Role", tag("input", type="search", id="f-role", autocomplete="off", placeholder="name")),
        _labelled(
            "Permission", tag("input", type="search", id="f-code", autocomplete="off", placeholder="code or name")
        ),
        _labelled("Category", tag("select", tag("option", "All", value=""), *categories, id="f-category")),
        tag(
            "fieldset",
            tag("legend", "Only changed"),
            _choice("checkbox", "f-rows", "roles"),
            _choice("checkbox", "f-columns", "permissions"),
        ),
        tag(
            "fieldset",
            tag("legend", "Show"),
            tag("div", *(_mode(key, label) for key, label in _MODES), class_="modes"),
        ),
        tag("button", "Reset", type="reset", class_="quiet"),
        tag("output", id="shown", role="status", aria_live="polite"),
        id="filters",
        autocomplete="off",
        aria_label="Filters of the matrix",
        hidden=True,
    )


def legend() -> Markup:
    """What the marks mean."""
    entries = (
        ("held", "holds it, before and after"),
        ("granted", "granted: only after"),
        ("revoked", "revoked: only before"),
    )
    marks = (tag("li", tag("span", class_=f"mark {kind}", aria_hidden="true"), meaning) for kind, meaning in entries)
    return tag("ul", *marks, class_="legend", aria_label="Legend")


def size(matrix: Matrix) -> str:
    """How large the matrix is, in words."""
    return f"{counted(len(matrix.rows), 'role')} by {counted(len(matrix.columns), 'permission')}"


def dock() -> Markup:
    """Where the details of a cell, a role or a permission are shown."""
    return tag(
        "aside",
        tag("button", "Close", tag("kbd", "Esc"), type="button", id="close", class_="quiet"),
        tag("div", id="details", aria_live="polite"),
        id="dock",
        aria_label="Details",
        hidden=True,
    )


def _labelled(label: str, control: Markup) -> Markup:
    return tag("label", tag("span", label), control)


def _choice(kind: str, id_: str, label: str) -> Markup:
    return tag("label", tag("input", type=kind, id=id_), tag("span", label))


def _mode(key: str, label: str) -> Markup:
    field = tag("input", type="radio", name="mode", value=key, id=f"m-{key}", checked=key == "changes")
    return tag("label", field, tag("span", label))
