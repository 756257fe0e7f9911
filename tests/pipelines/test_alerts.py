"""The alert rules, by Prometheus' own `promtool`: as rules, and over series of the operator."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.watch.metrics import exposition
from reconciler.watch.tallies import Tally
from tests.pipelines.outside import installed
from tests.pipelines.runner import ROOT

RULES = ROOT / "docs" / "templates" / "prometheus" / "alerts.yaml"
ALERTS = {rule["alert"]: rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
SERIES = exposition([(None, Tally())]).decode()


def promtool(*arguments: str, directory: Path) -> None:
    command = [installed("promtool", "prometheus"), *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_nothing_wrong_with_the_rules(tmp_path: Path) -> None:
    promtool("check", "rules", str(RULES), directory=tmp_path)


def test_promtool_finds_nothing_wrong_with_the_series(tmp_path: Path) -> None:
    command = [installed("promtool", "prometheus"), "check", "metrics"]
    done = subprocess.run(command, cwd=tmp_path, input=SERIES, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_each_rule_asks_for_series_of_the_operator() -> None:
    there = set(re.findall(r"^(reconciler_\w+)", SERIES, re.MULTILINE))
    for rule in ALERTS.values():
        assert set(re.findall(r"reconciler_\w+", rule["expr"])) <= there


# What Prometheus sees, a value a minute, and the alerts that fire then. A series that is not named stays 0.
STEADY = {"last_success_timestamp_seconds": "0+60x60"}
CASES: dict[str, tuple[str, dict[str, str], int, set[str]]] = {
    "an operator that does its work": (SERIES, STEADY, 60, set()),
    "half an hour without a success": (SERIES, {"last_success_timestamp_seconds": "0x60"}, 30, set()),
    "36 minutes without a success": (SERIES, {"last_success_timestamp_seconds": "0x60"}, 36, {"ReconcilerNoSuccess"}),
    "an operator that is gone": ("", {}, 11, {"ReconcilerAbsent"}),
    "a refused pass": (SERIES, {**STEADY, 'passes_total{result="refused"}': "0x9 1x50"}, 20, {"ReconcilerRefused"}),
    "a refused pass, long ago": (SERIES, {**STEADY, 'passes_total{result="refused"}': "0x9 1x50"}, 40, set()),
    "a fight": (SERIES, {**STEADY, "fights": "0x9 1x50"}, 10, {"ReconcilerFight"}),
    "role files that are not valid": (
        SERIES,
        {**STEADY, 'passes_total{result="invalid"}': "0x9 1+0.2x50"},
        22,
        {"ReconcilerInvalid"},
    ),
    "writes that the server refuses": (
        SERIES,
        {**STEADY, 'writes_total{action="update",status="failed"}': "0x9 1+0.2x50"},
        22,
        {"ReconcilerWritesFail"},
    ),
    "wider drift that stays": (SERIES, {**STEADY, 'drift_codes{direction="wider"}': "0 3x80"}, 62, {"ReconcilerWider"}),
}


def a_case(series: str, given: Mapping[str, str], minute: int, firing: Iterable[str]) -> dict[str, Any]:
    """A case for promtool: the series with the values of `given`, else 0, and the labels of the alerts that fire."""
    names = re.findall(r"^reconciler_(\S+) \S+$", series, re.MULTILINE)
    return {
        "interval": "1m",
        "input_series": [{"series": f"reconciler_{name}", "values": given.get(name, "0x90")} for name in names],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname, tenant) (ALERTS{alertstate="firing"})',
                "eval_time": f"{minute}m",
                "exp_samples": [{"labels": labels, "value": 1} for labels in sorted(firing)],
            }
        ],
    }


def hold(cases: Iterable[dict[str, Any]], directory: Path) -> None:
    rules = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": list(cases)}
    (directory / "cases.yaml").write_text(yaml.safe_dump(rules))
    promtool("test", "rules", "cases.yaml", directory=directory)


def test_each_alert_fires_when_it_has_to_and_only_then(tmp_path: Path) -> None:
    hold(
        (
            {**a_case(series, given, minute, {f'{{alertname="{alert}"}}' for alert in firing}), "name": name}
            for name, (series, given, minute, firing) in CASES.items()
        ),
        tmp_path,
    )


def test_with_tenants_an_alert_names_the_one_that_it_is_about(tmp_path: Path) -> None:
    series = exposition([("staging", Tally()), ("production", Tally())]).decode()
    given = {'last_success_timestamp_seconds{tenant="staging"}': "0+60x60", 'fights{tenant="staging"}': "1x60"}
    firing = (
        '{alertname="ReconcilerNoSuccess", tenant="production"}',
        '{alertname="ReconcilerFight", tenant="staging"}',
    )
    hold([a_case(series, given, 40, firing)], tmp_path)


def test_each_alert_has_a_case() -> None:
    assert set().union(*(firing for _, _, _, firing in CASES.values())) == set(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_what_happened_and_where_the_next_step_is(alert: str) -> None:
    notes = ALERTS[alert]["annotations"]
    assert notes["summary"]
    assert notes["description"].endswith(".")
    page, _, anchor = notes["runbook"].partition("#")
    headings = re.findall(r"^#+ (.*)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
