"""Read the findings of policies in a saved plan."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from reconciler.model.days import Day, read_day
from reconciler.model.findings import Finding, Waived
from reconciler.model.policy_findings import RULE
from reconciler.plan.rules_changed import RuleChange, RuleKind, RuleWord
from reconciler.plan.saved_changes import PlaceModel


class _Model(BaseModel):
    """Check the known keys strictly and ignore the others, because a later 1.x may add keys."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def _read_day(text: object) -> Day:
    """Return a day. Raise `ValueError` when it is not one."""
    day = read_day(text) if isinstance(text, str) else None
    if day is None:
        raise ValueError("not a date, written YYYY-MM-DD")
    return day


class WaivedModel(_Model):
    """Why a finding is allowed, and until when."""

    until: Annotated[Day, BeforeValidator(_read_day)]
    reason: str


class FindingModel(_Model):
    """A finding of a policy. Its texts are data, but the policy's id is a word, which is shown as it is."""

    policy: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    level: Literal["deny", "warn"]
    role: str
    codes: list[str] = []
    message: str
    location: PlaceModel | None = None
    new: bool | None = None
    waived: WaivedModel | None = None

    def to_finding(self) -> Finding:
        """Return the finding."""
        return Finding(
            RULE + self.policy,
            self.message,
            self.location.to_place() if self.location else None,
            "error" if self.level == "deny" else "warning",
            role=self.role,
            codes=tuple(self.codes),
            new=self.new,
            waived=Waived(self.waived.until, self.waived.reason) if self.waived else None,
        )


class RuleChangeModel(_Model):
    """A rule that differs from the base."""

    kind: RuleKind
    name: str
    change: RuleWord

    def to_change(self) -> RuleChange:
        """Return the change."""
        return RuleChange(self.kind, self.name, self.change)
