"""Where a command's report goes, and in which form: standard output or a file, with or without colour.

Reports go to standard output, all else to standard error (the interface, "Commands").
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from reconciler.cli.options import Command, Count, bundled, option
from reconciler.errors import FileFailed
from reconciler.inert import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Report:
    """What the command line says about the report."""

    format: str
    output: Path | None
    color: Literal["auto", "always", "never"]
    verbose: int

    def write(self, text: str) -> None:
        """Print the report, or write it to the file of `--output`. Raises `FileFailed` where that cannot be done."""
        ending = "" if text.endswith("\n") or not text else "\n"
        if self.output is None:
            self._print(text + ending)
            return
        try:
            self.output.write_text(text + ending, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise cannot_write(self.output, error) from None

    def _print(self, text: str) -> None:
        try:
            click.echo(text, nl=False, color=self.colored)
        except BrokenPipeError:  # whoever read it left; click ends the process for that
            raise
        except OSError as error:
            os.dup2(
                os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
            )  # what is buffered may not fail again at exit
            raise FileFailed(f"cannot write to standard output: {error.strerror}") from None

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
        Report,
        [
            option(
                "--format", type=click.Choice(choices), default="text", show_default=True, help="Form of the report."
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
                help="Colour; auto heeds NO_COLOR and FORCE_COLOR.",
            ),
            option(
                "-v", "--verbose", count=True, type=Count(), help="Say more on standard error; -vv traces requests."
            ),
        ],
    )


def say(message: str) -> None:
    """Tell people something on standard error. `message` is inert already."""
    click.echo(message, err=True)
