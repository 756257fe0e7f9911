"""Read the findings of policies in a saved plan."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.model.findings import Finding, Waived
from reconciler.model.policy_findings import RULE
from reconciler.plan.rules_changed import RuleChange, RuleKind, RuleWord
from reconciler.plan.saved_values import DayModel, Model, PlaceModel


class WaivedModel(Model):
    """Why a finding is allowed, and until when."""

    until: DayModel
    reason: str


class FindingModel(Model):
    """A finding of a policy. Its texts are data, but the policy's id is a word, which is shown as it is."""

    policy: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    level: Literal["deny", "warn"]
    role: str
    codes: tuple[str, ...] = ()
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
            codes=self.codes,
            new=self.new,
            waived=Waived(self.waived.until, self.waived.reason) if self.waived else None,
        )


class RuleChangeModel(Model):
    """A rule that differs from the base."""

    kind: RuleKind
    name: str
    change: RuleWord
    before: str | None = None
    after: str | None = None

    def to_change(self) -> RuleChange:
        """Return the change."""
        return RuleChange(self.kind, self.name, self.change, self.before, self.after)
