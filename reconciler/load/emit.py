"""One role as the text of a role file that reads back as the very same role, and that people like to read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.model.inert import is_hidden, visible
from reconciler.yamlio.scalars import other_than_text

if TYPE_CHECKING:
    from reconciler.model.roles import Role

# Plain only where nobody has to think: starts with a letter, no sign that YAML could take for one of its own.
_PLAIN = re.compile(r"[A-Za-z](?:[\w .,;()/+'\"!?&%@-]*[\w.,;()/+'\"!?&%@-])?", re.ASCII)
_WIDE = 100
_WORD_GAP = re.compile(r"(?<=[^ ]) (?=[^ ])")


def role_yaml(role: Role) -> str:
    """A YAML document without `---`, its permissions sorted, with a line break at its end."""
    lines = [f"name: {_scalar(role.name)}"]
    if role.description:
        lines.append(f"description: {_description(role.description)}")
    if role.permissions:
        lines.append("permissions:")
        lines += [f"  - {_scalar(code)}" for code in sorted(role.permissions)]
    else:
        lines.append("permissions: []")
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and other_than_text(text) is None:
        return text
    return _double(text)


def _double(text: str) -> str:
    """Double quotes; what could not stand in a file or would not be seen is escaped, other scripts are left alone."""
    return "".join(['"', *map(_escaped, text), '"'])


def _escaped(character: str) -> str:
    # What `visible` writes for hidden characters (\\n, \\x1b, \\u202e, ...) is what YAML reads in double quotes.
    return f"\\{character}" if character in '"\\' else visible(character)


def _description(text: str) -> str:
    """On one line where it fits on one, as a block where that is easier to read and can be read back."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if all(map(_block_line, lines)) and lines[0][:1].strip() and lines[-1]:
        if len(lines) > 1:
            return _block("|", text, lines)
        if len(text) > _WIDE and body == text:
            return _block(">", text, _wrapped(text))
    return _scalar(text)


def _block(style: str, text: str, lines: list[str]) -> str:
    chomp = "" if text.endswith("\n") else "-"
    return "\n".join([f"{style}{chomp}", *(f"  {line}" if line else "" for line in lines)])


def _block_line(line: str) -> bool:
    """Whether a line reads back from a block as it is: nothing hidden in it, and no blanks that make up all of it."""
    return not line or (not line.isspace() and not any(map(is_hidden, line)))


def _wrapped(text: str) -> list[str]:
    """The lines of a folded block: broken only where one blank stands between two words."""
    lines = [""]
    for word in _WORD_GAP.split(text):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if len(longer) <= _WIDE or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
