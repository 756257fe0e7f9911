"""`reconciler help`."""

from __future__ import annotations

import json

import click

from reconciler.cli.completion.values import topics
from reconciler.cli.help import layout
from reconciler.cli.help.documented import Documented
from reconciler.cli.help.hints import hint_for
from reconciler.cli.help.topics import TOPICS
from reconciler.cli.registry import COMMANDS, cli
from reconciler.cli.report import ReportOptions, report_options
from reconciler.model.errors import ExitCode
from reconciler.model.inert import quoted


@click.command(
    "help",
    cls=Documented,
    examples=[
        ("List the commands.", "reconciler help"),
        ("How `plan` works.", "reconciler help plan"),
        ("What an exit code means.", "reconciler help exit-codes"),
    ],
    codes={0: "The help is shown.", 64: "There is no such command and no such topic."},
)
@click.argument("topic", required=False, shell_complete=topics)
@report_options()
def command(*, topic: str | None, report: ReportOptions) -> int:
    """Show the help of a command, or of a topic: environment, exit-codes, completion."""
    text = _text(topic)
    if report.format == "json":
        report.write(json.dumps({"format_version": "1.0", "topic": topic, "text": text}, indent=2) + "\n")
    else:
        report.write(text)
    return ExitCode.DONE


def _text(topic: str | None) -> str:
    """Return the help. Raise `click.UsageError` for a word that is neither a command nor a topic."""
    context = click.get_current_context()
    root = context.find_root()
    if topic is None:
        return cli.get_help(root)
    if topic in TOPICS:
        return TOPICS[topic].text(layout.width())
    found = cli.get_command(root, topic)
    if found is None:
        known = [*COMMANDS, *TOPICS]
        raise click.UsageError(f"No such command or topic {quoted(topic)}.{hint_for(topic, known)}", root)
    return found.get_help(click.Context(found, parent=root, info_name=topic))
