"""Make a role file of each unmanaged role that is adopted, as an export does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.adopt.meaning import read
from reconciler.adopt.outcome import ByHand, CodeLine, FileEdit
from reconciler.load.export import texts_of
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
    live: Sequence[LiveRole], lock: Lock | None, ignore: Iterable[str], path_for: Callable[[str], str]
) -> NewFiles:
    """Return a file for each live role. `path_for` returns the path of a file for a role, which does not exist yet."""
    texts = texts_of(live)
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
        files.append(_file(role, text, path_for(role.name)))
        if matches(role.name, ignore):
            reason = "the role matches a pattern under `ignore`, so its file is an error; remove the pattern"
            by_hand.append(ByHand(role.name, None, reason))
    return NewFiles(tuple(files), tuple(by_hand))


def _file(role: Role, text: str, path: str) -> FileEdit:
    content = text.encode()
    (written,) = read(path, content) or ()
    assert isinstance(written, WrittenRole)
    lines = (CodeLine(line, code) for code, (line, _) in written.desired.location.marks.items())
    return FileEdit(path, content, created=True, roles=(role.name,), added=tuple(sorted(lines)))


def _left_out(texts: Texts) -> Iterator[ByHand]:
    told: set[str] = set()
    for left in texts.left_out:
        name = left.role.role.name
        if name not in told:
            told.add(name)
            remedy = f"change it in OmniStream, or exclude it with `ignore: [{quoted(pattern_of(name), 1000)}]`"
            yield ByHand(name, None, f"no role file can define {named(name)}: {left.reason}; {remedy}")
