"""Both lists of a tenant, its roles and its permissions, read side by side."""

from __future__ import annotations

from concurrent.futures import Future, wait
from threading import Thread
from typing import TYPE_CHECKING, Protocol

from reconciler.model.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.roles import Catalogue, LiveRole


class Lists(Protocol):
    """What a pass needs of the API: two lists. Raises `Failed` where one cannot be had whole."""

    def list_roles(self) -> tuple[LiveRole, ...]:
        """All live roles, system roles included."""
        ...

    def list_permissions(self) -> Catalogue:
        """The permission catalogue by code."""
        ...


def read_both(reader: Lists) -> tuple[tuple[LiveRole, ...], Catalogue]:
    """Read both lists side by side: over a long line that halves the wait.

    The second reader is a daemon, for which neither an interrupt nor the end of the process waits: a server that keeps
    silent cannot hold a Ctrl-C up.
    """
    permissions: Future[Catalogue] = Future()
    Thread(target=_settle, args=(permissions, reader.list_permissions), daemon=True).start()
    try:
        return reader.list_roles(), permissions.result()
    except Failed:
        wait([permissions])  # the client is closed after this, and nobody may still be using it
        raise


def _settle(future: Future[Catalogue], read: Callable[[], Catalogue]) -> None:
    try:
        future.set_result(read())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the result is asked for
        future.set_exception(error)
