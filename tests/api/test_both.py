from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Never

import pytest

from reconciler.api.both import read_both
from reconciler.model.catalogue import Catalogue
from reconciler.model.errors import Failed
from reconciler.model.roles import LiveRole


def fails(what: str, after: Callable[[], object] = lambda: None) -> Callable[[], Never]:
    def read() -> Never:
        after()
        raise Failed(what)

    return read


def empty() -> Catalogue:
    return {}


class Lists:
    """Two lists, each read by a function of the test."""

    def __init__(self, roles: Callable[[], tuple[LiveRole, ...]], permissions: Callable[[], Catalogue]) -> None:
        self.list_roles = roles
        self.list_permissions = permissions


@contextmanager
def silence() -> Iterator[Callable[[], object]]:
    """A wait that only the end of the test ends."""
    over = threading.Event()
    try:
        yield over.wait
    finally:
        over.set()


def test_both_lists_are_returned() -> None:
    assert read_both(Lists(tuple, empty)) == ((), {})


def test_a_failure_of_the_roles_does_not_wait_for_the_permissions() -> None:
    with silence() as silent, pytest.raises(Failed, match="no roles"):
        read_both(Lists(fails("no roles"), fails("too late", silent)), grace=0.01)


def test_a_failure_of_the_permissions_does_not_wait_for_the_roles() -> None:
    with silence() as silent, pytest.raises(Failed, match="no permissions"):
        read_both(Lists(fails("too late", silent), fails("no permissions")), grace=0.01)


def test_where_both_fail_together_the_failure_of_the_roles_is_reported() -> None:
    begun = threading.Event()
    with pytest.raises(Failed, match="no roles"):
        read_both(Lists(fails("no roles", begun.wait), fails("no permissions", begun.set)), grace=30)


def test_roles_that_come_after_the_permissions_failed_change_nothing() -> None:
    begun = threading.Event()

    def roles() -> tuple[LiveRole, ...]:
        begun.wait()
        return ()

    with pytest.raises(Failed, match="no permissions"):
        read_both(Lists(roles, fails("no permissions", begun.set)), grace=30)
