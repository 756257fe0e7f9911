"""Whether a report is coloured."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from reconciler.cli.report import ReportOptions


def a_report(color: Literal["auto", "always", "never"] = "auto", output: Path | None = None) -> ReportOptions:
    return ReportOptions("text", output, color, 0)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def test_a_report_that_no_terminal_shows_has_no_color() -> None:
    assert not a_report().colored


def test_the_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert a_report("always").colored
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not a_report("never").colored


def test_a_file_is_coloured_only_where_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not a_report(output=Path("report")).colored
    assert a_report("always", Path("report")).colored


def test_no_color_wins_over_force_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert a_report().colored
    monkeypatch.setenv("NO_COLOR", "1")
    assert not a_report().colored
