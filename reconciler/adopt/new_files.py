"""Make a role file of each unmanaged role that is adopted, as an export does."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from reconciler.adopt.meaning import read
from reconciler.adopt.outcome import ByHand, CodeLine, FileEdit
from reconciler.load.export import file_names, texts_of
from reconciler.load.written import WrittenRole
from reconciler.model.inert import first_few, named, quoted, visible
from reconciler.plan.matching import pattern_of
from reconciler.plan.scope import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from reconciler.load.export import Texts
    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import LiveRole, Role

_MOST = 10


class NewFiles(NamedTuple):
    """The files to create, and what is left for the hand."""

    files: tuple[FileEdit, ...]
    by_hand: tuple[ByHand, ...]


def new_files(
    live: Sequence[LiveRole], lock: Lock | None, ignore: Iterable[str], directory: str, taken: Callable[[str], bool]
) -> NewFiles:
    """Return a file for each live role, in `directory`. `taken` says whether there is something at a path."""
    texts = texts_of(live)
    names = file_names(role.name for role, _ in texts.roles)
    by_hand = list(_left_out(texts))
    files: list[FileEdit] = []
    for role, text in texts.roles:
        missing = sorted(role.permissions - lock.permissions.keys()) if lock else []
        if lock and missing:
            codes = first_few(missing, _MOST, visible)
            what = f"{codes} {'is' if len(missing) == 1 else 'are'} live and not in {lock.path}"
            reason = f"{what}; run `reconciler lock`, commit the diff and adopt again"
            by_hand.append(ByHand(role.name, None, reason))
            continue
        path = next((path for path in _paths(directory, names[role.name], role.name) if not taken(path)), None)
        if path is None:
            by_hand.append(ByHand(role.name, None, f"{directory}/{names[role.name]} already exists; move that file"))
            continue
        files.append(_file(role, text, path))
        if matches(role.name, ignore):
            reason = "the role matches a pattern under `ignore`, so its file is an error; remove the pattern"
            by_hand.append(ByHand(role.name, None, reason))
    return NewFiles(tuple(files), tuple(by_hand))


def _paths(directory: str, file_name: str, role: str) -> Iterator[str]:
    """Yield the paths at which the file of a role may be: that of an export first."""
    yield f"{directory}/{file_name}"
    stem = file_name.removesuffix(".yaml")
    yield f"{directory}/{stem}-{sha256(role.encode()).hexdigest()[:12]}.yaml"


def _file(role: Role, text: str, path: str) -> FileEdit:
    content = text.encode()
    marks = [each.desired.location.marks for each in read(path, content) if isinstance(each, WrittenRole)]
    lines = (CodeLine(line, code) for found in marks for code, (line, _) in found.items())
    return FileEdit(path, content, created=True, roles=(role,), added=tuple(sorted(lines)))


def _left_out(texts: Texts) -> Iterator[ByHand]:
    told: set[str] = set()
    for left in texts.left_out:
        name = left.role.role.name
        if name not in told:
            told.add(name)
            remedy = f"change it in OmniStream, or exclude it with `ignore: [{quoted(pattern_of(name), 1000)}]`"
            yield ByHand(name, None, f"no role file can define {named(name)}: {left.reason}; {remedy}")
