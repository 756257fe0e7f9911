"""checkov and terraform-compliance read `--format terraform`, Rego reads `--format json`: the rules of the pages."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from reconciler.plan.changes import Plan
from reconciler.plan.document import dumps
from reconciler.render.terraform import render
from reconciler.render.view import View
from tests.builders import Before, a_create, a_delete, a_plan, a_role, an_update
from tests.pipelines.outside import outside
from tests.pipelines.runner import ROOT

REVIEW = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")
POLICIES = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")

KEPT = a_plan(
    a_create("2nd line", ["contacts.view"]),
    an_update("billing-clerk", ["billing.refund"], before=Before(["billing.view"])),
    a_delete("gone", ["billing.refund"]),  # what will not be there breaks no rule
    unchanged=(a_role("rest", ["contacts.view"]),),
)
BROKEN = a_plan(
    a_create("2nd line", ["billing.refund"]),
    an_update("billing-clerk", ["billing.refund"], before=Before(["billing.view"])),
    an_update("new", ["billing.view"], before=Before(["billing.view"], name="old")),
    unchanged=(a_role("rest", ["billing.manage"]),),
)
BREAKING = {'this["2nd line"]', "new", "rest"}


def example(language: str, page: str = REVIEW) -> str:
    """The one block of that language on a page."""
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return str(block)


def run(directory: Path, name: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [outside(name), *arguments],
        cwd=directory,
        env={**os.environ, "HOME": str(directory), "NO_COLOR": "1", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def checkov(directory: Path, plan: Plan, page: str = REVIEW) -> tuple[int, dict[str, set[str]]]:
    """The exit code, and the roles that failed and passed."""
    outside("checkov")
    (directory / "policies").mkdir()
    (directory / "policies" / "__init__.py").touch()
    (directory / "policies" / "billing.py").write_text(example("python", page))
    (directory / "tfplan.json").write_text(render(plan, View()))
    asked = "-f tfplan.json --framework terraform_plan --external-checks-dir policies --skip-download -o json --quiet"
    code, said = run(directory, "checkov", *asked.split())
    results = json.loads(said)["results"]
    return code, {
        kind: {each["resource"].removeprefix("omnistream_role.") for each in results.get(f"{kind}_checks", [])}
        for kind in ("failed", "parsing_errors")
    }


def terraform_compliance(directory: Path, plan: Plan, indent: int | None = None) -> tuple[int, str]:
    outside("terraform-compliance")
    (directory / "features").mkdir()
    (directory / "features" / "billing.feature").write_text(example("gherkin"))
    (directory / "tfplan.json").write_text(json.dumps(json.loads(render(plan, View())), indent=indent))
    return run(directory, "terraform-compliance", "--features", "features", "--planfile", "tfplan.json")


@pytest.mark.parametrize(("plan", "code", "failed"), [(KEPT, 0, set()), (BROKEN, 1, BREAKING)], ids=["kept", "broken"])
def test_checkov_names_the_roles_that_break_a_rule(tmp_path: Path, plan: Plan, code: int, failed: set[str]) -> None:
    assert checkov(tmp_path, plan) == (code, {"failed": failed, "parsing_errors": set()})


@pytest.mark.parametrize(("plan", "code", "failed"), [(KEPT, 0, set()), (BROKEN, 1, BREAKING)], ids=["kept", "broken"])
def test_terraform_compliance_names_the_roles_that_break_a_rule(
    tmp_path: Path, plan: Plan, code: int, failed: set[str]
) -> None:
    done, said = terraform_compliance(tmp_path, plan)
    assert done == code, said
    assert set(re.findall(r"property in omnistream_role\.(.*?) resource", said)) == failed


def test_terraform_compliance_takes_one_line_alone(tmp_path: Path) -> None:
    """So the page says `jq -c`; once this fails, it need not."""
    done, said = terraform_compliance(tmp_path, KEPT, indent=2)
    assert done != 0
    assert "is not a valid JSON file" in said


def test_terraform_compliance_reads_a_plan_of_nothing_but_creates(tmp_path: Path) -> None:
    """Without a prior state, as for a new tenant."""
    done, said = terraform_compliance(tmp_path, a_plan(a_create("lead", ["contacts.view"])))
    assert done == 0, said


def test_checkov_names_the_roles_that_are_too_large(tmp_path: Path) -> None:
    sizes = {"empty": 0, "as large as it may be": 40, "too large": 41}
    plan = a_plan(*(a_create(name, [f"a.c{number}" for number in range(size)]) for name, size in sizes.items()))
    assert checkov(tmp_path, plan, POLICIES) == (1, {"failed": {'this["too large"]'}, "parsing_errors": set()})


_REGO = """\
import json, sys
from regopy import Interpreter
rego = Interpreter()
rego.add_module("widening", sys.argv[1])
rego.set_input(json.load(open("plan.json", encoding="utf-8")))
print(json.loads(str(rego.query("data.reconciler.deny")))["expressions"][0])
"""


@pytest.mark.parametrize(
    ("roles", "denied"), [(3, []), (4, ["4 roles are widened at once; split the change"])], ids=["few", "many"]
)
def test_rego_refuses_a_plan_that_widens_many_roles(tmp_path: Path, roles: int, denied: list[str]) -> None:
    plan = a_plan(*(a_create(f"role-{number}", ["a.b"]) for number in range(roles)), a_delete("gone"))
    (tmp_path / "plan.json").write_text(dumps(plan, ""), encoding="utf-8")
    code, said = run(tmp_path, "python", "-c", _REGO, example("rego", POLICIES))
    assert (code, said.strip()) == (0, str(denied))
