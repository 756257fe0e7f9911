"""Read both lists of a tenant, its roles and its permissions: in parallel, or in turn where many tenants are read."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, Future, wait
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.catalogue import Catalogue
    from reconciler.model.roles import LiveRole

T = TypeVar("T")

_TICK = 0.2
"""Seconds. Python runs signal handlers in the main thread only, and one that comes just before it blocks would wait."""


class Lists(Protocol):
    """The two lists that a pass needs from the API. Raise `Failed` when one cannot be read completely."""

    def list_roles(self) -> tuple[LiveRole, ...]:
        """Return all live roles, system roles included."""
        ...

    def list_permissions(self) -> Catalogue:
        """Return the permission catalogue by code."""
        ...


def read_both(reader: Lists, *, grace: float = 1.0) -> tuple[tuple[LiveRole, ...], Catalogue]:
    """Return both lists, read in parallel: on a slow network that halves the wait.

    Raise what the first reader that fails raises, without waiting for a server that does not answer the other one. If
    the other one ends within `grace` seconds, and both failed, the failure of the roles is the one that is raised.

    The readers are daemon threads, which neither an interrupt nor the end of the process waits for.
    """
    roles = _begin(reader.list_roles)
    permissions = _begin(reader.list_permissions)
    both: list[Future[Any]] = [roles, permissions]
    others: set[Future[Any]] = set(both)
    while others and not any(each.done() and each.exception() for each in both):
        _, others = wait(both, timeout=_TICK, return_when=FIRST_EXCEPTION)
    wait(others, timeout=grace)
    if not roles.done():
        permissions.result()  # raises: only a failure ends the wait before both are done
    return roles.result(), permissions.result()


def read_in_turn(reader: Lists) -> tuple[tuple[LiveRole, ...], Catalogue]:
    """Return both lists, read one after the other over one connection.

    Where more tenants wait than are read at a time, a second thread for each of them takes more than it saves.
    """
    return reader.list_roles(), reader.list_permissions()


def _begin(read: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()
    Thread(target=_settle, args=(future, read), daemon=True).start()
    return future


def _settle(future: Future[T], read: Callable[[], T]) -> None:
    try:
        future.set_result(read())
    except BaseException as error:  # noqa: BLE001 - raised in the thread that asks for the result, which waits for it
        future.set_exception(error)
