"""The CI run of reconciler, by the variables of GitHub Actions and GitLab CI."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from reconciler.render.view import Links

ForgeName = Literal["github", "gitlab"]

_SITE = re.compile(r"https?://[\w.:-]+/[\w/.~%-]+", re.ASCII)  # no character that Markdown or HTML would have to escape
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class GitHub(NamedTuple):
    """The variables of GitHub Actions; empty if not set. `event` is the path of the event's file."""

    site: str
    repository: str
    commit: str
    api_url: str
    event: str
    ref: str

    @property
    def files(self) -> str:
        """Return the address below which GitHub shows files, by commit."""
        return f"{self.site}/{quote(self.repository)}/blob/"


class GitLab(NamedTuple):
    """The variables of GitLab CI; empty if not set.

    `target_page` is the page of the merge request's target project. `has_job_token` is true when CI gives a job token.
    """

    page: str
    project: str
    commit: str
    api_url: str
    merge_request: str
    target_page: str
    has_job_token: bool

    @property
    def files(self) -> str:
        """Return the address below which GitLab shows files, by commit."""
        return f"{self.page}/-/blob/"


class Ci(NamedTuple):
    """A CI run. `forge` is None outside CI; `actor` is the user who started the run, or empty.

    `checkouts` are the directories where CI puts a repository.
    """

    forge: ForgeName | None
    actor: str
    checkouts: tuple[Path, ...]
    github: GitHub
    gitlab: GitLab

    def links(self, commit: str | None = None) -> Links | None:
        """Return links to files of `commit`, or else of the commit of this run, at the forge.

        Paths are relative to the current directory, which may be below the repository's top. Return None outside CI,
        and if the variables do not form an address.
        """
        if self.forge is None:
            return None
        from reconciler.render.view import Links  # noqa: PLC0415 - only in CI

        said = self.github if self.forge == "github" else self.gitlab
        shown = commit or said.commit
        if not _SITE.fullmatch(said.files) or not _COMMIT.fullmatch(shown):
            return None
        if self.checkouts and self._top(Path.cwd().resolve()) is None:
            return None
        return Links(f"{said.files}{shown}/", self.from_top())

    def from_top(self) -> Callable[[str], str]:
        """Return a function that makes a path of the current directory relative to the top of its repository.

        It follows symlinks, since a forge shows the file and not the link. A path outside any repository stays as it
        is.
        """
        here = Path.cwd().resolve()
        top = self._top(here)

        @functools.cache  # a report may name one file a thousand times
        def place(path: str) -> str:
            typed = here / path
            for full in (typed.resolve(), Path(os.path.normpath(typed))):
                if top is not None and full.is_relative_to(top):
                    return full.relative_to(top).as_posix()
            return path

        return place

    def _top(self, here: Path) -> Path | None:
        """Return the top of the repository around `here`, without git: the parent of `.git`, or the checkout of CI.

        The nearest one counts, as for `git rev-parse --show-toplevel`, since a workflow may check out below its
        workspace. Directories above the checkout of CI do not count.
        """
        checkout = next((path for path in map(Path.resolve, self.checkouts) if here.is_relative_to(path)), None)
        for directory in (here, *here.parents):
            if directory == checkout or (directory / ".git").exists():
                return directory
        return None


def read_ci(environment: Mapping[str, str]) -> Ci:
    """Return the CI run. Nothing else in the package reads a variable of GitHub Actions or GitLab CI, except tokens."""

    def said(name: str) -> str:
        return environment.get(name, "")

    return Ci(
        "github" if said("GITHUB_ACTIONS") == "true" else "gitlab" if said("GITLAB_CI") == "true" else None,
        said("GITHUB_ACTOR") or said("GITLAB_USER_LOGIN"),
        tuple(Path(path) for path in map(said, ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")) if path),
        GitHub(
            site=said("GITHUB_SERVER_URL"),
            repository=said("GITHUB_REPOSITORY"),
            commit=said("GITHUB_SHA"),
            api_url=said("GITHUB_API_URL"),
            event=said("GITHUB_EVENT_PATH"),
            ref=said("GITHUB_REF"),
        ),
        GitLab(
            page=said("CI_PROJECT_URL"),
            project=said("CI_PROJECT_ID"),
            commit=said("CI_COMMIT_SHA"),
            api_url=said("CI_API_V4_URL"),
            merge_request=said("CI_MERGE_REQUEST_IID"),
            target_page=said("CI_MERGE_REQUEST_PROJECT_URL"),
            has_job_token=bool(said("CI_JOB_TOKEN")),
        ),
    )
