"""The interface, said a second time: small, slow, and made from its page and the contract alone.

Nothing of the package is imported here, so that what both say can be wrong in one of them only. What the page leaves to
the documents (a file that asks for an ignored role, say) is marked so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

DONE, FAILED, TO_DO, INVALID, REFUSED, STALE, PARTLY = 0, 1, 2, 3, 4, 5, 6
SYSTEM = frozenset({"admin", "supervisor", "agent"})

Action = Literal["create", "update", "delete"]


class Role(NamedTuple):
    """What a role is to a plan."""

    name: str
    description: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Live:
    """A role of the tenant. `held` says that an agent has it, so that the server will not delete it."""

    id: str
    role: Role
    system: bool = False
    held: bool = False

    @property
    def untouchable(self) -> bool:
        """Whether it is a system role, by the server's word or by its name."""
        return self.system or self.role.name in SYSTEM


@dataclass(frozen=True, slots=True)
class File:
    """A role file."""

    role: Role
    renamed_from: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """`reconciler.yaml`. A limit is a count whose percentage is 0: so a plan is beyond it just when it is above it."""

    unmanaged: Literal["delete", "report"] = "delete"
    manage: str = "*"
    ignore: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    max_deletes: int = 99
    max_revokes: int = 99

    def leaves(self, name: str) -> bool:
        """Whether a role of this name is left alone."""
        return self.ignores(name) or not fnmatchcase(name, self.manage)

    def ignores(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.ignore)

    def protects(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.protect)


class Change(NamedTuple):
    """A change, as the plan's JSON has it."""

    action: Action
    id: str | None
    before: Role | None
    after: Role | None

    @property
    def name(self) -> str:
        role = self.after or self.before
        assert role
        return role.name

    @property
    def revoked(self) -> frozenset[str]:
        return (self.before.codes if self.before else frozenset()) - (self.after.codes if self.after else frozenset())

    @property
    def granted(self) -> frozenset[str]:
        return (self.after.codes if self.after else frozenset()) - (self.before.codes if self.before else frozenset())


class Wanted(NamedTuple):
    """What `plan` has to answer: its exit code (without `--detailed-exitcode`), and the changes that it shows."""

    code: int
    changes: frozenset[Change] = frozenset()


def plan(files: Collection[File], live: Iterable[Live], catalogue: Collection[str], config: Config) -> Wanted:
    """The plan of these files against this tenant."""
    roles = tuple(live)
    if not files or _invalid(files, config):
        return Wanted(INVALID)
    asked = {name for file in files for name in (file.role.name, file.renamed_from) if name}
    if any(role.role.name in asked and (role.untouchable or config.ignores(role.role.name)) for role in roles):
        return Wanted(INVALID)
    mine = {role.role.name: role for role in roles if not role.untouchable and not config.leaves(role.role.name)}
    found = _matches(files, mine)
    for file in files:
        own = found.get(file.role.name)
        if own is not None and own.role.name == file.role.name and _ambiguous(file, files, mine):
            return Wanted(INVALID)
        if file.role.codes - set(catalogue) - (own.role.codes if own else set()):
            return Wanted(INVALID)
    changes = {_change(file, found.get(file.role.name)) for file in files} - {None}
    if config.unmanaged == "delete":
        kept = {role.id for role in found.values()}
        changes |= {Change("delete", role.id, role.role, None) for role in mine.values() if role.id not in kept}
    shown = frozenset(change for change in changes if change)
    return Wanted(REFUSED if refused(shown, config) else DONE, shown)


def _invalid(files: Collection[File], config: Config) -> bool:
    """What is wrong with files and configuration by themselves."""
    earlier = [file.renamed_from for file in files if file.renamed_from]
    ways = {file.role.name: file.renamed_from for file in files if file.renamed_from}
    return (
        any(file.role.name in SYSTEM or config.leaves(file.role.name) for file in files)
        or len(set(earlier)) < len(earlier)  # the documents: an earlier name is claimed once
        or any(_comes_back(name, ways) for name in ways)
    )


def _comes_back(start: str, ways: Mapping[str, str]) -> bool:
    name: str | None = ways[start]
    for _ in ways:
        if name is None or name == start:
            break
        name = ways.get(name)
    return name == start


def _matches(files: Collection[File], mine: Mapping[str, Live]) -> dict[str, Live]:
    """The live role of each desired name: its own, unless one whose name is not live takes it by `renamed_from`."""
    takers = {file.renamed_from: file.role.name for file in files if file.renamed_from in mine}

    def homeless(name: str) -> bool:
        return name not in mine or (name in takers and homeless(takers[name]))

    found = {}
    for file in files:
        name, earlier = file.role.name, file.renamed_from
        if not homeless(name):
            found[name] = mine[name]
        elif earlier and earlier in mine:
            found[name] = mine[earlier]
    return found


def _ambiguous(file: File, files: Collection[File], mine: Mapping[str, Live]) -> bool:
    """Own name live, earlier name live and desired by nobody."""
    return file.renamed_from in mine and file.renamed_from not in {other.role.name for other in files}


def _change(file: File, own: Live | None) -> Change | None:
    if own is None:
        return Change("create", None, None, file.role)
    return None if own.role == file.role else Change("update", own.id, own.role, file.role)


def refused(changes: Collection[Change], config: Config) -> bool:
    """Beyond a limit, or the deletion of a protected role."""
    deletes = [change for change in changes if change.action == "delete"]
    return (
        len(deletes) > config.max_deletes
        or sum(len(change.revoked) for change in changes) > config.max_revokes
        or any(config.protects(change.name) for change in deletes)
    )


class Files(NamedTuple):
    """What is at hand where a saved plan is applied; `same`: the role files are those that it was made from."""

    same: bool
    config: Config


def fits(changes: Collection[Change], live: Iterable[Live], catalogue: Collection[str], at_hand: Files) -> Wanted:
    """What `apply PLAN` has to do: the changes still open, or 5, or 4."""
    roles = tuple(live)
    config = at_hand.config
    if not at_hand.same or any(_stale(change, changes, roles) for change in changes):
        return Wanted(STALE)
    left = frozenset(change for change in changes if not _there(change, changes, roles))  # a no-op asks for nothing
    names = {role.name for change in left for role in (change.before, change.after) if role}
    if any(config.leaves(name) for name in names):
        return Wanted(STALE)
    if config.unmanaged == "report" and any(change.action == "delete" for change in left):
        return Wanted(STALE)
    if any(change.granted - set(catalogue) for change in left):
        return Wanted(STALE)
    return Wanted(REFUSED if refused(left, config) else DONE, left)


def _moves(changes: Collection[Change]) -> set[str | None]:
    """The ids whose name the plan itself sets free."""
    return {change.id for change in changes if change.before and (not change.after or change.before[0] != change.name)}


def _stale(change: Change, changes: Collection[Change], live: Collection[Live]) -> bool:
    own = next((role for role in live if change.id and role.id == change.id), None)
    if change.action == "delete":
        # The code's own rule: a role that was made anew under the name counts as changed.
        known = {other.id for other in changes}
        made = {other.after for other in changes if other.action == "create"}
        anew = any(role.role.name == change.name and role.id not in known and role.role not in made for role in live)
        return anew if own is None else own.untouchable or own.role != change.before
    if change.action == "update" and (own is None or own.untouchable or own.role not in (change.before, change.after)):
        return True
    others = [role for role in live if role.role.name == change.name and role.id != change.id]
    rivals = [role for role in others if role.id not in _moves(changes)]
    return any(change.action == "update" or role.untouchable or role.role != change.after for role in rivals)


def _there(change: Change, changes: Collection[Change], live: Collection[Live]) -> bool:
    """Whether the result of a change is there already."""
    if change.action == "create":
        return any(role.role == change.after and role.id not in _moves(changes) for role in live)
    own = next((role for role in live if role.id == change.id), None)
    return own is None if change.action == "delete" else own is not None and own.role == change.after


def carried_out(changes: Iterable[Change], live: Iterable[Live]) -> set[Role]:
    """The custom and system roles after all of the changes."""
    made = {role.id: role.role for role in live}
    new = []
    for change in changes:
        if change.after is None:
            made.pop(change.id or "", None)
        elif change.id is None:
            new.append(change.after)
        else:
            made[change.id] = change.after
    return {*made.values(), *new}
