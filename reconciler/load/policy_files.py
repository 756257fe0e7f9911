"""Find and read the policy files that the configuration names."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from reconciler.load.policies import read_policies
from reconciler.load.walk import read_bytes
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding
from reconciler.model.inert import quoted, visible
from reconciler.yamlio.problems import FileProblems

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.policy.items import Item
    from reconciler.policy.rules import Policies


def load_policies(named: Iterable[Item], machine_day: Day) -> Policies:
    """Return the policies of the files and globs `named`, whose paths are relative to the working directory.

    Raise `InvalidInput` with every problem: one in a file, a file that cannot be read, a name without a file, and a
    glob without a match.
    """
    missing: list[Finding] = []
    paths: dict[str, None] = {}
    for item in named:
        found = [item.text] if os.path.lexists(item.text) else sorted(glob.glob(item.text, recursive=True))  # noqa: PTH207 - names, not Paths
        if not found:
            message = f"{quoted(item.text)} matches no file; write the file, or remove it from policies"
            missing.append(Finding("unreadable", message, item.place))
        paths.update(dict.fromkeys(found))
    return _read(paths, missing, machine_day)


def _read(paths: Iterable[str], problems: list[Finding], machine_day: Day) -> Policies:
    files: list[tuple[str, bytes]] = []
    for path in paths:
        in_file = FileProblems(visible(path))
        content = read_bytes(path, in_file)
        problems += in_file.found
        if content is not None:
            files.append((path, content))
    try:
        policies = read_policies(files, machine_day)
    except InvalidInput as error:
        raise InvalidInput((*problems, *error.findings)) from None
    if problems:
        raise InvalidInput(problems)
    return policies
