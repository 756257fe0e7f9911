"""docs/pictures/comment.png: the comment of the example in docs/review.md, as a forge shows it.

`python -m tests.comment_picture` draws it, with Chromium. Look at it before you commit it.
"""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from markdown_it import MarkdownIt

from reconciler.cli.boundary import run
from tests.browser import chromium, show
from tests.documents import BLOCK, ROOT, in_one_form, session

PICTURE = ROOT / "docs" / "pictures" / "comment.png"
_WIDTH = 912
_STYLE = """
body { margin: 24px; font: 14px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1f2328; background: #fff }
article { border: 1px solid #d0d7de; border-radius: 6px }
header { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d0d7de; border-radius: 6px 6px 0 0;
  color: #59636e }
header b { color: #1f2328 }
header i { border: 1px solid #d0d7de; border-radius: 2em; padding: 0 7px; font-style: normal; font-size: 12px }
main { padding: 0 16px 16px }
h2 { font-size: 21px; border-bottom: 1px solid #d1d9e0b3; padding-bottom: .3em; line-height: 1.25 }
h3 { font-size: 17.5px; margin: 24px 0 16px }
h4 { font-size: 14px; margin: 24px 0 16px }
code { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; background: #818b981f; padding: .2em .4em;
  border-radius: 6px }
pre { background: #f6f8fa; border-radius: 6px; padding: 16px }
pre code { background: none; padding: 0; display: block }
pre span { display: block }
.new { background: #dafbe1; color: #116329 }
.old { background: #ffebe9; color: #82071e }
a { color: #0969da }
p { margin: 0 0 16px }
"""


def comment() -> str:
    """Return the Markdown of the example, linked as in CI."""
    page = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")
    before = next(BLOCK.finditer(page))
    with session(), redirect_stdout(io.StringIO()) as printed:
        subprocess.run(["bash", "-euc", before["before"]], check=True)
        run(["plan", "--base", "main", "--out", "plan.json", "--output", "plan.txt"])
        os.environ |= {
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "owner/name",
            "GITHUB_SHA": "abc",
        }
        run(["show", "plan.json", "--format", "markdown"])
    return in_one_form(printed.getvalue())


def page_of(markdown: str) -> str:
    """Return the page that shows the comment, with the lines of a diff in their colours."""
    text = MarkdownIt("commonmark", {"html": True}).render(markdown)
    text = re.sub(r"^(<pre>.*>)?(\+ .*)$", r'\1<span class="new">\2</span>', text, flags=re.MULTILINE)
    text = re.sub(r"^(<pre>.*>)?(- .*)$", r'\1<span class="old">\2</span>', text, flags=re.MULTILINE)
    text = text.replace("</span>\n", "</span>")
    who = "<b>github-actions</b> <i>bot</i> commented 2 minutes ago"
    return (
        f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>'
        f"<article><header>{who}</header><main>{text}</main></article>"
    )


def write() -> None:
    """Draw the picture into the documents."""
    markdown = comment()
    with chromium(_WIDTH, 1000) as browser, TemporaryDirectory() as folder:
        show(browser, page_of(markdown), Path(folder))
        height = browser.execute_script("return document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": _WIDTH, "height": height, "scale": 1}
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
    PICTURE.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    write()
