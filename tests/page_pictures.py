"""The pictures of the pages in `docs/pictures/`: `python -m tests.page_pictures` takes them again, in Chromium.

The page of a plan is that of the example in docs/review.md. The report is that of a small history of role files.

Chromium writes a picture in full colour. With 128 colours it has 33 to 39 % of the bytes. Before you commit it, convert
it with Pillow, which is in no lock and belongs in a separate folder:
`Image.open(path).convert("RGB").quantize(128, kmeans=1).save(path, optimize=True)`.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from tests.browser import chromium, show, use
from tests.documents import ROOT, as_found, in_one_form

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

PICTURES = ROOT / "docs" / "pictures"
RECONCILER = str(Path(sys.executable).with_name("reconciler"))
_TODAY = "2026-11-29"
_DRAWN = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 200)))"
"""Wait until the browser has drawn the page in its new size."""
_ON_GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "owner/name",
    "GITHUB_SHA": "4f6c1d0f3b1e9a7c5d2e8b4a6f0c3d1e7b9a5c20",
}
_HISTORY = f"""
git init --quiet --initial-branch main
git config user.name "Ana Ruiz" && git config user.email ana@example.com
cp -r {ROOT}/roles.d {ROOT}/permissions.lock.yaml .
commit() {{ # day, author, message
  git add . && GIT_AUTHOR_DATE="$1T10:00:00Z" GIT_COMMITTER_DATE="$1T10:00:00Z" \\
    git -c user.name="$2" -c user.email=x@example.com commit --quiet --message "$3"
}}
sed -i 's/^name: support-lead/name: shift-lead/; /^renamed_from/d' roles.d/support-lead.yaml
sed -i '/- contacts.merge/d' roles.d/support-tiers.yaml
printf 'name: temp-export\\npermissions: [contacts.export, contacts.view]\\n' > roles.d/temp-export.yaml
commit 2026-06-01 "Ana Ruiz" "Roles as they are live"
cp {ROOT}/roles.d/support-lead.yaml roles.d
commit 2026-09-21 "Mira Chen" "Follow the new organisation (#288)"
cp {ROOT}/roles.d/support-tiers.yaml roles.d
commit 2026-10-12 "Jon Berg" "Let tier 2 join double contacts (#301)"
rm roles.d/temp-export.yaml
commit 2026-11-16 "Ana Ruiz" "The move to the new CRM is over (#318)"
for role in billing-clerk quality-reviewer support-lead support-tier-1 support-tier-2; do
  "$RECONCILER" review "$role" --yes >/dev/null
done
sed -i 's/ on: .*/ on: 2026-11-20/' reviews.yaml
commit 2026-11-20 "Ana Ruiz" "Review the roles of the support floor"
item='contacts.export: {{until: 2026-12-31, reason: "Answers to data requests, DPO-41"}}'
sed -i "s/^  - contacts.merge/  - $item\\n&/" roles.d/support-tiers.yaml
commit 2026-11-23 "Jon Berg" "Let tier 2 answer data requests in December (#322)"
"""


def plan_page(folder: Path) -> str:
    """Return the page of the example in docs/review.md, on GitHub."""
    text = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")
    example = text[: text.index("`reconciler show` makes")]
    plan = folder / "plan.json"
    as_found(f"{example}\n```console\n$ cp plan.json {plan}\n```\n")
    command = [RECONCILER, "show", str(plan), "--format", "html"]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | _ON_GITHUB).stdout


def report_page(folder: Path) -> str:
    """Return the page of a report about the history above."""
    environment = os.environ | {"RECONCILER": RECONCILER}
    subprocess.run(["bash", "-euc", _HISTORY], check=True, cwd=folder, env=environment)
    command = [RECONCILER, "report", "--since", "2026-09-01", "--today", _TODAY, "--format", "html"]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout


def take(page: Chrome, name: str, width: int, height: int | None, scheme: Literal["light", "dark"]) -> None:
    """Take a picture of the page as it is; without a height, of all of it."""
    use(page, scheme)
    metrics = {"width": width, "height": height or 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    if height is None:
        metrics["height"] = page.execute_script("return document.documentElement.scrollHeight")
        page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.execute_async_script(_DRAWN)
    (PICTURES / f"{name}.png").write_bytes(base64.b64decode(taken(page)))


def taken(page: Chrome) -> str:
    """Return the picture of what is in view, as base64."""
    return str(page.execute_cdp_cmd("Page.captureScreenshot", {})["data"])


def narrow(page: Chrome, folder: Path) -> None:
    """Take the page on a narrow screen at three places, side by side."""
    metrics = {"width": 400, "height": 860, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    screens = []
    for place in ("header", "#v-mixed", "#who"):
        page.execute_script("document.querySelector(arguments[0]).scrollIntoView()", place)
        screens.append(taken(page))
    images = "".join(f'<img alt="" src="data:image/png;base64,{screen}">' for screen in screens)
    style = "body { display: flex; gap: 20px; margin: 20px; background: #c9c8c0 }"
    show(page, f"<!DOCTYPE html><title>x</title><style>{style}</style>{images}", folder)
    take(page, "html-narrow", 1280, 900, "light")


def open_cell(page: Chrome, role: str, code: str) -> None:
    """Show the details of a cell, with the matrix at the top of the window."""
    page.execute_script("document.querySelector('a[href=\"#who\"]').click(); document.activeElement.blur()")
    script = (
        "const row = data.rows.findIndex(row => row.name === arguments[0]);"
        "const column = data.columns.findIndex(column => column.code === arguments[1]);"
        "matrix.elementOf(row, column).click()"
    )
    page.execute_script(script, role, code)


def main() -> None:
    """Take all pictures."""
    with TemporaryDirectory() as made, chromium() as page:
        folder = Path(made)
        (folder / "history").mkdir()
        html = in_one_form(plan_page(folder))
        show(page, html, folder)
        take(page, "html-light", 1480, None, "light")
        narrow(page, folder)
        show(page, html, folder, "#?columns=all")
        take(page, "html-dark", 1480, 900, "dark")
        open_cell(page, "support-tier-2", "messages.delete")
        take(page, "html-dark", 1480, 900, "dark")
        report = report_page(folder / "history")
        show(page, report, folder, "#?mode=changes")
        take(page, "report-light", 1480, None, "light")
        show(page, report, folder, "#?mode=unreviewed")
        take(page, "report-dark", 1480, 900, "dark")
        open_cell(page, "support-tier-2", "contacts.export")
        take(page, "report-dark", 1480, 900, "dark")


if __name__ == "__main__":
    main()
