"""`reconciler sandbox`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from reconciler.cli.help.documented import Documented
from reconciler.cli.options import option
from reconciler.cli.report import ReportOptions, report_options
from reconciler.model.errors import ExitCode


@click.command(
    "sandbox",
    cls=Documented,
    examples=[
        ("Serve the API on port 8080.", "reconciler sandbox"),
        ("On any free port; what is done stays.", "reconciler sandbox --port 0 --db tenant.sqlite"),
        ("With other roles.", "reconciler sandbox --seed seed.json"),
    ],
    codes={
        0: "Stopped.",
        1: "The port is in use, or a file cannot be read.",
    },
)
@option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Store the tenant in this SQLite file.  [default: in memory]",
)
@option(
    "--seed",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="JSON file with the roles to start with.",
)
@option("--api-key", metavar="KEY", help="API key that clients must send.  [default: a new one]")
@report_options()
def command(*, port: int, db: Path | None, seed: Path | None, api_key: str | None, report: ReportOptions) -> int:
    """Serve the OmniStream API on this machine, to try things out and for tests.

    Prints two lines to paste into another terminal. Ctrl-C stops it.
    """
    from reconciler.sandbox.server import Greeting, serve  # FastAPI is an extra, and slow to import

    def announce(greeting: Greeting) -> None:
        if report.format == "json":
            report.write(json.dumps({"format_version": "1.0", **asdict(greeting)}, indent=2))
        else:
            report.write("\n".join(greeting.lines()))

    serve(port=port, db=db, seed=seed, api_key=api_key, announce=announce)
    return ExitCode.DONE
