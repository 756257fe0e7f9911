from __future__ import annotations

import threading
from datetime import UTC, datetime

from reconciler.watch.surroundings import Surroundings


def test_the_pass_of_one_of_several_tenants_runs_in_a_thread_that_the_end_of_the_process_does_not_wait_for() -> None:
    found: list[bool] = []
    ended = threading.Event()

    def work() -> None:
        found.append(threading.current_thread().daemon)
        ended.set()

    Surroundings().start(work)
    assert ended.wait(10)
    assert found == [True]


def test_the_time_is_that_of_utc() -> None:
    assert abs(Surroundings().now() - datetime.now(UTC)).total_seconds() < 10
