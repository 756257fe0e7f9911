"""Where a command's report goes, and in which form: standard output or a file, with or without colour.

Reports go to standard output, all else to standard error (docs/interface.md, "Commands").
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from reconciler.cli.options import Command, Count, bundled, option
from reconciler.cli.streams import ReaderLeft, lost, say
from reconciler.model.errors import FileFailed, PartlyApplied
from reconciler.model.inert import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What the command line says about the report."""

    format: str
    output: Path | None
    color: Literal["auto", "always", "never"]
    verbose: int

    def write(self, text: str, *, data: bool = False, done: str | None = None) -> None:
        """Print the report, or write it to the file of `--output`. Raises `FileFailed` where that cannot be done.

        `data` says that also the text form is for a program to read. Whatever is so is UTF-8; only text for people is
        in the encoding of the terminal (docs/interface.md, "Commands").

        `done`, a clause on what was done before, is for a report of that: the loss of the report does not undo it.
        Where the reader of standard output left, standard error says so and the exit code stays that of what was done
        (docs/interface.md, "Exit codes"); where the disk failed, `PartlyApplied` is raised.
        """
        try:
            self._write(text, data=data)
        except FileFailed as error:
            if done is None:
                raise
            if not isinstance(error, ReaderLeft):
                raise PartlyApplied(f"{error}; {done}") from None
            say(f"reconciler: {error}; {done}")

    def _write(self, text: str, *, data: bool) -> None:
        ending = "" if text.endswith("\n") or not text else "\n"
        if self.output is None:
            self._print(text + ending, data=data or self.format != "text")
            return
        try:
            self.output.write_text(text + ending, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise cannot_write(self.output, error) from None

    def _print(self, text: str, *, data: bool) -> None:
        try:
            if data and hasattr(sys.stdout, "buffer"):  # what is a text in memory has no encoding
                # Past click, which opens a file in the terminal's encoding, and UTF-16 starts with a mark.
                sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
                sys.stdout.buffer.flush()
            else:
                click.echo(text, nl=False, color=self.colored)
        except OSError as error:
            raise lost(error) from None

    def check(self) -> None:
        """See that the report can be written, before anything is done that it would tell of."""
        if self.output is not None:
            try:
                self.output.open("a", encoding="utf-8").close()
            except OSError as error:
                raise cannot_write(self.output, error) from None

    @property
    def colored(self) -> bool:
        """Whether text is coloured: `--color`, then NO_COLOR, then FORCE_COLOR, then whether a terminal shows it.

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
    """The failure to write a file that the user named."""
    return FileFailed(f"cannot write {visible(str(path))}: {error.strerror}")


def report_options(*formats: str) -> Callable[[Command], Command]:
    """`--format`, `--output`, `--color` and `--verbose`, as `report`; `formats` beside `text` and `json`."""
    choices: Sequence[str] = ["text", "json", *(name for name in formats if name not in ("text", "json"))]
    return bundled(
        "report",
        ReportOptions,
        [
            option(
                "--format", type=click.Choice(choices), default="text", show_default=True, help="Format of the report."
            ),
            option(
                "--output",
                type=click.Path(path_type=Path, dir_okay=False),
                metavar="FILE",
                help="Write the report to FILE instead of standard output.",
            ),
            option(
                "--color",
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                show_default=True,
                help="When to use colour; auto follows NO_COLOR and FORCE_COLOR.",
            ),
            option(
                "-v", "--verbose", count=True, type=Count(), help="Log more to standard error; -vv logs each request."
            ),
        ],
    )
