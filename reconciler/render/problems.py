"""What `validate` reports: text, JSON, annotations for GitHub, and SARIF 2.1.0 for whatever reads that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler import __version__
from reconciler.model.inert import visible
from reconciler.render.commands import MOST, annotation
from reconciler.render.json import dumped
from reconciler.render.view import as_typed
from reconciler.render.words import counted

if TYPE_CHECKING:
    from reconciler.model.errors import Problem

PROBLEM_FORMATS = ("text", "json", "github", "sarif")
"""The formats of `validate`."""

_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked and what is wrong with it. `files` and `roles` are None where nobody could count them."""

    problems: tuple[Problem, ...]
    files: int | None
    roles: int | None

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong but for warnings."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that make the input invalid."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that do not."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")


def render_problems(
    checked: Checked,
    format_: str,
    rules: Iterable[tuple[str, str]] = (),
    from_top: Callable[[str], str] = as_typed,
) -> str:
    """The report in one of `PROBLEM_FORMATS`. `rules` are ids, each with a sentence on what it is about, for SARIF.

    `from_top` turns a path as typed into one from the repository's top, by which GitHub and code scanning find files.
    """
    renderers: Mapping[str, Callable[[], str]] = {
        "text": lambda: _text(checked),
        "json": lambda: _json(checked),
        "github": lambda: _github(_placed(checked, from_top)),
        "sarif": lambda: _sarif(_placed(checked, from_top), dict(rules)),
    }
    return renderers[format_]()


def _placed(checked: Checked, from_top: Callable[[str], str]) -> Checked:
    return replace(checked, problems=tuple(replace(each, path=from_top(each.path)) for each in checked.problems))


def _text(checked: Checked) -> str:
    lines = [visible(str(problem)) for problem in checked.problems]
    return "\n".join([*lines, _verdict(checked)]) + "\n"


def _verdict(checked: Checked) -> str:
    errors = counted(len(checked.errors), "error")
    warnings = counted(len(checked.warnings), "warning")
    if not checked.valid:
        return f"Not valid: {errors}, {warnings}." if checked.warnings else f"Not valid: {errors}."
    what = "Valid"
    if checked.files is not None and checked.roles is not None:
        what = f"Valid: {counted(checked.roles, 'role')} in {counted(checked.files, 'file')}"
    return f"{what}, {warnings}." if checked.warnings else f"{what}."


def _json(checked: Checked) -> str:
    problems = [
        {
            "path": problem.path,
            "line": problem.line,
            "column": problem.column,
            "severity": problem.severity,
            "rule": problem.rule,
            "message": problem.message,
        }
        for problem in checked.problems
    ]
    counts = {"files": checked.files, "roles": checked.roles}
    return dumped({"format_version": "1.0", "valid": checked.valid, **counts, "problems": problems})


def _github(checked: Checked) -> str:
    """An annotation for each problem, errors first; GitHub shows ten, so the tenth says how many the log has more."""
    problems = [*checked.errors, *checked.warnings]
    more = len(problems) - MOST
    note = f" And {counted(more, 'more problem')}: see the log of this step." if more > 0 else ""
    lines = (_annotation(problem, note if number == MOST else "") for number, problem in enumerate(problems, 1))
    return "".join(f"{line}\n" for line in lines)


def _annotation(problem: Problem, note: str) -> str:
    where: dict[str, str | int] = {
        "file": problem.path,
        "line": problem.line,
        "col": problem.column,
        "title": problem.rule,
    }
    return annotation(problem.severity, problem.message + note, where)


def _sarif(checked: Checked, rules: Mapping[str, str]) -> str:
    """SARIF 2.1.0 (OASIS): one run, its rules, and a result for each problem."""
    ids = sorted({*rules, *(problem.rule for problem in checked.problems)})
    index = {rule: number for number, rule in enumerate(ids)}
    driver = {
        "name": "reconciler",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule, rules.get(rule)) for rule in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, index[problem.rule]) for problem in checked.problems],
    }
    return dumped({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: str, about: str | None) -> dict[str, Any]:
    return {"id": rule, "shortDescription": {"text": about or rule}}


def _result(problem: Problem, index: int) -> dict[str, Any]:
    region = {"startLine": max(1, problem.line), "startColumn": max(1, problem.column)}
    artifact = {"uri": quote(problem.path, errors="backslashreplace")}
    return {
        "ruleId": problem.rule,
        "ruleIndex": index,
        "level": problem.severity,
        "message": {"text": _unlinked(problem.message)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }


def _unlinked(message: str) -> str:
    """`message` without `[text](target)`, which a viewer makes a link of (SARIF 2.1.0, section 3.11.6)."""
    return visible(message).replace("](", "] (")
