"""Work on many tenants side by side, in threads of this process.

Nothing that one tenant does stops the others. The main thread only waits, in short steps: Python runs signal handlers
in it alone, so Ctrl-C works although a tenant hangs. The threads are daemons, which the end of the process does not
wait for.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Ended = TypeVar("Ended")

_TICK = 0.2
"""Seconds for which the main thread waits at a time."""


def side_by_side(
    names: Sequence[str],
    work: Callable[[str], Ended],
    *,
    parallel: int,
    stopped: Callable[[], bool] = lambda: False,
    may_leave: Callable[[str], bool] = lambda _: False,
    ended: Callable[[Ended], object] = lambda _: None,
) -> dict[str, Ended]:
    """Return what `work` returned for each of `names`, of which at most `parallel` are worked on at a time.

    Once `stopped` returns true, no further one is started, and those that `may_leave` are not waited for; all of these
    are missing in the result. `ended` is given each result as it comes, in the thread of the caller. An exception of
    `work` is raised here, after the others have ended: `work` returns what a tenant, a file or a server can cause.
    """
    results: _Results[Ended] = queue.SimpleQueue()
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in names:
        waiting.put(name)

    def nothing_left(found: Iterable[str]) -> bool:
        return stopped() and all(may_leave(name) for name in set(names).difference(found))

    def worker() -> None:
        try:
            while not stopped():
                name = waiting.get_nowait()
                results.put((name, work(name)))
        except queue.Empty:
            results.put(None)
        except BaseException as error:  # noqa: BLE001 - raised in the thread of the caller
            results.put(error)
        else:
            results.put(None)

    workers = min(parallel, len(names))
    for _ in range(workers):
        threading.Thread(target=worker, daemon=True, name="tenant").start()
    return _gathered(results, workers, ended, nothing_left)


_Results = queue.SimpleQueue[tuple[str, Ended] | BaseException | None]
"""What workers report: the result of a tenant; at their end None, or an unexpected exception."""


def _gathered(
    results: _Results[Ended],
    workers: int,
    ended: Callable[[Ended], object],
    nothing_left: Callable[[Iterable[str]], bool],
) -> dict[str, Ended]:
    """Return what so many workers report, by tenant. Raise the first exception when all of them have ended.

    `nothing_left` is given the tenants that have ended, and says whether the others need not be waited for.
    """
    found: dict[str, Ended] = {}
    defects: list[BaseException] = []
    while workers:
        try:
            result = results.get(timeout=_TICK)
        except queue.Empty:
            if nothing_left(found):
                break
            continue
        if isinstance(result, tuple):
            name, value = result
            found[name] = value
            ended(value)
        else:
            workers -= 1
            defects += [result] if result is not None else []
    if defects:
        raise defects[0]
    return found
