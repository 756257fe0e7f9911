"""The table of commands: what `--help` lists, and the function that imports a command when it is called.

Each import is written out. So mypy checks that the module has a `command` and that it is a command of click.
"""

from __future__ import annotations

import contextlib
import os

import click

from reconciler import __version__
from reconciler.cli.help.documented import Option
from reconciler.cli.program import Commands, Group, Listed
from reconciler.model.errors import FileFailed


def _validate() -> click.Command:
    from reconciler.cli.commands.validate import command

    return command


def _plan() -> click.Command:
    from reconciler.cli.commands.plan import command

    return command


def _diff() -> click.Command:
    from reconciler.cli.commands.diff import command

    return command


def _apply() -> click.Command:
    from reconciler.cli.commands.apply import command

    return command


def _watch() -> click.Command:
    from reconciler.cli.commands.watch import command

    return command


def _show() -> click.Command:
    from reconciler.cli.commands.show import command

    return command


def _why() -> click.Command:
    from reconciler.cli.commands.why import command

    return command


def _who() -> click.Command:
    from reconciler.cli.commands.who import command

    return command


def _review() -> click.Command:
    from reconciler.cli.commands.review import command

    return command


def _report() -> click.Command:
    from reconciler.cli.commands.report import command

    return command


def _export() -> click.Command:
    from reconciler.cli.commands.export import command

    return command


def _adopt() -> click.Command:
    from reconciler.cli.commands.adopt import command

    return command


def _permissions() -> click.Command:
    from reconciler.cli.commands.permissions import command

    return command


def _lock() -> click.Command:
    from reconciler.cli.commands.lock import command

    return command


def _schema() -> click.Command:
    from reconciler.cli.commands.schema import command

    return command


def _comment() -> click.Command:
    from reconciler.cli.commands.comment import command

    return command


def _undo() -> click.Command:
    from reconciler.cli.commands.undo import command

    return command


def _tenants() -> click.Command:
    from reconciler.cli.commands.tenants import command

    return command


def _sandbox() -> click.Command:
    from reconciler.cli.commands.sandbox import command

    return command


def _demo() -> click.Command:
    from reconciler.cli.commands.demo import command

    return command


def _help() -> click.Command:
    from reconciler.cli.commands.help import command

    return command


def _version() -> click.Command:
    from reconciler.cli.commands.version import command

    return command


COMMANDS = {
    "validate": Listed("Check role files, policies, reviews and configuration, offline.", Group.PLAN, _validate),
    "plan": Listed("Show what `apply` would do.", Group.PLAN, _plan),
    "diff": Listed("Show what the edit of the role files does to access, offline.", Group.PLAN, _diff),
    "apply": Listed("Apply the role files, or a saved plan, to the live tenant.", Group.PLAN, _apply),
    "show": Listed("Show a saved plan again, in any format.", Group.PLAN, _show),
    "comment": Listed("Post a saved plan on its pull request or merge request.", Group.PLAN, _comment),
    "undo": Listed("Plan how to undo the changes recorded in a journal.", Group.PLAN, _undo),
    "watch": Listed("Keep comparing role files with the live tenant, and heal drift.", Group.PLAN, _watch),
    "why": Listed("Say how a role came by a permission: when, by which change, why.", Group.WHO, _why),
    "who": Listed("List the roles that hold a permission, now or in the past.", Group.WHO, _who),
    "review": Listed("List the roles that are due for a review, or record a review.", Group.WHO, _review),
    "report": Listed("Report which role has what, since when, why, and who reviewed it.", Group.WHO, _report),
    "export": Listed("Write the live custom roles as role files.", Group.FILES, _export),
    "adopt": Listed("Edit the role files so they say what is live, for review.", Group.FILES, _adopt),
    "permissions": Listed("List the permission catalogue.", Group.FILES, _permissions),
    "lock": Listed("Write the permission catalogue to the lock, for offline checks.", Group.FILES, _lock),
    "schema": Listed("Print the JSON Schema of a role file, for editors.", Group.FILES, _schema),
    "tenants": Listed("List the tenants of the configuration, offline.", Group.FILES, _tenants),
    "sandbox": Listed("Serve the API on this machine, to try things out.", Group.MORE, _sandbox),
    "demo": Listed("Run the full cycle against a temporary sandbox.", Group.MORE, _demo),
    "help": Listed("Show the help of a command or a topic.", Group.MORE, _help),
    "version": Listed("Show the version.", Group.MORE, _version),
}
"""The commands, in the order in which users meet them."""


EXAMPLES = (
    ("See the full cycle, against a temporary sandbox.", "reconciler demo"),
    ("Start from what is live.", "reconciler export --dir roles.d"),
    ("Edit a file in roles.d, then look at what changes.", "reconciler plan"),
    ("Do it, and keep a record to undo it from.", "reconciler apply --journal journal.jsonl"),
)
"""How to begin."""


@click.command(
    cls=Commands,
    table=COMMANDS,
    examples=EXAMPLES,
    name="reconciler",
)
@click.option(
    "-C",
    "--directory",
    cls=Option,
    envvar=["RECONCILER_DIRECTORY"],
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Change to DIR first; relative paths start there.",
)
@click.version_option(__version__, message="reconciler %(version)s")
@click.pass_context
def cli(ctx: click.Context, directory: str | None) -> None:
    """Keep the custom roles of an OmniStream tenant as files under review.

    YAML files in roles.d say which custom roles should exist. `plan` shows the difference to the live state, `apply`
    applies it. System roles are never changed.
    """
    try:
        before = os.getcwd()  # noqa: PTH109 - pathlib is not loaded for this
    except OSError as error:  # relative paths have no meaning then, and each command would report it differently
        raise FileFailed(f"cannot read the working directory: {error.strerror}") from None
    if directory is not None:
        os.chdir(directory)
        ctx.call_on_close(lambda: _return_to(before))


def _return_to(directory: str) -> None:
    """Change back after a run; if that directory is gone meanwhile, what the run has done is done all the same."""
    with contextlib.suppress(OSError):
        os.chdir(directory)
