"""Which live roles a plan may touch."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from reconciler.model.roles import normalise_name


class Scope(NamedTuple):
    """Which live roles a plan may touch. `ignore` and `manage` hold glob patterns, compared with normalised names."""

    unmanaged: Literal["delete", "report"] = "delete"
    ignore: tuple[str, ...] = ()
    manage: tuple[str, ...] = ("*",)


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a normalised name matches one of the glob patterns, which are normalised like names."""
    return any(fnmatchcase(name, normalise_name(pattern)) for pattern in patterns)
