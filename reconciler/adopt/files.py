"""Carry decisions out on the texts of role files. Each edit is read again, and kept only if it says what it is to say.

Nothing is written to the disk here.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from reconciler.adopt.edit import Request, edited, obstacles
from reconciler.adopt.meaning import Said, becomes, find, meanings, read, with_request
from reconciler.adopt.outcome import ByHand, CodeLine, Described, FileEdit
from reconciler.adopt.reasons import Reasons
from reconciler.load.written import WrittenRole
from reconciler.yamlio.lines import breaks, line_number
from reconciler.yamlio.spans import documents, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.adopt.decide import Decision
    from reconciler.model.roles import Role


class _Done(NamedTuple):
    """An edit that was made: the role as it was written before, the request, and the role as it becomes."""

    before: WrittenRole
    request: Request
    after: Role


class _Document(NamedTuple):
    """The text of one document, and how many lines of the file are before it."""

    text: str
    lines_before: int


class Editor:
    """The documents of each role file, as they become edit by edit."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Start with the files as they are."""
        self._before = files
        self._documents: dict[str, tuple[Said, list[_Document]]] = {}
        self._done: dict[str, list[_Done]] = {}

    def carry_out(self, decision: Decision, comment: str) -> Iterator[ByHand]:
        """Edit the document of one role, and yield what is left for the hand. `comment` ends each line that comes in.

        A document is read and edited alone, so a file with many roles is not read as often as it has roles.
        """
        request = decision.request
        if request == Request():
            return
        path = decision.written.desired.location.path
        reasons = Reasons(decision.written.desired)
        said, parts = self._read(path)
        at = find(decision.name, said)
        if at is None:
            yield reasons.unreadable(request)
            return
        index, written = at
        left, found = _possible(parts[index], request, reasons)
        yield from found
        if left == Request():
            return
        new = edited(parts[index].text, left, comment)
        if new is None or meanings(read(path, new.encode())) != meanings([with_request(written, left)]):
            yield reasons.unreadable(left)
            return
        parts[index] = parts[index]._replace(text=new)
        self._done.setdefault(path, []).append(_Done(decision.written, left, becomes(decision.role, left)))

    def _read(self, path: str) -> tuple[Said, list[_Document]]:
        """Return what a file says and its documents, both in the same order; nothing if it is not valid."""
        if path not in self._documents:
            content = self._before.get(path, b"")
            said = read(path, content)
            texts = split(_text(content)) if said else []
            starts = accumulate(map(breaks, texts), initial=0)
            self._documents[path] = said, list(map(_Document, texts, starts))
        return self._documents[path]

    def edits(self) -> Iterator[FileEdit]:
        """Yield the files that changed, by path."""
        for path, done in sorted(self._done.items()):
            mark = BOM_UTF8 if self._before[path].startswith(BOM_UTF8) else b""
            content = mark + "".join(text for text, _ in self._documents[path][1]).encode()
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


def _possible(document: _Document, request: Request, reasons: Reasons) -> tuple[Request, list[ByHand]]:
    """Return the part of the request that the text allows, and the other part with the reasons."""
    text, before = document
    found = obstacles(text, request)
    by_hand: list[ByHand] = []
    if found.alias_of_list is not None and (request.add or request.remove):
        by_hand.append(reasons.alias_of_list(before + found.alias_of_list, request))
        request = Request(description=request.description)
    by_hand += (reasons.alias(code, before + line) for code, line in sorted(found.aliases.items()))
    if found.description is not None and request.description is not None:
        by_hand.append(reasons.described(request.description, before + found.description))
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
