"""The sentences that users read, compared with files: `tests/golden/FAMILY.txt`, one file for each family of messages.

    .venv/bin/pytest --golden=write tests/load     write what is said now; read the difference before you commit it

A file is a table: a line `=== CASE`, then what is said in this case. A test states the rule, the exit code and the
values itself, and leaves the wording to the file, so a better wording changes no test.
"""

from __future__ import annotations

import fcntl
import re
from pathlib import Path

from reconciler.model.inert import visible

FOLDER = Path(__file__).parent / "golden"
_CASE = re.compile(r"^=== (.*)\n", re.MULTILINE)


class Golden:
    """The families in `folder`; with `write`, what is said becomes what is expected."""

    def __init__(self, folder: Path = FOLDER, *, write: bool = False) -> None:
        """Read nothing yet: a family is read when one of its cases is compared."""
        self.folder = folder
        self.write = write

    def says(self, family: str, case: str, text: str, **places: object) -> None:
        """Assert that `text` is what `family` says in `case`.

        A value that differs from run to run is passed by a name, `says(..., port=port)`, and is `{port}` in the file.
        """
        for name, value in places.items():
            text = text.replace(str(value), f"{{{name}}}")
        path = self.folder / f"{family}.txt"
        if self.write:
            _keep(path, case, text)
        assert text == cases(path).get(case), f'run pytest with --golden=write, and read "{case}" in {path.name}'


def case_of(text: str | bytes) -> str:
    """Return what a file that is read is called as a case: the file itself, on one line."""
    return visible((text if isinstance(text, str) else text.decode("ascii", "backslashreplace")).rstrip("\n"))


def cases(path: Path) -> dict[str, str]:
    """Return the cases of a family with what is said in each; none where there is no such file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        _, *parts = _CASE.split(file.read())
    return {case: said.removesuffix("\n") for case, said in zip(parts[::2], parts[1::2], strict=True)}


def _keep(path: Path, case: str, text: str) -> None:
    """Write one case. Workers of pytest-xdist write the same file, so each waits until it has it alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        table = cases(path) | {case: text}
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(f"=== {name}\n{said}\n" for name, said in sorted(table.items()))
