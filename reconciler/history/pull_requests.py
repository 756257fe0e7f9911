"""Find the number of the pull request or merge request in a commit message, as code hosts write it. Pure."""

from __future__ import annotations

import re

_NUMBER = "([0-9]{1,18})"  # no pull request has a longer one, and `int` refuses very long ones
_IN_SUBJECT = (
    re.compile(f"^Merge pull request #{_NUMBER} "),  # GitHub, a merge
    re.compile(rf"\(#{_NUMBER}\)$"),  # GitHub, a squash or a rebase
    re.compile(f"^Merged PR {_NUMBER}:"),  # Azure DevOps
    re.compile(rf"\(pull request #{_NUMBER}\)$"),  # Bitbucket
)
_IN_MESSAGE = re.compile(rf"^See merge request \S+!{_NUMBER}\r?$", re.MULTILINE)  # GitLab


def pull_request_of(subject: str, message: str) -> int | None:
    """Return the number that the first matching form has, None without one."""
    for pattern in _IN_SUBJECT:
        if found := pattern.search(subject):
            return int(found[1])
    found = _IN_MESSAGE.search(message)
    return int(found[1]) if found else None
