"""The report in JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from reconciler.history.report import Covers, Report
from reconciler.render.report.columns import COLUMNS
from reconciler.render.report.json import render
from reconciler.render.view import View
from tests.builders import TODAY
from tests.render.report.reports import COMMIT, FINDINGS, WHOLE, reports


def document(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(report, View()))
    return found


def test_it_says_what_it_covers() -> None:
    found = document(WHOLE)
    assert found["format_version"] == "1.0"
    assert found["covers"] == {
        "roles_dir": "roles.d",
        "commit": COMMIT,
        "today": "2026-11-29",
        "since": "2026-03-01",
    }
    assert found["skipped_commits"] == 0


def test_a_row_has_the_columns_of_the_csv_with_lists_as_lists() -> None:
    row = document(WHOLE)["rows"][0]
    assert tuple(row) == COLUMNS
    assert (row["owner"], row["authors"], row["findings"]) == (["finance", "Ana"], ["Ana Ruiz"], ["refunds"])
    assert row["waivers"] == ["refunds until 2026-12-31: FIN-212"]
    assert (row["since"], row["commit"], row["pull_request"]) == ("2026-03-14", COMMIT, 212)
    assert (row["reason"], row["until"]) == ("Refunds on Mondays", "2026-12-31")
    assert (row["reviewed_on"], row["reviewed_by"], row["set"], row["pattern"]) == (None, None, None, None)


def test_a_role_without_codes_has_an_empty_code_and_nulls() -> None:
    row = document(WHOLE)["rows"][2]
    assert (row["role"], row["code"], row["name"], row["category"]) == ("none", "", "", "")
    assert (row["since"], row["commit"], row["authors"]) == (None, None, [])


def test_a_change_is_an_event_with_what_was_applied() -> None:
    changes = document(WHOLE)["changes"]
    assert changes[3] == {
        "event": "granted",
        "role": "billing-clerk",
        "renamed_from": None,
        "code": "billing.refund",
        "date": "2026-03-14",
        "commit": COMMIT,
        "subject": "Let clerks pay back (#212)",
        "authors": ["Ana Ruiz"],
        "pull_request": 212,
        "applied": [
            {
                "event": "granted",
                "role": "billing-clerk",
                "code": "billing.refund",
                "time": "2026-03-14T12:22:00Z",
                "actor": "ana-ruiz",
                "target": "https://tenant.example",
                "journal": "journal.jsonl",
            }
        ],
    }
    assert [change["applied"] for change in changes[:3]] == [[], [], []]
    assert changes[1]["renamed_from"] == "cashier"


def test_advice_is_lists() -> None:
    assert document(WHOLE)["advice"] == {"equal": [["cashier", "teller"]], "unused": ["contacts.export"]}


def test_an_empty_report_has_every_key() -> None:
    found = document(Report(Covers("roles.d", COMMIT, TODAY), findings=FINDINGS))
    assert (found["rows"], found["changes"], found["advice"]) == ([], [], {"equal": [], "unused": []})
    assert found["covers"]["since"] is None


def test_each_row_is_on_a_line_of_its_own() -> None:
    lines = render(WHOLE, View()).splitlines()
    assert [line.strip(" ,")[:10] for line in lines if line.startswith("    {")] == ['{"role": "'] * 4 + [
        '{"event": '
    ] * 4


@given(reports())
def test_whatever_the_data_it_is_ascii_json_with_the_same_rows(report: Report) -> None:
    text = render(report, View())
    assert text.isascii()
    assert "##[" not in text
    found = document(report)
    assert [(row["role"], row["code"]) for row in found["rows"]] == [(row.role, row.code) for row in report.rows]
    assert len(found["changes"]) == len(report.changes)
