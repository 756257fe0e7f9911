"""The past of the role files at hand, for the commands that answer about it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli import workspace
from reconciler.model.errors import Failed, ReconcilerError, UnknownName
from reconciler.model.inert import named, quoted
from reconciler.model.roles import SYSTEM_NAMES, normalise_name
from reconciler.model.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.apply.recorded import Recorded
    from reconciler.cli.options import FilesOptions
    from reconciler.cli.workspace import Workspace
    from reconciler.config.settings import Configuration
    from reconciler.history.events import History
    from reconciler.history.past import Past
    from reconciler.model.days import Day
    from reconciler.model.roles import DesiredRole

_FETCH = '`git fetch --unshallow`; actions/checkout: `fetch-depth: 0`; GitLab CI: `GIT_DEPTH: "0"`'


class AtHand(NamedTuple):
    """The files on this machine, and their past. `roles` are those of now by name."""

    found: Workspace
    past: Past
    roles: dict[str, DesiredRole]

    @classmethod
    def read(cls, command: str, files: FilesOptions, today: Day, role: str | None = None) -> AtHand:
        """Return the files as they are on the day `today`, and the past of HEAD.

        `command` is the name of the command that needs the past, `role` the name that it is asked about. Raise
        `InvalidInput` when a file of now is not valid, `UnknownName` for a system role, and then `Failed` without a
        repository or a commit.
        """
        found = workspace.load_all(files, today)
        if role is not None and normalise_name(role) in SYSTEM_NAMES:
            what = f"{named(normalise_name(role))} is a system role"
            raise UnknownName(f"{what}; system roles are not kept in files, so they have no history")
        past = read_past_at_hand(command, files, found.configuration)
        return cls(found, past, {entry.role.name: entry for entry in found.desired.roles})

    def known_role(self, name: str, history: History) -> str:
        """Return the name as roles have it. Raise `UnknownName` for a role that never existed.

        Raise `Failed` when the history at hand does not go back far enough to say "never".
        """
        role = normalise_name(name)
        if history.life(role) is None:
            hint = did_you_mean(role, sorted({*history.roles, *history.earlier}))
            if history.oldest is not None:
                asker = self.past.repository.asker
                raise cut(asker.name, history, f"whether there ever was a role {quoted(name)}", hint)
            raise UnknownName(f"unknown role {quoted(name)}: no role file defines it, and none ever did{hint}")
        return role

    def known_code(self, code: str, *histories: History) -> str:
        """Return the code's name in the lock, or an empty string. Raise `UnknownName` when nothing knows it.

        Raise `Failed` when one of the histories does not go back far enough to say "never".
        """
        lock = self.found.lock
        if lock is not None and code in lock.permissions:
            return lock.permissions[code].name
        granted = {event.code for history in histories for event in history.events if event.code}
        known = granted | set(self.found.desired.names_codes)
        if code not in known:
            hint = did_you_mean(code, sorted(known | (set(lock.permissions) if lock else set())))
            for history in histories:
                if history.oldest is not None:
                    asker = self.past.repository.asker
                    raise cut(asker.name, history, f"whether a role ever held {quoted(code)}", hint)
            message = f"unknown permission {quoted(code)}: neither the role files, their history nor the lock have it"
            raise UnknownName(message + hint)
        return ""


def read_past_at_hand(command: str, files: FilesOptions, configuration: Configuration) -> Past:
    """Return the past of the role files. Raise `Failed` without git, a repository or a commit."""
    from reconciler.git.repository import Asker
    from reconciler.history.past import read_past

    asker = Asker(command)
    roles = workspace.roles_from(files, configuration)
    first, *later = roles.directories
    return read_past(first, configuration.lock, asker, later, roles.choice)


def history_or_none(
    files: FilesOptions, configuration: Configuration, desired: Iterable[DesiredRole], today: Day
) -> History | None:
    """Return the history of the role files up to what they say now, None if it cannot be read.

    A plan is complete without it, so a missing repository, program or object is not an error.
    """
    try:
        past = read_past_at_hand("plan", files, configuration)
        return past.history(today, {entry.role.name: entry for entry in desired})
    except (ReconcilerError, OSError):
        return None


def cut(command: str, history: History, what: str, suggestion: str = "") -> Failed:
    """Return the failure to answer from a shallow clone. `what` is what cannot be said."""
    oldest = history.oldest
    known = f"is known from {oldest.short} of {oldest.date.isoformat()} on" if oldest else "has no valid files"
    return Failed(
        f"{command} cannot say {what}: the history of this shallow clone {known}, and reconciler does not "
        f"fetch{suggestion or '.'} hint: fetch the history first ({_FETCH})"
    )


def journals_at_hand(named_journals: Sequence[Path], configuration: Configuration) -> list[Recorded]:
    """Return the journals of the command line, each once, or else that of the configuration if it exists.

    Raise `FileFailed` when one cannot be read.
    """
    paths = list(dict.fromkeys(named_journals))
    default = configuration.journal
    if not paths and default is not None and os.path.lexists(default):
        paths = [default]
    if not paths:
        return []
    from reconciler.apply.recorded import read

    return [read(path) for path in paths]
