"""`export` of several tenants: read side by side, then written tenant by tenant, each to a directory of its name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.cli.connection import opener, trace
from reconciler.cli.exporting import AtHand, Exported, Live, left_out_document, texts_in, write
from reconciler.cli.progress import counting
from reconciler.cli.streams import say
from reconciler.cli.tenants import Several, chosen
from reconciler.fleet.outcome import worst
from reconciler.fleet.run import side_by_side
from reconciler.model.errors import CommandLineError, ExitCode, ReconcilerError
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from reconciler.cli.connection import ConnectionOptions
    from reconciler.cli.exporting import Wanted
    from reconciler.cli.options import FilesOptions
    from reconciler.cli.report import ReportOptions
    from reconciler.cli.workspace import Library
    from reconciler.config.connection import Connection
    from reconciler.transport import Transport

_PARALLEL = 32


class _Ready(NamedTuple):
    """One tenant before its first request."""

    at_hand: AtHand
    connection: Connection


class _End(NamedTuple):
    """How the export of one tenant ended."""

    code: ExitCode
    files: tuple[str, ...] = ()
    left_out: tuple[dict[str, str], ...] = ()
    error: str | None = None

    @classmethod
    def failed(cls, error: ReconcilerError) -> _End:
        """Return the end of a tenant of which nothing was written. Its missing key is one failure among others."""
        code = ExitCode.FAILED if error.exit_code is ExitCode.COMMAND_LINE else error.exit_code
        return cls(code, error=str(error))


def export_fleet(
    files: FilesOptions,
    wanted: Wanted,
    directory: Path | None,
    library: Library,
    connection: ConnectionOptions,
    report: ReportOptions,
) -> ExitCode:
    """Write the roles of each tenant to `directory/TENANT`. Return the exit code of them all.

    Raise `InvalidInput` when the configuration is not valid, and `CommandLineError` when the options do not fit it.
    """
    found = chosen(files, library.configuration(files))
    names = found.names if isinstance(found, Several) else ()
    if directory is None:
        raise CommandLineError("several tenants are exported to directories; pass --dir DIR, for DIR/TENANT each")
    connection.leave_to_the_configuration(alone=False)
    report.check()
    trace(report.verbose)
    ready = {name: _ready(files._replace(tenants=(name,), every=False), wanted, library, connection) for name in names}
    open_client = opener(connection)
    with counting("reading the live roles", len(names)) as advance:
        read = side_by_side(
            names, lambda name: _read(ready[name], open_client), parallel=_PARALLEL, ended=lambda _: advance()
        )
    ends = {name: _written(name, ready[name], read[name], wanted, directory / name) for name in names}
    written = any(end.files for end in ends.values())
    text = _document(ends) if report.format == "json" else _text(ends)
    report.write(text, prose=True, done="the role files were written anyway" if written else None)
    return _code(ends)


def _ready(
    files: FilesOptions, wanted: Wanted, library: Library, connection: ConnectionOptions
) -> _Ready | ReconcilerError:
    try:
        at_hand = AtHand.read(files, wanted, library)
        return _Ready(at_hand, connection.settle(at_hand.configuration, alone=False))
    except ReconcilerError as error:
        return error


def _read(ready: _Ready | ReconcilerError, open_client: Callable[[Connection], Transport]) -> Live | ReconcilerError:
    """Return the live roles, in any thread. Nothing that the server does is raised."""
    if isinstance(ready, ReconcilerError):
        return ready
    try:
        with open_client(ready.connection) as opened:
            return Live.read(opened)
    except ReconcilerError as error:
        return error


def _written(
    name: str, ready: _Ready | ReconcilerError, live: Live | ReconcilerError, wanted: Wanted, directory: Path
) -> _End:
    """Write the files of one tenant. What is said about it begins with its name."""

    def tell(sentence: str) -> None:
        say(f"{name}: {sentence}")

    try:
        if isinstance(ready, ReconcilerError):
            raise ready
        if isinstance(live, ReconcilerError):
            raise live
        texts = texts_in(live, ready.at_hand, wanted, tell)
        done: Exported = write(texts, live, directory, ready.at_hand, force=wanted.force, tell=tell)
    except ReconcilerError as error:
        tell(str(error))
        return _End.failed(error)
    return _End(done.code, done.files, tuple(left_out_document(texts)))


def _code(ends: Mapping[str, _End]) -> ExitCode:
    codes = [end.code for end in ends.values()]
    if any(codes) and any(end.files for end in ends.values()):
        return ExitCode.PARTLY_APPLIED
    return worst(codes)


def _text(ends: Mapping[str, _End]) -> str:
    lines = [
        f"{name}: {counted(len(end.files), 'role file')} written." if end.error is None else f"{name}: not exported."
        for name, end in ends.items()
    ]
    return "\n".join(lines)


def _document(ends: Mapping[str, _End]) -> str:
    tenants: dict[str, Any] = {
        name: {
            "exit_code": end.code,
            "files": list(end.files),
            "left_out": list(end.left_out),
            "error": end.error,
        }
        for name, end in ends.items()
    }
    return json.dumps({"format_version": "1.0", "tenants": tenants}, indent=2) + "\n"
