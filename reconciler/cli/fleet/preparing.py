"""The passes of several tenants: what tenants of the same files share is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from reconciler.cli import workspace
from reconciler.cli.passes import FromFiles, shared_by
from reconciler.model.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from reconciler.cli.connection import ConnectionOptions
    from reconciler.cli.options import FilesOptions, LimitOptions
    from reconciler.cli.passes import AskedOfFiles, Shared
    from reconciler.cli.workspace import Library, Workspace
    from reconciler.config.settings import Configuration

Value = TypeVar("Value")


class Once:
    """Makes each value once, by its key. What could not be made is raised each time. For one thread."""

    def __init__(self) -> None:
        """Start with nothing made."""
        self._made: dict[Hashable, object] = {}

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of `key`, which `make` makes the first time."""
        if key not in self._made:
            try:
                self._made[key] = make()
            except ReconcilerError as error:
                self._made[key] = error
        found = self._made[key]
        if isinstance(found, ReconcilerError):
            raise found
        return found  # type: ignore[return-value]  # a key has values of one type


class Preparing(NamedTuple):
    """What the passes of all tenants are prepared from, in the main thread and before any request."""

    files: FilesOptions
    library: Library
    connection: ConnectionOptions
    raised: LimitOptions
    asked: AskedOfFiles

    @property
    def configuration(self) -> Configuration:
        """Return the configuration with all tenants."""
        return self.library.configuration(self.files)

    def passes(self, names: Iterable[str]) -> dict[str, FromFiles | ReconcilerError]:
        """Return the pass of each tenant, or why there is none. Tenants of the same files share what is read.

        Raise `CommandLineError` when an option or a variable gives all tenants what each has itself.
        """
        self.connection.leave_to_the_configuration(alone=False)
        whole, once = self.configuration, Once()
        found: dict[str, FromFiles | ReconcilerError] = {}
        for name in names:
            try:
                found[name] = self.pass_of(whole.of(name), once)
            except ReconcilerError as error:
                found[name] = error
        return found

    def pass_of(self, own: Configuration, once: Once) -> FromFiles:
        """Return the pass of the tenant of this configuration. `once` has what those before it have read."""

        def read() -> tuple[Workspace, Shared]:
            files = self.files._replace(tenants=(own.tenant or "",), every=False)
            there = workspace.load_all(files, self.asked.today, self.library)
            return there, shared_by(files, there, self.asked)

        there, shared = once.get(same_files(own), read)
        limits = workspace.limits(own, self.raised)
        connection = self.connection.settle(own, alone=False)
        return FromFiles.of(there._replace(configuration=own), shared, connection, limits)


def same_files(own: Configuration) -> Hashable:
    """Return the key of all that decides what is read: equal for tenants that share files.

    Where the configuration says it is not part of it: what is wrong is said once, with the place of one of them.
    """
    return own.roles_dirs, tuple(item.text for item in own.roles), own.lock, own.scope.manage, own.scope.ignore
