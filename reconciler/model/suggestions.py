"""What somebody perhaps meant: the known words that are near to one that is not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from difflib import SequenceMatcher

MOST = 3
"""How many words are named at most."""

_NEAR = 0.75
"""How alike two parts must be: of four letters, three are in both and in the same order."""

_LONGEST = 100
_BETWEEN_PARTS = re.compile(r"[\W_]+")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "..."?` with the near known words, or nothing where none is near."""
    found = near(word, known)
    return f"; did you mean {' or '.join(map(quoted, found))}?" if found else ""


def near(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that `word` may be a typo of, nearest first, without regard to case.

    Words are compared part by part, and each part must be near: `contacts.exprot` is near to `contacts.export`, and not
    to `contacts.import`, although most of their letters are the same. `biling.view` is near to `billing.view`, and not
    to `settings.view`. Words that do not have the same number of parts are near where all their letters are the same:
    `contactsexport` and `contacts.export`.
    """
    from difflib import SequenceMatcher  # noqa: PLC0415 - needed only where something is wrong

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
    """Return how alike two parts are, from `_NEAR` to 1; 0 where they are not near. The quick checks come first."""
    ours.set_seq1(theirs)
    checks = (ours.real_quick_ratio, ours.quick_ratio, ours.ratio)
    return ours.ratio() if all(check() >= _NEAR for check in checks) else 0.0
