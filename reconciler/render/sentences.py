"""The plan in sentences such as "Support tier 2 will be able to merge contacts", for people who read no YAML.

One paragraph for each role. With `--base`, what the edit does and what is drift are apart, as in the comment. Lines are
wrapped, and data never starts one: there, the runner of GitHub Actions would look for a command.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted, visible
from reconciler.plan.action import Origin
from reconciler.plan.changes import Create, Delete, Update
from reconciler.render import left_alone
from reconciler.render.apart import apart, apart_in_words, tally
from reconciler.render.code_spans import code
from reconciler.render.grants import as_of, ends_changed, terms
from reconciler.render.pen import Pen
from reconciler.render.phrases import PermissionPhrases, RolePhrases, fits_in_a_sentence, listed_in_words
from reconciler.render.rules_changed import rule_sections
from reconciler.render.text_lists import catalogue, listed, policies, refused
from reconciler.render.view import COLUMNS
from reconciler.render.words import (
    code_mark,
    drift_sentence,
    names_more_than_one,
    no_changes,
    nothing_to_do,
    said,
    sensitive_mark,
    subject,
    told_apart,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.model.roles import Role
    from reconciler.plan.changes import Change, Plan
    from reconciler.render.view import View

_WHOLE = 1 << 31  # a description is shown whole, because a reviewer must see all of it
_PLAIN = Pen(color=False)


def render(plan: Plan, view: View) -> str:
    """Return the whole plan, refused changes included."""
    return "\n".join(line for each in _lines(plan) for line in wrapped(each, view.columns)).rstrip("\n") + "\n"


def in_markdown(plan: Plan) -> str:
    """Return only what changes, as Markdown: paragraphs and lists, with all data in code spans."""
    told = _changes(plan, code, drift="Drift:")  # the section of drift itself says what that is
    lines = (line.removeprefix("  ") if line[:1] in {"", " "} else f"{line}\n" for line in told)
    return "\n".join(lines).strip("\n")


def _lines(plan: Plan) -> Iterator[str]:
    """Yield the lines before they are wrapped."""
    head = [as_of(plan), f"{subject(plan, visible)}.", _in_short(plan), left_alone.narrowed(plan)]
    yield from (*filter(None, head), "")
    yield from refused(plan, _PLAIN)
    yield from policies(plan, _PLAIN)
    yield from listed("Ends changed", map(visible, ends_changed(plan)))
    if plan.catalogue_changes is not None:
        yield from catalogue(plan, _PLAIN)
    yield from (line for title, rules in rule_sections(plan) for line in listed(title, rules))
    yield from _changes(plan, str)
    yield from listed(left_alone.title(plan), map(visible, left_alone.items(plan)))
    told = _Told(plan, str)
    title = f"In no role file, and left alone (`{left_alone.why_unmanaged_stay(plan)}`)"
    yield from listed(title, map(told.unmanaged, plan.unmanaged_with_ids()))
    ignored = (visible(said(role.name)) for role in plan.ignored)
    yield from listed("Left alone because a pattern under `ignore` matches", ignored)
    yield from listed("Notes", map(visible, plan.notes))


def _in_short(plan: Plan) -> str:
    """Return what the plan does in short: the edit and drift apart, or the counts."""
    if not plan.changes:
        return f"{no_changes(plan)}. {nothing_to_do(plan, visible)}"
    return f"{apart_in_words(plan) or tally(plan.changes).capitalize()}."


def _changes(plan: Plan, shown: Callable[[str], str], drift: str = "") -> Iterator[str]:
    lists, told = apart(plan), _Told(plan, shown)
    would = bool(plan.refused)
    edit = "This edit" if apart_in_words(plan) else "What would change" if would else "What changes"
    yield from _section(f"{edit}:", lists.edit, told)
    yield from _section("Ended, because the last day of these grants is over:", lists.ended, told)
    yield from _section(drift or f"Drift. {drift_sentence(Origin.DRIFT, would=would)}", lists.drift, told)


def _section(title: str, changes: Sequence[Change], told: _Told) -> Iterator[str]:
    if changes:
        yield title
        for change in sorted(changes, key=lambda each: (not each.granted, not each.revoked)):
            yield from told.paragraph(change)
        yield ""


class _Told:
    """The words for the roles and the permissions of a plan. Those of a refused plan say what would be.

    `shown` marks data as the format requires; it is visible already.
    """

    def __init__(self, plan: Plan, shown: Callable[[str], str]) -> None:
        """Take the names from the plan."""
        self._plan = plan
        self._shown = shown
        before = [change.before.name for change in plan.changes if change.before]
        named = [*plan.changes, *plan.unmanaged, *plan.unchanged]
        self._roles = RolePhrases([*before, *(role.name for role in named)])
        self._permissions = PermissionPhrases(plan.catalogue)
        self._ambiguous = names_more_than_one([*plan.changes, *plan.unmanaged])
        self._will = "would" if plan.refused else "will"

    def paragraph(self, change: Change) -> Iterator[str]:
        """Yield the sentences about a change as one paragraph, and as a list where one of them would be too long."""
        renamed = change.before.name if isinstance(change, Update) and change.renamed_from is not None else change.name
        who, text = self._role(renamed, change.id), ""
        for does, phrases in self._sentences(change):
            text += f" It {does}" if text else f"{who} {does}"
            if fits_in_a_sentence(phrases):
                text += f" {listed_in_words(phrases)}" if phrases else ""
                text += "" if text.endswith('."') else "."
            else:
                yield f"  - {text}:"
                yield from (f"      - {phrase}" for phrase in phrases)
                text = ""
        if text:
            yield f"  - {text}"

    def unmanaged(self, role: tuple[Role, str | None]) -> str:
        """Return what a role that stays can do."""
        found, role_id = role
        who, phrases = self._role(found.name, role_id), [self._able(item) for item in sorted(found.permissions)]
        return f"{who} can {listed_in_words(phrases)}." if phrases else f"{who} has no permissions."

    def _sentences(self, change: Change) -> Iterator[tuple[str, list[str]]]:
        """Yield what a change does: each time the words after the role's name, and the permissions that follow."""
        granted = [self._shown(self._able(item) + self._terms(change, item)) for item in sorted(change.granted)]
        revoked = [self._shown(self._able(item) + self._ended(change, item)) for item in sorted(change.revoked)]
        will = self._will
        if isinstance(change, Create):
            yield f"{will} be created{'' if granted else ', without permissions'}", []
        elif isinstance(change, Delete):
            yield f"{will} be deleted{', and with it the permission to' if revoked else ''}", revoked
            return
        else:
            yield from self._other(change)
        if granted:
            yield f"{will} be able to", granted
        if revoked:
            yield f"{will} no longer be able to", revoked

    def _other(self, change: Update) -> Iterator[tuple[str, list[str]]]:
        before, after = change.before, change.after
        if before.name != after.name:
            yield f"{self._will} be renamed to {self._shown(self._roles.of(after.name))}", []
        if before.description != after.description:
            new, old = (self._shown(quoted(role.description, _WHOLE)) for role in (after, before))
            yield f"{self._will} have the description {new} instead of {old}", []

    def _role(self, name: str, role_id: str | None) -> str:
        if name in self._ambiguous:
            return self._shown(f"Role {told_apart(quoted(name, _WHOLE), role_id, [quoted(name, _WHOLE)], visible)}")
        return self._shown(self._roles.of(name))

    def _able(self, item: str) -> str:
        return self._permissions.of(item) + sensitive_mark(self._plan, item)

    def _terms(self, change: Change, item: str) -> str:
        found = terms(change, item)
        return f" ({visible(found)})" if found else ""

    def _ended(self, change: Change, item: str) -> str:
        return code_mark(change, item) if item in change.ended else ""


def wrapped(line: str, columns: int = COLUMNS) -> list[str]:
    """Return a line in lines of so many `columns` at most, as far as words allow, and the same words.

    What could be read as a command or as a list item at the start of a line stays on the line of the word before.
    """
    if len(line) <= columns:
        return [line.rstrip(" ")]
    glued = re.sub(" +(?=[:#-])", lambda spaces: "\0" * len(spaces[0]), line)
    indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
    parts = textwrap.wrap(
        glued, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, tabsize=1
    )
    return [part.replace("\0", " ") for part in parts]
