"""Words and groupings that several formats share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, assert_never

from reconciler.plan.action import Origin
from reconciler.plan.origin import Share, by_origin
from reconciler.plan.sources import Compared, Undo

if TYPE_CHECKING:
    from reconciler.model.findings import Finding
    from reconciler.model.roles import Role
    from reconciler.plan.action import Action
    from reconciler.plan.changes import Change, Plan, Summary, Update

_REVERTS = "not from this branch: applying it reverts a change made in OmniStream."


def counted(number: int, noun: str) -> str:
    """Return `1 grant`, `2 grants`, `0 grants`. There is no thousands separator, because scripts read these lines."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def totals(summary: Summary) -> str:
    """Return `1 to add, 2 to change, 0 to destroy`: Terraform's words, which pipelines match."""
    return f"{summary.create} to add, {summary.update} to change, {summary.delete} to destroy"


def roles_by_reason(refused: Iterable[Finding]) -> Mapping[str, list[str]]:
    """Return the refused roles by reason: a limit refuses many roles with one sentence, which is shown once."""
    groups: dict[str, list[str]] = {}
    for finding in refused:
        groups.setdefault(finding.sentence, []).append(finding.role or "")
    return groups


def subject(plan: Plan, shown: Callable[[str], str]) -> str:
    """Return what a plan is about: `Plan for URL`, or `Access change of roles.d since 3f2a9c1d0b4e` for a comparison.

    A comparison for a tenant has its name, since it has no URL. `shown` makes text inert.
    """
    if isinstance(plan.source, Compared):
        of_tenant = "" if plan.tenant is None else f" for {shown(plan.tenant)}"
        return f"Access change of {shown(roles_dir(plan))}{of_tenant} since {shown(plan.source.since)}"
    return f"Plan for {shown(plan.target)}"


def opening(plan: Plan, shown: Callable[[str], str]) -> str:
    """Return what a plan is about, with the number of roles before and after. `shown` makes text inert."""
    if compares(plan):
        return f"{subject(plan, shown)}: {counted(len(plan.touchable), 'role')} then, {plan.desired_count} now"
    counts = f"{plan.desired_count} desired, {plan.live_count} live"
    return f"{subject(plan, shown)}: {counts} ({counted(len(plan.system), 'system role')} left alone)"


def noun(plan: Plan) -> str:
    """Return what people call it: `plan`, or `edit` for a comparison, which nothing can apply."""
    return "edit" if compares(plan) else "plan"


def refusal(plan: Plan) -> str:
    """Return what a refusal by a limit or by `protect` means, as the second part of a sentence."""
    if compares(plan):
        return "this edit exceeds a limit or deletes a protected role"
    return "nothing of this plan can be applied"


def no_place(plan: Plan, shown: Callable[[str], str]) -> str:
    """Return the text in place of a location for a change that is in no role file. `shown` makes a path inert."""
    return f"not in {shown(roles_dir(plan))}" if of_role_files(plan) else "from the journal"


def were_left_alone(plan: Plan) -> str:
    """Return `3 changes were left alone` for a plan that is narrowed to revokes; empty if nothing was left alone."""
    number = len(plan.left_alone)
    return f"{counted(number, 'change')} {'was' if number == 1 else 'were'} left alone" if number else ""


def no_changes(plan: Plan) -> str:
    """Return the words that open a plan without changes, without a full stop."""
    return "No revokes" if plan.left_alone else "No changes"


def nothing_to_do(plan: Plan, shown: Callable[[str], str]) -> str:
    """Return the sentence after `no_changes`: only what is true. `shown` makes a path inert."""
    if not of_role_files(plan):
        # The notes name what was left alone; with notes, "nothing is left" is not true.
        return "Nothing can be undone; see the notes." if plan.notes else "Nothing is left to undo."
    if isinstance(plan.source, Compared):
        return f"Access is as it was at {shown(plan.source.since)}."
    if not plan.system:
        return "The live state shows no system role, so the answer cannot be trusted."
    if plan.left_alone:
        return f"{were_left_alone(plan)}."
    if not plan.unmanaged:
        return f"Live roles match {shown(roles_dir(plan))}."
    are = "is" if len(plan.unmanaged) == 1 else "are"
    stay = f"{counted(len(plan.unmanaged), 'unmanaged role')} {are} live"
    return f"Managed roles match {shown(roles_dir(plan))}; {stay}."


def roles_dir(plan: Plan) -> str:
    """Return the directories of role files as the user gave them, without a slash at the end."""
    later = () if isinstance(plan.source, Undo) else plan.source.later
    return " + ".join(PurePath(path).as_posix() for path in (plan.source.path, *later))


def replaced(change: Change) -> str:
    """Return where the role that a change's role replaces is, `PATH:LINE`; empty if it replaces none."""
    place = None if change.location is None else change.location.replaces
    return "" if place is None else f"{place.path}:{place.line}"


def of_role_files(plan: Plan) -> bool:
    """Return whether the plan is made from role files; otherwise it is made from a journal."""
    return not isinstance(plan.source, Undo)


def compares(plan: Plan) -> bool:
    """Return whether the plan compares role files with those at a commit, and not with the live state."""
    return isinstance(plan.source, Compared)


ORIGINS = {
    Origin.EDIT: "edit",
    Origin.DRIFT: "drift",
    Origin.BOTH: "edit and drift",
    Origin.ENDED: "ended",
    Origin.UNKNOWN: "",
}
"""The word for each origin in all texts for people; empty when the origin was not determined."""


_EDIT_FIRST = (Origin.EDIT, Origin.BOTH, Origin.ENDED, Origin.DRIFT, Origin.UNKNOWN)


def edit_first(change: Change) -> int:
    """Return the rank of a change among those with the same effect on access: the author's edits come first."""
    return _EDIT_FIRST.index(change.origin)


def code_mark(change: Change, code: str, *, edit: bool = True) -> str:
    """Return the mark of a code whose grant ended, or which part of an `edit and drift` change it is; else nothing.

    Without `edit`, a code that the edit grants or revokes has no mark: the plan in text marks only drift.
    """
    if code in change.ended:
        return f" (ended {change.ended[code].until})"
    if change.origin is not Origin.BOTH:
        return ""
    return " (drift)" if code in change.drifted else " (edit)" if edit else ""


def field_mark(change: Update, path: str) -> str:
    """Return which part of an `edit and drift` change the field is; for any other change, nothing."""
    if change.origin is not Origin.BOTH:
        return ""
    return " (drift)" if path in change.drifted_fields else " (edit)"


def sensitive_mark(plan: Plan, code: str) -> str:
    """Return the mark of a code that a policy with `needs` names, a sign and a word; empty for any other code."""
    return " ⚠ sensitive" if code in plan.sensitive else ""


def split(plan: Plan) -> str:
    """Return `From this edit: 3 grants, 1 revoke. From drift: 0 grants, 1 revoke.`; empty without `--base`."""
    shares = by_origin(plan)
    if shares is None:
        return ""
    ended = sum(len(change.ended) for change in plan.changes)
    ends = f" From ends: {counted(ended, 'revoke')}." if ended else ""
    return f"From this edit: {_share(shares.edit)}. From drift: {_share(shares.drift)}.{ends}"


def _share(share: Share) -> str:
    return f"{counted(share.grants, 'grant')}, {counted(share.revokes, 'revoke')}"


def said(name: str) -> str:
    """Return a role's name in visible form: an empty one, which a server may have, as two quotes."""
    return name or '""'


def names_more_than_one(roles: Iterable[Change | Role]) -> frozenset[str]:
    """Return the names that several of `roles` have: these need their ids."""
    return frozenset(name for name, number in Counter(role.name for role in roles).items() if number > 1)


def told_apart(name: str, role_id: str | None, ambiguous: Collection[str], shown: Callable[[str], str]) -> str:
    """Return the name as `shown`, followed by the id if `ambiguous` contains the name."""
    return (
        f"{shown(said(name))} (id {shown(role_id)})" if role_id is not None and name in ambiguous else shown(said(name))
    )


def fate(action: Action, plan: Plan) -> str:
    """Return `will be created`, or `would be created` if the plan is refused."""
    return action.fate.replace("will", "would") if plan.refused else action.fate


def drift_sentence(origin: Origin, *, would: bool = False) -> str:
    """Return the sentence, for reviewers of an edit, about a change that is drift. Empty if it is not.

    With `would`, it is of a refused plan, which cannot be applied.
    """
    reverts = _REVERTS.replace("reverts", "would revert") if would else _REVERTS
    match origin:
        case Origin.DRIFT:
            return f"N{reverts[1:]}"
        case Origin.BOTH:
            return f"What is marked (drift) is {reverts}"
        case Origin.EDIT | Origin.ENDED | Origin.UNKNOWN:
            return ""
        case _:  # pragma: no cover - mypy proves that there is no other kind
            assert_never(origin)
