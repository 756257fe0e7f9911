"""The three kinds of a change: `Action` (to the role), `Verdict` (to access) and `Origin` (edit or drift)."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Action(StrEnum):
    """What a change does to a role. The value is the word for it in documents, outcomes and journals.

    `sign` is the mark before the role. `rank` orders the changes that may run at the same time. `fate` says what will
    happen, in Terraform's words, which pipelines search for. `done` says what has happened.
    """

    rank: int
    sign: str
    fate: str
    done: str

    CREATE = "create", 0, "+", "will be created", "created"
    UPDATE = "update", 1, "~", "will be updated in-place", "updated"
    DELETE = "delete", 2, "-", "will be destroyed", "deleted"

    def __new__(cls, word: str, rank: int, sign: str, fate: str, done: str) -> Self:
        """Return the action with the value `word`, and set its other attributes."""
        action = str.__new__(cls, word)
        action._value_ = word
        action.rank = rank
        action.sign = sign
        action.fate = fate
        action.done = done
        return action


class Verdict(StrEnum):
    """What a change or a whole plan does to access: only grants, only revokes, both or neither."""

    WIDENS = "widens"
    NARROWS = "narrows"
    MIXED = "mixed"
    NEUTRAL = "neutral"

    @classmethod
    def of(cls, grants: int, revokes: int) -> Verdict:
        """Return the verdict for two counts: 2 and 0 widen, 0 and 2 narrow, 2 and 1 are mixed, 0 and 0 neutral."""
        if grants:
            return cls.MIXED if revokes else cls.WIDENS
        return cls.NARROWS if revokes else cls.NEUTRAL


class Origin(StrEnum):
    """Where a change comes from: an edit of the role files, drift of the live state, or both.

    `UNKNOWN` means that the plan was made without `--base`. `ENDED` only occurs in documents that are read; reconciler
    does not write it yet.
    """

    EDIT = "edit"
    DRIFT = "drift"
    BOTH = "both"
    ENDED = "ended"
    UNKNOWN = "unknown"
