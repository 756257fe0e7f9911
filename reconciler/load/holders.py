"""Find the desired roles that a permission code concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.model.roles import DesiredRole


def holders_in(roles: Iterable[DesiredRole]) -> Callable[[str], Iterable[str]]:
    """Return a function from a code to the names of the roles that hold it."""
    by_code: dict[str, list[str]] = {}
    for entry in roles:
        for code in entry.role.permissions:
            by_code.setdefault(code, []).append(entry.role.name)
    return lambda code: by_code.get(code, ())
