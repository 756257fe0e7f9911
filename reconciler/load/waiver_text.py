"""Write waivers into the text of a policy file. Every byte that is there stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.load.emit import scalar
from reconciler.yamlio.appending import Gap, NoGap, gap_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.policy.rules import Waiver

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def with_waivers(text: str, waivers: Iterable[Waiver]) -> str | NoGap:
    """Return the text of a valid policy file with `waivers` behind its last one, or the place of a list in brackets."""
    gap = gap_for(text, "waivers")
    if isinstance(gap, NoGap):
        return gap
    newline = "\r\n" if "\r\n" in text else "\n"
    head = text[: _next_line(text, gap.offset)]
    if head and not _BREAK.match(head[-1]):
        head += newline
    lines = "".join(f"{line}{newline}" for line in _lines(gap, waivers))
    return head + lines + text[_next_line(text, gap.offset) :]


def _next_line(text: str, index: int) -> int:
    """Return where the next line begins, or `index` if a line begins there."""
    if index == 0 or _BREAK.match(text[index - 1]):
        return index
    found = _BREAK.search(text, index)
    return found.end() if found else len(text)


def _lines(gap: Gap, waivers: Iterable[Waiver]) -> Iterator[str]:
    before = " " * gap.indent
    if not gap.has_list:
        yield f"{before}waivers:"
        before += "  "
    for waiver in waivers:
        yield f"{before}- policy: {scalar(waiver.policy)}"
        yield f"{before}  role: {scalar(waiver.role)}"
        if waiver.codes:
            yield f"{before}  codes: [{', '.join(map(scalar, waiver.codes))}]"
        yield f"{before}  reason: {scalar(waiver.reason)}"
        yield f"{before}  until: {waiver.until}"
