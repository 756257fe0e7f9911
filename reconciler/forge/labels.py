"""The label of a plan's verdict on its pull request or merge request: `access: widens`, one of four.

The label replaces an earlier one of the four. All others stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from reconciler.forge.thread import Label
from reconciler.model.errors import CommandLineError
from reconciler.model.inert import quoted
from reconciler.plan.action import Verdict

if TYPE_CHECKING:
    from reconciler.forge.target import ForgeTarget
    from reconciler.forge.thread import Labels
    from reconciler.transport import Transport
    from reconciler.transport.retry import Retry

PREFIX = "access"
"""What the four labels start with, unless the command line says otherwise."""

_MOST = 40
"""GitHub takes 50 characters for a label."""

_PREFIX = re.compile(r"[^\W_](?:[\w .-]*[\w.-])?")

_LOOKS: dict[Verdict, tuple[str, str]] = {
    Verdict.WIDENS: ("d93f0b", "Grants access and revokes none"),
    Verdict.MIXED: ("fbca04", "Grants access and revokes some"),
    Verdict.NARROWS: ("0e8a16", "Revokes access and grants none"),
    Verdict.NEUTRAL: ("c5def5", "Changes no access"),
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """The label that is there now, and whether this run put it there."""

    name: str
    status: Literal["set", "unchanged"]


@dataclass(slots=True)
class _Done:
    """Whether something was sent, over all attempts."""

    sent: bool = field(default=False)


def label_of(verdict: Verdict, prefix: str = PREFIX) -> Label:
    """Return the label of a verdict. Raise `CommandLineError` when the prefix cannot start a label of both forges."""
    if len(prefix) > _MOST or not _PREFIX.fullmatch(prefix):
        raise CommandLineError(
            f"--label-prefix {quoted(prefix)} is not valid; expected at most {_MOST} letters, digits, spaces, dots and "
            "hyphens"
        )
    color, about = _LOOKS[verdict]
    return Label(f"{prefix}: {verdict.value}", color, about)


def put_label(target: ForgeTarget, verdict: Verdict, prefix: str = PREFIX, *, retry: Retry | None = None) -> Labelled:
    """Make the label of `verdict` the only one of the four in the target's thread.

    The new one is added before another one is removed: a rule about labels never finds none. Retries are as in
    `put_comment`. Raise `Failed` when they do not help.
    """
    from reconciler.forge.comments import opened  # noqa: PLC0415 - loads httpx

    wanted = label_of(verdict, prefix)
    ours = frozenset(label_of(each, prefix).name.casefold() for each in Verdict)
    done = _Done()
    with opened(target, retry) as transport:
        labels = _labels(transport, target)
        transport.retry.call(lambda: _bring_up_to_date(labels, wanted, ours, done))
    return Labelled(wanted.name, "set" if done.sent else "unchanged")


def _labels(transport: Transport, target: ForgeTarget) -> Labels:
    from reconciler.forge import github_labels, gitlab_labels  # noqa: PLC0415 - with the transport

    if target.forge == "github":
        return github_labels.IssueLabels(transport, target)
    return gitlab_labels.MergeRequestLabels(transport, target)


def _bring_up_to_date(labels: Labels, wanted: Label, ours: frozenset[str], done: _Done) -> None:
    there = list(labels.names())
    missing = wanted.name.casefold() not in {name.casefold() for name in there}
    old = [name for name in there if name.casefold() in ours and name.casefold() != wanted.name.casefold()]
    if missing or old:
        done.sent = True
        labels.replace(wanted if missing else None, old)
