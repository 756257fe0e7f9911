"""What `export` does for one tenant: read its roles, choose among them, and write them as role files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.outside import this_day
from reconciler.cli.tenants import one
from reconciler.cli.workspace import load_all, roles_from
from reconciler.load.export import Texts, texts_of, write_files
from reconciler.load.lived_in import Present, sort_out
from reconciler.model.errors import ExitCode, Failed, InvalidInput, Refused
from reconciler.model.inert import named, quoted, visible
from reconciler.model.roles import normalise_name
from reconciler.model.suggestions import did_you_mean
from reconciler.plan.compare import Comparison, compare
from reconciler.plan.scope import matches
from reconciler.policy.limits import NO_SYSTEM_ROLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from reconciler.cli.options import FilesOptions
    from reconciler.cli.workspace import Library
    from reconciler.config.settings import Configuration
    from reconciler.model.catalogue import Catalogue, Lock
    from reconciler.model.days import Day
    from reconciler.model.roles import DesiredRole, LiveRole
    from reconciler.transport import Transport


class Wanted(NamedTuple):
    """What is exported: the named roles or all, also those that role files define unless `unmanaged`."""

    roles: tuple[str, ...]
    unmanaged: bool
    force: bool


class AtHand(NamedTuple):
    """What is on this machine for one tenant. `desired` are the desired roles if they matter."""

    configuration: Configuration
    desired: Sequence[DesiredRole]
    lock: Lock | None
    today: Day

    @classmethod
    def read(cls, files: FilesOptions, wanted: Wanted, library: Library) -> AtHand:
        """Read the files: no role files are no desired roles. Raise `InvalidInput` when they are not valid."""
        configuration = one(files, library.configuration(files))
        try:
            lock = library.lock(configuration, roles_from(files, configuration))
        except InvalidInput:  # it is only for the patterns of files that are there already
            lock = None
        found = cls(configuration, (), lock, this_day())
        if not wanted.unmanaged:
            return found
        try:
            return found._replace(desired=load_all(files, found.today, library).desired.roles)
        except InvalidInput as error:
            if any(finding.rule != "empty-roles-dir" for finding in error.findings):
                raise
            return found


class Live(NamedTuple):
    """What was read; the catalogue is None, with the reason in `doubt`, when it could not be read."""

    roles: tuple[LiveRole, ...]
    catalogue: Catalogue | None
    doubt: str = ""

    @classmethod
    def read(cls, opened: Transport) -> Live:
        """Read the live roles and the catalogue. Raise `Refused` without a system role, and `Failed`."""
        from reconciler.api import Reader

        reader = Reader(opened)
        live = reader.list_roles()
        if not any(role.untouchable for role in live):
            raise Refused(f"refused, nothing was written: {NO_SYSTEM_ROLE.sentence}")
        try:
            return cls(live, reader.list_permissions())
        except Failed as error:
            return cls(live, None, f"warning: cannot check the permissions against the catalogue: {error}")


class Exported(NamedTuple):
    """The files that were written, and how many roles were kept back or left out of which a file was asked for."""

    files: tuple[str, ...]
    missing: int

    @property
    def code(self) -> ExitCode:
        """Return the exit code of this tenant."""
        return code_of(bool(self.files), missing=bool(self.missing))


def texts_in(live: Live, at_hand: AtHand, wanted: Wanted, tell: Callable[[str], object]) -> Texts:
    """Return the text of each role to export. Raise `Failed` with a line for each named role that is not one."""
    if live.doubt:
        tell(live.doubt)
    texts = texts_of(_chosen(live, at_hand, wanted.roles, tell))
    for left_out in texts.left_out:
        tell(str(left_out))
    _warn_of_codes(texts, live.catalogue, tell)
    _warn_of_unlocked(texts, live.catalogue, at_hand, tell)
    return texts


def write(
    texts: Texts, live: Live, directory: Path, at_hand: AtHand, *, force: bool, tell: Callable[[str], object]
) -> Exported:
    """Write one file for each role. Raise `Refused` when files there define a role differently, unless `force`."""
    present = Present.read(directory, today=at_hand.today, lock=at_hand.lock)
    names = frozenset(role.role.name for role in live.roles)
    planned = sort_out(texts.roles, directory, present, names, force=force)
    overwritten = write_files(planned.files, directory, force=force)
    if overwritten:
        tell(f"overwritten: {', '.join(visible(path.as_posix()) for path in overwritten)}")
    for note in (*planned.notes, present.not_live(names)):
        if note is not None:
            tell(note)
    return Exported(tuple(path.as_posix() for path in planned.files), len(texts.left_out) + len(planned.kept))


def left_out_document(texts: Texts) -> list[dict[str, str]]:
    """Return the roles that are left out as they are in JSON."""
    return [{"name": entry.role.role.name, "id": entry.role.id, "reason": entry.reason} for entry in texts.left_out]


def code_of(written: bool, *, missing: bool) -> ExitCode:  # noqa: FBT001 - the function is about this one value
    """Return the exit code of an export that wrote something or not, and left something out or not."""
    if not missing:
        return ExitCode.DONE
    return ExitCode.PARTLY_APPLIED if written else ExitCode.FAILED


def _chosen(live: Live, at_hand: AtHand, names: Sequence[str], tell: Callable[[str], object]) -> list[LiveRole]:
    """Return the live roles to export: all that a plan would call unmanaged, or those of them that were named.

    Raise `Failed` with a line for each name that is not one of them.
    """
    scope = at_hand.configuration.scope._replace(unmanaged="report")
    compared = compare(at_hand.desired, live.roles, scope)
    ids = {role.id for role in compared.unmanaged}
    found = [role for role in live.roles if role.id in ids]
    if not names:
        if compared.ignored:
            ignored = dict.fromkeys(named(role.name) for role in compared.ignored)
            tell(f"left out, because they match a pattern under `ignore`: {', '.join(ignored)}")
        return found
    asked = {normalise_name(name) for name in names}
    there = {role.role.name for role in found}
    bad = [f"  {_why_not(name, live, compared, at_hand.configuration)}" for name in sorted(asked - there)]
    if bad:
        raise Failed("\n".join(["nothing was written:", *bad]))
    return [role for role in found if role.role.name in asked]


def _why_not(name: str, tenant: Live, compared: Comparison, configuration: Configuration) -> str:
    """Return why no role with this name can be exported."""
    role = f"role {quoted(name)}"
    live = [one for one in tenant.roles if one.role.name == name]
    if not live:
        near = did_you_mean(name, (one.role.name for one in compared.unmanaged))
        return f"{role} is not live{near}"
    if any(one.untouchable for one in live):
        return f"{role} is a system role and cannot be exported"
    if matches(name, configuration.scope.ignore):
        return f"{role} matches a pattern under `ignore` and cannot be exported"
    if not matches(name, configuration.scope.manage):
        return f"{role} does not match any pattern under `manage`"
    return f"{role} is already managed: a role file defines it"


def _warn_of_codes(texts: Texts, catalogue: Catalogue | None, tell: Callable[[str], object]) -> None:
    """Warn once for each code that the catalogue does not have, or once in total when it is empty."""
    if catalogue is None:
        return
    holders = _holders_of_others(texts, catalogue)
    if holders and not catalogue:
        tell("warning: the tenant's catalogue is empty, so it has none of these roles' permissions; check the API key")
        return
    for code, names in sorted(holders.items()):
        tell(f"warning: unknown permission {quoted(code)} in the tenant's catalogue; held by {', '.join(names)}")


def _warn_of_unlocked(
    texts: Texts, catalogue: Catalogue | None, at_hand: AtHand, tell: Callable[[str], object]
) -> None:
    """Warn once for each code that the lock does not have: with the lock beside them, the files are not valid."""
    if at_hand.lock is None:
        return
    path = visible(at_hand.configuration.lock.as_posix())
    for code, names in sorted(_holders_of_others(texts, at_hand.lock.permissions).items()):
        hint = (
            "run `reconciler lock` and commit the diff"
            if catalogue is None or code in catalogue
            else "remove the permission in OmniStream, or exclude the role with `ignore`"
        )
        what = f"permission {quoted(code)} is not in {path}, so a role file with it is not valid"
        tell(f"warning: {what}; held by {', '.join(names)}. hint: {hint}")


def _holders_of_others(texts: Texts, known: Catalogue) -> dict[str, list[str]]:
    """Return who holds each code that is not among the known ones."""
    holders: dict[str, list[str]] = {}
    for role, _ in texts.roles:
        for code in role.permissions - known.keys():
            holders.setdefault(code, []).append(named(role.name))
    return holders
