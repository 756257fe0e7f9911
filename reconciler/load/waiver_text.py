"""Write waivers into the text of a policy file. Every byte that is there stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.load.emit import scalar
from reconciler.yamlio.appending import Gap, NoGap, gap_for, with_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.policy.rules import Waiver


def with_waivers(text: str, waivers: Iterable[Waiver]) -> str | NoGap:
    """Return the text of a valid policy file with `waivers` behind its last one, or the place of a list in brackets."""
    gap = gap_for(text, "waivers")
    if isinstance(gap, NoGap):
        return gap
    return with_lines(text, gap.offset, _lines(gap, waivers))


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
