"""The CI run of reconciler, by the variables of GitHub Actions and GitLab CI."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.render.view import Links

_SITE = re.compile(r"https?://[\w.:-]+/[\w/.~%-]+", re.ASCII)  # nothing that Markdown or HTML would have to quote
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CHECKOUT = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""The checkout of the repository, by the variables of GitHub Actions and of GitLab CI."""


def links(commit: str | None = None, environment: Mapping[str, str] = os.environ) -> Links | None:
    """Return links to files of `commit`, or else of the commit of this CI run, at its forge.

    Paths are relative to the current directory, which may be below the repository's top. Return None outside CI, and
    if the variables do not form an address.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        site = f"{environment.get('GITHUB_SERVER_URL', '')}/{quote(environment.get('GITHUB_REPOSITORY', ''))}"
        return _links(f"{site}/blob/", commit or environment.get("GITHUB_SHA", ""), environment)
    if environment.get("GITLAB_CI") == "true":
        site = environment.get("CI_PROJECT_URL", "")
        return _links(f"{site}/-/blob/", commit or environment.get("CI_COMMIT_SHA", ""), environment)
    return None


def from_top(environment: Mapping[str, str] = os.environ) -> Callable[[str], str]:
    """Return a function that makes a path of the current directory relative to the top of its repository, for forges.

    It follows symlinks, since a forge shows the file and not the link. A path outside any repository stays as it is.
    """
    here = Path.cwd().resolve()
    top = _top(here, environment)

    @functools.cache  # a report may name one file a thousand times
    def place(path: str) -> str:
        typed = here / path
        for full in (typed.resolve(), Path(os.path.normpath(typed))):
            if top is not None and full.is_relative_to(top):
                return full.relative_to(top).as_posix()
        return path

    return place


def _links(site: str, commit: str, environment: Mapping[str, str]) -> Links | None:
    from reconciler.render.view import Links  # noqa: PLC0415 - only in CI

    if not _SITE.fullmatch(site) or not _COMMIT.fullmatch(commit):
        return None
    if any(environment.get(name) for name in _CHECKOUT) and _top(Path.cwd().resolve(), environment) is None:
        return None
    return Links(f"{site}{commit}/", from_top(environment))


def _top(here: Path, environment: Mapping[str, str]) -> Path | None:
    """Return the top of the repository around `here`, without git: the parent of `.git`, or else the checkout of CI.

    The nearest one counts, as for `git rev-parse --show-toplevel`, since a workflow may check out below its workspace.
    Directories above the checkout of CI do not count.
    """
    checkouts = [Path(environment[name]).resolve() for name in _CHECKOUT if environment.get(name)]
    checkout = next((path for path in checkouts if here.is_relative_to(path)), None)
    for directory in (here, *here.parents):
        if directory == checkout or (directory / ".git").exists():
            return directory
    return None
