"""`reconciler who`."""

from __future__ import annotations

from typing import NamedTuple

import click

from reconciler.cli.comments import ItemComments
from reconciler.cli.completion.values import codes, refs
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import FilesOptions, files_options, option, today_option
from reconciler.cli.outside import this_day
from reconciler.cli.past import AtHand, cut
from reconciler.cli.report import ReportOptions, report_options
from reconciler.history.events import EMPTY, History
from reconciler.history.past import day_of
from reconciler.history.who import Holder, Uncommitted, Who, holders_of, uncommitted
from reconciler.model.days import Day, read_day
from reconciler.model.errors import CommandLineError, ExitCode
from reconciler.model.inert import named, quoted, visible
from reconciler.render.who import who_json, who_text


@click.command(
    "who",
    cls=Documented,
    examples=[
        ("Who holds it now?", "reconciler who billing.refund"),
        ("Who held it on that day?", "reconciler who billing.refund --at 2026-01-15"),
        ("Who held it in a release?", "reconciler who billing.refund --at v1.4.0"),
    ],
    codes={
        0: "Answered.",
        1: "This is not a git repository, or the clone ends before the answer.",
        3: "Role files are not valid, or do not know the code.",
    },
)
@click.argument("code", shell_complete=codes)
@option(
    "--at",
    shell_complete=refs,
    metavar="DATE|REF",
    help="Answer for this day, or for this commit.  [default: HEAD, today]",
)
@today_option()
@files_options()
@report_options()
def command(*, code: str, at: str | None, today: Day | None, files: FilesOptions, report: ReportOptions) -> int:
    """List the custom roles that hold a permission, and since when.

    Answers for HEAD and today, or for a time in the past. Reads git's history, offline. System roles are not in files.
    """
    if at is not None and today is not None:
        raise CommandLineError("--at and --today both choose the day; remove one of the two")
    day = today or this_day()
    at_hand = AtHand.read("who", files, day)
    history = at_hand.past.history(day)
    state = State(day, at_hand.past.newest.hash, history) if at is None else _state(at_hand, at)
    permission = at_hand.known_code(code, history, state.history)
    holders = _holders(code, state, at_hand, day)
    edits = uncommitted(code, holders, at_hand.roles) if at is None else Uncommitted()
    who = Who(code, permission, *state[:2], holders, state.history.skipped, edits)
    report.write(who_json(who) if report.format == "json" else who_text(who), prose=True)
    return ExitCode.DONE


class State(NamedTuple):
    """The roles at one time: the day, the commit, None before the first, and the history up to then."""

    day: Day
    commit: str | None
    history: History


def _state(at_hand: AtHand, at: str) -> State:
    """Return the state on a day or at a commit. Raise `CommandLineError` for what is neither."""
    day = read_day(at)
    if day is None:
        past = at_hand.past.at(at)
        if past is None:
            raise CommandLineError(f"--at {quoted(at)} is neither a date (YYYY-MM-DD) nor a commit in this repository")
        day = day_of(past.newest)
        return State(day, past.newest.hash, past.history(day))
    past = at_hand.past.on(day)
    if past is not None:
        return State(day, past.newest.hash, past.history(day))
    whole = at_hand.past.history(day)
    if whole.oldest is not None:
        raise cut("who", whole, f"what roles held on {at}")
    return State(day, None, EMPTY)


def _holders(code: str, state: State, at_hand: AtHand, today: Day) -> tuple[Holder, ...]:
    """Return the roles that hold the code. Raise `Failed` when the history does not go back to one of the grants.

    Raise it too if the files of no commit at hand could be read: what roles held before them went on, and is not known.
    """
    if state.history.unread:
        raise cut("who", state.history, f"what roles held on {state.day}")
    is_now = state.commit == at_hand.past.newest.hash and state.day == today
    found = holders_of(code, state.history, at_hand.roles if is_now else None, ItemComments(state.history.files).of)
    for holder in found:
        if not state.history.is_known(holder.since):
            raise cut("who", state.history, f"since when {named(holder.role)} holds {visible(code)}")
    return found
