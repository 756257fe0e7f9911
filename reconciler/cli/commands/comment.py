"""`reconciler comment`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from reconciler.cli.completion.values import plans
from reconciler.cli.connection import retry_wait_option, trace
from reconciler.cli.files import read_text
from reconciler.cli.help.documented import Documented, File, Section
from reconciler.cli.options import option
from reconciler.cli.passes import view
from reconciler.cli.progress import waiting
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.streams import say
from reconciler.model.errors import ExitCode, ReconcilerError
from reconciler.render.words import compares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.forge import ForgeTarget, Labelled, Result
    from reconciler.plan.action import Verdict


@click.command(
    "comment",
    cls=Documented,
    examples=[
        ("In a pipeline, after `reconciler plan --out plan.json`.", "reconciler comment plan.json"),
        ("With a label that says what the plan does to access.", "reconciler comment plan.json --label"),
    ],
    codes={
        0: "The comment is up to date.",
        1: "The comment could not be written, and the plan is in the log; or only the label could not be set.",
        5: "The file is not a saved plan.",
    },
)
@click.argument("plan", cls=File, shell_complete=plans, type=click.Path(path_type=Path))
@option("--forge", type=click.Choice(["github", "gitlab"]), help="Code host.  [default: from CI]")
@option("--repository", metavar="NAME", help="Repository as owner/name, or GitLab project.  [default: from CI]")
@option(
    "--number", type=click.IntRange(min=1), metavar="N", help="Number of the pull or merge request.  [default: from CI]"
)
@option("--api-url", metavar="URL", help="Base URL of the code host's API.  [default: from CI]")
@option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the code host's token from FILE.  [default: GITHUB_TOKEN, GH_TOKEN or GITLAB_TOKEN]",
)
@option("--author", metavar="NAME", help="User name of the token, if the code host cannot tell.")
@option(
    "--ca-file",
    section=Section.CONNECTION,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also trust the CA certificates in this PEM file.",
)
@option("--label", is_flag=True, help="Also label it with the verdict: `access: widens`, in place of an earlier one.")
@option("--label-prefix", metavar="TEXT", default="access", show_default=True, help="What the label starts with.")
@retry_wait_option()
@report_options()
def command(  # noqa: PLR0913 - the options are those of `ForgeOptions`
    *,
    plan: Path,
    forge: Literal["github", "gitlab"] | None,
    repository: str | None,
    number: int | None,
    api_url: str | None,
    token_file: Path | None,
    author: str | None,
    ca_file: Path | None,
    label: bool,
    label_prefix: str,
    retry_wait: float,
    report: ReportOptions,
) -> int:
    """Post the saved plan PLAN on its pull request or merge request, or update the existing comment.

    PLAN can be a directory with the plans of several tenants, which `plan --all --out` makes.

    If the comment cannot be written, the plan is printed to the log and the exit code is not 0. If only the label
    cannot be set, the comment stays and the exit code is 1.
    """
    from reconciler.forge import ForgeOptions, find_target, label_of  # loads the forges' HTTP client

    trace(report.verbose)
    told = _fleet(plan) if plan.is_dir() else _plan(plan, report)
    wanted = label_of(told.verdict, label_prefix) if label else None
    options = ForgeOptions(forge, repository, number, api_url, token_file, author, ca_file)
    bodies = told.parts(None)
    try:
        target = find_target(os.environ, options)
        bodies = told.parts(target.most)
        result = _put(told, bodies, target, retry_wait)
    except ReconcilerError:
        say(f"The comment could not be written. This is the {told.noun}:\n")
        say("\n".join(bodies), whole=True)
        raise
    labelled, failed = (None, None) if wanted is None else _label(told, label_prefix, target, retry_wait)
    status = labelled.status if labelled else "failed"
    document = None if wanted is None else {"name": wanted.name, "status": status}
    report.write(_told(result, report.format, len(bodies), document), prose=True, done="the comment was written anyway")
    if failed is not None:
        raise failed
    return ExitCode.DONE


class _ToTell(NamedTuple):
    """What is posted: its comments, each of at most so many characters, and the verdict for the label.

    `noun` is what it is called, and `key` says whose comment it is.
    """

    parts: Callable[[int | None], Sequence[str]]
    noun: str
    key: tuple[str, str]
    verdict: Verdict


def _plan(path: Path, report: ReportOptions) -> _ToTell:
    from reconciler.plan.saved import loads  # pydantic is slow to load, and so is rich below
    from reconciler.render.markdown import parts

    saved, created_at = loads(read_text(path, "saved plan"), str(path))
    shown = view(report, saved, created_at)
    noun = "access change" if compares(saved) else "plan"
    key = (saved.target or saved.tenant or "", saved.source.path)  # a comparison has no URL
    return _ToTell(lambda most: parts(saved, shown._replace(most=most)), noun, key, saved.summary().verdict)


def _fleet(directory: Path) -> _ToTell:
    from reconciler.cli.fleet.saved import read_fleet
    from reconciler.fleet.effects import verdict_of
    from reconciler.render.fleet.markdown import parts as parts_of_fleet
    from reconciler.render.view import View

    index, effects = read_fleet(directory)
    key = ("several tenants", directory.as_posix())
    shown = View(index.created_at)
    verdict = verdict_of(effects)
    return _ToTell(lambda most: parts_of_fleet(index, effects, shown._replace(most=most)), "plan", key, verdict)


def _put(told: _ToTell, bodies: Sequence[str], target: ForgeTarget, retry_wait: float) -> Result:
    from reconciler.forge import key_of, put_comment
    from reconciler.transport.retry import Retry

    with waiting("writing the comment"):
        return put_comment(target, bodies, key_of(*told.key), retry=Retry(base=retry_wait))


def _label(
    told: _ToTell, prefix: str, target: ForgeTarget, retry_wait: float
) -> tuple[Labelled | None, ReconcilerError | None]:
    """Return the label that is set, or why it is not: the comment is written already, and is reported first."""
    from reconciler.forge import put_label
    from reconciler.transport.retry import Retry

    try:
        with waiting("setting the label"):
            return put_label(target, told.verdict, prefix, retry=Retry(base=retry_wait)), None
    except ReconcilerError as error:
        return None, error


def _told(result: Result, form: str, count: int, label: dict[str, str] | None) -> str:
    if form == "json":
        document = {"format_version": "1.0", "status": result.status, "url": result.url, "parts": count, "label": label}
        return json.dumps(document, indent=2)
    what = "Comment" if count == 1 else f"Comment in {count} parts"
    said = f"{what} {result.status}{f': {result.url}' if result.url else '.'}"
    if label is None:
        return said
    return f"{said}\nLabel {'not set' if label['status'] == 'failed' else label['status']}: {label['name']}"
