"""How an apply to several tenants is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.fleet.outcome import TenantEnd, not_started
from reconciler.model.errors import ExitCode
from reconciler.render.fleet.outcome import line, markdown, text

if TYPE_CHECKING:
    from tests.sentences import Golden

HELD = "wave 2 was not started: 1 tenant did not converge, and --max-failed allows 0"
ENDS = [
    TenantEnd("staging", 1, "applied", written=True),
    TenantEnd("acme", 1, "failed", ExitCode.FAILED, error="could not list the roles:\n  no `answer`"),
    TenantEnd("beta", 1, "unchanged"),
    not_started("production", 2, HELD),
]
MANY = [TenantEnd(f"t{number:02}", 1, "failed", ExitCode.FAILED, error="no answer") for number in range(52)]


@pytest.mark.parametrize(
    ("case", "ends", "held"),
    [("a wave that was not started", ENDS, HELD), ("all done", [ENDS[0], ENDS[2]], ""), ("many failed", MANY, "")],
)
def test_text_and_markdown_say_how_each_tenant_ended(
    case: str, ends: list[TenantEnd], held: str, golden: Golden
) -> None:
    golden.says("render/fleet_outcome", case, text(ends, held))
    golden.says("render/fleet_outcome", f"{case}, as Markdown", markdown(ends, held))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (ENDS[0], "staging: applied"),
        (ENDS[1], "acme: failed: could not list the roles: no `answer`"),
        (ENDS[3], f"production: not started: {HELD}"),
    ],
)
def test_how_one_tenant_ended(end: TenantEnd, said: str) -> None:
    assert line(end) == said
