"""What the CI system says about this run: the variables of GitHub Actions and GitLab CI."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from reconciler.render.view import Links

_SITE = re.compile(r"https?://[\w.:-]+/[\w/.~%-]+", re.ASCII)  # no character that Markdown or HTML would have to escape
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CHECKOUT = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""The path of the repository in CI: variables of GitHub Actions and of GitLab CI."""


def links(commit: str | None = None, environment: Mapping[str, str] = os.environ) -> Links | None:
    """Return how the forge of this CI run links to a file of `commit`, or else of the run's commit.

    Paths are relative to the current directory, which may be below the repository's top. Return None outside of CI, and
    when the CI's variables do not give a valid address.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        site = f"{environment.get('GITHUB_SERVER_URL', '')}/{quote(environment.get('GITHUB_REPOSITORY', ''))}"
        return _links(f"{site}/blob/", commit or environment.get("GITHUB_SHA", ""), environment)
    if environment.get("GITLAB_CI") == "true":
        site = environment.get("CI_PROJECT_URL", "")
        return _links(f"{site}/-/blob/", commit or environment.get("CI_COMMIT_SHA", ""), environment)
    return None


def from_top(environment: Mapping[str, str] = os.environ) -> Callable[[str], str]:
    """Return a function that turns a path typed in the current directory into one from its repository's top.

    Symbolic links are followed, because a forge shows the file and not the link to it. A path outside of any repository
    is returned unchanged.
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
    """Return the top of the repository around `here`, without git: the directory of `.git`, or else CI's checkout.

    The nearest one counts, as for `git rev-parse --show-toplevel`, because a workflow may check out below its
    workspace. Directories above CI's checkout do not count.
    """
    checkouts = [Path(environment[name]).resolve() for name in _CHECKOUT if environment.get(name)]
    checkout = next((path for path in checkouts if here.is_relative_to(path)), None)
    for directory in (here, *here.parents):
        if directory == checkout or (directory / ".git").exists():
            return directory
    return None
