"""Carry decisions out on the texts of role files. Each edit is read again, and kept only if it says what it is to say.

Nothing is written to the disk here.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, NamedTuple

from reconciler.adopt.edit import Request, edited, obstacles
from reconciler.adopt.meaning import becomes, find, meanings, read, with_request
from reconciler.adopt.outcome import ByHand, CodeLine, Described, FileEdit
from reconciler.adopt.reasons import Reasons
from reconciler.load.written import WrittenRole
from reconciler.yamlio.lines import line_number
from reconciler.yamlio.spans import documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.adopt.decide import Decision
    from reconciler.model.roles import Role


class _Done(NamedTuple):
    """An edit that was made: the role as it was written before, the request, and the role as it becomes."""

    before: WrittenRole
    request: Request
    after: Role


class Editor:
    """The role files by path, as they become edit by edit."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Start with the files as they are."""
        self._files = dict(files)
        self._done: dict[str, list[_Done]] = {}

    def carry_out(self, decision: Decision, comment: str) -> Iterator[ByHand]:
        """Edit the file of one role, and yield what is left for the hand. `comment` ends each line that comes in."""
        request = decision.request
        if request == Request():
            return
        path = decision.written.desired.location.path
        reasons = Reasons(decision.written.desired)
        content = self._files.get(path, b"")
        said = read(path, content)
        at = find(decision.name, said)
        if at is None:
            yield reasons.unreadable(request)
            return
        left, found = _possible(_text(content), at[0], request, reasons)
        yield from found
        if left == Request():
            return
        changed = _changed(content, at[0], left, comment)
        said[at[0]] = with_request(at[1], left)
        if meanings(read(path, changed)) != meanings(said):
            yield reasons.unreadable(left)
            return
        self._files[path] = changed
        self._done.setdefault(path, []).append(_Done(decision.written, left, becomes(decision.role, left)))

    def edits(self) -> Iterator[FileEdit]:
        """Yield the files that changed, by path."""
        for path, done in sorted(self._done.items()):
            content = self._files[path]
            yield FileEdit(
                path,
                content,
                created=False,
                roles=tuple(sorted((each.after for each in done), key=lambda role: role.name)),
                added=tuple(sorted(_added(path, content, done))),
                removed=tuple(sorted(_removed(done))),
                described=tuple(sorted(_described(path, content, done))),
            )


def _text(content: bytes) -> str:
    return content.removeprefix(BOM_UTF8).decode()


def _changed(content: bytes, index: int, request: Request, comment: str) -> bytes:
    """Return the content with the request done, or nothing if that cannot be done."""
    new = edited(_text(content), index, request, comment)
    if new is None:
        return b""
    return (BOM_UTF8 if content.startswith(BOM_UTF8) else b"") + new.encode()


def _possible(text: str, index: int, request: Request, reasons: Reasons) -> tuple[Request, list[ByHand]]:
    """Return the part of the request that the text allows, and the other part with the reasons."""
    found = obstacles(text, index, request)
    by_hand: list[ByHand] = []
    if found.alias_of_list is not None and (request.add or request.remove):
        by_hand.append(reasons.alias_of_list(found.alias_of_list, request))
        request = Request(description=request.description)
    by_hand += (reasons.alias(code, line) for code, line in sorted(found.aliases.items()))
    if found.description is not None and request.description is not None:
        by_hand.append(reasons.described(request.description, found.description))
        request = request._replace(description=None)
    return request._replace(remove=request.remove - found.aliases.keys()), by_hand


def _added(path: str, content: bytes, done: Iterable[_Done]) -> Iterator[CodeLine]:
    written = {each.desired.role.name: each for each in read(path, content) if isinstance(each, WrittenRole)}
    for _, request, after in done:
        marks = written[after.name].desired.location.marks
        yield from (CodeLine(marks[code][0], code) for code in request.add)


def _removed(done: Iterable[_Done]) -> Iterator[CodeLine]:
    for before, request, _ in done:
        yield from (CodeLine(before.desired.location.marks[code][0], code) for code in request.remove)


def _described(path: str, content: bytes, done: Iterable[_Done]) -> Iterator[Described]:
    text = _text(content)
    pairs = zip(read(path, content), documents(text), strict=True)
    roots = {each.desired.role.name: root for each, root in pairs if isinstance(each, WrittenRole)}
    for before, request, after in done:
        found = roots[after.name].pair("description")
        if request.description is not None and found is not None:
            line = line_number(text, found[0].start)
            yield Described(line, after.name, before.desired.role.description, request.description)
