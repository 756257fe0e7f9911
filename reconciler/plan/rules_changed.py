"""What a pull request changes in the rules themselves: a policy, a waiver, a limit and so on, against its base."""

from __future__ import annotations

from typing import Literal, NamedTuple

RuleKind = Literal["policy", "waiver", "limit", "protect", "ignore", "unmanaged", "lock"]
RuleWord = Literal["added", "removed", "changed"]


class RuleChange(NamedTuple):
    """One rule that differs from the base. They sort by kind, then by name.

    `name` is the id of a policy, the policy and the role of waivers (`refunds/support-lead`), the key of a limit, or a
    pattern.
    """

    kind: RuleKind
    name: str
    change: RuleWord
