"""The comments of a pull request or a merge request, the same for both forges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the thread, as the forge has it. `url` is None if the forge does not name it."""

    id: int
    author: str
    body: str
    url: str | None


class Thread(Protocol):
    """The operations of a forge. Every method may raise `Failed`."""

    def me(self) -> str:
        """Return the user name of the token."""
        ...

    def comments(self) -> Iterator[Comment]:
        """Return every comment of the thread."""
        ...

    def create(self, body: str) -> Comment:
        """Write a new comment."""
        ...

    def update(self, comment: Comment, body: str) -> Comment:
        """Update a comment."""
        ...

    def delete(self, comment: Comment) -> None:
        """Delete a comment."""
        ...
