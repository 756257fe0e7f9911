"""docs/pictures/terminal.svg: a plan in a terminal, drawn from what the command prints in colour.

`make docs` draws it; `tests/test_docs.py` compares its words with those of the command.
"""

from __future__ import annotations

import html
import io
import re
import subprocess
from contextlib import redirect_stdout

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from reconciler.cli.boundary import run
from reconciler.render.pen import GREEN, RED, YELLOW
from tests.documents import ROOT, in_one_form, session

PICTURE = ROOT / "docs" / "pictures" / "terminal.svg"
COMMAND = "reconciler plan --base main"
_WIDTH = 80
_ROLES = ("knowledge-editor", "support-tier-1", "support-tier-2")
_BEFORE = """
git init --quiet --initial-branch main
mkdir roles.d
cp "$REPOSITORY"/roles.d/{knowledge-editor,support-tiers}.yaml roles.d
git add . && git commit --quiet --message "Roles as reviewed"
cp "$REPOSITORY/roles.d/quality-reviewer.yaml" roles.d
sed -i 's/^  - messages.schedule/&\\n  - messages.delete/' roles.d/support-tiers.yaml
"""
_THEME = TerminalTheme(
    (27, 31, 36),
    (225, 228, 232),
    [
        (99, 108, 118),
        (255, 135, 125),
        (126, 211, 133),
        (238, 197, 102),
        (121, 184, 255),
        (214, 164, 255),
        (115, 220, 220),
        (225, 228, 232),
    ],
)
_TONES = {RED: 31, GREEN: 32, YELLOW: 33}
"""What the command prints, and the colours of the palette above for it, which are light enough to be read on black."""
# rich's own frame names a font on another host; this one takes what the reader's machine has.
_FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>A plan in a terminal</title>
<style>
.{unique_id}-matrix {{
  font: {char_height}px ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  line-height: {line_height}px;
  white-space: pre;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def printed(color: str) -> str:
    """Return what a terminal shows: the command, and what it prints."""
    with session(_ROLES):
        subprocess.run(["bash", "-euc", _BEFORE], check=True)
        found = io.StringIO()
        with redirect_stdout(found):
            run([*COMMAND.split()[1:], "--color", color])
    return f"$ {COMMAND}\n{in_one_form(found.getvalue())}"


def words(svg: str) -> str:
    """Return the words of the picture, without spaces: a change of colour parts one word in two."""
    return "".join(html.unescape("".join(re.findall(r"<text[^>]*>(.*?)</text>", svg, re.DOTALL))).split())


def drawn() -> str:
    """Return the picture of what the command prints now."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    text = printed("always")
    for color, tone in _TONES.items():
        text = text.replace(f"\x1b[38;5;{color}m", f"\x1b[{tone}m")
    console.print(Text.from_ansi(text), soft_wrap=True)
    return console.export_svg(title="", theme=_THEME, code_format=_FRAME, unique_id="terminal")


def write() -> None:
    """Draw the picture into the documents."""
    PICTURE.write_text(drawn(), encoding="utf-8")


if __name__ == "__main__":
    write()
