"""Read both lists of a tenant, its roles and its permissions: in parallel, or in turn where many tenants are read."""

from __future__ import annotations

from concurrent.futures import Future, wait
from threading import Thread
from typing import TYPE_CHECKING, Protocol

from reconciler.model.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.catalogue import Catalogue
    from reconciler.model.roles import LiveRole


class Lists(Protocol):
    """The two lists that a pass needs from the API. Raise `Failed` when one cannot be read completely."""

    def list_roles(self) -> tuple[LiveRole, ...]:
        """Return all live roles, system roles included."""
        ...

    def list_permissions(self) -> Catalogue:
        """Return the permission catalogue by code."""
        ...


def read_both(reader: Lists) -> tuple[tuple[LiveRole, ...], Catalogue]:
    """Return both lists, read in parallel: on a slow network that halves the wait.

    The second reader is a daemon thread, which neither an interrupt nor the end of the process waits for: a server that
    does not answer cannot delay a Ctrl-C.
    """
    permissions: Future[Catalogue] = Future()
    Thread(target=_settle, args=(permissions, reader.list_permissions), daemon=True).start()
    try:
        return reader.list_roles(), permissions.result()
    except Failed:
        wait([permissions])  # the client is closed after this, so the thread must have finished with it
        raise


def read_in_turn(reader: Lists) -> tuple[tuple[LiveRole, ...], Catalogue]:
    """Return both lists, read one after the other over one connection.

    Where more tenants wait than are read at a time, a second thread for each of them takes more than it saves.
    """
    return reader.list_roles(), reader.list_permissions()


def _settle(future: Future[Catalogue], read: Callable[[], Catalogue]) -> None:
    try:
        future.set_result(read())
    except Exception as error:  # noqa: BLE001 - any error is raised in the thread that asks for the result
        future.set_exception(error)
