"""Find the number of the pull request or merge request in a commit message, as code hosts write it. Pure."""

from __future__ import annotations

import re

_IN_SUBJECT = (
    re.compile(r"^Merge pull request #([0-9]+) "),  # GitHub, a merge
    re.compile(r"\(#([0-9]+)\)$"),  # GitHub, a squash or a rebase
    re.compile(r"^Merged PR ([0-9]+):"),  # Azure DevOps
    re.compile(r"\(pull request #([0-9]+)\)$"),  # Bitbucket
)
_IN_MESSAGE = re.compile(r"^See merge request \S+!([0-9]+)$", re.MULTILINE)  # GitLab


def pull_request_of(subject: str, message: str) -> int | None:
    """Return the number that the first matching form has, None without one."""
    for pattern in _IN_SUBJECT:
        if found := pattern.search(subject):
            return int(found[1])
    found = _IN_MESSAGE.search(message)
    return int(found[1]) if found else None
