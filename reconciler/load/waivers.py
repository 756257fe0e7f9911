"""Read the waivers of policy files: each allows findings of one policy for one role, with a reason, up to a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from reconciler.load.names import read_role_name
from reconciler.load.policy_checks import codes
from reconciler.model.days import days_until, read_day
from reconciler.model.findings import Finding, Place
from reconciler.model.inert import quoted
from reconciler.model.suggestions import Suggester
from reconciler.policy.rules import Keys, Policy, Waiver
from reconciler.yamlio.reader import MappingNode, Node, Scalar, describe
from reconciler.yamlio.strict import entries, lacking, text

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.yamlio.problems import FileProblems

MOST_DAYS = 366
"""How many days after the machine's date a waiver may end."""

_KEYS = ("policy", "role", "codes", "reason", "until")


class _Draft(NamedTuple):
    """What a waiver says of its policy, and the waiver itself; None if something else in it is not valid."""

    policy: str
    policy_place: Place
    place: Place
    has_codes: bool
    waiver: Waiver | None


class WaiverReader:
    """Reads the waivers of one run. `broken` are ids of policies that exist and are not valid."""

    def __init__(self, machine_day: Day) -> None:
        """Start without waivers. `machine_day` is the date of this machine."""
        self.drafts: list[_Draft] = []
        self.broken: set[str] = set()
        self._machine_day = machine_day

    def read(self, node: Node, problems: FileProblems) -> None:
        """Add the waiver of one item to `drafts` if it names a policy."""
        if not isinstance(node, MappingNode):
            problems.add(
                node, "wrong-type", f"a waiver must be a mapping with {', '.join(_KEYS)}, found {describe(node)}"
            )
            return
        before = len(problems.found)
        found = {key: value for key, (_, value) in entries(node, _KEYS, problems).items()}
        missing = lacking([key for key in _KEYS if key != "codes"], found, node, _KEYS)
        if missing:
            problems.add(node, "missing-key", f"this waiver has no {' and no '.join(missing)}")
        policy = text(found["policy"], "policy", problems, nothing="write a policy's id") if "policy" in found else None
        role = read_role_name(found["role"], "role", problems) if "role" in found else None
        listed = codes(found["codes"], problems, key="codes", patterns=False) if "codes" in found else ()
        reason = _reason(found["reason"], problems) if "reason" in found else None
        until = self._until(found["until"], problems) if "until" in found else None
        valid = len(problems.found) == before
        if policy is None:
            return
        place = Place(problems.path, node.line, node.column)
        waiver = None
        if valid and role is not None and reason is not None and until is not None:
            waiver = Waiver(policy, role, tuple(item.text for item in listed), reason, until, place)
        policy_place = Place(problems.path, found["policy"].line, found["policy"].column)
        self.drafts.append(_Draft(policy, policy_place, place, "codes" in found, waiver))

    def problems_with(self, policies: Mapping[str, Policy]) -> Iterator[Finding]:
        """Yield a problem for each waiver of an unknown policy, and for codes that are missing or not wanted."""
        suggester = Suggester([*policies, *self.broken])
        for draft in self.drafts:
            policy = policies.get(draft.policy)
            if policy is None:
                if draft.policy in self.broken:
                    continue
                message = f"unknown policy {quoted(draft.policy, 80)}{suggester.did_you_mean(draft.policy)}"
                yield Finding("unknown-value", message, draft.policy_place)
            elif isinstance(policy.check, Keys) and draft.has_codes:
                message = f"policy {policy.id} checks keys, so its waiver has no codes; remove the line"
                yield Finding("unknown-key", message, draft.place)
            elif not isinstance(policy.check, Keys) and not draft.has_codes:
                message = f"this waiver has no codes; list the codes that policy {policy.id} must allow"
                yield Finding("missing-key", message, draft.place)

    def _until(self, node: Node, problems: FileProblems) -> Day | None:
        day = read_day(node.value) if isinstance(node, Scalar) else None
        if day is None:
            message = f"until must be a date such as 2026-12-31, found {describe(node)}"
            problems.add(node, "bad-date", message)
            return None
        if days_until(day, self._machine_day) > MOST_DAYS:
            message = f"a waiver may end at most {MOST_DAYS} days from today, {day} is later; choose an earlier day"
            problems.add(node, "bad-date", message)
        return day


def _reason(node: Node, problems: FileProblems) -> str | None:
    reason = text(node, "reason", problems, nothing="write why the exception is needed")
    if reason is not None and not reason.strip():
        problems.add(node, "no-value", "the reason is empty; write why the exception is needed")
    return None if reason is None else " ".join(reason.split())
