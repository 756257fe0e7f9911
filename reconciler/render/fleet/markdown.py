"""What the plans of several tenants do, as Markdown for comments on GitHub or GitLab.

Data is in code spans and fenced blocks only. What grants comes first, as in `effects`, so what does not fit into one
comment is what grants least; `parts` shows all of it, in several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.inert import visible
from reconciler.render.code_spans import code, cut, fenced, size
from reconciler.render.fleet.words import MOST_NAMES, change_line, opening, problems, refused_of
from reconciler.render.markdown import LEAST, MOST
from reconciler.render.words import counted, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.fleet.effects import Effect, EffectChange
    from reconciler.fleet.index import Index
    from reconciler.render.view import View

_ROOM = 1_000
"""Characters that the first line, the marks of parts and the foot need at most."""

_LONGEST_REASON = 2_000
_MORE = "> [!WARNING]\n> **This is not all of it:** {} left out here. Read all of it: `reconciler show` shows it whole."


def render(index: Index, effects: Sequence[Effect], view: View) -> str:
    """Return one comment of at most `view.most` characters."""
    first, *rest = _packed(index, effects, view)
    left = sum(len(part) for part in rest)
    warning = [_MORE.format(f"{counted(left, 'section')} {'is' if left == 1 else 'are'}")] if left else []
    return _joined([_title(index, effects), *warning, *first, _foot(index)])


def parts(index: Index, effects: Sequence[Effect], view: View) -> list[str]:
    """Return the comments that show everything: one if that fits."""
    packed = _packed(index, effects, view)
    if len(packed) == 1:
        return [_joined([_title(index, effects), *packed[0], _foot(index)])]
    title = _title(index, effects)
    return [
        _joined(
            [f"{title}, part {number} of {len(packed)}", *blocks, *([_foot(index)] if number == len(packed) else [])]
        )
        for number, blocks in enumerate(packed, 1)
    ]


def _title(index: Index, effects: Sequence[Effect]) -> str:
    return f"## {opening(index, effects, _name)}"


def _name(text: str) -> str:
    return code(text, 200)


def _foot(index: Index) -> str:
    return f"Digest of all plans: {code(index.digest)}"


def _joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(blocks) + "\n"


def _packed(index: Index, effects: Sequence[Effect], view: View) -> list[list[str]]:
    """Return the blocks, as many as fit together into each comment."""
    room = max(LEAST, view.most or MOST) - _ROOM - size(_title(index, effects))
    comments: list[list[str]] = [[]]
    used = 0
    for block in _blocks(index, effects, room):
        if comments[-1] and used + size(block) + 2 > room:
            comments.append([])
            used = 0
        comments[-1].append(block)
        used += size(block) + 2
    return comments


def _blocks(index: Index, effects: Sequence[Effect], room: int) -> Iterator[str]:
    yield from _problems(index)
    for effect in effects:
        yield _block(index, effect, room)


def _block(index: Index, effect: Effect, room: int) -> str:
    """Return the section of one effect: its verdict, its tenants, and a diff. It fits into `room`."""
    refused = refused_of(index, effect)
    all_refused = len(refused) == len(effect.tenants)
    what = f"{effect.verdict.upper()}{', REFUSED' if all_refused else ''} in {counted(len(effect.tenants), 'tenant')}"
    lines = [f"### {what}{_names(effect.tenants)}", ""]
    if refused and not all_refused:
        lines += [f"**REFUSED in {counted(len(refused), 'tenant')}**{_names(refused)}", ""]
    left = room - size("\n".join(lines)) - 200
    shown: list[str] = []
    every = [line for change in effect.changes for line in _diff(change)]
    for line in every:
        left -= size(line) + 1
        if left < 0:
            shown.append(f"! and {counted(len(every) - len(shown), 'more line')}: `reconciler show` shows all")
            break
        shown.append(line)
    return "\n".join([*lines, fenced(shown, "diff")])


def _names(names: Sequence[str]) -> str:
    return f": {', '.join(map(_name, names))}" if len(names) <= MOST_NAMES else ""


def _diff(change: EffectChange) -> Iterator[str]:
    yield f"  {cut(change_line(change._replace(granted=(), revoked=()), str))}"
    for field in change.fields:
        if field.path != "name":
            yield f"- {visible(field.path)}: {cut(said(field.before))}"
            yield f"+ {visible(field.path)}: {cut(said(field.after))}"
    yield from (f"+ {cut(granted)}" for granted in change.granted)
    yield from (f"- {cut(revoked)}" for revoked in change.revoked)


def _problems(index: Index) -> Iterator[str]:
    for problem in problems(index):
        lines = ["> [!CAUTION]", f"> **{problem.title}:**", ">"]
        for reason, names in problem.reasons:
            who = ", ".join(map(_name, names)) if len(names) <= MOST_NAMES else counted(len(names), "tenant")
            lines.append(f"> - {who}{f': {code(reason, _LONGEST_REASON)}' if reason else ''}")
        if problem.more:
            lines.append(f"> - and {counted(problem.more, 'more reason')}")
        yield "\n".join(lines)
