"""The comments of a pull request or a merge request, the same for every forge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the thread. `url` is None when the forge does not give it."""

    id: int
    author: str
    body: str
    url: str | None


class Thread(Protocol):
    """What a forge must provide. Every method may raise `Failed`."""

    def me(self) -> str:
        """Return the name under which the token writes."""
        ...

    def comments(self) -> Iterator[Comment]:
        """Yield every comment of the thread."""
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
