"""What is due for a review, and one role for its reviewer, in text and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.model.days import days_until
from reconciler.model.inert import named, visible
from reconciler.render.grants import source_in, terms_in
from reconciler.render.json import dumped
from reconciler.render.pen import Pen
from reconciler.render.revisions import change_of
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.model.catalogue import Lock
    from reconciler.model.days import Day
    from reconciler.model.revisions import Revision
    from reconciler.policy.reviews import Review, Reviewed


class Terms(NamedTuple):
    """For which day reviews are judged, and after how many days a role is due again.

    `looks_ahead` is true if `today` is another day than that of the run.
    """

    today: Day
    due_days: int
    looks_ahead: bool = False


Changes = Mapping[tuple[str, str], "Revision"]
"""By role and code, what granted an added code or revoked a removed one, where the history knows."""


def document(reviewed: Iterable[Reviewed], terms: Terms) -> str:
    """Return all roles in JSON (docs/interface.md, "The reviews in JSON")."""
    roles = [_entry(each) for each in reviewed]
    head = {"format_version": "1.0", "today": terms.today.isoformat(), "due_days": terms.due_days}
    return dumped({**head, "roles": roles})


def _entry(each: Reviewed) -> dict[str, Any]:
    return {
        "role": each.role.role.name,
        "on": each.entry and each.entry.on.isoformat(),
        "by": each.entry and each.entry.by,
        "due": each.due,
        "why": each.why,
        "added": list(each.added),
        "removed": list(each.removed),
    }


def due_text(reviewed: Sequence[Reviewed], terms: Terms, changes: Changes, path: str, *, color: bool = False) -> str:
    """Return the roles that are due, each with what changed since its review. `path` is that of the reviews."""
    due = [each for each in reviewed if each.due]
    roles, days = counted(len(reviewed), "role"), counted(terms.due_days, "day")
    lines = [*_as_of(terms)]
    if not due:
        return "\n".join([*lines, f"No review is due: {roles}, and a review counts for {days}."]) + "\n"
    lines += [f"Due for a review: {len(due)} of {roles}. A review counts for {days}.", ""]
    for each in due:
        lines.append(f"  {_name(each)}: {_why(each, terms.today)}")
        lines += _changed(each, changes, Pen(color=color)) if each.entry else ()
    return "\n".join([*lines, "", f"Review each with `reconciler review ROLE`, and commit {visible(path)}."]) + "\n"


def _as_of(terms: Terms) -> list[str]:
    return [f"As of {terms.today} (not today)"] if terms.looks_ahead else []


def _name(each: Reviewed) -> str:
    return f"{named(each.role.role.name)} ({visible(str(each.role.location))})"


def _why(each: Reviewed, today: Day) -> str:
    if each.entry is None:
        return f"never reviewed; holds {counted(len(each.role.role.permissions), 'permission')}"
    changed = ", and changed since" if each.added or each.removed else ""
    return f"reviewed {_when(each, each.entry, today)}{changed}"


def _when(each: Reviewed, entry: Review, today: Day) -> str:
    days = -days_until(entry.on, today)
    ago = "today" if not days else f"{counted(days, 'day')} ago" if days > 0 else f"{counted(-days, 'day')} later"
    earlier = "" if entry.role == each.role.role.name else f", when it was named {named(entry.role)},"
    return f"on {entry.on} ({ago}){earlier} by {visible(entry.by)}"


def _changed(each: Reviewed, changes: Changes, pen: Pen) -> Iterator[str]:
    for sign, codes in (("+", each.added), ("-", each.removed)):
        yield from (f"      {pen.mark(sign)} {visible(code)}{_beside(each, code, changes)}" for code in codes)


def role_text(each: Reviewed, terms: Terms, changes: Changes, lock: Lock | None, *, color: bool = False) -> str:
    """Return one role as its reviewer must see it: every permission, those since the last review with a sign."""
    role, pen = each.role.role, Pen(color=color)
    last = _when(each, each.entry, terms.today) if each.entry else "never"
    about = [
        ("description", visible(role.description)),
        ("owner", ", ".join(map(visible, each.role.owner))),
        ("reviewed", last),
        ("holds", _holds(each)),
    ]
    lines = [*_as_of(terms), _name(each), *(f"  {key:<13}{value}" for key, value in about if value)]
    new = frozenset(each.added) if each.entry else frozenset()
    for code in sorted({*role.permissions, *each.removed}):
        sign = "+" if code in new else " " if code in role.permissions else "-"
        lines.append(f"      {pen.mark(sign)} {visible(code)}{_meaning(code, lock)}{_beside(each, code, changes)}")
    return "\n".join(lines) + "\n"


def _holds(each: Reviewed) -> str:
    held = counted(len(each.role.role.permissions), "permission")
    if each.entry is None or not (each.added or each.removed):
        return held
    return f"{held}; since that review, + was added and - was removed"


def _meaning(code: str, lock: Lock | None) -> str:
    entry = lock.permissions.get(code) if lock else None
    return f" ({visible(entry.name)})" if entry else ""


def _beside(each: Reviewed, code: str, changes: Changes) -> str:
    """Return where a code comes from, its end and its reason, as a plan shows them, and the change, if it changed."""
    name = each.role.role.name
    held = code in each.role.role.permissions
    grant = each.role.grant_of(code)
    found = [*map(visible, filter(None, (source_in(grant), terms_in(grant))))] if held else []
    revision = changes.get((name, code))
    if revision is not None:
        found.append(f"{'granted' if held else 'revoked'} {revision.date.isoformat()}: {change_of(revision)}")
    return f"   {', '.join(found)}" if found else ""


def recorded_text(review: Review) -> str:
    """Return the line that says what was recorded, and where."""
    what = f"{visible(review.by)} reviewed {named(review.role)} with {counted(len(review.permissions), 'permission')}"
    place = f"{visible(review.place.path)}:{review.place.line}"
    return f"{place}: {what} on {review.on}. Commit the file.\n"
