"""A key or a token that is shown as asterisks, so it does not get into messages or logs by mistake.

It is used like pydantic's `SecretStr`, without importing the part of pydantic that takes as long to import as httpx's
client.
"""

from __future__ import annotations

from typing import Final

_MASK: Final = "**********"


class Secret:
    """A string that `str`, `repr`, formatting and logging do not show."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Store `text`."""
        self._text = text

    def get_secret_value(self) -> str:
        """Return the text. Use it for the header of a request only."""
        return self._text

    def __eq__(self, other: object) -> bool:
        """Return whether both hold the same text."""
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        """Return the hash of the text: equal secrets have equal hashes."""
        return hash(self._text)

    def __str__(self) -> str:
        """Return asterisks, the same number for every text."""
        return _MASK

    def __repr__(self) -> str:
        """Return asterisks, as `str` does."""
        return f"Secret('{_MASK}')"

    def __reduce__(self) -> str | tuple[object, ...]:
        """Raise `TypeError` for pickle and copy, because they would write the text."""
        raise TypeError("a secret is not written down")
