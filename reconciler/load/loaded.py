"""From the bytes of role files to the desired state, without touching a disk."""

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
    from reconciler.model.roles import DesiredRole

MAX_PROBLEMS = 1000
"""After how many problems a file is read no further: nobody reads more, and a hostile file could make millions."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What role files ask for. `roles` and `warnings` are sorted, by name and by place.

    `files` is how many files were read. `digest` is `sha256:...` over what is desired: it stays the same when comments,
    the order of anything, or the files that hold the roles change, and nothing else does.
    """

    roles: tuple[DesiredRole, ...]
    warnings: tuple[Finding, ...]
    files: int
    digest: str


def load_documents(files: Iterable[tuple[str, bytes]]) -> Loaded:
    """Return the roles of some files, given as (path as shown, content). No files give no roles.

    Raise `InvalidInput` with every problem of every file, warnings included.
    """
    loaded, problems = collect(files)
    if problems:
        raise InvalidInput((*problems, *loaded.warnings))
    return loaded


def collect(files: Iterable[tuple[str, bytes]]) -> tuple[Loaded, list[Finding]]:
    """Like `load_documents`, with the problems beside what could be read in spite of them."""
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
    # One document at a time, and its nodes are gone before the next: half of the time would go to the collector else.
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
