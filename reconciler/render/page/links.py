"""Links from a page to the forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.render.view import Links


def address(path: str, line: int, links: Links | None) -> str | None:
    """Return the URL of the line on the forge. None without a forge, and when its URL is not http or https."""
    if links is None or not links.prefix.startswith(("https://", "http://")):
        return None
    return links.to(path, line)
