"""The plan as Markdown for a comment on GitHub or GitLab: an access review to read from the top.

The most important comes first: the verdict and the counts, what refuses the plan, rules, ends and meanings that
changed, everything that widens access, what narrows it, notes, and, folded, the rest. A comment never exceeds the
forge's limit. What does not fit is counted, last of all what is denied and what widens access: if it is too long, it
loses the permissions' names; if it is still too long, the text says so at its top and counts it. `parts` then shows
all of it, in several comments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.plan.action import Verdict
from reconciler.render.blocks import (
    Blocks,
    codes_line,
    counts_line,
    differences,
    foot,
    left_alone_lines,
    note_line,
    role_line,
    unmanaged_lines,
)
from reconciler.render.code_spans import size
from reconciler.render.left_alone import why_unmanaged_stay
from reconciler.render.markdown_findings import denial_chunks, denial_heading, denials, other_lines, rules
from reconciler.render.markdown_head import head, title
from reconciler.render.words import counted, edit_first

if TYPE_CHECKING:
    from reconciler.plan.changes import Change, Plan
    from reconciler.render.view import View

MOST = 65_000
"""GitHub accepts 65,536 characters in a comment; the difference is for the marker that `forge` adds.

A character has at most four bytes, so a step summary (1 MiB) accepts 262,144 characters.
"""
LEAST = 16_000
"""The minimum for `view.most`: the head alone may need as much."""

_TAIL = 3_000  # more than headings, counts of omitted items, and the foot need together
_PART = "\0"  # a placeholder for "(part 1 of 2)"; visible data never contains it
_PART_ROOM = 200  # more than the first line of a further part needs

_NAMELESS = (
    "> [!WARNING]\n> What widens access is too long for one comment with the permissions' names, so it is here "
    "without them. `reconciler show` shows all of it."
)
_TOO_LONG = (
    "> [!WARNING]\n> **What widens access does not fit into one comment, so this is not all of it:** here roles are "
    "only counted. Read all of it before you approve: `reconciler show` shows it whole."
)


def render(plan: Plan, view: View) -> str:
    """Return one comment of at most `view.most` characters, `MOST` by default."""
    room = _room(view) - _TAIL
    fitting = (opening for opening in _openings(plan, view) if size(opening[0]) <= room)
    text, roles = next(fitting, (head(plan), _counts(plan)))
    return _finished(f"{text}\n\n{roles.within(room - size(text))}" if roles else text, plan, view)


def parts(plan: Plan, view: View) -> list[str]:
    """Return the fewest comments that show whole what is denied and what widens access: one if that fits."""
    room = _room(view)
    refused = list(denial_chunks(plan, room // 3))
    if (
        len(refused) <= 1
        and size("\n\n".join([head(plan), *refused, *_between(plan), *next(_widening(plan, view))])) + _TAIL <= room
    ):
        return [render(plan, view)]
    texts = [head(plan, _PART)]
    for chunk in _chunks(plan, view, refused):
        if size(texts[-1]) + size(chunk) + _TAIL > room:
            texts.append(title(plan, _PART))
        texts[-1] += f"\n\n{chunk}"
    texts[-1] = _finished(texts[-1], plan, view)
    return [text.replace(_PART, f", part {number} of {len(texts)}") for number, text in enumerate(texts, 1)]


def _chunks(plan: Plan, view: View, refused: Sequence[str]) -> Iterator[str]:
    """Yield what is denied, then what widens access, in blocks that fit into a comment."""
    for number, chunk in enumerate(refused):
        yield chunk if number else f"{denial_heading(plan)}\n\n{chunk}"
    yield from _between(plan)
    blocks, changes = Blocks(plan, view), _that_widen(plan)
    room = _room(view) - _TAIL - _PART_ROOM
    every = (chunk for change in changes for chunk in blocks.chunks(change, room))
    for number, chunk in enumerate(every):
        yield chunk if number else f"### {_widens(changes)}\n\n{chunk}"


def _openings(plan: Plan, view: View) -> Iterator[tuple[str, _Section | None]]:
    """Return what is denied and what widens access, the fullest text first.

    What is denied is only counted if nothing else helps. If there is a section, it has the roles that widen.
    """
    *whole, counts = denials(plan)
    return (opening for forms in (whole, [counts]) for opening in _below(forms, plan, view))


def _below(forms: Sequence[Sequence[str]], plan: Plan, view: View) -> Iterator[tuple[str, _Section | None]]:
    """Yield what widens access below each form of what is denied."""
    above = ["\n\n".join([head(plan), *form, *_between(plan)]) for form in forms]
    yield from (("\n\n".join([first, *widening]), None) for first in above for widening in _widening(plan, view))
    yield from ((f"{first}\n\n{_TOO_LONG}", _counts(plan)) for first in above)


def _between(plan: Plan) -> list[str]:
    """Return the sections between what is denied and the changes: rules, ends and meanings that differ."""
    return [*rules(plan), *differences(plan)]


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading, and as many items as fit; `rest(n)` describes the items from index n on."""

    heading: str
    items: Sequence[str]
    rest: Callable[[int], str]
    folded: bool = False

    def within(self, room: int) -> str:
        """Return the section with the items that fit into `room`. `_TAIL` has the room for its other text."""
        shown = 0
        for item in self.items:
            room -= size(item) + 2
            if room < 0:
                break
            shown += 1
        between = "\n" if self.items[0].startswith("- ") else "\n\n"
        left_out = f"_Left out, since it did not fit: {self.rest(shown)}._" if shown < len(self.items) else ""
        body = "\n\n".join(text for text in (between.join(self.items[:shown]), left_out) if text)
        if self.folded:
            return f"<details>\n<summary>{self.heading}</summary>\n\n{body}\n\n</details>"
        return f"### {self.heading}\n\n{body}"


def _room(view: View) -> int:
    return max(LEAST, view.most or MOST)


def _finished(text: str, plan: Plan, view: View) -> str:
    """Return `text` with all that does not widen access after it, as far as there is room."""
    room = _room(view) - size(text) - _TAIL
    for section in _rest(plan, view):
        shown = section.within(room)
        room -= size(shown)
        text += f"\n\n{shown}"
    return f"{text}\n\n{foot(plan)}\n"


def _that_widen(plan: Plan) -> list[Change]:
    return sorted((change for change in plan.changes if change.granted), key=edit_first)


def _widens(changes: Sequence[Change]) -> str:
    grants = sum(len(change.granted) for change in changes)
    return f"Widens access: {counted(grants, 'grant')} in {counted(len(changes), 'role')}"


def _widening(plan: Plan, view: View) -> Iterator[list[str]]:
    """Yield everything that widens access: with the permissions' names, then without."""
    if changes := _that_widen(plan):
        heading = f"### {_widens(changes)}"
        yield [heading, *map(Blocks(plan, view).whole, changes)]
        yield [_NAMELESS, heading, "\n".join(codes_line(change, plan) for change in changes)]
    else:
        yield []


def _counts(plan: Plan) -> _Section:
    changes = _that_widen(plan)
    return _Section(_widens(changes), [*map(counts_line, changes)], lambda shown: _sum(changes[shown:]))


def _sum(changes: Sequence[Change]) -> str:
    grants = sum(len(change.granted) for change in changes)
    revokes = sum(len(change.revoked) for change in changes)
    return f"{counted(len(changes), 'role')} with {counted(grants, 'grant')} and {counted(revokes, 'revoke')}"


def _rest(plan: Plan, view: View) -> Iterator[_Section]:
    blocks = Blocks(plan, view)
    changes = sorted(plan.changes, key=edit_first)
    if narrowing := [change for change in changes if change.verdict is Verdict.NARROWS]:
        revokes = sum(len(change.revoked) for change in narrowing)
        heading = f"Narrows access: {counted(revokes, 'revoke')} in {counted(len(narrowing), 'role')}"
        yield _Section(heading, [*map(blocks.whole, narrowing)], lambda shown: _sum(narrowing[shown:]))
    yield from _listed("Findings that refuse nothing", other_lines(plan), "finding", folded=False)
    yield from _listed("Notes", map(note_line, plan.notes), "note", folded=False)
    neutral = [change for change in changes if change.verdict is Verdict.NEUTRAL]
    heading = f"{counted(len(neutral), 'change')} without effect on access"
    yield from _listed(heading, map(blocks.whole, neutral), "change")
    if plan.only is not None:
        heading = f"{counted(len(plan.left_alone), 'change')} left alone (<code>--only {plan.only}</code>)"
        yield from _listed(heading, left_alone_lines(plan), "change")
    heading = f"{counted(len(plan.unmanaged), 'unmanaged role')}: live, in no role file, and left alone"
    yield from _listed(f"{heading} (<code>{why_unmanaged_stay(plan)}</code>)", unmanaged_lines(plan), "role")
    heading = f"{counted(len(plan.ignored), 'ignored role')}: live, and left alone"
    yield from _listed(f"{heading} (<code>ignore</code>)", map(role_line, plan.ignored), "role")


def _listed(heading: str, items: Iterable[str], noun: str, *, folded: bool = True) -> Iterator[_Section]:
    if listed := list(items):
        yield _Section(heading, listed, lambda shown: counted(len(listed) - shown, noun), folded)
