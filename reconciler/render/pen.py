"""Colours for text in a terminal. They only repeat what the text says: without them the text is the same.

They are fixed colours of the palette of 256, not the terminal's own green, red and yellow: those are made for a dark
background, and on a white one many a yellow has a contrast below 2. A test measures these on black, grey and white.
"""

from __future__ import annotations

from typing import assert_never

from reconciler.plan.action import Action, Verdict

GREEN, RED, YELLOW = 28, 196, 136


class Pen:
    """Writes with ANSI colours, or without."""

    def __init__(self, *, color: bool) -> None:
        """Use colours if `color` is true."""
        self._color = color

    def green(self, text: str) -> str:
        """Return the text in the colour of grants."""
        return self._in(f"38;5;{GREEN}", text)

    def red(self, text: str) -> str:
        """Return the text in the colour of revokes."""
        return self._in(f"38;5;{RED}", text)

    def yellow(self, text: str) -> str:
        """Return the text in the colour of what is changed."""
        return self._in(f"38;5;{YELLOW}", text)

    def bold(self, text: str) -> str:
        """Return the text in bold."""
        return self._in("1", text)

    def mark(self, sign: str) -> str:
        """Return `+` or `-` before a permission in its colour, and any other sign without one."""
        return {"+": self.green, "-": self.red}.get(sign, str)(sign)

    def sign(self, action: Action) -> str:
        """Return the action's sign, in its colour."""
        match action:
            case Action.CREATE:
                return self.green(action.sign)
            case Action.UPDATE:
                return self.yellow(action.sign)
            case Action.DELETE:
                return self.red(action.sign)
            case _:  # pragma: no cover - mypy proves that there is no other kind
                assert_never(action)

    def verdict(self, verdict: Verdict) -> str:
        """Return the verdict in capitals, in the colour of the signs that it summarises."""
        word = verdict.upper()
        match verdict:
            case Verdict.WIDENS:
                return self.green(word)
            case Verdict.NARROWS:
                return self.red(word)
            case Verdict.MIXED:
                return self.yellow(word)
            case Verdict.NEUTRAL:
                return word
            case _:  # pragma: no cover - mypy proves that there is no other kind
                assert_never(verdict)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color else text
