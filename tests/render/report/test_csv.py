"""The rows as CSV: RFC 4180, safe in a spreadsheet, and the same for every program that reads it."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given

from reconciler.history.report import Covers, Report, Row
from reconciler.model.inert import is_hidden
from reconciler.render.report.columns import COLUMNS
from reconciler.render.report.csv import render
from reconciler.render.view import View
from tests.builders import TODAY
from tests.render.report.reports import COMMIT, FIRST, REVIEW, WHOLE, a_row, reports
from tests.sentences import Golden

HEADER = (
    "role,code,name,category,owner,since,commit,pull_request,authors,reason,until,reviewed_on,reviewed_by,set,"
    "pattern,waivers,findings\r\n"
)


def written(*rows: Row) -> str:
    return render(Report(Covers("roles.d", COMMIT, TODAY), rows), View())


def cells(*rows: Row) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(*rows), newline=""), strict=True))


def by_hand(text: str) -> list[list[str]]:
    """The cells by the grammar of RFC 4180, without a library."""
    table: list[list[str]] = [[]]
    cell, quoted, at = "", False, 0
    while at < len(text):
        here, following = text[at], text[at + 1 : at + 2]
        if quoted and here == '"' == following:
            cell, at = f'{cell}"', at + 1
        elif here == '"':
            quoted = not quoted
        elif not quoted and here == ",":
            table[-1].append(cell)
            cell = ""
        elif not quoted and here == "\r":
            assert following == "\n"
            table[-1].append(cell)
            table.append([])
            cell, at = "", at + 1
        else:
            assert quoted or here not in '"\n'
            cell += here
        at += 1
    assert (table.pop(), cell, quoted) == ([], "", False)
    return table


def test_a_report_without_rows_is_the_header() -> None:
    assert written() == HEADER


def test_every_line_ends_in_cr_and_lf_and_there_is_no_mark_at_the_start() -> None:
    text = written(a_row(), a_row(code="billing.refund"))
    assert text.count("\r\n") == text.count("\n") == text.count("\r") == 3
    assert text.startswith("role,")


def test_the_rows_are_as_they_were_read(golden: Golden) -> None:
    golden.says("render/report", "csv", render(WHOLE, View()).replace("\r\n", "\n").rstrip("\n"))


def test_lists_are_joined_and_what_does_not_apply_is_empty() -> None:
    (row,) = cells(a_row(owner=("finance", "Ana"), since=FIRST, findings=("apart", "refunds")))
    assert (row["owner"], row["authors"], row["findings"]) == ("finance; Ana", "Jon Berg; Ana Ruiz", "apart; refunds")
    assert (row["since"], row["commit"], row["pull_request"]) == ("2025-11-02", FIRST.commit, "")
    assert [row[key] for key in ("reason", "until", "reviewed_on", "reviewed_by", "set", "pattern")] == [""] * 6


def test_a_review_is_its_day_and_its_author() -> None:
    (row,) = cells(a_row(review=REVIEW))
    assert (row["reviewed_on"], row["reviewed_by"]) == ("2026-11-20", "Jon Berg <jon@example.com>")


@pytest.mark.parametrize("start", "=+-@")
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(start: str) -> None:
    (row,) = cells(a_row(f"{start}1+1", owner=(f"{start}x", "=y"), reason=f"{start}cmd|' /C calc'!A0"))
    assert row["role"] == f"'{start}1+1"
    assert row["owner"] == f"'{start}x; =y"
    assert row["reason"] == f"'{start}cmd|' /C calc'!A0"


def test_controls_are_escaped_before_a_formula_is_looked_for() -> None:
    (row,) = cells(a_row(reason="\t=1\r\n\u202e", set="\ufeff=1"))
    assert (row["reason"], row["set"]) == ("\\t=1\\r\\n\\u202e", "\\ufeff=1")


def test_quotes_commas_and_spaces_stay_what_they_are() -> None:
    reason = ' "a", b;c '
    assert cells(a_row(reason=reason))[0]["reason"] == reason
    assert '," ""a"", b;c ",' in written(a_row(reason=reason))


@given(reports())
def test_whatever_the_data_two_parsers_see_the_same_cells_without_a_line_break(report: Report) -> None:
    text = render(report, View())
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert found == by_hand(text)
    assert len(found) == len(report.rows) + 1
    assert {len(row) for row in found} == {len(COLUMNS)}
    assert not [cell for row in found for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert {character for character in text if is_hidden(character)} <= {"\r", "\n"}
    text.encode()


def test_libreoffice_reads_the_same_cells(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("there is no soffice on the PATH (Debian package libreoffice-calc)")
    rows = (a_row("=1+1", reason='"x", y; z', set="日本 é"), a_row("two\r\nlines", "", owner=("@a", "b")))
    source = tmp_path / "report.csv"
    source.write_bytes(written(*rows).encode())
    in_utf8 = "44,34,76,1"
    start = [office, f"-env:UserInstallation={tmp_path.as_uri()}/profile", "--headless"]
    read = [f"--infilter=CSV:{in_utf8}", "--convert-to", "ods", "--outdir", str(tmp_path), str(source)]
    to_csv = ["--convert-to", f"csv:Text - txt - csv (StarCalc):{in_utf8}", "--outdir", str(tmp_path / "back")]
    for step in (read, [*to_csv, str(tmp_path / "report.ods")]):
        subprocess.run([*start, *step], check=True, capture_output=True, timeout=120)
    with (tmp_path / "back" / "report.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == cells(*rows)
