"""What the comments of a pull request or a merge request look like from here, whatever the forge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the thread, as the forge has it. `url` is None where the forge does not say it."""

    id: int
    author: str
    body: str
    url: str | None


class Thread(Protocol):
    """What a forge has to be able to do. Every method may raise `Failed`."""

    def me(self) -> str:
        """The name under which the token writes."""
        ...

    def comments(self) -> Iterator[Comment]:
        """Every comment of the thread."""
        ...

    def create(self, body: str) -> Comment:
        """Write a new comment."""
        ...

    def update(self, comment: Comment, body: str) -> Comment:
        """Rewrite a comment."""
        ...

    def delete(self, comment: Comment) -> None:
        """Delete a comment."""
        ...
