"""What came of planning a tenant, as a value."""

from __future__ import annotations

import pytest

from reconciler.fleet.planned import planned, unplanned
from reconciler.model.errors import CommandLineError, ExitCode, InvalidInput, ReconcilerError, Refused, Rejected
from reconciler.model.findings import Finding
from reconciler.plan.document import digest
from tests.builders import a_create, a_plan


def test_a_plan_has_its_digest_and_its_counts() -> None:
    plan = a_plan(a_create("lead", ["a.b"]))
    found = planned("acme", plan)
    assert (found.result, found.code, found.digest, found.error) == ("changes", ExitCode.DONE, digest(plan), None)
    assert found.summary is not None
    assert (found.summary["create"], found.summary["verdict"]) == (1, "widens")


def test_a_plan_without_changes() -> None:
    assert planned("acme", a_plan()).result == "no_changes"


def test_a_refused_plan_keeps_its_changes_and_says_why() -> None:
    found = planned("acme", a_plan(a_create()), Refused("too many"))
    assert (found.result, found.code, found.error, len(found.changes)) == ("refused", ExitCode.REFUSED, "too many", 1)


@pytest.mark.parametrize(
    ("error", "result", "code"),
    [
        (InvalidInput([Finding("unknown-value", "no")]), "invalid", ExitCode.INVALID),
        (Rejected("401", status=401), "failed", ExitCode.FAILED),
        (CommandLineError("no API key"), "failed", ExitCode.FAILED),
        (Refused("no system role"), "refused", ExitCode.REFUSED),
    ],
)
def test_a_tenant_without_a_plan_says_why(error: ReconcilerError, result: str, code: ExitCode) -> None:
    found = unplanned("acme", error)
    assert (found.result, found.code, found.digest, found.error) == (result, code, None, str(error))
