"""`--format github`: the problems of files as annotations, in place of the plan that cannot be made of such files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.report import ReportOptions
    from reconciler.model.findings import Finding


def mark(report: ReportOptions, findings: Sequence[Finding]) -> None:
    """Write each problem as an annotation, if the report has that format."""
    if report.format != "github":
        return
    from reconciler.ci import read_ci
    from reconciler.render.findings import Checked, render_findings

    from_top = read_ci(os.environ).from_top()
    report.write(render_findings(Checked(tuple(findings), None, None), "github", from_top=from_top))
