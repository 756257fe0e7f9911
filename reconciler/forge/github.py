"""Comments of a GitHub pull request: the comments of the issue with its number (GitHub, "Issue comments" REST API)."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from reconciler.forge.rest import Rest, as_object, text_of
from reconciler.forge.thread import Comment
from reconciler.model.errors import BadAnswer, Rejected

if TYPE_CHECKING:
    from reconciler.forge.target import ForgeTarget
    from reconciler.transport import Transport

ACTIONS_BOT = "github-actions[bot]"
"""The author of comments by the GITHUB_TOKEN of a workflow. Like every token of an app, it has no user."""

ADVICE: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "check whether the token has expired",
    HTTPStatus.FORBIDDEN: "give the job `permissions: {pull-requests: write}`; a pull request from a fork gets a "
    "read-only token",
    HTTPStatus.NOT_FOUND: "check --repository and --number, and that the token may read that repository",
}


class Issue:
    """The thread of one pull request."""

    def __init__(self, transport: Transport, target: ForgeTarget) -> None:
        """Keep the target; send nothing."""
        self._rest = Rest(transport, ADVICE)
        self._repository = f"/repos/{target.repository}"
        self._number = target.number
        self._author = target.author

    def me(self) -> str:
        """Return the token's user; for the token of an app, which has none, the `--author` or the bot of Actions."""
        if self._author:
            return self._author
        operation = "find the user of the token"
        try:
            user = self._rest.get("/user", operation=operation)
        except Rejected as error:
            if error.status == HTTPStatus.FORBIDDEN:
                return ACTIONS_BOT
            raise
        return text_of(user, "login", operation)

    def comments(self) -> Iterator[Comment]:
        """Return every comment, oldest first."""
        path = f"{self._repository}/issues/{self._number}/comments?per_page=100"
        for item in self._rest.pages(path, operation=f"read the comments of pull request {self._number}"):
            yield _comment(item)

    def create(self, body: str) -> Comment:
        """Write a new comment."""
        operation = f"comment on pull request {self._number}"
        path = f"{self._repository}/issues/{self._number}/comments"
        return _comment(as_object(self._rest.send("POST", path, operation=operation, body={"body": body}), operation))

    def update(self, comment: Comment, body: str) -> Comment:
        """Update a comment."""
        operation = f"update the comment on pull request {self._number}"
        path = f"{self._repository}/issues/comments/{comment.id}"
        return _comment(as_object(self._rest.send("PATCH", path, operation=operation, body={"body": body}), operation))

    def delete(self, comment: Comment) -> None:
        """Delete a comment."""
        operation = f"delete a comment of an earlier run on pull request {self._number}"
        self._rest.send("DELETE", f"{self._repository}/issues/comments/{comment.id}", operation=operation)


def _comment(item: dict[str, Any]) -> Comment:
    """Return a comment of the API; the user of a deleted account is null, and a body may be null too."""
    user = item.get("user")
    author = user.get("login") if isinstance(user, dict) else None
    body, url = item.get("body"), item.get("html_url")
    if not isinstance(item.get("id"), int):
        raise BadAnswer("could not read a comment: the answer has no id", status=HTTPStatus.OK)
    return Comment(
        item["id"],
        author if isinstance(author, str) else "",
        body if isinstance(body, str) else "",
        url if isinstance(url, str) else None,
    )
