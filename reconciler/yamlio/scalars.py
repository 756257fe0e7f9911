"""Find the unquoted strings that YAML reads as another type, so they must be written in quotes.

Both versions count: YAML 1.1 as PyYAML and Ruby read it (`no` is false, `1:30` is ninety, `2026-11-23` is a date), and
the core schema of YAML 1.2 (`0o17`, `1e3`). A value must be a string for readers of both.
"""

from __future__ import annotations

import re

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
