"""What a pull request changes in the rules themselves: a policy, a waiver, a limit and so on, against its base."""

from __future__ import annotations

from typing import Literal, NamedTuple

RuleKind = Literal["policy", "waiver", "limit", "protect", "ignore", "unmanaged", "lock"]
RuleWord = Literal["added", "removed", "changed"]


class RuleChange(NamedTuple):
    """One rule that differs from the base. They sort by kind, then by name.

    `name` is the id of a policy, the policy and the role of waivers (`refunds/support-lead`), the key of a limit, or a
    pattern. `before` and `after` are what people read of it where that is short: the two values of a limit and of
    `unmanaged`, and the file of the lock at each commit, None where it is not there.
    """

    kind: RuleKind
    name: str
    change: RuleWord
    before: str | None = None
    after: str | None = None
