"""What a CI system says about the run that reconciler is part of: GitHub Actions and GitLab CI, by their variables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from reconciler.render.view import Links

_SITE = re.compile(r"https?://[\w.:-]+/[\w/.~%-]+", re.ASCII)  # nothing that Markdown or HTML would have to quote
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def links(commit: str | None = None, environment: Mapping[str, str] = os.environ) -> Links | None:
    """How the forge of this CI run shows a file of `commit`, or else of the commit that the run is about.

    Paths are those of the current directory, which may lie below the repository's top. None outside of CI, and where
    what CI says does not make an address.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        top = environment.get("GITHUB_WORKSPACE", "")
        site = f"{environment.get('GITHUB_SERVER_URL', '')}/{quote(environment.get('GITHUB_REPOSITORY', ''))}"
        return _links(f"{site}/blob/", commit or environment.get("GITHUB_SHA", ""), top)
    if environment.get("GITLAB_CI") == "true":
        top = environment.get("CI_PROJECT_DIR", "")
        site = environment.get("CI_PROJECT_URL", "")
        return _links(f"{site}/-/blob/", commit or environment.get("CI_COMMIT_SHA", ""), top)
    return None


def _links(site: str, commit: str, top: str) -> Links | None:
    from reconciler.render.view import Links  # noqa: PLC0415 - only in CI

    if not _SITE.fullmatch(site) or not _COMMIT.fullmatch(commit):
        return None
    below = _below(top)
    return Links(f"{site}{commit}/{below}") if below is not None else None


def _below(top: str) -> str | None:
    """The current directory's path below the repository's top, quoted, with a slash at its end unless it is empty."""
    here = Path.cwd().resolve()
    try:
        path = here.relative_to(Path(top).resolve()).as_posix() if top else "."
    except ValueError:
        return None
    return "" if path == "." else f"{quote(path)}/"
