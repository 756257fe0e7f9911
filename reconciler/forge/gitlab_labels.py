"""Labels of a GitLab merge request (GitLab, "Merge requests API"). GitLab makes those that the project lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from reconciler.forge.gitlab import ADVICE
from reconciler.forge.rest import Rest
from reconciler.model.errors import BadAnswer

if TYPE_CHECKING:
    from reconciler.forge.target import ForgeTarget
    from reconciler.forge.thread import Label
    from reconciler.transport import Transport

_ADVICE = {
    **ADVICE,
    HTTPStatus.FORBIDDEN: "give the token the scope `api` and at least the role Developer: a Reporter may comment on a "
    "merge request, and not label it",
}


class MergeRequestLabels:
    """The labels of one merge request."""

    def __init__(self, transport: Transport, target: ForgeTarget) -> None:
        """Keep the target; send nothing."""
        self._rest = Rest(transport, _ADVICE)
        self._path = f"/projects/{quote(target.repository, safe='')}/merge_requests/{target.number}"
        self._number = target.number

    def names(self) -> Iterator[str]:
        """Return the name of every label of the merge request."""
        operation = f"read the labels of merge request {self._number}"
        found = self._rest.get(self._path, operation=operation).get("labels")
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise BadAnswer(f"could not {operation}: the answer has no list of labels", status=HTTPStatus.OK)
        yield from found

    def replace(self, new: Label | None, old: Sequence[str]) -> None:
        """Add `new` and remove `old` in one request."""
        body = {"add_labels": new.name} if new is not None else {}
        body |= {"remove_labels": ",".join(old)} if old else {}
        self._rest.send("PUT", self._path, operation=f"label merge request {self._number}", body=body)
