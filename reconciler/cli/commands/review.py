"""`reconciler review`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from reconciler.cli.completion.values import roles
from reconciler.cli.help.documented import Documented
from reconciler.cli.options import FilesOptions, files_options, option, today_option
from reconciler.cli.outside import this_day
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.reviewing import load_with_reviews
from reconciler.cli.streams import OutputClosed, say
from reconciler.model.errors import CommandLineError, ExitCode, FileFailed, Refused, UnknownName
from reconciler.model.inert import named, quoted
from reconciler.model.roles import SYSTEM_NAMES, normalise_name
from reconciler.model.suggestions import did_you_mean
from reconciler.policy.reviews import DUE_DAYS, Review, Reviewed, judged
from reconciler.render.reviews import Changes, Terms, document, due_text, recorded_text, role_text
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.cli.reviewing import WithReviews
    from reconciler.model.days import Day


@click.command(
    "review",
    cls=Documented,
    examples=[
        ("In a scheduled job: is a role due?", "reconciler review --detailed-exitcode"),
        ("Review one role; then commit reviews.yaml.", "reconciler review support-lead"),
    ],
    codes={
        0: "Listed, or recorded.",
        1: "Git does not say who you are, or the file cannot be written.",
        2: "A role is due, with --detailed-exitcode.",
        3: "Role files or configuration are not valid.",
        4: "Not confirmed. Nothing was recorded.",
    },
)
@click.argument("role", required=False, shell_complete=roles)
@option(
    "--due",
    type=click.IntRange(min=0),
    default=DUE_DAYS,
    show_default=True,
    metavar="DAYS",
    help="For how many days a review counts.",
)
@option("--detailed-exitcode", is_flag=True, help="Exit with 2 when a role is due.")
@option("--yes", is_flag=True, help="Record the review of ROLE without asking for confirmation.")
@today_option("ends and reviews")
@files_options()
@report_options()
def command(
    *,
    role: str | None,
    due: int,
    detailed_exitcode: bool,
    yes: bool,
    today: Day | None,
    files: FilesOptions,
    report: ReportOptions,
) -> int:
    """List the roles that are due for a review, offline: never reviewed, long ago, or with a permission added since.

    With ROLE, shows that role, asks, and records in reviews.yaml that you reviewed it today with exactly these
    permissions. Commit the file.
    """
    _check(role, today, yes=yes)
    terms = Terms(today or this_day(), due, today is not None and today != this_day())
    found = load_with_reviews(files, terms.today, made_here=role is not None)
    reviewed = _all(found, terms)
    if role is not None:
        each = _named(role, reviewed)
        color = report.colored and report.format == "text"  # otherwise it goes to standard error
        shown = role_text(each, terms, _changes([each], found, files, terms), found.found.lock, color=color)
        _review_one(each, shown, found, terms, report, asks=not yes)
        return ExitCode.DONE
    for finding in found.found.desired.warnings:
        if finding.rule == "idle-review":
            say(str(finding))
    if report.format == "json":
        report.write(document(reviewed, terms))
    else:
        changes = _changes([each for each in reviewed if each.due and each.entry], found, files, terms)
        path = found.found.configuration.reviews.as_posix()
        report.write(due_text(reviewed, terms, changes, path, color=report.colored), prose=True)
    return ExitCode.CHANGES if detailed_exitcode and any(each.due for each in reviewed) else ExitCode.DONE


def _check(role: str | None, today: Day | None, *, yes: bool) -> None:
    """Raise `CommandLineError` when `--yes` has nothing to confirm. In the environment, it means other commands too."""
    source = click.get_current_context().get_parameter_source("yes")
    if not yes or source is not click.core.ParameterSource.COMMANDLINE:
        return
    if role is None:
        raise CommandLineError("--yes records the review of one role; name the role, or remove --yes")
    if today is not None:
        raise CommandLineError("--yes records a review of today; remove --today")


def _named(role: str, reviewed: Iterable[Reviewed]) -> Reviewed:
    """Return the role that the command line names. Raise `UnknownName` when no role file defines it."""
    name = normalise_name(role)
    by_name = {each.role.role.name: each for each in reviewed}
    if name in by_name:
        return by_name[name]
    later = [each.role.role.name for each in by_name.values() if name in each.role.renamed_from]
    if name in SYSTEM_NAMES:
        message = f"{named(name)} is a system role; system roles are not kept in files, so they are not reviewed here"
    elif later:
        message = f"role {quoted(name)} is named {quoted(later[0])} now; review that"
    else:
        message = f"unknown role {quoted(name)}: no role file defines it{did_you_mean(name, by_name)}"
    raise UnknownName(message)


def _changes(reviewed: Sequence[Reviewed], found: WithReviews, files: FilesOptions, terms: Terms) -> Changes:
    """Return what changed the roles since their reviews, as far as git's history knows; it may not be there."""
    if not any(each.added or each.removed for each in reviewed):
        return {}
    from reconciler.cli.past import history_or_none
    from reconciler.history.reviewed import changes_since

    at_hand = found.found
    history = history_or_none(files, at_hand.configuration, at_hand.desired.roles, terms.today)
    return {} if history is None else changes_since(reviewed, history)


def _review_one(
    each: Reviewed, shown: str, found: WithReviews, terms: Terms, report: ReportOptions, *, asks: bool
) -> None:
    """Show the role, ask, and record the review. Raise `Refused` when it is not confirmed."""
    report.check()
    at_once = report.format == "text" and report.output is None
    _show(shown, report, at_once=at_once)
    refusal = _refusal(terms, asks=asks)
    if refusal:
        if not at_once:
            report.write(document(_all(found, terms), terms) if report.format == "json" else shown)
        raise Refused(f"refused, nothing was written: {refusal}")
    from reconciler.cli.asking import confirmed
    from reconciler.cli.recording import record, reviewer

    role, path = each.role.role, found.found.configuration.reviews
    by = reviewer(path)
    codes = counted(len(role.permissions), "permission")
    if asks and not confirmed(f"Record that you reviewed {named(role.name)} with {codes}?"):
        raise Refused("not confirmed; nothing was written")
    review = Review(role.name, terms.today, by, role.permissions, each.role.location.place)
    entries = record(path, review, each.entry.role if each.entry else None)
    line = recorded_text(next(entry for entry in entries if entry.role == role.name))
    text = line if at_once else shown + line
    report.write(
        document(_all(found._replace(entries=entries), terms), terms) if report.format == "json" else text,
        prose=True,
        done=f"{path.as_posix()} was written anyway",
    )


def _show(text: str, report: ReportOptions, *, at_once: bool) -> None:
    """Show the role where the report goes, or on standard error when the report must be whole at the end."""
    if not at_once:
        say(text.rstrip("\n"))
        return
    try:
        report.write(text, prose=True)
    except OutputClosed as error:
        raise FileFailed(f"{error}; nothing was written") from None


def _refusal(terms: Terms, *, asks: bool) -> str:
    """Return why no review can be recorded, or an empty string."""
    if terms.looks_ahead:
        return "a review is recorded for today; remove --today"
    if asks and not sys.stdin.isatty():
        return "cannot ask for confirmation without a terminal; pass --yes"
    return ""


def _all(found: WithReviews, terms: Terms) -> Sequence[Reviewed]:
    return judged(found.found.desired.roles, found.entries, terms.today, terms.due_days)
