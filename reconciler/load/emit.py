"""Write one role as the text of a role file that is easy to read and reads back as the same role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.model.inert import is_hidden, steers, visible
from reconciler.yamlio.scalars import other_than_text

if TYPE_CHECKING:
    from reconciler.model.roles import Role

# Plain only in clear cases: it starts with a letter and has no character with a meaning in YAML.
_PLAIN = re.compile(r"[A-Za-z](?:[\w .,;()/+'\"!?&%@-]*[\w.,;()/+'\"!?&%@-])?", re.ASCII)
_WIDE = 100
_WORD_GAP = re.compile(r"(?<=[^ ]) (?=[^ ])")


def role_yaml(role: Role) -> str:
    """Return a YAML document without `---`, with sorted permissions and a line break at its end."""
    lines = [f"name: {scalar(role.name)}"]
    if role.description:
        lines.append(f"description: {_description(role.description)}")
    if role.permissions:
        lines.append("permissions:")
        lines += [f"  - {scalar(code)}" for code in sorted(role.permissions)]
    else:
        lines.append("permissions: []")
    return "\n".join(lines) + "\n"


def scalar(text: str) -> str:
    """Return `text` as a scalar: plain in clear cases, otherwise in double quotes."""
    if _PLAIN.fullmatch(text) and other_than_text(text) is None:
        return text
    return double_quoted(text)


def double_quoted(text: str) -> str:
    """Return `text` in double quotes. Forbidden and invisible characters are escaped, other scripts are unchanged."""
    inner = "".join(map(_escaped, text)).replace("##[", "#\\x23[")  # a command in the log of a CI (`model.inert`)
    return f'"{inner}"'


def _escaped(character: str) -> str:
    # YAML reads the escapes of `visible` (\\n, \\x1b, \\u202e, ...) in double quotes.
    return f"\\{character}" if character in '"\\' else visible(character)


def _description(text: str) -> str:
    """Return `text` on one line if it fits, or as a block if that is easier to read and reads back as the same text."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if all(map(_block_line, lines)) and lines[0][:1].strip() and lines[-1]:
        if len(lines) > 1 and not steers(lines):
            return _block("|", text, lines)
        if len(lines) == 1 and len(text) > _WIDE and body == text and not steers(folded := _wrapped(text)):
            return _block(">", text, folded)
    return scalar(text)


def _block(style: str, text: str, lines: list[str]) -> str:
    chomp = "" if text.endswith("\n") else "-"
    return "\n".join([f"{style}{chomp}", *(f"  {line}" if line else "" for line in lines)])


def _block_line(line: str) -> bool:
    """Return whether a line reads back unchanged from a block: nothing hidden is in it, and it is not all spaces."""
    return not line or (not line.isspace() and not any(map(is_hidden, line)))


def _wrapped(text: str) -> list[str]:
    """Return the lines of a folded block, broken only at single spaces between two words."""
    lines = [""]
    for word in _WORD_GAP.split(text):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if len(longer) <= _WIDE or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
