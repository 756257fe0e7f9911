"""Where a command's report goes, and in which form: standard output or a file, with or without colour.

Reports go to standard output, everything else to standard error (docs/interface.md, "Commands").
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from reconciler.cli.fitting import fitted, width_of
from reconciler.cli.help.documented import Section
from reconciler.cli.options import Command, Count, bundled, option
from reconciler.cli.streams import OutputClosed, hush, lost, paint, say
from reconciler.model.errors import CommandLineError, FileFailed, PartlyApplied
from reconciler.model.inert import visible, without_commands, without_commands_in_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_FOR_PEOPLE = ("text", "sentences")


class ReportOptions(NamedTuple):
    """The options of the command line about the report."""

    format: str
    output: Path | None
    color: Literal["auto", "always", "never"]
    verbose: int
    quiet: bool = False

    def write(self, text: str, *, data: bool = False, prose: bool = False, done: str | None = None) -> None:
        """Print the report, or write it to the file of `--output`. Raise `FileFailed` when that is not possible.

        `data` means that a program reads the text form too. Such output is UTF-8; only text for people has the encoding
        of the terminal (docs/interface.md, "Commands"). The text of `prose` is sentences, so a terminal gets long lines
        broken between words.

        `done` is a clause about changes made before the report: losing the report does not undo them. When the reader
        of standard output has left, standard error says so and the exit code is that of the changes (docs/interface.md,
        "Exit codes"); when the disk fails, raise `PartlyApplied`.
        """
        try:
            self._write(self._inert(fitted(text, self.width) if prose else text, data=data), data=data)
        except FileFailed as error:
            if done is None:
                raise
            if not isinstance(error, OutputClosed):
                raise PartlyApplied(f"{error}; {done}") from None
            say(f"reconciler: {error}; {done}")

    def _inert(self, text: str, *, data: bool) -> str:
        """Return the report without what a log could take for a command. The other formats escape it themselves."""
        if self.format == "json":
            return without_commands_in_json(text)
        return without_commands(text) if self.format in _FOR_PEOPLE and not data else text

    def _write(self, text: str, *, data: bool) -> None:
        ending = "" if text.endswith("\n") or not text else "\n"
        if self.output is None:
            self._print(text + ending, data=data or self.format not in _FOR_PEOPLE)
            return
        try:
            self.output.write_text(text + ending, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise cannot_write(self.output, error) from None

    def _print(self, text: str, *, data: bool) -> None:
        try:
            if data and hasattr(sys.stdout, "buffer"):  # a stream of text in memory has no encoding
                # Not through click, which opens a file in the terminal's encoding; UTF-16 would start with a mark.
                sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
                sys.stdout.buffer.flush()
            else:
                click.echo(text, nl=False, color=self.colored)
        except OSError as error:
            raise lost(error) from None

    @property
    def width(self) -> int | None:
        """Return how wide the text may be; None if it goes to no terminal, or if it is a document."""
        return width_of(sys.stdout) if self.output is None and self.format in _FOR_PEOPLE else None

    def check(self) -> None:
        """Check that the report can be written, before anything is done that it must report."""
        if self.output is not None:
            try:
                self.output.open("a", encoding="utf-8").close()
            except OSError as error:
                raise cannot_write(self.output, error) from None

    def check_apart(self, out: Path | None) -> None:
        """Check that the report does not replace the plan that `out` saves. Raise `CommandLineError`."""
        if out is not None and self.output is not None and os.path.realpath(out) == os.path.realpath(self.output):
            name = visible(str(out))
            raise CommandLineError(f"--out and --output are both {name}; write the report to another file")

    @property
    def colored(self) -> bool:
        """Return whether text is coloured: by `--color`, then NO_COLOR, FORCE_COLOR, and whether it is a terminal.

        A file is coloured only by `--color always`.
        """
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if self.output is not None:
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def cannot_write(path: Path, error: OSError) -> FileFailed:
    """Return the failure to write a file that the user named."""
    return FileFailed(f"cannot write {visible(str(path))}: {error.strerror}")


def report_options(*formats: str) -> Callable[[Command], Command]:
    """Return the options of every command, as `report`. `formats` adds to `text` and `json`."""
    choices: Sequence[str] = ["text", "json", *(name for name in formats if name not in ("text", "json"))]
    return bundled(
        "report",
        ReportOptions,
        [
            option(
                "--format",
                section=Section.OUTPUT,
                type=click.Choice(choices),
                default="text",
                show_default=True,
                metavar="FORMAT",
                help="Format of the report.",
            ),
            option(
                "--output",
                section=Section.OUTPUT,
                type=click.Path(path_type=Path, dir_okay=False),
                metavar="FILE",
                help="Write the report to FILE instead of standard output.",
            ),
            option(
                "--color",
                section=Section.OUTPUT,
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                show_default=True,
                metavar="WHEN",
                callback=paint,
                help="When to use colour; auto follows NO_COLOR and FORCE_COLOR.",
            ),
            option(
                "-v",
                "--verbose",
                section=Section.OUTPUT,
                count=True,
                type=Count(),
                help="Log more to standard error; -vv logs each request.",
            ),
            option(
                "-q",
                "--quiet",
                section=Section.OUTPUT,
                is_flag=True,
                callback=hush,
                help="Show no progress or notes on standard error. The report, warnings, errors and questions stay.",
            ),
        ],
    )
