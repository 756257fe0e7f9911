"""The comments and the labels of a pull request or a merge request, the same for both forges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its name, its colour as six hex digits, and what it is about."""

    name: str
    color: str
    about: str


class Labels(Protocol):
    """The operations of a forge on the labels of a thread. Every method may raise `Failed`."""

    def names(self) -> Iterator[str]:
        """Return the name of every label of the thread."""
        ...

    def replace(self, new: Label | None, old: Sequence[str]) -> None:
        """Add `new`, if there is one, and make it if the forge needs that; then remove `old`."""
        ...
