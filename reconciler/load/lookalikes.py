"""Warn of names that look alike: a desired role that looks like another role or like a system role.

Two names look alike if they have the same skeleton. The skeleton of a name is made in three steps: compatibility
normalisation (full-width letters, ligatures), removal of hidden characters, and replacement of letters of other scripts
by the Latin letters that they look like. The table is a short form of Unicode's confusables (UTS #39), for lower-case
letters only. It misses some names, and some names that it finds are intended, so a finding is only a warning.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from reconciler.model.findings import Finding
from reconciler.model.inert import is_hidden, quoted
from reconciler.model.roles import SYSTEM_NAMES, DesiredRole
from reconciler.plan.changes import Delete, Plan
from reconciler.plan.sources import Compared

RULE = "lookalike-name"

_DRAWN_ALIKE = {
    # Cyrillic
    **dict(zip("авеѕіјкӏморсԛтугхһԁԍпԝь", "abesijklmopcqtyrxhdgnwb", strict=True)),
    # Greek
    **dict(zip("αβγεηικνορτυχωϲϳ", "abyenikvoptuxwcj", strict=True)),
    # Armenian
    **dict(zip("օոսհզցգք", "onuhqggp", strict=True)),  # noqa: RUF001 - likewise
    # Latin letters that are not those of the alphabet
    **dict(zip("ıɑɡɩʟɴʀᴀᴄᴇᴏᴛᴜᴠᴡᴢ", "iagilnraceotuvwz", strict=True)),
    # Dashes, quotation marks and strokes
    **dict.fromkeys("‐‑‒–—―−⁃", "-"),  # noqa: RUF001 - likewise
    **dict.fromkeys("‘’‛ʼʹ`´", "'"),  # noqa: RUF001 - likewise
    **dict.fromkeys("ǀ∣│", "l"),  # noqa: RUF001 - likewise
}
_MOST_COMPARED = 100
_TABLE = str.maketrans(_DRAWN_ALIKE)


def skeleton(name: str) -> str:
    """Return the skeleton of `name`. Different names with the same skeleton look alike."""
    if not name.isascii():
        shown = "".join(character for character in unicodedata.normalize("NFKC", name) if not is_hidden(character))
        name = unicodedata.normalize("NFKC", shown.lower().translate(_TABLE))
    return " ".join(name.split())


def lookalikes(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return sorted pairs: a name, and the other name or system role that it looks like. At most one pair per name."""
    known = {name: name for name in SYSTEM_NAMES}
    pairs = []
    # ASCII names come first, so of two names that look alike the unusual one gets the warning.
    for name in sorted(set(names), key=lambda name: (not name.isascii(), name)):
        other = known.setdefault(skeleton(name), name)
        if other != name:
            pairs.append((name, other))
    return sorted(pairs)


def warnings(desired: Iterable[DesiredRole]) -> list[Finding]:
    """Return a warning for each desired role whose name looks like another name or has hidden characters."""
    entries = {entry.role.name: entry for entry in desired}
    alike = dict(lookalikes(entries))
    found = []
    for name, entry in entries.items():
        if name in alike:
            found.append(_warning(entry, _looks_like(name, alike[name])))
        elif not name.isascii() and any(map(is_hidden, name)):
            found.append(
                _warning(
                    entry, f"name {quoted(name)} contains hidden characters ({_hidden_in(name)}); is that intended?"
                )
            )
    return found


def notes(desired: Iterable[DesiredRole], plan: Plan) -> list[str]:
    """Return a sentence for each desired name that looks like an earlier role that no file defines, sorted by place."""
    deleted = dict.fromkeys((change.name for change in plan.changes if isinstance(change, Delete)), " (to be deleted)")
    live = {role.name: "" for role in (*plan.unmanaged, *plan.ignored)} | deleted
    there = "" if isinstance(plan.source, Compared) else "live "
    entries = {entry.role.name: entry for entry in desired}
    alike: dict[str, list[str]] = {}
    for name in sorted(live.keys() - entries.keys()):
        alike.setdefault(skeleton(name), []).append(name)
    found = []
    for name, entry in entries.items():
        for other in alike.get(skeleton(name), []) if alike else []:
            what = f"the {there}role {quoted(other)}{live[other]}"
            found.append(_warning(entry, _another(name, other, what)))
    return [str(problem) for problem in sorted(found)]


def _looks_like(name: str, other: str) -> str:
    whose = "the system role" if other in SYSTEM_NAMES else "role"
    return _another(name, other, f"{whose} {quoted(other)}")


def _another(name: str, other: str, what: str) -> str:
    signs = ", ".join(_differences(name, other))
    return f"name {quoted(name)} looks like {what} but is a different name ({signs}); is that intended?"


def _differences(name: str, other: str) -> list[str]:
    """Return the first three differences, such as `U+00A0 NO-BREAK SPACE instead of U+0020 SPACE`."""
    if len(name) == len(other):
        pairs = [(mine, theirs) for mine, theirs in zip(name, other, strict=True) if mine != theirs]
    else:
        pairs = _longer_or_shorter(name, other)
    return list(dict.fromkeys(_difference(mine, theirs) for mine, theirs in pairs))[:3]


def _difference(mine: str, theirs: str) -> str:
    if not mine:
        return f"lacks {_all_named(theirs)}"
    return f"contains {_all_named(mine)} instead of {_all_named(theirs)}" if theirs else f"contains {_all_named(mine)}"


def _longer_or_shorter(name: str, other: str) -> list[tuple[str, str]]:
    from difflib import SequenceMatcher  # noqa: PLC0415 - needed only where two names look alike

    # Cut both: hostile names may be as long as a file, and comparing them would take too long.
    start = next((at for at, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), min(len(name), len(other)))
    mine, theirs = name[start : start + _MOST_COMPARED], other[start : start + _MOST_COMPARED]
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    return [(mine[a:b], theirs[c:d]) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal"]


def _all_named(characters: str) -> str:
    return " ".join(_named(character) for character in characters[:3])


def _hidden_in(name: str) -> str:
    return ", ".join(_named(character) for character in list(dict.fromkeys(filter(is_hidden, name)))[:3])


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"


def _warning(entry: DesiredRole, message: str) -> Finding:
    return Finding(RULE, message, entry.location.place, "warning", role=entry.role.name)
