"""Where a plan comes from: role files and a tenant, a journal and its tenant, or role files of two commits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleFiles:
    """A plan's source: the role files in `path`, as the user typed it. `digest` covers the roles that they define.

    `later` are further directories, whose roles replace those of earlier ones. `edited` says whether the files or the
    lock differ from `commit`, which then does not have what the plan was made from; None if it is unknown.
    """

    path: str
    digest: str
    commit: str | None = None
    later: tuple[str, ...] = ()
    edited: bool | None = None


@dataclass(frozen=True, slots=True)
class Undo:
    """A plan's source: the undo of the journal in `path`. `commit` and `edited` are those of the journal's last run."""

    path: str
    commit: str | None = None
    edited: bool | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """The source of a comparison: the role files in `path` now, against those at the commit `base`, a full hash.

    It has no tenant, its roles have no ids, and it cannot be applied. The rest is as in `RoleFiles`.
    """

    path: str
    digest: str
    base: str
    commit: str | None = None
    later: tuple[str, ...] = ()
    edited: bool | None = None

    @property
    def since(self) -> str:
        """Return the short hash of the base, as people read it."""
        return self.base[:12]


Source = RoleFiles | Undo | Compared
"""Where a plan comes from. In a comparison, the role files at the base take the place of the live roles."""
