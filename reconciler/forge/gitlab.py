"""Comments of a GitLab merge request, called notes in the API (GitLab, "Notes API")."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.forge.rest import Rest, as_object
from reconciler.forge.thread import Comment
from reconciler.model.errors import BadAnswer

if TYPE_CHECKING:
    from reconciler.forge.target import ForgeTarget
    from reconciler.transport import Transport

ADVICE: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "check that the token has not expired and is a project access token "
    "(CI_JOB_TOKEN cannot write comments)",
    HTTPStatus.FORBIDDEN: "give the token the scope `api` and at least the role Reporter",
    HTTPStatus.NOT_FOUND: "check --repository and --number, and that the token may read that project",
}


class MergeRequest:
    """The thread of one merge request."""

    def __init__(self, transport: Transport, target: ForgeTarget) -> None:
        """Keep the target; send nothing."""
        self._rest = Rest(transport, ADVICE)
        self._number = target.number
        self._notes = f"/projects/{quote(target.repository, safe='')}/merge_requests/{target.number}/notes"
        self._author = target.author
        self._page = target.page

    def me(self) -> str:
        """Return the token's user; a project access token has a separate one."""
        if self._author:
            return self._author
        operation = "find the user of the token"
        user = self._rest.get("/user", operation=operation)
        if not isinstance(user.get("username"), str):
            raise BadAnswer(f"could not {operation}: the answer has no user name", status=HTTPStatus.OK)
        return str(user["username"])

    def comments(self) -> Iterator[Comment]:
        """Return every note, oldest first."""
        path = f"{self._notes}?per_page=100&sort=asc&order_by=created_at"
        for item in self._rest.pages(path, operation=f"read the comments of merge request {self._number}"):
            yield self._comment(item)

    def create(self, body: str) -> Comment:
        """Write a new note."""
        operation = f"comment on merge request {self._number}"
        return self._comment(
            as_object(self._rest.send("POST", self._notes, operation=operation, body={"body": body}), operation)
        )

    def update(self, comment: Comment, body: str) -> Comment:
        """Update a note."""
        operation = f"update the comment on merge request {self._number}"
        path = f"{self._notes}/{comment.id}"
        return self._comment(
            as_object(self._rest.send("PUT", path, operation=operation, body={"body": body}), operation)
        )

    def delete(self, comment: Comment) -> None:
        """Delete a note."""
        operation = f"delete a comment of an earlier run on merge request {self._number}"
        self._rest.send("DELETE", f"{self._notes}/{comment.id}", operation=operation)

    def _comment(self, item: dict[str, Any]) -> Comment:
        author = item.get("author")
        username = author.get("username") if isinstance(author, dict) else None
        body = item.get("body")
        if not isinstance(item.get("id"), int):
            raise BadAnswer("could not read a comment: the answer has no id", status=HTTPStatus.OK)
        return Comment(
            item["id"],
            username if isinstance(username, str) else "",
            body if isinstance(body, str) else "",
            f"{self._page}#note_{item['id']}" if self._page else None,
        )
