"""Suggest the known words that an unknown word may be a typo of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from difflib import SequenceMatcher

MOST = 3
"""The maximum number of suggestions."""

MOST_WORDS = 100
"""The maximum number of words that get suggestions from one `Suggester`."""

_MOST_COMPARISONS = 100_000  # about half a second

_NEAR = 0.75
"""The least likeness of two parts. For example, two parts of four letters must share three in the same order."""

_LONGEST = 100
_BETWEEN_PARTS = re.compile(r"[\W_]+")


class Suggester:
    """Suggests for many unknown words, of which each is looked up once.

    Only the first words get suggestions: a hundred, and fewer if the known words are so many that this takes long.
    """

    def __init__(self, known: Collection[str]) -> None:
        """Take the known words."""
        self._known = known
        self._most = min(MOST_WORDS, max(1, _MOST_COMPARISONS // max(1, len(known))))
        self._found: dict[str, list[str]] = {}

    def near(self, word: str) -> list[str]:
        """Return what the function `near` returns, or nothing if enough words have suggestions."""
        if word not in self._found:
            self._found[word] = near(word, self._known) if len(self._found) < self._most else []
        return self._found[word]

    def did_you_mean(self, word: str) -> str:
        """Return what the function `did_you_mean` returns, or an empty string if enough words have suggestions."""
        return _question(self.near(word))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "..."?` with the near known words, or an empty string if none is near."""
    return _question(near(word, known))


def _question(found: Collection[str]) -> str:
    return f"; did you mean {' or '.join(map(quoted, found))}?" if found else ""


def near(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that `word` may be a typo of, nearest first. Case is ignored.

    Words are compared part by part, and each part must be near. For example, `contacts.exprot` is near
    `contacts.export` but not `contacts.import`, although most letters are the same. `biling.view` is near
    `billing.view` but not `settings.view`. Words with different numbers of parts are near only if all their letters
    are the same: `contactsexport` and `contacts.export`.
    """
    from difflib import SequenceMatcher  # noqa: PLC0415 - needed only for a problem

    parts = _parts(word)
    matchers = [SequenceMatcher(None, "", part) for part in parts]
    scores: dict[str, float] = {}
    for each in known:
        theirs = _parts(each)
        if len(theirs) == len(parts):
            scores[each] = min(map(_likeness, matchers, theirs))
        else:
            scores[each] = float("".join(theirs) == "".join(parts))
    return sorted(filter(scores.__getitem__, scores), key=lambda each: -scores[each])[:MOST]


def _parts(word: str) -> list[str]:
    return _BETWEEN_PARTS.split(word.lower()[:_LONGEST])


def _likeness(ours: SequenceMatcher[str], theirs: str) -> float:
    """Return the likeness of two parts, from `_NEAR` to 1, or 0 if they are not near. The quick checks come first."""
    ours.set_seq1(theirs)
    checks = (ours.real_quick_ratio, ours.quick_ratio, ours.ratio)
    return ours.ratio() if all(check() >= _NEAR for check in checks) else 0.0
