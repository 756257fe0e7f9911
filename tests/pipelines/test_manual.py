"""The man pages: those of the commands and documents of now, in a form that `man` has nothing to say about."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from reconciler.cli.registry import COMMANDS
from tests import manual


def shown(*pages: str) -> subprocess.CompletedProcess[str]:
    """What `man` makes of pages on a terminal of 80 columns, with all warnings."""
    if shutil.which("man") is None:
        if os.environ.get("RECONCILER_REQUIRE_SHELLS"):
            pytest.fail("man is not installed, and RECONCILER_REQUIRE_SHELLS is set")
        pytest.skip("man is not installed")
    return subprocess.run(
        ["man", "--warnings", "-l", *pages],
        cwd=manual.FOLDER,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
        capture_output=True,
        text=True,
        check=True,
    )


def test_the_pages_are_those_of_the_commands_and_documents() -> None:
    assert manual.pages() == manual.written(), "write them with: make docs"


def test_each_command_has_a_page() -> None:
    names = {f"man1/reconciler-{name}.1" for name in COMMANDS}
    assert manual.pages().keys() == names | {"man1/reconciler.1", "man7/reconciler-role-files.7"}


def test_a_page_has_no_date_of_its_build() -> None:
    assert all('"" "reconciler ' in text for text in manual.pages().values())


def test_man_has_nothing_to_say_about_the_pages() -> None:
    done = shown(*sorted(manual.written()))
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_page_shows_options_with_hyphens_that_can_be_copied() -> None:
    text = shown("man1/reconciler-plan.1").stdout
    assert "--detailed-exitcode\n" in text
    assert "Environment: RECONCILER_DETAILED_EXITCODE." in text
    assert "reconciler plan --format html --output plan.html" in text
    assert "There are changes, with --detailed-exitcode." in text


def test_text_that_roff_would_read_as_a_command_is_text() -> None:
    assert manual.from_markdown(".so /etc/passwd\n\n'tis `\\fBbold`\n") == [
        ".PP",
        r"\&.so /etc/passwd",
        ".PP",
        r"\&'tis \fB\efBbold\fR",
    ]
