"""Add codes to a list of a YAML text and remove them, with everything else left as it is.

A function returns the parts of the text to replace, or None if the text is written in a way that it does not know.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.emit import scalar
from reconciler.model.patterns import has_star
from reconciler.yamlio.lines import Splice, break_near, has_break, line_end, line_start, next_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from reconciler.yamlio.spans import Span

_DASH = re.compile(r" *-(?=\s)")
_COLON = re.compile(r"[ \t]*:")
_ANCHOR = re.compile(r"&[^\s,\[\]{}]+")
_BETWEEN = re.compile(r"\s*,?\s*")
_ALONE = re.compile(r"[ \t]*(?:#.*)?")
INDENT = 2


class Listed(NamedTuple):
    """A list in `text` under `key`. `in_brackets` says that the mapping around it is in brackets."""

    text: str
    key: Span
    list: Span
    in_brackets: bool

    @property
    def items(self) -> tuple[Span, ...]:
        """Return the items."""
        return self.list.inside

    def before(self, code: str, leaving: Collection[str]) -> int | None:
        """Return the index of the first listed code that sorts after `code`, those that are `leaving` aside."""
        for index, item in enumerate(self.items):
            listed = item.first_text
            if listed > code and not has_star(listed) and listed not in leaving:
                return index
        return None


def with_codes(listed: Listed, codes: Iterable[str], leaving: Collection[str], comment: str) -> list[Splice] | None:
    """Return the edit that adds codes. `comment` ends each line that comes in."""
    ordered = sorted(codes)
    if listed.list.brackets and not listed.items:
        return _into_empty(listed, ordered, comment)
    if listed.list.brackets:
        return _into_brackets(listed, ordered, leaving, comment)
    return _into_block(listed, ordered, leaving, comment)


def without_codes(listed: Listed, codes: Collection[str]) -> list[Splice] | None:
    """Return the edit that removes the items of `codes`."""
    gone = [index for index, item in enumerate(listed.items) if item.first_text in codes]
    if listed.list.brackets:
        return _out_of_brackets(listed, gone)
    splices: list[Splice] = []
    if len(gone) == len(listed.items):
        head = _head_end(listed)
        if head is None:
            return None
        splices.append(Splice(head, head, " []"))
    for index in gone:
        dash = _dash_line(listed, index)
        if dash is None:
            return None
        splices += _item_lines(listed.text, dash, listed.items[index])
    return splices


# --- lists with a line for each item


def _into_block(listed: Listed, codes: Sequence[str], leaving: Collection[str], comment: str) -> list[Splice] | None:
    text = listed.text
    splices: list[Splice] = []
    for code in codes:
        found = listed.before(code, leaving)
        index = len(listed.items) - 1 if found is None else found
        line = _dash_line(listed, index)
        if line is None:
            return None
        item = listed.items[index]
        before = text[line : item.start]
        if has_break(before):  # the item begins on the line after its dash
            before = text[line : line_end(text, line)].partition("-")[0] + "- "
        added = f"{before}{scalar(code)}{comment}"
        if found is None:
            end = line_end(text, item.end)
            splices.append(Splice(end, end, break_near(text, end) + added))
        else:
            splices.append(Splice(line, line, added + break_near(text, line)))
    return splices


def _dash_line(listed: Listed, index: int) -> int | None:
    """Return where the line with the dash of an item begins."""
    lowest = listed.items[index - 1].end if index else listed.key.end
    end = listed.items[index].start
    line = line_start(listed.text, end)
    while line > lowest:
        if _DASH.match(listed.text, line, end):
            return line
        line = line_start(listed.text, line - 1)
    return None


def _item_lines(text: str, start: int, item: Span) -> Iterator[Splice]:
    """Yield the lines of an item, without the comments that are alone on a line."""
    leaves = list(_leaves(item))
    line, end = start, next_line(text, item.end)
    while line < end:
        following = next_line(text, line)
        in_a_value = any(leaf.start < line < leaf.end for leaf in leaves)
        if in_a_value or not text[line:following].lstrip().startswith("#"):
            yield Splice(line, following)
        line = following


def _leaves(span: Span) -> Iterator[Span]:
    if not span.inside:
        yield span
    for inner in span.inside:
        yield from _leaves(inner)


def _head_end(listed: Listed) -> int | None:
    """Return the place behind the colon of the key, and behind the anchor of the list."""
    found = _COLON.match(listed.text, listed.key.end)
    if found is None:
        return None
    anchor = _ANCHOR.match(listed.text, listed.list.start) if listed.list.anchored else None
    return anchor.end() if anchor else found.end()


# --- lists in brackets


def _into_empty(listed: Listed, codes: Sequence[str], comment: str) -> list[Splice]:
    """Make `[]` a list with a line for each item, unless a line break or the mapping around it prevents that."""
    text, start, end = listed.text, listed.list.start, listed.list.end
    head = _head_end(listed)
    if head is None or listed.in_brackets or listed.list.anchored or has_break(text[listed.key.end : end]):
        return [Splice(end - 1, end - 1, ", ".join(map(scalar, codes)))]
    indent = " " * (listed.key.start - line_start(text, start) + INDENT)
    behind = line_end(text, end)
    lines = "".join(f"{break_near(text, behind)}{indent}- {scalar(code)}{comment}" for code in codes)
    return [Splice(head, end), Splice(behind, behind, lines)]


def _into_brackets(listed: Listed, codes: Sequence[str], leaving: Collection[str], comment: str) -> list[Splice]:
    splices: list[Splice] = []
    rest: list[str] = []
    for code in codes:
        found = listed.before(code, leaving)
        if found is None:
            rest.append(code)
        else:
            splices.append(_in_front_of(listed.text, listed.items[found].start, code, comment))
    return [*splices, *_behind_the_last(listed, rest, comment)] if rest else splices


def _in_front_of(text: str, at: int, code: str, comment: str) -> Splice:
    line = line_start(text, at)
    before = text[line:at]
    if before.strip() not in ("", ","):
        return Splice(at, at, f"{scalar(code)}, ")
    comma = "" if before.strip() else ","
    return Splice(line, line, f"{before}{scalar(code)}{comma}{comment}{break_near(text, line)}")


def _behind_the_last(listed: Listed, codes: Sequence[str], comment: str) -> list[Splice]:
    text, last = listed.text, listed.items[-1]
    comma = _comma_behind(text, last.end)
    end = line_end(text, last.end)
    in_front = text[line_start(text, last.start) : last.start]
    before = break_near(text, end) + in_front
    several_lines = end < listed.list.end
    if several_lines and in_front.strip() == "," and comma is None:
        return [Splice(end, end, "".join(f"{before}{scalar(code)}{comment}" for code in codes))]
    if several_lines and not in_front.strip() and (comma is None or comma < end):
        ends = [","] * (len(codes) - 1) + ["" if comma is None else ","]
        lines = "".join(f"{before}{scalar(code)}{ending}{comment}" for code, ending in zip(codes, ends, strict=True))
        return [*([Splice(last.end, last.end, ",")] if comma is None else []), Splice(end, end, lines)]
    joined = ", ".join(map(scalar, codes))
    if comma is None:
        return [Splice(last.end, last.end, f", {joined}")]
    return [Splice(comma + 1, comma + 1, f" {joined},")]


def _out_of_brackets(listed: Listed, gone: Sequence[int]) -> list[Splice]:
    items = listed.items
    if len(gone) == len(items) and all(map(_BETWEEN.fullmatch, _gaps(listed))):
        return [Splice(listed.text.index("[", listed.list.start) + 1, listed.list.end - 1)]
    splices: list[Splice] = []
    for run in _runs(gone):
        lines = [_own_lines(listed, items[index]) for index in run]
        with_commas_before = [_line_with_comma(listed, items[index]) for index in run]
        if all(lines):
            splices += chain.from_iterable(lines)
        elif all(with_commas_before):
            splices += chain.from_iterable(with_commas_before)
        elif run[0] and run[-1] == len(items) - 1 and all(map(_BETWEEN.fullmatch, _gaps(listed)[run[0] : -1])):
            splices.append(Splice(items[run[0] - 1].end, items[-1].end))
        else:
            splices += chain.from_iterable(_with_its_comma(listed.text, items[index]) for index in run)
    return splices


def _runs(gone: Sequence[int]) -> list[list[int]]:
    """Return the indices in runs without a gap."""
    runs: list[list[int]] = []
    for index in gone:
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _line_with_comma(listed: Listed, item: Span) -> list[Splice]:
    """Return the lines of an item if nothing else is on them than a comma before it; otherwise nothing."""
    text = listed.text
    start, end = line_start(text, item.start), line_end(text, item.end)
    alone = text[start : item.start].strip() == "," and end < listed.list.end
    return list(_item_lines(text, start, item)) if alone and _ALONE.fullmatch(text[item.end : end]) else []


def _with_its_comma(text: str, item: Span) -> list[Splice]:
    comma = _comma_behind(text, item.end)
    if comma is None:
        return [Splice(item.start, item.end)]
    end = comma + 1
    while text[end] in " \t":
        end += 1
    if has_break(text[item.end : comma]):
        return [Splice(item.start, item.end), Splice(comma, end)]
    return [Splice(item.start, end)]


def _gaps(listed: Listed) -> list[str]:
    """Return what is before the first item, between two items, and behind the last."""
    text, items = listed.text, listed.items
    starts = [text.index("[", listed.list.start) + 1, *(item.end for item in items)]
    ends = [*(item.start for item in items), listed.list.end - 1]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _own_lines(listed: Listed, item: Span) -> list[Splice]:
    """Return the lines of an item if nothing else is on them; otherwise nothing."""
    text = listed.text
    comma = _comma_behind(text, item.end)
    end = line_end(text, item.end)
    start = line_start(text, item.start)
    behind = item.end if comma is None else comma + 1
    alone = not text[start : item.start].strip() and behind <= end < listed.list.end
    if alone and _ALONE.fullmatch(text[behind:end]):
        return list(_item_lines(text, start, item))
    return []


def _comma_behind(text: str, index: int) -> int | None:
    """Return where the comma behind an item is, or None if the bracket comes first."""
    while text[index] != "]":
        if text[index] == ",":
            return index
        index = line_end(text, index) if text[index] == "#" else index + 1
    return None
