"""The parts of a Markdown review: what differs, a block for each role, and the lists below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from rich.cells import cell_len  # rich.cells alone: the rest of rich is slow to load

from reconciler.model.catalogue import parts_of_meaning
from reconciler.model.inert import first_few
from reconciler.plan.changes import Change, Plan, Update
from reconciler.plan.sources import Compared, Undo
from reconciler.render.apart import apart, part_in_words
from reconciler.render.code_spans import code, cut, fenced, size
from reconciler.render.grants import beside, ends_changed, through_sets
from reconciler.render.left_alone import items
from reconciler.render.revisions import granted_by
from reconciler.render.words import (
    ORIGINS,
    code_mark,
    counted,
    fate,
    names_more_than_one,
    no_place,
    replaced,
    roles_dir,
    sensitive_mark,
    told_apart,
)

if TYPE_CHECKING:
    from reconciler.model.roles import Location, Role
    from reconciler.plan.catalogue_changes import Changed
    from reconciler.render.view import View

_NAME = 200  # characters shown of a name, a path or a sentence of the catalogue
_WIDEST_CODE = 48  # columns up to which the permissions' names are aligned
_LONGEST_LINK = 2_000
_CATALOGUE = 4_000  # for permissions with another meaning
_NAMES = 5
_ENDS = 20
_SETS = 10
_HEADER = 7_000  # more than the heading of a role's block, its link and its description can need


def differences(plan: Plan) -> list[str]:
    """Return a section each for ends and meanings that changed, and for what several roles are given through a set."""
    sets = _items("Given through sets", through_sets(plan), _SETS, "permission")
    return [*_ends_changed(plan), *_catalogue(plan), *sets]


def _catalogue(plan: Plan) -> Iterator[str]:
    """Yield the section of permissions with another meaning, each on one line, as far as there is room."""
    if plan.catalogue_changes is None:
        return
    from reconciler.render.catalogue_changes import changed_meaning  # noqa: PLC0415 - needed only with a lock

    sentence, held = changed_meaning(plan)
    if not sentence:
        return
    lines = [f"### Catalogue changed\n\n{sentence}\n"]
    room = _CATALOGUE
    for number, entry in enumerate(held):
        line = _meaning_line(entry)
        room -= size(line) + 1
        if room < 0:
            lines.append(f"- and {counted(len(held) - number, 'more permission')}: `reconciler show` shows all")
            break
        lines.append(line)
    yield "\n".join(lines)


def _meaning_line(entry: Changed) -> str:
    parts = (
        f"{part} {code(before, _NAME)} becomes {code(after, _NAME)}"
        for part, before, after in parts_of_meaning(entry.before, entry.after)
    )
    roles = first_few(entry.roles, _NAMES, _brief)
    return f"- {code(entry.code, _NAME)}, held by {roles}: {'; '.join(parts)}"


def _ends_changed(plan: Plan) -> Iterator[str]:
    """Return the section of ends that differ from the base: a longer end is wider access."""
    return _items("Ends changed", ends_changed(plan), _ENDS, "end")


def _items(heading: str, found: Sequence[str], most: int, noun: str) -> Iterator[str]:
    """Yield a section with one line for each item, up to `most`, or nothing if there is no item."""
    if found:
        more = [f"- and {counted(len(found) - most, f'more {noun}')}"] if len(found) > most else []
        yield f"### {heading}\n\n" + "\n".join([*(f"- {code(each, _NAME)}" for each in found[:most]), *more])


class Blocks:
    """Makes the block of a role from the plan and the view."""

    def __init__(self, plan: Plan, view: View) -> None:
        """Use only the links of `view`."""
        self._plan = plan
        self._catalogue = plan.catalogue
        self._links = view.links
        self._no_place = no_place(plan, _short)
        self._ambiguous = names_more_than_one(plan.changes)
        self._refused = {finding.role for finding in plan.refused}
        self._split = apart(plan).split

    def whole(self, change: Change) -> str:
        """Return heading, place and origin, the diff of grants and revokes, and the description if it changes."""
        return self._block(change, list(self._diff(change)), self._about(change))

    def chunks(self, change: Change, room: int) -> Iterator[str]:
        """Yield the same in several blocks, each with a `size` of at most `room`."""
        about = self._about(change)
        for lines in _grouped(self._diff(change), room - _HEADER):
            yield self._block(change, lines, about)
            about = ["(continued)"]

    def _block(self, change: Change, lines: list[str], about: Iterable[str]) -> str:
        return "\n\n".join([self._heading(change), *about, *([fenced(lines, "diff")] if lines else [])])

    def _heading(self, change: Change) -> str:
        renamed = ""
        if isinstance(change, Update) and change.renamed_from is not None:
            renamed = f" (renamed from {code(change.renamed_from, _NAME)})"
        refused = ", refused" if change.name in self._refused else ""
        name = told_apart(change.name, change.id, self._ambiguous, _short)
        return f"#### {name} {fate(change.action, self._plan)}{renamed}: {change.verdict.upper()}{refused}"

    def _about(self, change: Change) -> list[str]:
        place = self._place(change.location) if change.location else self._no_place
        origin = ORIGINS[change.origin]
        over = f"replaces {code(replaced(change), _NAME)}" if replaced(change) else ""
        here = f" ({part_in_words(change)})" if change.name in self._split else ""
        paragraphs = [", ".join(filter(None, (place, f"origin: {origin}{here}" if origin else "", over)))]
        if isinstance(change, Update) and change.before.description != change.after.description:
            before, after = code(change.before.description, _NAME), code(change.after.description, _NAME)
            paragraphs.append(f"description: {before} becomes {after}")
        return paragraphs

    def _place(self, location: Location) -> str:
        # "[`a]:1`](...)" at the start of a paragraph would define a link instead of being one, and not be shown.
        shown = code(str(location).replace("]:", "] :"), _NAME)
        if self._links is None:
            return shown
        # The prefix comes from the environment; the characters that could end a link are escaped in it too.
        address = self._links.to(location.path, location.line)
        target = quote(address, safe="/:?#@!$*+,;=%~", errors="backslashreplace")
        return f"[{shown}]({target})" if len(target) <= _LONGEST_LINK else shown

    def _diff(self, change: Change) -> Iterator[str]:
        signed = [("+", item) for item in sorted(change.granted)] + [("-", item) for item in sorted(change.revoked)]
        shown = [
            (
                sign,
                cut(item) + code_mark(change, item) + sensitive_mark(self._plan, item),
                self._told(change, sign, item),
            )
            for sign, item in signed
        ]
        width = max((cell_len(item) for _, item, _ in shown if cell_len(item) <= _WIDEST_CODE), default=0)
        for sign, item, name in shown:
            yield f"{sign} {item}{' ' * (width - cell_len(item))}   {name}" if name else f"{sign} {item}"

    def _told(self, change: Change, sign: str, item: str) -> str:
        """Return the permission's name; for a grant, also where it comes from, its end and its reason.

        For a revoke, it is what granted the code, as far as the history knows.
        """
        about = cut(beside(change, item) if sign == "+" else granted_by(change, item), _NAME)
        return "   ".join(filter(None, (self._permission(item), about)))

    def _permission(self, item: str) -> str:
        return cut(self._catalogue[item].name, _NAME) if item in self._catalogue else ""


def codes_line(change: Change, plan: Plan) -> str:
    """Return a role as one list item: all its grants and revokes, without the permissions' names."""
    given, taken = (
        ", ".join(code(item) + code_mark(change, item) + sensitive_mark(plan, item) for item in sorted(codes))
        for codes in (change.granted, change.revoked)
    )
    return f"- {code(change.name, _NAME)} is given {given}{f' and loses {taken}' if taken else ''}"


def counts_line(change: Change) -> str:
    """Return a role as one list item: only the number of grants and revokes."""
    counts = f"{counted(len(change.granted), 'grant')}, {counted(len(change.revoked), 'revoke')}"
    return f"- {code(change.name, _NAME)}: {counts}"


def role_line(role: Role) -> str:
    """Return a role that the plan does not change as a list item."""
    return f"- {code(role.name, _NAME)} ({counted(len(role.permissions), 'permission')})"


def unmanaged_lines(plan: Plan) -> Iterator[str]:
    """Yield the unmanaged roles that stay, with all their codes, because no review covers them."""
    ambiguous = names_more_than_one(plan.unmanaged)
    for role, role_id in plan.unmanaged_with_ids():
        codes = ", ".join(code(item) + sensitive_mark(plan, item) for item in sorted(role.permissions))
        name = told_apart(role.name, role_id, ambiguous, _short)
        yield f"- {name} ({counted(len(role.permissions), 'permission')}){f': {codes}' if codes else ''}"


def left_alone_lines(plan: Plan) -> Iterator[str]:
    """Yield what a plan that only revokes leaves alone, a list item for each change."""
    yield from (f"- {code(item, 1_000)}" for item in items(plan))


def note_line(note: str) -> str:
    """Return a note as a list item."""
    return f"- {code(note, 1_000)}"


def foot(plan: Plan) -> str:
    """Return what the plan was made from. There is no time in it, so the same plan gives the same comment."""
    source = plan.source
    if isinstance(source, Undo):
        return "Made to undo what a journal recorded."
    base = source.base if isinstance(source, Compared) else None
    # Compared with the commit that is checked out, the role files are not those of that commit.
    commit = f" at commit {code(source.commit, _NAME)}" if source.commit and source.commit != base else ""
    commit += ", with edits that are not committed" if commit and source.edited else ""
    compared = f", compared with commit {code(base, _NAME)}" if base else ""
    return f"Made from {code(roles_dir(plan), _NAME)}{commit}{compared}."


def _brief(name: str) -> str:
    return code(name, 60)


def _short(text: str) -> str:
    return code(text, _NAME)


def _grouped(lines: Iterable[str], room: int) -> Iterator[list[str]]:
    group: list[str] = []
    taken = 0
    for line in lines:
        if group and taken + size(line) + 1 > room:
            yield group
            group, taken = [], 0
        group.append(line)
        taken += size(line) + 1
    yield group
