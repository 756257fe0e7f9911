"""Follow what a journal did to each role, over all of its runs: pure, with the live state if an answer is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.model.errors import StalePlan
from reconciler.model.inert import named, visible
from reconciler.model.roles import LiveRole, Role, id_key

if TYPE_CHECKING:
    from reconciler.apply.recorded import Entry, Recorded

_UNSURE = "not-known"
"""The reason of an unknown outcome: the live state decides it, like an intent without an outcome."""


@dataclass(slots=True)
class Track:
    """What a journal did to one role id. `states` are those it may have left the role in; None means deleted.

    `id` is the role's id, spelled as in the journal's first line; `names` are all its names. `between` are
    the states in which a request found the role and no earlier one had left it: changes by others.
    """

    id: str
    origin: Role | None
    states: set[Role | None]
    names: set[str] = field(default_factory=set)
    between: list[Role | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks by `id_key`, in the order in which the journal first names the roles, and the notes on them."""

    by_id: dict[str, Track]
    notes: list[str]


def entries_of(journal: Recorded, target: str, form: Callable[[str], str] = str) -> tuple[tuple[Entry, ...], list[str]]:
    """Return the lines about `target`, and a note on how many were skipped: a file may hold runs on several tenants.

    URLs are compared in the form that `form` gives them. Raise `StalePlan` when no line is about `target`.
    """
    mine = tuple(entry for entry in journal.entries if form(entry.target) == form(target))
    others = sorted({form(entry.target) for entry in journal.entries} - {form(target)})
    if not others:
        return mine, []
    path, names = visible(journal.path), ", ".join(map(visible, others))
    if not mine:
        message = f"{path} records changes to {names}, but none to {visible(target)}"
        raise StalePlan(f"{message}; pass --url to choose the tenant")
    out = len(journal.entries) - len(mine)
    lines = "1 line" if out == 1 else f"{out} lines"
    tenants = "another tenant" if len(others) == 1 else f"{len(others)} other tenants"
    return mine, [f"{path}: skipped {lines} about {tenants} ({names})"]


def follow(entries: Sequence[Entry], roles: Mapping[str, LiveRole]) -> Tracks:
    """Return the track of every role id through all requests, in their order. `roles` are the live ones by `id_key`."""
    tracks: dict[str, Track] = {}
    notes: list[str] = []
    for entry, unsure in requests_of(entries):
        before = entry.before.role() if entry.before else None
        left = _left(entry)
        role_id = entry.id or _created(left, entries, roles, tracks)
        if role_id is None:
            if any(role.role.name == entry.name for role in roles.values()):
                notes.append(_other_of_that_name(entry.name, unsure=unsure))
            continue
        if entry.id is None and unsure:
            notes.append(_unsure_create(entry.name, role_id))
        track = tracks.setdefault(id_key(role_id), Track(role_id, before, {before}))
        if before not in track.states:
            track.between.append(before)
        track.states = {before, *left} if unsure else left
        track.names |= {role.name for role in (before, *left) if role}
    notes += (note for entry in _doubted(entries) if (note := _taken_effect(entry, roles, tracks)))
    return Tracks(tracks, notes)


def _left(entry: Entry) -> set[Role | None]:
    """Return the states in which the request left the role, if it took effect.

    Both the requested and the stored state count: the latter may have been read too early.
    """
    asked = entry.after.role() if entry.after else None
    return {asked, entry.stored.role()} if entry.stored else {asked}


def requests_of(entries: Sequence[Entry]) -> Iterable[tuple[Entry, bool]]:
    """Yield each request that changed something, or may have (True): an outcome, or an intent without one.

    Of several outcomes of one request the last one counts, at the position of the first one.
    """
    last = _last(entries)
    for key, first in _outcomes(entries).items():
        if first.kind == "intent":
            yield first, True
        elif last[key].reason == _UNSURE or last[key].status == "applied":
            yield last[key], last[key].reason == _UNSURE


def _last(entries: Iterable[Entry]) -> dict[tuple[str, int], Entry]:
    return {(entry.run, entry.request): entry for entry in entries if entry.kind == "outcome"}


def _outcomes(entries: Sequence[Entry]) -> dict[tuple[str, int], Entry]:
    """Return the first outcome of each request, or its intent without one, in the order of the lines."""
    ended = _last(entries).keys()
    found: dict[tuple[str, int], Entry] = {}
    for entry in entries:
        key = (entry.run, entry.request)
        if entry.kind == "outcome" or key not in ended:
            found.setdefault(key, entry)
    return found


def _created(
    left: set[Role | None], entries: Sequence[Entry], roles: Mapping[str, LiveRole], tracks: Mapping[str, Track]
) -> str | None:
    """Return the id of a create without an answer: that of a later line of the same role, or of the live role."""
    later = (entry.id for entry in entries if entry.id and entry.before and entry.before.role() in left)
    found = (role.id for role in roles.values() if role.role in left and not role.untouchable)
    return next((role_id for role_id in (*later, *found) if id_key(role_id) not in tracks), None)


def _doubted(entries: Sequence[Entry]) -> Iterable[Entry]:
    """Yield the outcomes that an older reconciler recorded as failed without reading the role again.

    Its lines lack the key `stored`.
    """
    for entry in _last(entries).values():
        if entry.reason == "failed" and entry.attempts > 0 and "stored" not in entry.model_fields_set:
            yield entry


def _taken_effect(entry: Entry, roles: Mapping[str, LiveRole], tracks: Mapping[str, Track]) -> str | None:
    """Return a note if the live state is as a failed request asked: it is not undone, since others may have done it."""
    after = entry.after.role() if entry.after else None
    if entry.id is None:
        so = any(role.role == after and id_key(role.id) not in tracks for role in roles.values())
    else:
        live = roles.get(id_key(entry.id))
        so = id_key(entry.id) not in tracks and (live.role if live else None) == after
    if not so:
        return None
    return (
        f"the journal records that the {entry.action} of {named(entry.name)} failed, but the live state is as "
        "requested; if that apply did it after all, undo it by hand"
    )


def _other_of_that_name(name: str, *, unsure: bool) -> str:
    shown = named(name)
    what = f"say whether the create of {shown} happened" if unsure else f"have the id of {shown}, which it created"
    return f"the journal does not {what}; the live role of that name differs, so it is treated as another role"


def _unsure_create(name: str, role_id: str) -> str:
    return (
        f"the journal does not say whether the create of {named(name)} happened; an identical role is live "
        f"(id {visible(role_id)}), so it is treated as that one"
    )
