"""Find the strings that must be written in quotes, because YAML reads them as something else without.

Both versions count: YAML 1.1 as PyYAML and Ruby read it (`no` is false, `1:30` is ninety, `2026-11-23` is a date), and
the core schema of YAML 1.2 (`0o17`, `1e3`). A value must be a string for readers of both.
"""

from __future__ import annotations

import re

from reconciler.model.inert import is_hidden

# https://yaml.org/type/ (1.1) and https://yaml.org/spec/1.2.2/#1032-tag-resolution (1.2)
# YAML 1.1 lists y and n as booleans, but PyYAML, libyaml and every 1.2 reader read them as strings.
_BOOLEAN = r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF"
_INTEGER = r"0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+"
_SIXTIES = r"[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
_DECIMAL = r"(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF)"
_DAY = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_TIME = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"
_KINDS = (
    ("null", r"~|null|Null|NULL|"),
    ("a boolean", _BOOLEAN),
    ("a number", rf"[-+]?(?:{_INTEGER}|{_SIXTIES}|{_DECIMAL})|\.(?:nan|NaN|NAN)"),
    ("a date", rf"{_DAY}(?:(?:[Tt]|[ \t]+){_TIME})?"),
    ("a special symbol", r"=|<<"),
)
_NOT_TEXT = re.compile("|".join(f"({pattern})" for _, pattern in _KINDS))


def other_than_text(plain: str) -> str | None:
    """Return what YAML reads a plain scalar as (`a number`, `a boolean`, ...), or None if it is a string."""
    found = _NOT_TEXT.fullmatch(plain)
    if found is None or found.lastindex is None:
        return None
    return _KINDS[found.lastindex - 1][0]


# What a plain scalar in a block may start with (YAML 1.2.2, section 7.3.3; YAML 1.1 has the same rule).
_FIRST = re.compile(r"[-?:](?! |$)|[^-?:,\[\]{}#&*!|>'\"%@` ]")
_ENDS = re.compile(r": | #|[: ]$")
# Some readers take a sign or a dot and underscores for a number, and then fail.
_LIKE_A_NUMBER = re.compile(r"[-+.][-+0-9_.:eE]*")
_SHORT_BOOLEANS = frozenset("yYnN")
"""The type repository of YAML 1.1 lists these; some readers follow it (yaml.org/type/bool)."""


def reads_as_itself(text: str) -> bool:
    """Return whether readers of YAML 1.1 and 1.2 read `text`, written on one line without quotes, as the same string.

    It is not in a list or a mapping with brackets, where more characters have a meaning.
    """
    return (
        _FIRST.match(text) is not None
        and _ENDS.search(text) is None
        and text not in _SHORT_BOOLEANS
        and _LIKE_A_NUMBER.fullmatch(text) is None
        and other_than_text(text) is None
        and not any(map(is_hidden, text))
    )
