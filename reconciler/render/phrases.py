"""Roles and permissions as phrases in a sentence: `Support tier 2`, `merge contacts`.

Only plain words become part of a sentence. Everything else is in quotes, so no name can pass for a sentence of ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted, visible

if TYPE_CHECKING:
    from reconciler.model.catalogue import Catalogue, Permission

_PLAIN_ROLE = re.compile(r"[^\W_]+(?:[-_ ][^\W_]+)*")
_PLAIN_NAME = re.compile(r"[^\W_]+(?:[-/' ]{1,2}[^\W_]+)*")
_LONGEST = 60
_MOST_IN_A_SENTENCE = 5


class RolePhrases:
    """The names of roles as words, `support-tier-2` as `Support tier 2`, where no other role reads the same."""

    def __init__(self, names: Iterable[str]) -> None:
        """Tell apart these names."""
        readings: Mapping[str, int] = Counter(filter(None, map(_spoken, set(names))))
        self._clear = frozenset(reading for reading, number in readings.items() if number == 1)

    def of(self, name: str) -> str:
        """Return the name as words, or as it is in quotes."""
        reading = _spoken(name)
        return reading if reading in self._clear else f"Role {quoted(name, 1 << 31)}"


def _spoken(name: str) -> str:
    """Return the name as words, empty if it is not made of plain words."""
    if len(name) > _LONGEST or visible(name) != name or not _PLAIN_ROLE.fullmatch(name):
        return ""
    words = re.sub("[-_]", " ", name)
    return words[0].upper() + words[1:]


class PermissionPhrases:
    """Permissions as what follows "able to": `merge contacts` for a permission that is called "Merge contacts"."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Take the names from the catalogue; a name that several permissions have is followed by the code."""
        self._catalogue = catalogue
        names = Counter(entry.name for entry in catalogue.values())
        self._shared = frozenset(name for name, number in names.items() if number > 1)
        self._known: dict[str, str] = {}

    def of(self, code: str) -> str:
        """Return the phrase; for a permission without a name, `use` and its code."""
        if code not in self._known:
            self._known[code] = self._phrase(code)
        return self._known[code]

    def _phrase(self, code: str) -> str:
        entry = self._catalogue.get(code)
        if entry is None or not entry.name:
            about = f" ({quoted(entry.description)})" if entry and entry.description else ""
            return f"use {visible(code)}{about}"
        phrase = _lowered(entry.name) if _is_what_one_does(entry) else f"use {quoted(entry.name)}"
        return f"{phrase} ({visible(code)})" if entry.name in self._shared else phrase


def _is_what_one_does(entry: Permission) -> bool:
    """Return whether the name reads as what a person does: plain words that do not start with the category."""
    name = entry.name
    if len(name) > _LONGEST or visible(name) != name or not _PLAIN_NAME.fullmatch(name):
        return False
    first, category = re.split(r"\W", name, maxsplit=1)[0].casefold(), entry.code.partition(".")[0].casefold()
    return not category.startswith(first.removesuffix("s"))


def _lowered(name: str) -> str:
    """Return the name with a small first letter, unless it starts with an abbreviation: `CSV export`."""
    return name[0].lower() + name[1:] if name[1:2].islower() or name[1:2] in {"", " "} else name


def listed_in_words(phrases: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join(filter(None, [", ".join(phrases[:-1]), phrases[-1]]))


def fits_in_a_sentence(phrases: Collection[str]) -> bool:
    """Return whether so few phrases read well in one sentence."""
    return len(phrases) <= _MOST_IN_A_SENTENCE
