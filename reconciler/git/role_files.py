"""Which files of a tree are role files: the rules of `reconciler.load.walk`, for what git stores."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.git.repository import TreeEntry

LINK = b"120000"
"""The mode of a symbolic link."""

_SUFFIXES = (b".yaml", b".yml")
_MOST_LINKS = 40
"""The longest chain of links; Linux has the same limit (path_resolution(7))."""


def role_files(entries: Mapping[bytes, TreeEntry], links: Mapping[bytes, bytes]) -> dict[bytes, TreeEntry]:
    """Return the role files among the `entries` of the directory; `links` has the content of each link.

    Links within the directory are followed; others are left out, since no role can come from them.
    """
    return {path: entries[real] for path in entries if is_role_file(path) and (real := follow(path, entries, links))}


def is_role_file(path: bytes) -> bool:
    """Return whether `path` is `*.yaml` or `*.yml`, and no part of it starts with a dot (interface, "Role files")."""
    return path.endswith(_SUFFIXES) and not path.startswith(b".") and b"/." not in path


def follow(path: bytes, entries: Mapping[bytes, TreeEntry], links: Mapping[bytes, bytes]) -> bytes | None:
    """Follow links from `path`; return None if one leaves the directory, is part of a circle or is broken."""
    for _ in range(_MOST_LINKS):
        if path not in links:
            return path if path in entries else None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), links[path]))
    return None
