"""Apply waivers to findings, and find the waivers that allow nothing.

The time is linear in the codes of the waivers and of the findings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.days import days_until
from reconciler.model.findings import Finding, Waived
from reconciler.model.inert import named
from reconciler.model.policy_findings import policy_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.days import Day
    from reconciler.policy.rules import Waiver

_UNBROKEN = "the role does not break the policy so; remove it"
_NOT_ENOUGH = "the waivers in force do not list all codes that break the policy; add the others, or remove it"

_Key = tuple[str, str, str]  # policy, role, code; the code of a waiver for `keys` is empty


class Waiving:
    """The waivers on one day. Remembers which of them allow a finding."""

    def __init__(self, waivers: Iterable[Waiver], today: Day) -> None:
        """Index the waivers by policy, role and code. The last day of a waiver counts."""
        self._waivers = tuple(waivers)
        self._today = today
        self._in_force: dict[_Key, Waiver] = {}
        self._ended: dict[_Key, Day] = {}
        self._used: set[_Key] = set()
        self._not_enough: set[_Key] = set()
        for waiver in self._waivers:
            for key in _keys(waiver.policy, waiver.role, waiver.codes):
                if waiver.until < today:
                    self._ended[key] = max(waiver.until, self._ended.get(key, waiver.until))
                elif key not in self._in_force or self._in_force[key].until < waiver.until:
                    self._in_force[key] = waiver

    def judged(self, finding: Finding) -> Finding:
        """Return the finding, waived if the waivers in force for its policy and role together list all its codes.

        It is waived until the first of them ends. If it is not waived and a waiver for it has ended, it says so.
        """
        keys = _keys(policy_of(finding), finding.role or "", finding.codes)
        found = [self._in_force[key] for key in keys if key in self._in_force]
        if len(found) == len(keys):
            self._used.update(keys)
            reasons = dict.fromkeys(waiver.reason for waiver in found)
            return replace(finding, waived=Waived(min(waiver.until for waiver in found), "; ".join(reasons)))
        self._not_enough.update(keys)
        ended = [self._ended[key] for key in keys if key in self._ended and key not in self._in_force]
        return replace(finding, message=f"{finding.message}; waiver ended on {max(ended)}") if ended else finding

    def idle(self) -> tuple[Finding, ...]:
        """Return a warning for each waiver that has ended or that allows no finding, by place."""
        found = []
        for waiver in sorted(self._waivers, key=lambda each: each.place):
            about = f"waiver of policy {waiver.policy} for role {named(waiver.role)}"
            if waiver.until < self._today:
                days = -days_until(waiver.until, self._today)
                ago = f"{days} day{'s' * (days != 1)} ago"
                found.append(_warning(waiver, f"the {about} ended {ago} ({waiver.until}); remove it"))
            elif self._used.isdisjoint(keys := _keys(waiver.policy, waiver.role, waiver.codes)):
                why = _UNBROKEN if self._not_enough.isdisjoint(keys) else _NOT_ENOUGH
                found.append(_warning(waiver, f"the {about} allows nothing: {why}"))
        return tuple(found)


def _keys(policy: str, role: str, codes: Iterable[str]) -> list[_Key]:
    return [(policy, role, code) for code in codes] or [(policy, role, "")]


def _warning(waiver: Waiver, message: str) -> Finding:
    return Finding("idle-waiver", message, waiver.place, "warning", role=waiver.role)
