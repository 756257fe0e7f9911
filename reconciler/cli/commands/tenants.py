"""`reconciler tenants`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from reconciler.cli.help.documented import Documented
from reconciler.cli.options import config_option, shard_option
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.tenants import in_shard
from reconciler.config.connection import check_url
from reconciler.config.settings import load_configuration
from reconciler.model.errors import CommandLineError, ExitCode
from reconciler.model.inert import visible
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.config.tenants import Tenant


@click.command(
    "tenants",
    cls=Documented,
    examples=[
        ("List all tenants.", "reconciler tenants"),
        ("Only those of one machine of eight.", "reconciler tenants --shard 0/8"),
    ],
    codes={
        0: "Listed.",
        3: "The configuration is not valid.",
        64: "The configuration has no tenants.",
    },
)
@shard_option()
@config_option()
@report_options()
def command(*, shard: tuple[int, int] | None, config: Path | None, report: ReportOptions) -> int:
    """List the tenants of the configuration with their URLs and waves. Offline.

    With --shard, lists only the tenants that a run with that --shard is about.
    """
    tenants = load_configuration(config).tenants
    if not tenants:
        raise CommandLineError("the configuration has no tenants: add them to reconciler.yaml")
    names = tuple(tenants) if shard is None else in_shard(tuple(tenants), shard)
    found = [tenants[name] for name in names]
    report.write(_document(found, shard) if report.format == "json" else _text(found), prose=True)
    return ExitCode.DONE


def _document(found: Sequence[Tenant], shard: tuple[int, int] | None) -> str:
    tenants = [
        {"name": each.name, "url": _url(each), "wave": each.wave, "shard": None if shard is None else shard[0]}
        for each in found
    ]
    return json.dumps({"format_version": "1.0", "tenants": tenants}, indent=2) + "\n"


def _text(found: Sequence[Tenant]) -> str:
    rows = [("TENANT", "WAVE", "URL"), *((each.name, str(each.wave), visible(_url(each))) for each in found)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{name:<{widths[0]}}   {wave:<{widths[1]}}   {url}" for name, wave, url in rows]
    return "\n".join([*lines, "", f"{counted(len(found), 'tenant')}."]) + "\n"


def _url(tenant: Tenant) -> str:
    return check_url(tenant.url, allow_http=True)
