"""`lock --check` of several tenants: each catalogue is read side by side and compared with the lock of its tenant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.cli.connection import opener, trace
from reconciler.cli.locking import Asked, changes_text, document, ending, lock_before, look, warning
from reconciler.cli.progress import counting
from reconciler.cli.streams import say
from reconciler.cli.tenants import Several, chosen
from reconciler.cli.workspace import roles_of
from reconciler.fleet.outcome import worst
from reconciler.fleet.run import side_by_side
from reconciler.model.errors import ExitCode, ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.cli.connection import ConnectionOptions
    from reconciler.cli.options import FilesOptions
    from reconciler.cli.report import ReportOptions
    from reconciler.cli.workspace import Library
    from reconciler.config.connection import Connection
    from reconciler.config.settings import Configuration
    from reconciler.transport import Transport

_PARALLEL = 32


class _End(NamedTuple):
    """What was found for one tenant. `text` is the report of `lock --check`, `found` the same in JSON."""

    code: ExitCode
    text: str
    found: dict[str, Any] | None = None
    error: str | None = None


def check_fleet(
    files: FilesOptions, library: Library, connection: ConnectionOptions, report: ReportOptions
) -> ExitCode:
    """Compare the catalogue of each tenant with its lock. Return the exit code of them all.

    Raise `InvalidInput` when the configuration is not valid, and `CommandLineError` when the options do not fit it.
    """
    whole = library.configuration(files)
    found = chosen(files, whole)
    names = found.names if isinstance(found, Several) else ()
    connection.leave_to_the_configuration(alone=False)
    trace(report.verbose)
    settled = {name: _settled(whole.of(name), connection) for name in names}
    open_client = opener(connection)
    with counting("reading the catalogues", len(names)) as advance:
        read = side_by_side(
            names, lambda name: _read(settled[name], open_client), parallel=_PARALLEL, ended=lambda _: advance()
        )
    ends = {name: _compared(name, whole.of(name), read[name], files, library) for name in names}
    report.write(_document(ends) if report.format == "json" else _text(ends), prose=True)
    return worst(end.code for end in ends.values())


def _settled(configuration: Configuration, connection: ConnectionOptions) -> Connection | ReconcilerError:
    try:
        return connection.settle(configuration, alone=False)
    except ReconcilerError as error:
        return error


def _read(
    settled: Connection | ReconcilerError, open_client: Callable[[Connection], Transport]
) -> Asked | ReconcilerError:
    """Return the catalogue, in any thread. Nothing that the server does is raised."""
    from reconciler.api import Reader

    if isinstance(settled, ReconcilerError):
        return settled
    try:
        with open_client(settled) as opened:
            return Asked(settled.url, Reader(opened).lockable_catalogue())
    except ReconcilerError as error:
        return error


def _compared(
    name: str, configuration: Configuration, asked: Asked | ReconcilerError, files: FilesOptions, library: Library
) -> _End:
    """Return what was found. Problems of role files are said, each with the name of the tenant."""
    try:
        if isinstance(asked, ReconcilerError):
            raise asked
        before = lock_before(configuration, files, force=False)
        looked = look(before, asked, configuration, files, library)
    except ReconcilerError as error:
        say(f"{name}: {error}")
        code = ExitCode.FAILED if error.exit_code is ExitCode.COMMAND_LINE else error.exit_code
        return _End(code, f"{name}: not checked.", error=str(error))
    for finding in looked.problems:
        say(f"{name}: {warning(finding, roles_of(configuration))}")
    text = changes_text(looked, before, ending(looked, before)).rstrip("\n")
    code = ExitCode.CHANGES if looked.is_news(before) else ExitCode.DONE
    return _End(code, f"{name}: {text}", document(looked, written=False))


def _text(ends: Mapping[str, _End]) -> str:
    return "\n".join(end.text.replace("\n", "\n  ") for end in ends.values())


def _document(ends: Mapping[str, _End]) -> str:
    tenants = {name: {"exit_code": end.code, "lock": end.found, "error": end.error} for name, end in ends.items()}
    return json.dumps({"format_version": "1.0", "tenants": tenants}, indent=2) + "\n"
