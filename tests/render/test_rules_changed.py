"""What the section "Rules changed here" says of each kind of rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.plan.rules_changed import RuleChange
from reconciler.render.rules_changed import rule_lines
from tests.builders import a_plan

if TYPE_CHECKING:
    from tests.sentences import Golden


def lines(*changes: RuleChange) -> list[str]:
    return rule_lines(replace(a_plan(), rules_changed=changes))


def test_each_kind_says_what_it_was_and_what_it_becomes(golden: Golden) -> None:
    found = lines(
        RuleChange("ignore", "vendor-*", "added"),
        RuleChange("limit", "max_deletes", "changed", "3 roles and 25 %", "9 roles and 25 %"),
        RuleChange("lock", "lock", "added", None, "permissions.lock.yaml"),
        RuleChange("lock", "lock", "changed", "permissions.lock.yaml", "permissions.lock.yaml"),
        RuleChange("lock", "lock", "removed", "permissions.lock.yaml", None),
        RuleChange("policy", "refunds", "removed"),
        RuleChange("protect", "billing-admin", "removed"),
        RuleChange("unmanaged", "unmanaged", "changed", "delete", "report"),
        RuleChange("waiver", "refunds/support-lead", "changed"),
    )
    golden.says("render/rules_changed", "each kind", "\n".join(found))


def test_a_plan_of_an_earlier_version_has_no_values(golden: Golden) -> None:
    found = lines(
        RuleChange("limit", "max_deletes", "changed"),
        RuleChange("lock", "lock", "changed"),
        RuleChange("unmanaged", "unmanaged", "changed"),
    )
    golden.says("render/rules_changed", "without values", "\n".join(found))


def test_a_file_of_the_lock_cannot_write_a_line_of_its_own() -> None:
    assert lines(RuleChange("lock", "lock", "added", None, "a\nb")) == ["a\\nb was added"]
