"""What holds for every test: how hypothesis searches, and when a skip is a failure."""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.sentences import Golden

if TYPE_CHECKING:
    from collections.abc import Generator

    from selenium.webdriver import Chrome

# No deadline anywhere: how long one example takes says more about the machine than about the code.
# Fifteen examples a law keep the suite short; what a law found once has a test of its own.
settings.register_profile("default", deadline=None, max_examples=15)
# In CI a red run must be red again when it is repeated, so the examples are the same in each run.
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=15,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# For `make test-long`: what fifteen examples miss, two thousand may find.
settings.register_profile("nightly", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option with which the sentences in `golden/` are written."""
    parser.addoption("--golden", choices=["compare", "write"], default="compare")


# Thousands of tests and their modules are made, and none of them is garbage.
gc.disable()


def pytest_collection_finish() -> None:
    """Keep the garbage collector from going through them again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return what compares a sentence with its file; see `tests/sentences.py`."""
    return Golden(write=request.config.getoption("--golden") == "write")


@pytest.fixture(scope="session", autouse=True)
def _signals_that_children_get() -> None:
    """Give what tests start the signals that a shell ignores in the background (`&` in a script, `nohup`).

    A signal that is caught is back at its default in a program that is started, and one that is ignored is not. The
    run itself goes on ignoring it. The processes of pytest-xdist do the same, each for what it starts.
    """
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@pytest.fixture(scope="session")
def browser() -> Generator[Chrome]:
    """The one browser of this process, for every test that shows a page: starting it takes longer than most tests."""
    from tests.browser import chromium  # noqa: PLC0415 - Selenium, for tests with a browser only

    with chromium() as page:
        yield page


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the tests in `faults/` saw survived and those in `histories/` played, on however many processes."""
    passed = terminalreporter.stats.get("passed", [])
    played = [*passed, *terminalreporter.stats.get("failed", [])]
    sums = {
        key: sum(value for report in played for name, value in report.user_properties if name == key)
        for key in ("histories", "steps", "disagreements")
    }
    if sums["histories"]:
        terminalreporter.write_line("model: " + ", ".join(f"{count} {key}" for key, count in sums.items()))
    counts = [value for report in passed for name, value in report.user_properties if name == "faults survived"]
    if counts:
        terminalreporter.write_line(f"{sum(counts)} injected faults, kills and signals survived")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI has installed a browser, a skipped browser test is one that nobody ran: a failure."""
    report = yield
    if report.skipped and item.get_closest_marker("browser") and os.environ.get("RECONCILER_REQUIRE_BROWSER"):
        report.outcome = "failed"
        report.longrepr = f"skipped, though RECONCILER_REQUIRE_BROWSER is set: {report.longrepr}"
    return report
