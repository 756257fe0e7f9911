"""Carry decisions out on the texts of role files. Each edit is read again, and kept only if it says what it is to say.

Nothing is written to the disk here.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, NamedTuple

from reconciler.adopt.edit import Request, edited, obstacles
from reconciler.adopt.meaning import index_of, meanings, read, with_request
from reconciler.adopt.outcome import ByHand, CodeLine, Described, FileEdit
from reconciler.adopt.reasons import Reasons
from reconciler.load.written import WrittenRole
from reconciler.yamlio.lines import line_number
from reconciler.yamlio.spans import documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.adopt.decide import Decision


class _Done(NamedTuple):
    """An edit that was made: the role as it was written before, and the request."""

    before: WrittenRole
    request: Request


class Editor:
    """The role files by path, as they become edit by edit."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Start with the files as they are."""
        self._before = files
        self._files = dict(files)
        self._done: dict[str, list[_Done]] = {}

    def carry_out(self, decision: Decision, comment: str) -> Iterator[ByHand]:
        """Edit the file of one role, and yield what is left for the hand. `comment` ends each line that comes in."""
        request = decision.request
        if request == Request():
            return
        path = decision.written.desired.location.path
        reasons = Reasons(decision.written.desired)
        content = self._files.get(path)
        said = None if content is None else read(path, content)
        if content is None or said is None:
            yield reasons.unreadable(request)
            return
        index = index_of(decision.name, said)
        text = _text(content)
        left, found = _possible(text, index, request, reasons)
        yield from found
        if left == Request():
            return
        written = said[index]
        assert isinstance(written, WrittenRole)
        new = edited(text, index, left, comment)
        changed = None if new is None else content[: len(content) - len(text.encode())] + new.encode()
        said[index] = with_request(written, left)
        after = None if changed is None else read(path, changed)
        if changed is None or after is None or meanings(after) != meanings(said):
            yield reasons.unreadable(left)
            return
        self._files[path] = changed
        self._done.setdefault(path, []).append(_Done(decision.written, left))

    def edits(self) -> Iterator[FileEdit]:
        """Yield the files that changed, by path."""
        for path, done in sorted(self._done.items()):
            content = self._files[path]
            yield FileEdit(
                path,
                content,
                created=False,
                roles=tuple(sorted(each.before.desired.role.name for each in done)),
                added=tuple(sorted(_added(path, content, done))),
                removed=tuple(sorted(_removed(done))),
                described=tuple(sorted(_described(path, content, done))),
            )

    def files(self) -> Mapping[str, bytes]:
        """Return every file as it is now."""
        return self._files


def _text(content: bytes) -> str:
    return content.removeprefix(BOM_UTF8).decode()


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
    said = read(path, content) or []
    for before, request in done:
        written = said[index_of(before.desired.role.name, said)]
        assert isinstance(written, WrittenRole)
        yield from (CodeLine(written.desired.location.marks[code][0], code) for code in request.add)


def _removed(done: Iterable[_Done]) -> Iterator[CodeLine]:
    for before, request in done:
        yield from (CodeLine(before.desired.location.marks[code][0], code) for code in request.remove)


def _described(path: str, content: bytes, done: Iterable[_Done]) -> Iterator[Described]:
    text = _text(content)
    said = read(path, content) or []
    roots = documents(text)
    for before, request in done:
        role = before.desired.role
        found = roots[index_of(role.name, said)].pair("description")
        if request.description is not None and found is not None:
            yield Described(line_number(text, found[0].start), role.name, role.description, request.description)
