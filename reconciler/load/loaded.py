"""Turn the bytes of role files into the desired state, without disk access."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.load.consistency import problems_between
from reconciler.load.lookalikes import warnings
from reconciler.load.role import DocumentReader
from reconciler.load.written import Expanded, SetCodes, Written, WrittenRole, WrittenSet, mentions
from reconciler.model.days import Day
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding, errors_of, warnings_of
from reconciler.model.inert import visible
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.reader import read_documents
from reconciler.yamlio.text import decode

if TYPE_CHECKING:
    from reconciler.model.catalogue import Lock
    from reconciler.model.findings import Place
    from reconciler.model.roles import DesiredRole


@dataclass(frozen=True, slots=True)
class Loaded:
    """What role files define. `roles` are sorted by name, `warnings` by place.

    `files` is the number of files. `digest` is `sha256:...` over the desired roles: it does not depend on comments, on
    the order of anything, on which file a role is in, on sets and patterns, or on the day. `sets` are by name.
    `written` is what the files say, `today` the day on which the roles are like this.
    """

    roles: tuple[DesiredRole, ...]
    warnings: tuple[Finding, ...]
    files: int
    digest: str
    sets: Mapping[str, SetCodes] = field(default_factory=dict)
    written: Written = field(default_factory=Written, compare=False, repr=False)
    today: Day = field(default=Day.min, compare=False, repr=False)

    @property
    def names_codes(self) -> Mapping[str, tuple[Place, ...]]:
        """Return the places at which files list each code by name: in `permissions` of roles and sets, and `except`."""
        places: dict[str, list[Place]] = {}
        for mention in mentions(self.written):
            places.setdefault(mention.code, []).append(mention.place)
        return {code: tuple(found) for code, found in places.items()}

    def expanded(self, lock: Lock) -> Sequence[DesiredRole]:
        """Return the roles as they are with another lock, on the same day."""
        return _expanded(self.written, lock, self.today).roles


def load_documents(files: Iterable[tuple[str, bytes]], *, today: Day, lock: Lock | None = None) -> Loaded:
    """Return the roles of `files`, which are (path as shown, content) pairs. Without files, return no roles.

    Patterns match the codes of `lock`, and each code must be in it. Grants that ended before `today` are left out.

    Raise `InvalidInput` with every problem and warning of every file when there is at least one problem.
    """
    loaded, problems = collect(files, today=today, lock=lock)
    if problems:
        raise InvalidInput((*problems, *loaded.warnings))
    return loaded


class Parsed(NamedTuple):
    """What the files of one directory say: roles and sets in the files' order, errors and warnings."""

    roles: tuple[WrittenRole, ...]
    sets: tuple[WrittenSet, ...]
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    files: int = 0


class Said(NamedTuple):
    """What the documents of one file say, in the file's order, and what is wrong with it."""

    documents: tuple[WrittenRole | WrittenSet, ...]
    found: tuple[Finding, ...]


class FileReader:
    """Reads the files of one run."""

    def __init__(self) -> None:
        """Start without any known code."""
        self._reader = DocumentReader()

    def read(self, path: str, content: bytes) -> Said:
        """Return what a file says. It depends on the path as shown and the content alone."""
        in_file = FileProblems(visible(path))
        documents = read_file(content, self._reader, in_file)
        return Said(tuple(documents), tuple(in_file.found))


def parse(files: Iterable[tuple[str, bytes]]) -> Parsed:
    """Return everything that can be read from `files`. What their directories mean together is not looked at."""
    reader = FileReader()
    return put_together([reader.read(path, content) for path, content in files])


def put_together(files: Sequence[Said]) -> Parsed:
    """Return what several files say."""
    documents = [document for file in files for document in file.documents]
    found = [finding for file in files for finding in file.found]
    return Parsed(
        tuple(each for each in documents if isinstance(each, WrittenRole)),
        tuple(each for each in documents if isinstance(each, WrittenSet)),
        tuple(errors_of(found)),
        tuple(warnings_of(found)),
        len(files),
    )


def collect(
    files: Iterable[tuple[str, bytes]],
    *,
    today: Day,
    lock: Lock | None = None,
) -> tuple[Loaded, list[Finding]]:
    """Return everything that can be read, as `load_documents` does, and the problems."""
    parsed = parse(files)
    loaded, problems = define(Written(parsed.roles, parsed.sets), parsed, today=today, lock=lock)
    return loaded, [*parsed.errors, *problems]


def define(written: Written, parsed: Parsed, *, today: Day, lock: Lock | None = None) -> tuple[Loaded, list[Finding]]:
    """Return what roles and sets define on a day, and what is wrong between them. `parsed` is what they are from."""
    desired, known, findings = _expanded(written, lock, today)
    if lock is not None:
        from reconciler.load.locked import findings_of  # noqa: PLC0415 - needed only with a lock

        findings += findings_of(written, lock)
    problems = [*problems_between(written.roles), *errors_of(findings)]
    named = tuple(sorted((entry for entry in desired if entry.role.name), key=_by_name))
    found = sorted([*parsed.warnings, *warnings_of(findings), *warnings(named)])
    return Loaded(named, tuple(found), parsed.files, digest_of(named), known, written, today), problems


def _expanded(written: Written, lock: Lock | None, today: Day) -> Expanded:
    """Return the roles with plain codes. Files that list plain codes only have nothing to expand."""
    roles, sets = written
    if not sets and all(role.is_final for role in roles):
        return Expanded([role.desired for role in roles], {}, [])
    from reconciler.load.expand import expand  # noqa: PLC0415 - most files have nothing to expand

    return expand(roles, sets, lock, today)


def read_file(content: bytes, reader: DocumentReader, in_file: FileProblems) -> list[WrittenRole | WrittenSet]:
    """Return what the documents of one file say. What is wrong with it is added to `in_file`."""
    text = decode(content, in_file)
    if text is None:
        return []
    found: list[WrittenRole | WrittenSet] = []
    documents = 0
    # Read one document at a time and free its nodes: otherwise garbage collection takes half of the time.
    for node in read_documents(text, in_file):
        documents += 1
        written = reader.read(node, in_file)
        if written is not None:
            found.append(written)
        if in_file.too_many(node):
            break
    if not documents and not in_file.found:
        in_file.at(1, 1, "no-role", "this file contains no role and no set; add one or delete the file")
    return found


def _by_name(entry: DesiredRole) -> str:
    return entry.role.name


def digest_of(roles: Iterable[DesiredRole]) -> str:
    """Return `sha256:...` over name, description, earlier names, and codes with the ends that count, ended ones too."""
    canonical = [_canonical(entry) for entry in roles]
    text = json.dumps(canonical, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _canonical(entry: DesiredRole) -> list[Any]:
    role = entry.role
    if not entry.grants and not entry.ended:
        return [role.name, role.description, sorted(role.permissions), sorted(entry.renamed_from)]
    codes = sorted(role.permissions | entry.ended.keys())
    grants = {**entry.grants, **entry.ended}
    ends = sorted((code, grant.until.isoformat()) for code, grant in grants.items() if grant.until is not None)
    # Without any end this is the digest of the same codes in a plain list.
    return [role.name, role.description, codes, sorted(entry.renamed_from), *([ends] if ends else [])]
