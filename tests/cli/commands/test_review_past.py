"""`reconciler review` in a repository: which change gave a role what its reviewer has not seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.cli.boundary import run
from reconciler.cli.outside import Outside
from tests.builders import TODAY
from tests.repository import Repository, a_file
from tests.sentences import Golden

Capture = pytest.CaptureFixture[str]
CLERK, LEAD = "roles.d/clerk.yaml", "roles.d/lead.yaml"
REVIEWS = """\
reviews:
  - role: lead
    on: 2026-02-01
    by: Jon Berg <jon@example.com>
    permissions: [contacts.view, reports.view]
"""


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """lead is reviewed, then renamed; it gains a code, loses one, and gains one that is not committed."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    found = Repository(tmp_path)
    clerk = {CLERK: a_file("clerk", "contacts.view")}
    found.commit("Start", {LEAD: a_file("lead", "contacts.view", "reports.view"), **clerk}, day="2026-01-10")
    found.commit("Review", {"reviews.yaml": REVIEWS}, day="2026-02-01")
    renamed = "renamed_from: lead\n"
    found.commit("Name", {LEAD: a_file("head", "contacts.view", "reports.view", more=renamed)}, day="2026-02-02")
    found.commit('Let "heads" pay (#7)', {LEAD: a_file("head", "contacts.view", "x.y", more=renamed)}, day="2026-03-01")
    found.write({LEAD: a_file("head", "contacts.view", "x.y", "z.z", more=renamed)})
    return found


def review(capture: Capture, *arguments: str) -> tuple[int, str]:
    capture.readouterr()
    code = run(["review", *arguments], outside=Outside(today=lambda: TODAY))
    return code, re.sub(r"\b[0-9a-f]{12}\b", "{commit}", capture.readouterr().out)


@pytest.mark.usefixtures("past")
def test_each_change_since_the_review_is_named(capsys: Capture, golden: Golden) -> None:
    code, out = review(capsys)
    assert code == 0
    golden.says("cli/review", "review in a repository", out)


@pytest.mark.usefixtures("past")
def test_so_it_is_to_the_reviewer_of_a_role(capsys: Capture, golden: Golden) -> None:
    assert review(capsys, "head")[0] == 4
    golden.says("cli/review", "review of a role in a repository", review(capsys, "head")[1])
    golden.says("cli/review", "review of a role in a repository that was never reviewed", review(capsys, "clerk")[1])


def test_a_history_that_is_cut_says_only_what_it_knows(
    past: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, golden: Golden
) -> None:
    past.commit("Now")
    monkeypatch.chdir(past.clone(tmp_path / "clone", "--depth=2").directory)
    code, out = review(capsys)
    assert code == 0
    golden.says("cli/review", "review in a clone without the whole history", out)
