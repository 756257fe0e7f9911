"""Labels of a GitHub pull request: those of the issue with its number (GitHub, "Labels" REST API)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from reconciler.forge.github import ADVICE
from reconciler.forge.rest import Rest, text_of
from reconciler.model.errors import NotFound, Rejected

if TYPE_CHECKING:
    from reconciler.forge.target import ForgeTarget
    from reconciler.forge.thread import Label
    from reconciler.transport import Transport

_CREATE_ADVICE = {
    **ADVICE,
    HTTPStatus.FORBIDDEN: "make the label by hand once, or give the job `permissions: {issues: write}` until it exists",
}


class IssueLabels:
    """The labels of one pull request."""

    def __init__(self, transport: Transport, target: ForgeTarget) -> None:
        """Keep the target; send nothing."""
        self._rest = Rest(transport, ADVICE)
        self._creating = Rest(transport, _CREATE_ADVICE)
        self._repository = f"/repos/{target.repository}"
        self._labels = f"{self._repository}/issues/{target.number}/labels"
        self._number = target.number

    def names(self) -> Iterator[str]:
        """Return the name of every label of the pull request."""
        operation = f"read the labels of pull request {self._number}"
        for item in self._rest.pages(f"{self._labels}?per_page=100", operation=operation):
            yield text_of(item, "name", operation)

    def replace(self, new: Label | None, old: Sequence[str]) -> None:
        """Add `new`, which is made first if the repository does not have it, then remove `old`."""
        if new is not None:
            self._make(new)
            operation = f'add the label "{new.name}" to pull request {self._number}'
            self._rest.send("POST", self._labels, operation=operation, body={"labels": [new.name]})
        for name in old:
            operation = f'remove the label "{name}" from pull request {self._number}'
            try:
                self._rest.send("DELETE", f"{self._labels}/{quote(name, safe='')}", operation=operation)
            except NotFound:
                continue  # already removed

    def _make(self, label: Label) -> None:
        """Make the label of the repository, with its colour, unless it is there."""
        operation = f'look for the label "{label.name}"'
        try:
            self._rest.send("GET", f"{self._repository}/labels/{quote(label.name, safe='')}", operation=operation)
        except NotFound:
            pass
        else:
            return
        operation = f'make the label "{label.name}"'
        body = {"name": label.name, "color": label.color, "description": label.about}
        try:
            self._creating.send("POST", f"{self._repository}/labels", operation=operation, body=body)
        except Rejected as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:  # 422: another run has just made it
                raise
