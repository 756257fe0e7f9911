"""The one error boundary. Its cases: an error of the user or the server, an interrupt, an internal error.

The interface defines the exit codes. A traceback is shown only for an internal error, and only with `-v`, because it
could contain data of the tenant.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn, TextIO, cast

import click

from reconciler import __version__
from reconciler.apply.interrupts import is_interrupt
from reconciler.cli import interruption
from reconciler.cli.pasted import keyless
from reconciler.cli.registry import COMMANDS, cli
from reconciler.cli.streams import OutputClosed, lost, say
from reconciler.model.errors import ExitCode, Interrupted, InvalidInput, ReconcilerError
from reconciler.model.inert import visible, visible_lines

if TYPE_CHECKING:
    from io import TextIOWrapper
    from types import TracebackType

    from reconciler.cli.outside import Outside

COMPLETE = "_RECONCILER_COMPLETE"
"""The variable with which a shell asks for its script, or for what completes a line."""

_READS = frozenset({"diff", "permissions", "report", "schema", "show", "tenants", "who", "why"})
"""The commands that write neither to the tenant nor to a file."""

_SOMEWHERE = "the issue tracker of the project where you got reconciler"


def main(arguments: list[str]) -> NoReturn:
    """Run the command line and exit the process with the interface's exit code."""
    sys.stdin = sys.stdin or _nowhere("r")  # None when the parent process closed it
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")
    sys.stdout, sys.stderr = _whole(sys.stdout), _whole(sys.stderr)
    code = interruption.heeding(lambda: run(arguments))
    gc.freeze()  # Python looks for garbage once more as it ends, for an eighth of the time of a small command
    sys.exit(code)


def _nowhere(mode: str) -> TextIO:
    return cast("TextIO", os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _whole(stream: TextIO) -> TextIO:
    """Return the stream, with characters that the terminal cannot show escaped, and with a buffer.

    Without one (`PYTHONUNBUFFERED`), Python loses what a signal cuts off a write.
    """
    found = cast("TextIOWrapper", stream)
    if isinstance(found.buffer, io.RawIOBase):
        encoding, raw = found.encoding, cast("io.RawIOBase", found.detach())
        found = io.TextIOWrapper(io.BufferedWriter(raw), encoding, line_buffering=True)
    found.reconfigure(errors="backslashreplace")
    return found


def run(arguments: list[str], program: click.Command = cli, outside: Outside | None = None) -> int:
    """Run the command line and return the exit code. It reports every failure on standard error."""
    if COMPLETE in os.environ:
        from reconciler.cli.completion import shells  # in place of click's scripts

        shells.use()
    try:
        code = program.main(args=arguments, prog_name="reconciler", standalone_mode=False, obj=outside)
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        return ExitCode.COMMAND_LINE
    except click.UsageError as error:
        return _usage(error)
    except (KeyboardInterrupt, click.Abort, Interrupted):
        return _interrupted()
    except InvalidInput as error:
        say(keyless(_listed(error)))
        _tell("not valid" if _only_reads(arguments) else "not valid; nothing was written")
        return error.exit_code
    except ReconcilerError as error:
        if not isinstance(error, OutputClosed):  # `| head -1` has read all that it needs
            _tell(str(error))
        return error.exit_code
    except OSError as error:  # click prints --help and --version; all other output errors are reported already
        _tell(_system(error))
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 - the boundary: any other exception is an internal error
        return _interrupted() if is_interrupt(error) else told_defect(error, arguments)
    return int(code or 0)


def _interrupted() -> int:
    interruption.told()
    _tell("interrupted; nothing was written to the tenant")
    return ExitCode.INTERRUPTED


def _only_reads(arguments: list[str]) -> bool:
    """Return whether the command is one that never writes, so "nothing was written" says nothing."""
    return next((word for word in arguments if word in COMMANDS), None) in _READS


def _listed(error: InvalidInput) -> str:
    """Return every finding, on a line that starts with its place: editors can link it."""
    from reconciler.render.findings import finding_lines  # only after an error

    return "\n".join(line for finding in error.findings for line in finding_lines(finding))


def _system(error: OSError) -> str:
    """Return the system's message with the file that it names, or about standard output when click was printing."""
    if _last_place(error.__traceback__).startswith("click."):
        return str(lost(error))
    words = error.strerror or str(error)
    return f"{error.filename}: {words}" if error.filename else words


def _usage(error: click.UsageError) -> int:
    from reconciler.cli.usage import sentence  # only after an error

    _tell(sentence(error))
    command = error.ctx.command_path if error.ctx else "reconciler"
    say(f"Try '{command} --help' for help.")
    return ExitCode.COMMAND_LINE


def _tell(message: str) -> None:
    """Print a complete message. It is inert already; making it inert again is a second safeguard."""
    say(f"reconciler: {keyless(visible_lines(message))}")


def told_defect(error: BaseException, arguments: list[str]) -> int:
    """Print that this is an internal error, its place and where to report it; the details only with `-v`."""
    where = _last_place(error.__traceback__)
    say(
        f"reconciler {__version__}: internal error in reconciler (not a problem with your input): "
        f"{type(error).__name__} at {where}.\n"
        f"Please report it at {issue_tracker()}, with this line and the command that you ran. "
        "Run again with -v for details."
    )
    if any(word.startswith("-v") or word == "--verbose" for word in arguments):
        import traceback

        for line in traceback.format_tb(error.__traceback__):
            say(visible_lines(line.rstrip()))
        say(visible(f"{type(error).__name__}: {error}"))
    return ExitCode.DEFECT


def issue_tracker(distribution: str = __package__.partition(".")[0]) -> str:
    """Return where to report a defect: the address in the metadata of `distribution`, or words without a real one.

    The address is not real while pyproject.toml has a placeholder, whose host ends in `.invalid` (RFC 2606).
    """
    from reconciler.cli.project import address

    found = address("Issues", distribution)
    return _SOMEWHERE if not found or ".invalid/" in found else found


def _last_place(trace: TracebackType | None) -> str:
    place = "an unknown place"
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
