"""`reconciler why`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.comments import ItemComments
from reconciler.cli.completion.values import codes
from reconciler.cli.completion.values import roles as complete_roles
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import FilesOptions, files_options, journals_option, today_option
from reconciler.cli.outside import this_day
from reconciler.cli.past import AtHand, cut, journals_at_hand
from reconciler.cli.report import ReportOptions, report_options
from reconciler.history.applied import applied_events
from reconciler.history.why import Question, answer, missing
from reconciler.model.errors import ExitCode
from reconciler.model.inert import named, visible
from reconciler.render.why import why_json, why_text

if TYPE_CHECKING:
    from reconciler.model.days import Day


@click.command(
    "why",
    cls=Documented,
    examples=[
        ("Since when, by whom, and why?", "reconciler why billing-clerk billing.refund"),
        ("Everything that happened to a role.", "reconciler why billing-clerk"),
        ("And when it was applied.", "reconciler why billing-clerk billing.refund --journal journal.jsonl"),
    ],
    codes={
        0: "Answered.",
        1: "This is not a git repository, or the clone ends before the answer.",
        3: "Role files are not valid, or do not know the role or the code.",
    },
)
@click.argument("role", shell_complete=complete_roles)
@click.argument("code", required=False, shell_complete=codes)
@journals_option("Also say when it was applied")
@today_option()
@files_options()
@report_options()
def command(
    *,
    role: str,
    code: str | None,
    journals: tuple[Path, ...],
    today: Day | None,
    files: FilesOptions,
    report: ReportOptions,
) -> int:
    """Say how a role came by a permission: when, by which change, why.

    Without CODE, lists every grant, revoke and rename of the role, newest first. Reads git's history, offline.
    """
    day = today or this_day()
    at_hand = AtHand.read("why", files, day, role)
    history = at_hand.past.history(day, at_hand.roles)
    name = at_hand.known_role(role, history)
    permission = "" if code is None else at_hand.known_code(code, history)
    life = history.roles.get(name) or history.earlier[name]
    applied = applied_events(journals_at_hand(journals, at_hand.found.configuration))
    found = answer(Question(name, code, day, permission), history, life, applied, ItemComments().of)
    if missing(found, history, life):
        what = f"since when {named(life.name)} exists" if code is None else _about(life.name, code, held=found.holds)
        raise cut("why", history, what)
    report.write(why_json(found) if report.format == "json" else why_text(found, color=report.colored), prose=True)
    return ExitCode.DONE


def _about(role: str, code: str, *, held: bool | None) -> str:
    name, what = named(role), visible(code)
    return f"since when {name} holds {what}" if held else f"whether {name} ever held {what}"
