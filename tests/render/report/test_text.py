"""The report as text."""

from __future__ import annotations

from hypothesis import given

from reconciler.history.report import Covers, Report
from reconciler.model.days import Day
from reconciler.model.inert import is_hidden
from reconciler.render.report.text import render
from reconciler.render.view import View
from tests.builders import TODAY
from tests.render.report.reports import COMMIT, EDIT, FIRST, REVIEW, WHOLE, a_reported, a_row, reports
from tests.sentences import Golden

COVERS = Covers("roles.d", COMMIT, TODAY)


def test_the_whole_report_is_as_it_was_read(golden: Golden) -> None:
    golden.says("render/report", "text", render(WHOLE, View()))


def test_a_report_of_one_row_is_as_it_was_read(golden: Golden) -> None:
    report = Report(COVERS, [a_row(since=FIRST)], roles=[a_reported("billing-clerk", "billing.view")])
    golden.says("render/report", "text of one row", render(report, View()))


def test_a_merge_of_which_a_shallow_clone_lacks_commits_has_no_authors() -> None:
    rows = [a_row(since=FIRST._replace(authors=())), a_row(code="billing.refund", since=EDIT)]
    text = render(Report(COVERS, rows), View())
    assert "since 2025-11-02 (90ab12f04c11), authors unknown (shallow clone)\n" in text
    assert f"since {TODAY} (not committed)\n" in text


def test_what_a_review_says_of_all_permissions_of_a_role_is_said_once() -> None:
    rows = [a_row(review=REVIEW), a_row(code="billing.refund", review=REVIEW)]
    text = render(Report(COVERS, rows), View())
    assert "\nbilling-clerk (reviewed 2026-11-20 by Jon Berg <jon@example.com>)\n" in text
    assert text.count("reviewed") == 1


def test_a_permission_without_a_review_is_told_apart_from_one_with_a_review() -> None:
    rows = [a_row(review=REVIEW), a_row(code="billing.refund")]
    lines = render(Report(COVERS, rows), View()).splitlines()
    assert "billing-clerk" in lines
    assert [line for line in lines if line.endswith("not reviewed")] == [
        "  billing.refund (Refund payments): not reviewed"
    ]


def test_no_change_since_a_day_is_said() -> None:
    assert "\nNo change of access since 2026-03-01.\n" in render(Report(COVERS._replace(since=Day(2026, 3, 1))), View())


def test_another_day_and_commits_that_cannot_be_read_are_said(golden: Golden) -> None:
    covers = COVERS._replace(looks_ahead=True, skipped=2)
    golden.says("render/report", "text of another day", render(Report(covers), View()))


@given(reports())
def test_whatever_the_data_it_ends_no_line_and_hides_nothing(report: Report) -> None:
    text = render(report, View())
    assert {character for character in text if is_hidden(character)} <= {"\n"}
    rows, roles = len(report.rows), len({row.role for row in report.rows})
    assert text.count("\n") >= rows + roles
