"""Make one small mistake after another in the modules that protect writes, and see which of them no test notices.

    make mutants                                       a sample of each module, the same one each time
    make mutants MODULES="policy/limits api/writer" EACH=999  all mistakes in these modules

The tests run once to see which of them come by which line. A mistake (`tests/mistakes.py`) is then made in a fork of
that process, in the code of the function that has it, and those of its module's tests run that come by the line: the
quickest first, until one fails. What is outside of functions runs while a module is imported, so such a mistake costs a
process of its own. Tests that start the installed command see no mistake. A survivor that makes no difference to
anybody stands in `mutants.toml`, with the reason.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import random
import signal
import sys
import time
import tomllib
from collections.abc import Sequence
from importlib.abc import SourceLoader
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType

import coverage
import pytest
from hypothesis.internal.conjecture.shrinker import Shrinker

from tests.mistakes import functions, mutants

SETTINGS = tomllib.loads(Path("tests/mutants.toml").read_text())
EACH = int(os.environ.get("EACH") or 25)
TELL = os.fdopen(os.dup(1), "w", buffering=1)


class Rounds:
    """A plugin of pytest that runs the tests once, and then those near each mutant."""

    def __init__(self, modules: Sequence[str]) -> None:
        """Nothing is mutated yet. `noticed` will say of each mutant whether a test noticed it, by module."""
        self.noticed: dict[str, list[bool]] = {module: [] for module in modules}
        self.running: dict[int, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Stand in for the loop of pytest itself."""
        costs: dict[pytest.Item, float] = {}
        seen = coverage.Coverage(data_file=None, config_file=False, include=["*/reconciler/*"], messages=False)
        with seen.collect():
            for item in session.items:
                seen.switch_context(item.nodeid)
                start, failed = time.monotonic(), session.testsfailed
                item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
                if session.testsfailed == failed:  # one that fails without any mistake tells nothing
                    costs[item] = time.monotonic() - start
        session.testsfailed = 0
        gc.unfreeze()  # what `conftest.py` froze cannot be found
        for module in self.noticed:
            path = str(Path(f"reconciler/{module}.py").absolute())
            tests = tuple(SETTINGS["tests"][module])
            found = [each for each in enumerate(mutants(module)) if each[1][0] not in SETTINGS["equivalent"]]
            mine = [item for item in sorted(costs, key=costs.__getitem__) if item.nodeid.startswith(tests)]
            true = list(functions(compile(Path(path).read_text(), path, "exec")))
            held = [each for each in gc.get_objects() if isinstance(each, FunctionType) and each.__code__ in true]
            if not held:
                print(f"  no function of {module} is found, so no test can notice a mistake in it", file=TELL)
                self.noticed[module].append(False)
                continue
            near = seen.get_data().contexts_by_lineno(path)
            for number, (what, lines, code) in sorted(random.Random(8).sample(found, min(EACH, len(found)))):  # noqa: S311 - the same in every run
                first = max((line for line in near if line <= lines.start), default=0)
                names = {name for line in (first, *lines) for name in near.get(line, ())}
                self._end(at_most=1)
                if not (child := os.fork()):
                    items = [item for item in mine if item.nodeid in names]
                    signal.signal(signal.SIGALRM, signal.SIG_DFL)
                    signal.alarm(int(20 + 3 * sum(costs[item] for item in items)))  # a loop without end shows
                    changed = {old: new for old, new in zip(true, functions(code), strict=True) if old != new}
                    if not changed:
                        signal.alarm(180)
                        os.execv(sys.executable, [sys.executable, "-m", "tests.mutants", "--one", module, str(number)])  # noqa: S606 - itself
                    for each in held:
                        each.__code__ = changed.get(each.__code__, each.__code__)
                    self._one(session, items)
                self.running[child] = what
        self._end(at_most=0)
        return True

    def _one(self, session: pytest.Session, items: Sequence[pytest.Item]) -> None:
        """Exit with 0 where every test passes with this mistake."""
        try:
            Shrinker.shrink = lambda _: None  # type: ignore[assignment, method-assign]
            for item, after in zip(items, [*items[1:], None], strict=True):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
                if session.testsfailed:
                    os._exit(1)
            os._exit(0)
        finally:
            os._exit(1)

    def _end(self, at_most: int) -> None:
        """Wait until no more than so many are running."""
        while len(self.running) > at_most:
            child, status = os.wait()
            what = self.running.pop(child)
            self.noticed[what.partition(" | ")[0]].append(status != 0)
            if not status:
                print(f"  lives: {what}", file=TELL)


def main(arguments: Sequence[str]) -> int:
    """Print the survivors, and the score of each module and of all."""
    os.environ["CI"] = "1"  # the same examples each time
    plain = ["--assert=plain", "-p", "no:cacheprovider", "-p", "no:randomly", "-o", "timeout=0"]
    with contextlib.redirect_stdout(io.StringIO()):
        if arguments and arguments[0] == "--one":
            name, true = f"reconciler.{arguments[1].replace('/', '.')}", SourceFileLoader.get_code
            code = list(mutants(arguments[1]))[int(arguments[2])][2]

            def wrong(loader: SourceLoader, asked: str) -> CodeType | None:
                return code if asked == name else true(loader, asked)

            SourceFileLoader.get_code = wrong  # type: ignore[assignment, method-assign]
            return int(pytest.main([*plain, "-x", *SETTINGS["tests"][arguments[1]]]))
        rounds = Rounds(arguments or list(SETTINGS["tests"]))
        pytest.main(
            [*plain, *dict.fromkeys(test for module in rounds.noticed for test in SETTINGS["tests"][module])], [rounds]
        )
    for module, noticed in rounds.noticed.items():
        print(f"{module}: {sum(noticed)} of {len(noticed)}", file=TELL)
    all_ = [each for noticed in rounds.noticed.values() for each in noticed]
    print(f"noticed: {sum(all_)} of {len(all_)}, {100 * sum(all_) / len(all_):.1f} %", file=TELL)
    return int(sum(all_) < 0.97 * len(all_))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
