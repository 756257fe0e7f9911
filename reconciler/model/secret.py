"""A key or a token, from the moment it is read: whoever shows it by mistake shows asterisks.

Used as pydantic's `SecretStr` is, without loading the part of pydantic that takes as long to load as httpx's client.
"""

from __future__ import annotations

from typing import Final

_MASK: Final = "**********"


class Secret:
    """A text that `str`, `repr`, formatting and logging do not show."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep `text`."""
        self._text = text

    def get_secret_value(self) -> str:
        """The text itself: for the header of a request, and for nothing else."""
        return self._text

    def __eq__(self, other: object) -> bool:
        """Whether both hide the same text."""
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        """Equal secrets have equal hashes."""
        return hash(self._text)

    def __str__(self) -> str:
        """Asterisks, as many for every text."""
        return _MASK

    def __repr__(self) -> str:
        """Asterisks here too."""
        return f"Secret('{_MASK}')"

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuse to be pickled or copied: that would write the text down."""
        raise TypeError("a secret is not written down")
