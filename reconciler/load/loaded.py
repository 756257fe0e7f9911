"""Turn the bytes of role files into the desired state, without disk access."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.load.consistency import problems_between
from reconciler.load.lookalikes import warnings
from reconciler.load.role import Draft, RoleReader
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding, errors_of, warnings_of
from reconciler.model.inert import visible
from reconciler.yamlio.reader import read_documents
from reconciler.yamlio.report import Report
from reconciler.yamlio.text import decode

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.roles import DesiredRole

MAX_PROBLEMS = 1000
"""A file with more problems is not read to its end: a hostile file could have millions."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What role files define. `roles` are sorted by name, `warnings` by place.

    `files` is the number of files. `digest` is `sha256:...` over the desired roles: it does not depend on comments, on
    the order of anything, or on which file a role is in.
    """

    roles: tuple[DesiredRole, ...]
    warnings: tuple[Finding, ...]
    files: int
    digest: str


def load_documents(files: Iterable[tuple[str, bytes]], *, today: Day) -> Loaded:
    """Return the roles of `files`, which are (path as shown, content) pairs. Without files, return no roles.

    Raise `InvalidInput` with every problem and warning of every file when there is at least one problem.
    """
    loaded, problems = collect(files, today=today)
    if problems:
        raise InvalidInput((*problems, *loaded.warnings))
    return loaded


def collect(
    files: Iterable[tuple[str, bytes]],
    *,
    today: Day,  # noqa: ARG001 - for the ends of grants, which come next
) -> tuple[Loaded, list[Finding]]:
    """Return everything that can be read, as `load_documents` does, and the problems."""
    reader = RoleReader()
    drafts: list[Draft] = []
    problems: list[Finding] = []
    warned: list[Finding] = []
    count = 0
    for path, content in files:
        report = Report(visible(path))
        drafts += _read_file(content, reader, report)
        problems += errors_of(report.problems)
        warned += warnings_of(report.problems)
        count += 1
    problems += problems_between(drafts)
    roles = tuple(sorted((draft.desired for draft in drafts if draft.desired.role.name), key=_by_name))
    return Loaded(roles, tuple(sorted([*warned, *warnings(roles)])), count, _digest(roles)), problems


def _read_file(content: bytes, reader: RoleReader, report: Report) -> list[Draft]:
    text = decode(content, report)
    if text is None:
        return []
    drafts: list[Draft] = []
    documents = 0
    # Read one document at a time and free its nodes: otherwise garbage collection takes half of the time.
    for node in read_documents(text, report):
        documents += 1
        draft = reader.read(node, report)
        if draft is not None:
            drafts.append(draft)
        if len(report.problems) > MAX_PROBLEMS:
            message = f"more than {MAX_PROBLEMS:,} problems in this file; the rest of the file was not checked"
            report.add(node, "too-many", message)
            break
    if not documents and not report.problems:
        report.at(1, 1, "no-role", "this file contains no role; add one or delete the file")
    return drafts


def _by_name(entry: DesiredRole) -> str:
    return entry.role.name


def _digest(roles: Sequence[DesiredRole]) -> str:
    canonical = [
        [entry.role.name, entry.role.description, sorted(entry.role.permissions), sorted(entry.renamed_from)]
        for entry in roles
    ]
    text = json.dumps(canonical, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
