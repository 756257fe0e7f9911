"""What each pass of `watch` reads again, apart from the command."""

from __future__ import annotations

import hashlib
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.apply.interrupts import ENDS, FIRST
from reconciler.cli.report import ReportOptions
from reconciler.cli.watching import ending, first_said, hashes_of, named_directory, writer_of_lines
from reconciler.load import load_documents, load_roles
from reconciler.watch.events import Event
from reconciler.watch.words import Mode
from tests.builders import TODAY
from tests.cli.conftest import Terminal


@pytest.mark.parametrize(
    ("until", "number"), [("2026-11-28", 0), ("2026-11-29", 1), ("2026-12-13", 1), ("2026-12-14", 0), ("", 0)]
)
def test_a_grant_ends_soon_if_it_ends_within_14_days(until: str, number: int) -> None:
    item = f"a.view: {{until: {until}}}" if until else "a.view: {reason: OPS-1}"
    text = f"name: lead\npermissions: [{item}, b.view]\n"
    assert ending(load_documents([("a.yaml", text.encode())], today=TODAY), TODAY) == number


def test_a_role_has_the_hash_of_its_file_as_long_as_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "lead.yaml"
    path.write_text("name: lead\npermissions: []\n")
    hash_of = hashes_of(load_roles(tmp_path, today=TODAY))
    assert hash_of("lead") == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert hash_of("other") is None
    path.unlink()
    assert hash_of("lead") is None


def test_the_working_directory_has_the_name_of_the_shell_if_that_is_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    monkeypatch.chdir(link)
    here = str(Path.cwd())
    for named, found in ((str(link), str(link)), ("/", here), (f"{tmp_path}/no", here), ("", here)):
        monkeypatch.setenv("PWD", named)
        assert named_directory() == found


def test_a_terminal_gets_a_long_line_broken_between_words_and_a_line_of_json_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    event = Event(datetime(2026, 11, 25, 3, 10, 2, tzinfo=UTC), "drift", "night-shift has contacts.export")
    with redirect_stdout(Terminal()) as shown:
        for form in ("text", "json"):
            writer_of_lines(ReportOptions("text", None, "never", 0), form)(event)
    first, second, whole = shown.getvalue().splitlines()
    assert (first, second) == ("2026-11-25T03:10:02Z drift: night-shift", "  has contacts.export")
    assert whole.endswith("}")


@pytest.mark.parametrize(("mode", "said"), [(Mode.REPORT, ENDS), (Mode.HEAL, FIRST), (Mode.APPLY, FIRST)])
def test_ctrl_c_speaks_of_writes_only_where_there_are_some(mode: Mode, said: str) -> None:
    assert first_said(mode) == said
    assert len(said) < 80
