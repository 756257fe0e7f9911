"""What a change does to the role (`Action`) and to access (`Verdict`), and where it comes from (`Origin`)."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Action(StrEnum):
    """What a change does to a role. The value is the word that documents, outcomes and journals have for it.

    `sign` is the mark before the role, `rank` the place among changes that may run at the same time. `fate` is what
    will happen, in Terraform's words, on which pipelines match; `done` is what has happened.
    """

    rank: int
    sign: str
    fate: str
    done: str

    CREATE = "create", 0, "+", "will be created", "created"
    UPDATE = "update", 1, "~", "will be updated in-place", "updated"
    DELETE = "delete", 2, "-", "will be destroyed", "deleted"

    def __new__(cls, word: str, rank: int, sign: str, fate: str, done: str) -> Self:
        """Return the action of this word, with what belongs to it."""
        action = str.__new__(cls, word)
        action._value_ = word
        action.rank = rank
        action.sign = sign
        action.fate = fate
        action.done = done
        return action


class Verdict(StrEnum):
    """What a change, or a whole plan, does to access: only grants, only revokes, both, neither."""

    WIDENS = "widens"
    NARROWS = "narrows"
    MIXED = "mixed"
    NEUTRAL = "neutral"

    @classmethod
    def of(cls, grants: int, revokes: int) -> Verdict:
        """Return the verdict on so many grants and revokes."""
        if grants:
            return cls.MIXED if revokes else cls.WIDENS
        return cls.NARROWS if revokes else cls.NEUTRAL


class Origin(StrEnum):
    """Where a change comes from: an edit of the role files, drift of the live state, both, an end, or unknown.

    `ended` is read from documents; nothing here has an end yet.
    """

    EDIT = "edit"
    DRIFT = "drift"
    BOTH = "both"
    ENDED = "ended"
    UNKNOWN = "unknown"
