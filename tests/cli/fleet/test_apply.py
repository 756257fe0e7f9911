"""Apply to one tenant of several: whatever goes wrong in it is how it ended, and is not raised."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from reconciler.apply.interrupts import Stop
from reconciler.cli.fleet.apply import Applying
from reconciler.config.connection import Connection
from reconciler.model.errors import CommandLineError, ExitCode, ReconcilerError, Refused, StalePlan, Unreachable
from reconciler.model.secret import Secret
from reconciler.transport import Transport

if TYPE_CHECKING:
    from reconciler.api.both import Lists
    from reconciler.reconcile import Work


class Failing(NamedTuple):
    """A tenant that is ready, and cannot be read."""

    error: Exception
    connection: Connection = Connection("http://127.0.0.1:9", Secret("a-key"))
    journal: None = None

    def work(self, reader: Lists) -> Work:
        del reader
        raise self.error


def applying(error: Exception, defects: list[Exception]) -> Applying:
    def open_client(connection: Connection) -> Transport:
        return Transport(connection.url, connection.api_key)

    return Applying(
        lambda _: Failing(error),
        open_client,
        Stop(),
        saved=True,
        journal=None,
        defects=defects.append,
        writes=lambda _: None,
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StalePlan("the live state changed"), ExitCode.STALE),
        (Refused("too many"), ExitCode.REFUSED),
        (Unreachable("no answer"), ExitCode.FAILED),
        (CommandLineError("no key"), ExitCode.FAILED),
    ],
)
def test_what_keeps_a_tenant_from_being_applied_to_is_its_end(error: ReconcilerError, code: ExitCode) -> None:
    end = applying(error, []).apply("acme", 2)
    assert (end.name, end.wave, end.status, end.code, end.written, end.error) == (
        "acme",
        2,
        "failed",
        code,
        False,
        str(error),
    )


def test_an_unexpected_exception_is_kept_and_the_others_go_on() -> None:
    defects: list[Exception] = []
    error = ZeroDivisionError("division\nby zero")
    end = applying(error, defects).apply("acme", 1)
    assert (end.status, end.code, defects) == ("failed", ExitCode.DEFECT, [error])
    assert end.error == "internal error in reconciler: ZeroDivisionError: division\\nby zero"
