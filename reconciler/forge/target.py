"""The pull request or merge request, its forge and the token: from options, or from the variables of CI.

GitHub Actions: "Variables reference" and the event's payload; GitLab: "Predefined CI/CD variables reference".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.ci import Ci, ForgeName, GitHub, GitLab, read_ci
from reconciler.config.keys import as_secret, line_in
from reconciler.model.addresses import is_loopback
from reconciler.model.errors import CommandLineError, FileFailed
from reconciler.model.inert import quoted, visible
from reconciler.reading import DOCUMENT, given

if TYPE_CHECKING:
    from reconciler.model.secret import Secret

_ROOM_FOR_MARKER = 64
_MOST = {"github": 65_536, "gitlab": 1_000_000}
"""Limits in characters: GitHub's error message names its limit; GitLab, "Size of comments and descriptions"."""

_GITHUB_REPOSITORY = re.compile(r"(?!\.+/)[\w.-]+/(?!\.+$)[\w.-]+", re.ASCII)
_GITLAB_PROJECT = re.compile(r"\d+|[\w.-]+(?:/[\w.-]+)+", re.ASCII)
_MERGE_REF = re.compile(r"refs/pull/(\d+)/(?:merge|head)")


@dataclass(frozen=True, slots=True)
class ForgeOptions:
    """The options of the command line; None leaves the answer to the environment.

    `author` is the user name of the token, needed only for the token of your own GitHub App.
    """

    forge: ForgeName | None = None
    repository: str | None = None
    number: int | None = None
    api_url: str | None = None
    token_file: Path | None = None
    author: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class ForgeTarget:
    """One comment thread. `api_url` has no slash at its end; `page` is the address of the thread if CI names it."""

    forge: ForgeName
    api_url: str
    repository: str
    number: int
    token: Secret
    page: str | None = None
    author: str | None = None
    ca_file: Path | None = None

    @property
    def most(self) -> int:
        """Return the longest body that `put_comment` can write, in characters."""
        return _MOST[self.forge] - _ROOM_FOR_MARKER


def find_target(environment: Mapping[str, str], options: ForgeOptions) -> ForgeTarget:
    """Return where to comment, and with which token.

    Raise `CommandLineError` when something is missing, with how to provide it, and `FileFailed` when the token file
    cannot be read. No message shows the token.
    """
    ci = read_ci(environment)
    forge = options.forge or _forge(ci)
    api_url = _checked_url(options.api_url or _api_url(forge, ci))
    repository = options.repository or _repository(forge, ci)
    pattern = _GITHUB_REPOSITORY if forge == "github" else _GITLAB_PROJECT
    if not pattern.fullmatch(repository):
        form = "owner/name" if forge == "github" else "group/name or the project's number"
        raise CommandLineError(f"--repository {quoted(repository)} is not valid; expected {form}")
    number = options.number or (_pull_request(ci.github) if forge == "github" else _merge_request(ci.gitlab))
    if number is None:
        what, where = _THREADS[forge]
        raise CommandLineError(f"unknown {what}: {where}. hint: pass --number")
    page = ci.gitlab.target_page if forge == "gitlab" else ""
    return ForgeTarget(
        forge,
        api_url,
        repository,
        number,
        _token(forge, ci, environment, options.token_file),
        f"{page}/-/merge_requests/{number}" if page else None,
        options.author,
        options.ca_file,
    )


_THREADS = {
    "github": ("pull request", "GitHub Actions names it only in runs for `pull_request`"),
    "gitlab": ("merge request", "GitLab CI names it (CI_MERGE_REQUEST_IID) only in merge request pipelines"),
}


def _forge(ci: Ci) -> ForgeName:
    if ci.forge is not None:
        return ci.forge
    raise CommandLineError("unknown code host: this is not GitHub Actions or GitLab CI; pass --forge")


def _api_url(forge: ForgeName, ci: Ci) -> str:
    if forge == "github":
        return ci.github.api_url or "https://api.github.com"
    return ci.gitlab.api_url or "https://gitlab.com/api/v4"


def _checked_url(text: str) -> str:
    """Return the base URL of the API. The token is sent only over https, or to this machine."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        raise CommandLineError("--api-url is not a valid URL; expected https://host") from None
    if parts.scheme not in {"https", "http"} or not host or "@" in parts.netloc:
        raise CommandLineError("--api-url must start with https:// and a host name")
    if parts.scheme == "http" and not is_loopback(host):
        raise CommandLineError(f"--api-url {quoted(f'http://{host}')} would send the token in the clear; use https")
    return text.rstrip("/")


def _repository(forge: ForgeName, ci: Ci) -> str:
    found = ci.github.repository if forge == "github" else ci.gitlab.project
    if not found:
        variable = "GITHUB_REPOSITORY" if forge == "github" else "CI_PROJECT_ID"
        raise CommandLineError(f"unknown repository: {variable} is not set; pass --repository")
    return found


def _pull_request(github: GitHub) -> int | None:
    """Return the number in the event that started the run, or else in its ref."""
    event = _event(github.event)
    pull_request = event.get("pull_request")
    number = pull_request.get("number") if isinstance(pull_request, dict) else None
    if isinstance(number, int) and number > 0:
        return number
    ref = _MERGE_REF.fullmatch(github.ref)
    return int(ref[1]) if ref else None


def _event(path: str) -> dict[str, object]:
    if not path:
        return {}
    try:
        event = json.loads(given(path, DOCUMENT))
    except OSError as error:
        raise FileFailed(f"cannot read the event in {visible(path)}: {error.strerror}") from None
    except ValueError:
        raise FileFailed(f"cannot read the event in {visible(path)}: not valid JSON") from None
    return event if isinstance(event, dict) else {}


def _merge_request(gitlab: GitLab) -> int | None:
    number = gitlab.merge_request
    return int(number) if re.fullmatch(r"[1-9]\d{0,17}", number, re.ASCII) else None


_TOKENS = {"github": ("GITHUB_TOKEN", "GH_TOKEN"), "gitlab": ("GITLAB_TOKEN",)}


def _token(forge: ForgeName, ci: Ci, environment: Mapping[str, str], file: Path | None) -> Secret:
    if file is not None:
        where, token = "the file of --token-file", _token_in(file)
    else:
        where = next((name for name in _TOKENS[forge] if environment.get(name)), "")
        if not where:
            raise CommandLineError(_no_token(forge, ci))
        token = environment[where]
    secret = as_secret(token)
    if secret is None:
        raise CommandLineError(
            f"{where} contains no token; expected one line of printable ASCII characters without spaces"
        )
    return secret


def _token_in(path: Path) -> str:
    try:
        return line_in(path)
    except OSError as error:
        why = f"{error.strerror}. hint: the option takes a file name, not the token itself"
        raise FileFailed(f"cannot read the file of --token-file: {why}") from None


def _no_token(forge: ForgeName, ci: Ci) -> str:
    if forge == "github":
        return "no token; set GITHUB_TOKEN (in a workflow: `GITHUB_TOKEN: ${{ github.token }}`), or pass --token-file"
    job = " (CI_JOB_TOKEN cannot write comments)" if ci.gitlab.has_job_token else ""
    return (
        f"no token{job}; create a project access token with the scope `api` and the role Reporter, and store it as the "
        "masked variable GITLAB_TOKEN, or pass --token-file"
    )
