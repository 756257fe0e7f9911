"""What has to hold after a run of `apply`, whatever the server, the network and others did meanwhile.

Each fact is one sentence. What is broken is reported as `sentence: detail`; a history is shrunk by its sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.histories.statement import (
    DONE,
    FAILED,
    INVALID,
    PARTLY,
    REFUSED,
    STALE,
    SYSTEM,
    Action,
    Live,
    Role,
    carried_out,
)
from tests.histories.tenant import LOST, Entry
from tests.histories.world import Ran, role_of

Broken = Iterator[str]
SOMEBODY_ELSE = frozenset({404, 409, 410})
_METHODS: Mapping[str, Action] = {"POST": "create", "PATCH": "update", "DELETE": "delete"}


class Seen(NamedTuple):
    """A run, the roles before and after it; `goal` says whether given roles are what it wanted."""

    ran: Ran
    before: Mapping[str, Live]
    after: Mapping[str, Live]
    goal: Callable[[Iterable[Live]], bool]
    kept_as_sent: bool = True
    planned: Mapping[str | None, Role | None] | None = None

    @property
    def own(self) -> list[Entry]:
        return [entry for entry in self.ran.log if entry.by == self.ran.key]

    @property
    def effects(self) -> list[Entry]:
        return [entry for entry in self.own if entry.effective]

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        return list((self.ran.report or {}).get("outcomes", ()))

    @property
    def claimed(self) -> list[Entry]:
        """The writes that took effect and that the run may know of."""
        return [entry for entry in self.effects if not self.disowned(entry)]

    def disowned(self, write: Entry) -> bool:
        """Whether the server told this of a write: what is there is somebody else's work. Nobody can know better.

        409, and 404 and 410, say so at the first try, and after tries that say that nothing was done.
        """
        same = [one for one in self.own if one.writes and _subject(one) == _subject(write)]
        return write.status in SOMEBODY_ELSE and all(
            one.status in {429, *SOMEBODY_ELSE} for one in same[: _place(same, write)]
        )

    @property
    def alone(self) -> bool:
        return all(entry.by == self.ran.key for entry in self.ran.log)

    @property
    def calm(self) -> bool:
        """Neither a fault nor anybody else."""
        return self.alone and not any(entry.fault for entry in self.own) and self.kept_as_sent


def facts(seen: Seen) -> Broken:
    """Everything that is broken."""
    yield from _nothing_that_must_never_be(seen)
    yield from _no_write_is_blind(seen)
    yield from _the_code_says_what_was_written(seen)
    yield from _each_outcome_is_true(seen)
    yield from _what_was_stored_is_told(seen)
    yield from _the_journal_tells_the_same(seen)


def _nothing_that_must_never_be(seen: Seen) -> Broken:
    code, said = seen.ran.code, seen.ran.said
    if code not in {DONE, FAILED, INVALID, REFUSED, STALE, PARTLY} or "Traceback" in said or "defect" in said:
        yield f"no defect and no strange exit code: {code} {said}"
    if seen.ran.key in said + json.dumps(seen.ran.report):
        yield "the key is shown nowhere: it is"
    for entry in seen.own:
        if entry.writes and ((entry.before and entry.before.untouchable) or entry.name in SYSTEM):
            late = _last_read(seen.ran.log, entry)
            if late is None or late.untouchable or entry.name in SYSTEM:
                yield f"no system role is written to: {entry}"
    yield from _nothing_new_without_access(seen)


def _nothing_new_without_access(seen: Seen) -> Broken:
    refused = [number for number, entry in enumerate(seen.own) if entry.status == 401]
    if refused and any(entry.writes for entry in seen.own[refused[0] + 1 :]):
        yield "after a 401 nothing new is started: a write was"
    writes = [entry for entry in seen.own if entry.writes]
    for first, second, third in zip(writes, writes[1:], writes[2:], strict=False):
        if first.status == second.status == 403:
            yield f"after a 403 on two writes in a row nothing new is started: {third.method} {third.id or third.name}"


def _last_read(log: Sequence[Entry], write: Entry) -> Live | None:
    """The role as a run had last read it when it wrote it; None where nothing was read since its last write."""
    for entry in reversed(log[: _place(log, write)]):
        if entry.by == write.by and entry.id == write.id:
            return entry.before if entry.shown else None
    return None


def _subject(entry: Entry) -> tuple[str, str | None, str | None]:
    """What a write is about. A create has no id until it takes effect, so its tries have their name in common."""
    return entry.method, None if entry.method == "POST" else entry.id, entry.name


def _place(log: Sequence[Entry], entry: Entry) -> int:
    return next(number for number, one in enumerate(log) if one is entry)


def _no_write_is_blind(seen: Seen) -> Broken:
    """Right before each try of PATCH and DELETE the role is read, and it is as the plan found it."""
    planned = seen.planned or {one.id: one.role for one in _listed_first(seen).values()}
    for entry in seen.own:
        if entry.method not in {"PATCH", "DELETE"}:
            continue
        read = _last_read(seen.ran.log, entry)
        if read is None:
            yield f"before each try of a write the role is read: {entry.method} {entry.id} was not preceded by a GET"
        elif entry.id in planned and read.role != planned[entry.id]:
            yield f"only a role that is as it was planned is written to: {entry.method} {entry.id} {read.role}"
    open_names: set[str | None] = set()
    for entry in seen.own:
        if entry.listed:
            open_names.clear()
        elif entry.method == "POST":
            if entry.name in open_names:
                yield f"no create is sent twice without a look: {entry.name}"
            if entry.unsure:
                open_names.add(entry.name)


def _listed_first(seen: Seen) -> dict[str, Live]:
    """The roles when the run first listed them."""
    roles = dict(seen.before)
    for entry in seen.ran.log:
        if entry.by == seen.ran.key and entry.listed:
            break
        _follow(roles, entry)
    return roles


def _listed_last(seen: Seen) -> dict[str, Live]:
    """What a run could know at its end: its own work, and others' work that its last list shows."""
    roles = dict(seen.before)
    lists = [n for n, entry in enumerate(seen.ran.log) if entry.by == seen.ran.key and entry.listed]
    # A list that is behind shows what the first list showed, whatever a look in between has seen.
    shown = lists[0] if lists and seen.ran.log[lists[-1]].behind else max(lists, default=0)
    for number, entry in enumerate(seen.ran.log):
        if number < shown or entry.by == seen.ran.key:
            _follow(roles, entry)
    return roles


def _follow(roles: dict[str, Live], entry: Entry) -> None:
    if entry.after:
        roles[entry.after.id] = entry.after
    elif entry.before and entry.method in {"DELETE", "EDIT"}:
        roles.pop(entry.before.id, None)


def _the_code_says_what_was_written(seen: Seen) -> Broken:
    code = seen.ran.code
    if code in {FAILED, INVALID, REFUSED, STALE} and seen.claimed:
        yield f"exit codes 1, 3, 4 and 5 say that nothing was written: {code}, {_short(seen.claimed)}"
    if code == DONE and not seen.goal(_listed_last(seen).values()):
        yield f"exit code 0 says that all is as it should be: {seen.ran.said}"
    if code == DONE and seen.ran.report and not seen.ran.report.get("converged"):
        yield f"exit code 0 says that it converged: {seen.ran.report}"
    if seen.calm and code == PARTLY and not seen.effects:
        yield f"exit code 6 says that something was written: {seen.ran.said}"


def _entries(seen: Seen, outcome: Mapping[str, Any]) -> list[Entry]:
    """The writes of a run that an outcome is about."""
    action = outcome["action"]
    about = [entry for entry in seen.own if entry.writes and _METHODS[entry.method] == action]
    if action == "create":
        return [entry for entry in about if entry.name == outcome["name"]]
    return [entry for entry in about if entry.id == outcome["id"]]


def _each_outcome_is_true(seen: Seen) -> Broken:
    for outcome in seen.outcomes:
        sent = _entries(seen, outcome)
        effect = any(entry.effective for entry in sent)
        # A refusal may be untrue: what another editor does at that moment looks like it. Nobody can know better.
        unsure = any(entry.unsure or entry.status not in {*SOMEBODY_ELSE, 429} for entry in sent)
        status, reason, what = outcome["status"], outcome["reason"], f"{_short(sent)} {outcome}"
        claimed = any(entry.effective and not seen.disowned(entry) for entry in sent)
        if claimed and not (status == "applied" or reason in {"not-known", "changed-meanwhile"}):
            yield f"what took effect is applied or not known: {what}"
        kept_anyway = outcome.get("stored") is not None  # the server took it, and keeps the role as it was
        if not effect and status == "applied" and not kept_anyway and not (unsure and not seen.alone):
            yield f"what did not take effect is not applied: {what}"
        if claimed and seen.alone and reason == "not-known" and not (_nobody_could_look(seen) or _kept(seen, sent)):
            yield f"what can be looked up is known: {what}"
        if reason == "already-so" and not _is_so(seen, outcome):
            yield f"what is so already is so: {what}"
        if bool(sent) != bool(outcome["attempts"]):
            yield f"the attempts are those that were sent: {what}"
    if seen.effects and not seen.outcomes:
        yield f"what was written is reported: {seen.ran.said}"


def _kept(seen: Seen, sent: Sequence[Entry]) -> bool:
    """Whether the server keeps the role its own way: with no answer, nobody can tell that from somebody else's work."""
    told = any(entry.effective and not entry.unsure and entry.status < 300 for entry in sent)
    return not seen.kept_as_sent and not told


def _nobody_could_look(seen: Seen) -> bool:
    """Whether a read failed, so that what a write did may stay open."""
    return any(not entry.writes and entry.fault for entry in seen.own) or any(
        entry.status in {401, 403} for entry in seen.own
    )


def _listed_since(seen: Seen, role_id: str) -> bool:
    """Whether the list could be read after all else of a role."""
    last = max((number for number, entry in enumerate(seen.own) if entry.id == role_id), default=-1)
    return any(entry.listed for entry in seen.own[last + 1 :])


def _is_so(seen: Seen, outcome: Mapping[str, Any]) -> bool:
    if outcome["action"] != "delete" or not seen.alone or not _listed_since(seen, outcome["id"]):
        return True
    return outcome["id"] not in seen.after


def _what_was_stored_is_told(seen: Seen) -> Broken:
    if not seen.alone:
        return
    for outcome in seen.outcomes:
        sent = [entry for entry in _entries(seen, outcome) if entry.effective]
        if not sent or outcome["action"] == "delete" or outcome["status"] != "applied":
            continue
        kept = sent[-1].after
        assert kept
        stored = role_of(outcome.get("stored"))
        if (stored or kept.role) != kept.role:
            yield f"what the server keeps is told as it is: {kept.role} {outcome}"
        if stored is not None and seen.kept_as_sent:
            yield f"a role that is kept as it was sent has no `stored`: {outcome}"
        if stored is not None and seen.ran.code != PARTLY:
            yield f"a role that was stored differently makes it 6: {seen.ran.code} {outcome}"


def _the_journal_tells_the_same(seen: Seen) -> Broken:
    lines: list[dict[str, Any]] = []
    if seen.ran.journal.exists():
        lines = [json.loads(line) for line in seen.ran.journal.read_text().splitlines()]
    meant = [line for line in lines if line["kind"] == "intent"]
    ended = {(line["action"], line["name"]): line for line in lines if line["kind"] == "outcome"}
    for entry in seen.effects:
        action = _METHODS[entry.method]
        if not any(line["action"] == action and entry.name in (None, line["name"]) for line in meant):
            yield f"each write has an intent in the journal: {entry}"
    for outcome in seen.outcomes:
        line = ended.get((outcome["action"], outcome["name"]))
        if line is None:
            if any(entry.effective for entry in _entries(seen, outcome)):
                yield f"each write has an outcome in the journal: {outcome}"
            continue
        told = [(each["status"], each["reason"], each.get("stored")) for each in (line, outcome)]
        if told[0] != told[1]:
            yield f"journal and report tell the same: {told[0]} {told[1]} of {outcome['action']} {outcome['name']}"


def calm_facts(seen: Seen, code: int, changes: Iterable[Any]) -> Broken:
    """What has to hold besides where nothing goes wrong and nobody else is there: just what the statement says."""
    wanted = list(changes)
    if seen.ran.code != code:
        yield f"the exit code is the statement's: {seen.ran.code} for {code}: {seen.ran.said[-600:]}"
        return
    writes = [entry for entry in seen.own if entry.writes]
    if code != DONE:
        return
    if len(writes) != len(wanted):
        yield f"just the changes of the plan are sent: {_short(writes)} for {wanted}"
    if {live.role for live in seen.after.values()} != carried_out(wanted, seen.before.values()):
        yield f"the roles are then those of the statement: {sorted(live.role.name for live in seen.after.values())}"
    kept = {change.id for change in wanted if change.action != "delete" and change.id}
    if not kept <= set(seen.after):
        yield f"an update keeps the id: {kept - set(seen.after)}"


def _short(entries: Iterable[Entry]) -> str:
    return ", ".join(
        f"{e.method} {e.name or (e.before.role.name if e.before else e.id)} "
        f"{e.fault or e.status}{' (done)' if e.effective else ''}{' lost' if e.status == LOST else ''}"
        for e in entries
    )
