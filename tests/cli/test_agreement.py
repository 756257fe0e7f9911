"""All commands agree on the same files, live roles and day: what is valid, what is found, and what is refused.

Each seed makes one repository, with sets, patterns, ends, a lock, policies and waivers, and one tenant.
"""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli.outside import Outside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.cli.conftest import Result, Workspace

TODAY = date(2026, 11, 29)
CODES = ("billing.refund", "billing.view", "campaigns.send", "contacts.export", "contacts.view", "messages.send")
PATTERNS = ("contacts.*", '"*.view"')
ROLES = ("billing-clerk", "lead", "temp-role")
CHECKS = (
    "cannot: [billing.refund]",
    "apart: [[campaigns.send], [contacts.export]]",
    'can_only: ["contacts.*", billing.view, messages.send]',
    "can: [contacts.view]",
    "needs: {codes: [contacts.export], reason: true, until: 30 days}",
    "keys: [owner]",
)


class Dice:
    """The choices of one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - examples, not secrets

    def some(self, words: Iterable[str], least: int = 0) -> list[str]:
        each = list(words)
        return self.chance.sample(each, self.chance.randint(least, min(len(each), least + 2)))

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def day(self) -> date:
        return TODAY + timedelta(days=self.chance.choice((-9, -1, 0, 1, 40)))

    def item(self, text: str) -> str:
        end = f"until: {self.day()}" if self.often(0.3) else ""
        reason = "reason: OPS-1" if self.often(0.3) else ""
        below = ", ".join(filter(None, (end, reason)))
        return f"  - {text}: {{{below}}}\n" if below else f"  - {text}\n"

    def items(self) -> str:
        found = self.some(CODES) + (self.some(PATTERNS, 1) if self.often(0.3) else [])
        return "permissions:\n" + "".join(map(self.item, found)) if found else "permissions: []\n"

    def role(self, name: str) -> str:
        include = "include: [shared]\n" if self.often(0.4) else ""
        owner = "owner: team\n" if self.often(0.5) else ""
        excepted = "except: [messages.send]\n" if self.often(0.1) else ""
        return f"name: {name}\n{owner}{include}{self.items()}{excepted}"

    def policies(self) -> str:
        chosen = self.chance.sample(range(len(CHECKS)), 3)
        level = "level: warn, " if self.often(0.2) else ""
        lines = [f"  - {{id: p{number}, {level}{CHECKS[number]}}}\n" for number in chosen]
        waivers = [
            f"  - {{policy: p{number}, role: {self.chance.choice(ROLES)}, codes: [{', '.join(self.some(CODES, 1))}], "
            f"reason: OPS-2, until: {self.day()}}}\n"
            for number in chosen
            if not CHECKS[number].startswith("keys") and self.often(0.6)
        ]
        return "policies:\n" + "".join(lines) + ("waivers:\n" + "".join(waivers) if waivers else "")


@pytest.fixture
def files(workspace: Workspace) -> Workspace:
    for path in (workspace.directory / "roles.d").iterdir():
        path.unlink()
    workspace.write("reconciler.yaml", "limits: {max_deletes: {count: 9}, max_revokes: {count: 3, percent: 40}}\n")
    assert workspace.run("lock").code == 0
    return workspace


def run(workspace: Workspace, *arguments: str) -> Result:
    return workspace.run(*arguments, outside=Outside(today=lambda: TODAY))


def write(files: Workspace, dice: Dice) -> None:
    """Write the role files and the policies of a seed."""
    shared = f"set: shared\n{dice.items()}---\n" if dice.often(0.9) else ""
    files.write("roles.d/all.yaml", shared + "---\n".join(map(dice.role, dice.some(ROLES, 1))))
    files.write("policies.yaml", dice.policies())


def document(result: Result) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(result.out)
    return read


def told(findings: Iterable[dict[str, Any]]) -> list[tuple[object, ...]]:
    """The findings about role files, without what only a plan can know."""
    keys = ("policy", "level", "role", "codes", "location", "waived")
    return [tuple(each[key] for key in keys) for each in findings if each["location"] is not None]


def refuses(plan: dict[str, Any]) -> bool:
    """The rule of the interface: an unwaived denial of a plan that gives something; limits are told apart by names."""
    gives = any(each["permissions"]["granted"] or each["action"] == "create" for each in plan["changes"])
    denied = any(each["level"] == "deny" and each["waived"] is None for each in plan["findings"])
    limits = any("max_revokes" in each["reason"] or "max_deletes" in each["reason"] for each in plan["refused"])
    return (gives and denied) or limits


@pytest.mark.parametrize("seed", range(24))
def test_the_commands_agree(files: Workspace, seed: int) -> None:
    write(files, Dice(seed))
    valid, plan = run(files, "validate", "--format", "json"), run(files, "plan", "--format", "json")
    if valid.code == 3:
        assert plan.code == run(files, "apply", "--yes").code == 3
        return
    wanted, found = document(valid), document(plan)
    assert told(wanted["findings"]) == told(found["findings"])
    assert (valid.code == 4) == any(each["level"] == "deny" and not each["waived"] for each in wanted["findings"])
    assert (plan.code == 4) == refuses(found)
    assert run(files, "plan", "--out", "plan.json").code == plan.code
    before = files.live()
    saved = run(files, "apply", "plan.json", "--yes", "--journal", "journal.jsonl")
    assert (saved.code == 4) == (plan.code == 4)
    assert run(files, "apply", "--yes").code == saved.code
    if saved.code == 4:
        assert files.live() == before
        return
    assert document(run(files, "plan", "--format", "json"))["changes"] == []
    assert told(document(run(files, "plan", "--format", "json"))["findings"]) == told(wanted["findings"])
    if found["changes"]:
        undone = run(files, "undo", "journal.jsonl", "--out", "undo.json")
        assert run(files, "apply", "undo.json", "--yes").code == undone.code
        assert (files.live() == before) == (undone.code == 0)


def test_the_seeds_make_repositories_of_every_kind(files: Workspace) -> None:
    """A generator whose files are all refused, or all valid, would prove nothing."""
    codes = []
    for seed in range(24):
        write(files, Dice(seed))
        codes.append(run(files, "plan").code)
    assert set(codes) == {0, 3, 4}
