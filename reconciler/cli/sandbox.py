"""`reconciler sandbox`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import option
from reconciler.errors import ExitCode


@click.command("sandbox")
@option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 picks a free one.")
@option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep the tenant in this SQLite file.  [default: in memory]",
)
@option("--seed", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Roles to start with, as JSON.")
@option("--api-key", metavar="KEY", help="The key to ask for.  [default: a new one]")
def command(*, port: int, db: Path | None, seed: Path | None, api_key: str | None) -> int:
    """Serve the OmniStream API on this machine, for trying things out and for tests.

    Prints the two lines to paste into another terminal. Ctrl-C stops it.
    """
    from reconciler.sandbox.server import serve

    serve(port=port, db=db, seed=seed, api_key=api_key, announce=click.echo)
    return ExitCode.DONE
