"""`reconciler validate`."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from reconciler.ci import read_ci
from reconciler.cli.options import FilesOptions, files_options, today_option
from reconciler.cli.outside import outside
from reconciler.cli.report import ReportOptions, report_options
from reconciler.cli.workspace import load_all
from reconciler.model.errors import ExitCode, InvalidInput
from reconciler.model.policy_findings import RULE, denied
from reconciler.model.rules import RULES
from reconciler.render.findings import FINDING_FORMATS, Checked, render_findings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.days import Day


@click.command("validate")
@today_option()
@files_options()
@report_options(*FINDING_FORMATS)
def command(today: Day | None, files: FilesOptions, report: ReportOptions) -> int:
    """Check role files, policies and configuration, offline.

    Reports every problem in one run, as path:line:column: message. Exits with 3 if there is one. If the files are
    valid and a role breaks a policy without a waiver, exits with 4.
    """
    checked, more = _check(files, today or outside().today())
    report.write(render_findings(checked, report.format, [*RULES.items(), *more], read_ci(os.environ).from_top()))
    if not checked.valid:
        return ExitCode.INVALID
    return ExitCode.REFUSED if denied(checked.policies) else ExitCode.DONE


def _check(files: FilesOptions, today: Day) -> tuple[Checked, Iterable[tuple[str, str]]]:
    """Return the findings, and a sentence for each policy."""
    try:
        found = load_all(files, today)
    except InvalidInput as error:
        return Checked(error.findings, files=None, roles=None), ()
    desired = found.desired
    checked = Checked(desired.warnings, files=desired.files, roles=len(desired.roles))
    if found.policies is None:
        return checked, ()
    from reconciler.policy.check import findings

    judgement = findings(found.policies, desired.roles, today, found.lock)
    warnings = tuple(sorted([*checked.findings, *judgement.idle]))
    whys = [(f"{RULE}{policy.id}", policy.why or f"Policy {policy.id}.") for policy in found.policies.policies]
    return replace(checked, findings=warnings, policies=judgement.findings, today=today), whys
