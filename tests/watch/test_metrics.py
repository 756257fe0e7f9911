from __future__ import annotations

import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

from reconciler import __version__
from reconciler.apply.outcome import Kind
from reconciler.watch.metrics import exposition
from reconciler.watch.passes import Left
from reconciler.watch.tallies import Tally
from tests.builders import a_create, an_update
from tests.watch.reports import AT, a_report, an_outcome

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def series(text: bytes) -> Series:
    """Each series by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def value(found: Series, name: str, **labels: str) -> float:
    return found[f"reconciler_{name}", frozenset(labels.items())]


def labels_of(found: Series, name: str) -> set[frozenset[str]]:
    return {frozenset(word for _, word in labels) for each, labels in found if each == f"reconciler_{name}"}


def test_all_series_are_there_from_the_start_and_no_others() -> None:
    found = series(exposition([(None, Tally())]))
    assert {name for name, _ in found} == {
        "reconciler_info",
        "reconciler_last_success_timestamp_seconds",
        "reconciler_passes_total",
        "reconciler_pass_seconds_bucket",
        "reconciler_pass_seconds_count",
        "reconciler_pass_seconds_sum",
        "reconciler_drift_codes",
        "reconciler_changes",
        "reconciler_writes_total",
        "reconciler_fights",
        "reconciler_ending_grants",
    }
    assert value(found, "info", version=__version__) == 1
    assert sum(found.values()) == 1  # all else is 0
    results = {"in_sync", "drift", "applied", "refused", "invalid", "failed"}
    assert labels_of(found, "passes_total") == {frozenset({result}) for result in results}
    assert labels_of(found, "drift_codes") == {frozenset({"wider"}), frozenset({"narrower"})}
    actions = {"create", "update", "delete"}
    assert labels_of(found, "changes") == {frozenset({action}) for action in actions}
    statuses = {"applied", "failed", "skipped"}
    assert labels_of(found, "writes_total") == {
        frozenset({action, status}) for action in actions for status in statuses
    }


def test_the_same_series_are_there_after_passes() -> None:
    outcomes = (an_outcome(a_create()), an_outcome(an_update(), Kind.FAILED))
    tally = Tally().after(a_report("failed", outcomes=outcomes)).after(a_report("drift", left=Left((), 1, 1)))
    assert set(series(exposition([(None, tally)]))) == set(series(exposition([(None, Tally())])))


def test_each_number_is_in_its_series() -> None:
    left = Left((an_update(),), wider=3, narrower=2)
    outcomes = (an_outcome(a_create()),)
    report = a_report("applied", seconds=0.2, left=left, outcomes=outcomes, fights=5, ending=7)
    found = series(exposition([(None, Tally().after(report))]))
    assert value(found, "last_success_timestamp_seconds") == AT.timestamp() + 0.2
    assert value(found, "passes_total", result="applied") == 1
    assert value(found, "pass_seconds_bucket", le="0.1") == 0
    assert value(found, "pass_seconds_bucket", le="0.25") == 1
    assert value(found, "pass_seconds_bucket", le="+Inf") == 1
    assert value(found, "pass_seconds_count") == 1
    assert value(found, "pass_seconds_sum") == 0.2
    assert value(found, "drift_codes", direction="wider") == 3
    assert value(found, "drift_codes", direction="narrower") == 2
    assert value(found, "changes", action="update") == 1
    assert value(found, "writes_total", action="create", status="applied") == 1
    assert value(found, "fights") == 5
    assert value(found, "ending_grants") == 7


def test_with_tenants_each_series_names_its_tenant() -> None:
    found = series(exposition([("staging", Tally()), ("production", Tally().after(a_report("drift")))]))
    assert {dict(labels).get("tenant") for _, labels in found} == {"staging", "production"}
    assert len(found) == 2 * len(series(exposition([(None, Tally())])))
    assert value(found, "passes_total", tenant="production", result="drift") == 1
    assert value(found, "passes_total", tenant="staging", result="drift") == 0


def test_no_series_names_a_role_or_a_code() -> None:
    change = a_create("night-shift")
    report = a_report("applied", left=Left((change,), 1, 1), outcomes=(an_outcome(change),), error="night-shift broke")
    text = exposition([(None, Tally().after(report))]).decode()
    assert "night-shift" not in text
    assert "conversations" not in text


def test_without_the_extra_it_says_what_to_install() -> None:
    program = (
        "import sys\nsys.modules['prometheus_client'] = None\n"
        "from reconciler.model.errors import CommandLineError\n"
        "try:\n    import reconciler.watch.metrics\n"
        "except CommandLineError as error:\n    print(error)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("--listen needs prometheus-client (")
    assert answer.stdout.endswith("): pip install 'reconciler[watch]'\n")
