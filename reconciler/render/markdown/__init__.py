"""The plan as Markdown for a comment on GitHub or GitLab: an access review to read from the top.

The most important comes first: the verdict and the counts, what refuses the plan, rules, ends and meanings that
changed, the edit, with everything that widens access and what narrows it, drift likewise, notes, and, folded, the
rest. A comment never exceeds the forge's limit. What does not fit is counted, last of all what is denied and what
widens access: if it is too long, it loses the permissions' names; if it is still too long, the text says so at its top
and counts it. `parts` then shows all of it, in several comments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from reconciler.plan.action import Verdict
from reconciler.render.apart import apart, grants_in, grants_of, of_verdict, revokes_in, tally, widening
from reconciler.render.code_spans import size
from reconciler.render.left_alone import why_unmanaged_stay
from reconciler.render.markdown.blocks import (
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
from reconciler.render.markdown.findings import denial_chunks, denial_heading, denials, other_lines, rules
from reconciler.render.markdown.head import drift_heading, edit_heading, head, title, without_effect
from reconciler.render.sentences import in_markdown
from reconciler.render.words import counted, edit_first

if TYPE_CHECKING:
    from reconciler.plan.changes import Change, Plan
    from reconciler.render.apart import Apart
    from reconciler.render.view import View

MOST = 65_000
"""GitHub accepts 65,536 characters in a comment; the difference is for the marker that `forge` adds.

A character has at most four bytes, so a step summary (1 MiB) accepts 262,144 characters.
"""
LEAST = 16_000
"""The minimum for `view.most`: the head alone may need as much."""

_TAIL = 3_000  # more than headings, counts of omitted items, and the foot need together
_SHORTEST_PHRASE = 6  # a permission of one letter as code, and what is between two of them
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

_ENDED = "The last day of these grants is over."


class _Form(NamedTuple):
    """What is never left out, in one of its forms: what is above the changes, then what widens access.

    `counts` has the roles that widen access if they are only counted.
    """

    above: str
    edit: Sequence[str] = ()
    drift: Sequence[str] = ()
    counts: _Section | None = None

    @property
    def size(self) -> int:
        """Return the size of what is never left out."""
        return size("\n\n".join([self.above, *self.edit, *self.drift]))


def render(plan: Plan, view: View) -> str:
    """Return one comment of at most `view.most` characters, `MOST` by default."""
    room = _room(view) - _TAIL
    fitting = (form for form in _forms(plan, view) if form.size <= room)
    return _finished(next(fitting, _Form(head(plan), counts=_counts(plan))), plan, view)


def parts(plan: Plan, view: View) -> list[str]:
    """Return the fewest comments that show whole what is denied and what widens access: one if that fits."""
    room = _room(view)
    refused = list(denial_chunks(plan, room // 3))
    above = "\n\n".join([head(plan), *refused, *_between(plan)])
    if len(refused) <= 1 and next(_below(above, plan, view)).size + _TAIL <= room:
        return [render(plan, view)]
    texts, further = [head(plan, _PART)], title(plan, _PART)
    for chunk in _chunks(plan, view, refused):
        if size(texts[-1]) + size(chunk) + _TAIL > room:
            texts.append(further)
        texts[-1] += f"\n\n{chunk}"
    texts[-1] = _finished(_Form(texts[-1]), plan, view, shown_above=True)
    return [text.replace(_PART, f", part {number} of {len(texts)}") for number, text in enumerate(texts, 1)]


def _chunks(plan: Plan, view: View, refused: Sequence[str]) -> Iterator[str]:
    """Yield what is denied, then what widens access, in blocks that fit into a comment."""
    for number, chunk in enumerate(refused):
        yield chunk if number else f"{denial_heading(plan)}\n\n{chunk}"
    yield from _between(plan)
    blocks, lists = Blocks(plan, view), apart(plan)
    room = _room(view) - _TAIL - _PART_ROOM
    edit, drift = widening(lists.edit), widening(lists.drift)
    for heading, changes in ((edit_heading(plan, "widens", edit), edit), (drift_heading(plan), drift)):
        every = (chunk for change in changes for chunk in blocks.chunks(change, room))
        for number, chunk in enumerate(every):
            yield chunk if number else f"### {heading}\n\n{chunk}"


def _forms(plan: Plan, view: View) -> Iterator[_Form]:
    """Return what is denied and what widens access, the fullest form first.

    What is denied is only counted if nothing else helps.
    """
    *whole, counts = denials(plan)
    return (form for forms in (whole, [counts]) for form in _with_denials(forms, plan, view))


def _with_denials(forms: Sequence[Sequence[str]], plan: Plan, view: View) -> Iterator[_Form]:
    above = ["\n\n".join([head(plan), *form, *_between(plan)]) for form in forms]
    yield from (form for text in above for form in _below(text, plan, view))
    yield from (_Form(f"{text}\n\n{_TOO_LONG}", counts=_counts(plan)) for text in above)


def _below(above: str, plan: Plan, view: View) -> Iterator[_Form]:
    """Yield everything that widens access: with the permissions' names, then without."""
    lists = apart(plan)
    edit, drift = widening(lists.edit), widening(lists.drift)
    blocks = Blocks(plan, view)
    first = [f"### {edit_heading(plan, 'widens', edit)}"] if edit else []
    second = [f"### {drift_heading(plan)}"] if drift else []
    yield _Form(above, [*first, *map(blocks.whole, edit)], [*second, *map(blocks.whole, drift)])
    lines = [["\n".join(codes_line(change, plan) for change in each)] if each else [] for each in (edit, drift)]
    yield _Form(f"{above}\n\n{_NAMELESS}", [*first, *lines[0]], [*second, *lines[1]])


def _between(plan: Plan) -> list[str]:
    """Return the sections between what is denied and the changes: rules, ends and meanings that differ."""
    return [*rules(plan), *differences(plan)]


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading, or none, and as many items as fit; `rest(n)` describes the items from index n on."""

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
        return f"### {self.heading}\n\n{body}" if self.heading else body


def _room(view: View) -> int:
    return max(LEAST, view.most or MOST)


def _finished(form: _Form, plan: Plan, view: View, *, shown_above: bool = False) -> str:
    """Return `form` with all that does not widen access after it, as far as there is room.

    With `shown_above`, what widens access is in `form.above`, or in earlier comments.
    """
    blocks, lists = Blocks(plan, view), apart(plan)
    headed = bool(form.drift) or (shown_above and bool(widening(lists.drift)))
    pieces: list[str | _Section] = [form.above, *([form.counts] if form.counts else []), *form.edit]
    pieces += [*_narrowing(plan, lists, blocks), *form.drift, *_of_drift(plan, lists.drift, blocks, headed=headed)]
    pieces += _rest(plan, lists, blocks)
    room, texts = _room(view) - form.size - _TAIL, []
    for piece in pieces:
        text = piece if isinstance(piece, str) else piece.within(room)
        room -= 0 if isinstance(piece, str) else size(text)
        texts.append(text)
    above, *below = texts
    return "\n\n".join([above, *_in_sentences(plan, room), *below, foot(plan)]) + "\n"


def _in_sentences(plan: Plan, room: int) -> Iterator[str]:
    """Yield what changes in sentences, folded, if all of it fits: part of it could be taken for all.

    Without a catalogue, permissions have no names, and a sentence says no more than the changes below it.
    """
    summary = plan.summary()
    least = (summary.grants + summary.revokes) * _SHORTEST_PHRASE  # a plan may have far more than a comment can hold
    if plan.changes and plan.catalogue and least < room:
        text = f"<details>\n<summary>In sentences</summary>\n\n{in_markdown(plan)}\n\n</details>"
        if size(text) <= room:
            yield text


def _counts(plan: Plan) -> _Section:
    changes = widening(sorted(plan.changes, key=edit_first))
    heading = f"Widens access: {grants_of(changes)}"
    return _Section(heading, [*map(counts_line, changes)], lambda shown: _sum(changes[shown:]))


def _sum(changes: Sequence[Change]) -> str:
    grants, revokes = grants_in(changes), revokes_in(changes)
    return f"{counted(len(changes), 'role')} with {counted(grants, 'grant')} and {counted(revokes, 'revoke')}"


def _narrowing(plan: Plan, lists: Apart, blocks: Blocks) -> Iterator[_Section]:
    """Yield what the edit narrows, then what goes because a grant ended."""
    if edit := of_verdict(lists.edit, Verdict.NARROWS):
        yield _of_changes(edit_heading(plan, "narrows", edit), edit, blocks)
    if lists.ended:
        yield _of_changes(f"Ended: {tally(lists.ended)}\n\n{_ENDED}", lists.ended, blocks)


def _of_drift(plan: Plan, drift: Sequence[Change], blocks: Blocks, *, headed: bool) -> Iterator[str | _Section]:
    """Yield what drift does besides grants, with the heading of all drift if it is not `headed` yet."""
    if drift and not headed:
        yield f"### {drift_heading(plan)}"
    if narrowing := of_verdict(drift, Verdict.NARROWS):
        yield _of_changes("", narrowing, blocks)
    neutral = of_verdict(drift, Verdict.NEUTRAL)
    yield from _listed(f"Drift: {without_effect(neutral)}", map(blocks.whole, neutral), "change")


def _of_changes(heading: str, changes: Sequence[Change], blocks: Blocks) -> _Section:
    return _Section(heading, [*map(blocks.whole, changes)], lambda shown: _sum(changes[shown:]))


def _rest(plan: Plan, lists: Apart, blocks: Blocks) -> Iterator[_Section]:
    yield from _listed("Findings that refuse nothing", other_lines(plan), "finding", folded=False)
    yield from _listed("Notes", map(note_line, plan.notes), "note", folded=False)
    neutral = of_verdict(lists.edit, Verdict.NEUTRAL)
    yield from _listed(without_effect(neutral), map(blocks.whole, neutral), "change")
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
