"""Progress on standard error: late, and only for people."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading

import pytest

from reconciler.cli import progress

# rich is imported before the clock runs: on a busy machine that alone takes longer than the work.
SLOW = """
import time
import rich.console, rich.progress
from reconciler.cli import progress
progress.PATIENCE = 0.0
with progress.counting("applying", 2) as advance:
    advance()
    time.sleep(0.5)
    advance()
with progress.waiting("reading"):
    time.sleep(0.3)
"""


def shown_on_a_terminal(program: str, kind: str = "xterm") -> str:
    """What `program` writes to its standard error, which is a terminal of this kind."""
    reader, writer = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stderr=writer,
        env={**os.environ, "TERM": kind, "COLUMNS": "80", "NO_COLOR": ""},
    ) as process:
        os.close(writer)
        shown = b""
        while True:
            try:
                piece = os.read(reader, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        assert process.wait() == 0
    os.close(reader)
    return shown.decode()


def test_a_terminal_sees_what_takes_long() -> None:
    shown = shown_on_a_terminal(SLOW)
    assert "applying" in shown
    assert "2/2" in shown
    assert "reading" in shown


PAINTED = """
import click
from reconciler.cli.streams import paint
run = click.Context(click.Command("any"))
run.__enter__()
paint(run, click.Option(["--color"]), {!r})
"""


@pytest.mark.parametrize(("when", "coloured"), [("always", True), ("auto", True), ("never", False)])
def test_a_bar_has_the_colours_of_the_report(when: str, *, coloured: bool) -> None:
    shown = shown_on_a_terminal(PAINTED.format(when) + SLOW)
    assert ("2/2" in shown, bool(re.search(r"\x1b\[([0-9;]*;)?3[0-9]", shown))) == (True, coloured)


def test_a_bar_says_how_much_time_is_left() -> None:
    assert re.search(r"1/2\S* \S*(--|[0-9]{2}):(--|[0-9]{2})", shown_on_a_terminal(SLOW))


def test_a_terminal_sees_a_bar_instead_of_a_line_for_each_change() -> None:
    program = SLOW.replace("counting", "reporting").replace("advance()", "advance('one line')")
    shown = shown_on_a_terminal(program)
    assert "2/2" in shown
    assert "one line" not in shown


def test_what_is_quick_shows_nothing() -> None:
    assert shown_on_a_terminal("from reconciler.cli import progress\nwith progress.waiting('x'): pass\n") == ""


def test_no_terminal_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.counting("applying", 1) as advance:
        advance()
    assert capsys.readouterr().err == ""


def test_a_bar_whose_work_is_over_never_appears(capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress.Bar("applying", 1)
    bar.advance()
    bar.hide()
    threading.Thread(target=bar.show).run()
    assert capsys.readouterr().err == ""


def test_a_signal_gives_a_terminal_a_line_without_the_bar_and_its_cursor_back_and_others_just_the_words() -> None:
    told = "from reconciler.cli.progress import say_past_a_bar\nsay_past_a_bar('stopped')\n"
    assert shown_on_a_terminal(told) == "\r\x1b[2K\x1b[?25hstopped\r\n"
    done = subprocess.run([sys.executable, "-c", told], stderr=subprocess.PIPE, text=True, check=True)
    assert done.stderr == "stopped\n"


def test_what_a_signal_says_is_broken_between_words_on_a_narrow_terminal() -> None:
    told = "from reconciler.cli.progress import say_past_a_bar\nsay_past_a_bar('no new writes; ' * 6)\n"
    lines = shown_on_a_terminal(told).removeprefix("\r\x1b[2K\x1b[?25h").split("\r\n")
    assert lines == [
        "no new writes; no new writes; no new writes; no new writes; no new writes; no",
        "  new writes;",
        "",
    ]


def test_a_terminal_that_cannot_move_its_cursor_gets_lines_without_escapes() -> None:
    program = SLOW.replace("counting", "reporting").replace("advance()", "advance('one line')")
    told = "\nprogress.say_past_a_bar('stopped')\n"
    assert shown_on_a_terminal(program + told, "dumb") == "one line\r\none line\r\nstopped\r\n"
