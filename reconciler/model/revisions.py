"""What changed access at one time: a commit, the end of a grant, or an edit that is not committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from reconciler.model.days import Day

NOT_COMMITTED = "not committed"
"""The subject of the revision that an edit of the work tree is."""


class Revision(NamedTuple):
    """One point of a history. `commit` is the full hash, None for an end and for an edit that is not committed.

    `date` is the commit's committer date in UTC. `authors` are names, oldest change first; empty of a merge of which
    a shallow clone may lack commits. `pull_request` is the number of the pull request or merge request that the commit
    message names.
    """

    date: Day
    commit: str | None
    subject: str
    authors: tuple[str, ...] = ()
    pull_request: int | None = None

    @property
    def short(self) -> str:
        """Return the first twelve digits of the commit's hash; empty without a commit."""
        return (self.commit or "")[:12]


def revision_document(revision: Revision) -> dict[str, Any]:
    """Return the revision as it is in the JSON of plans, answers and reports (docs/interface.md)."""
    return {
        "date": revision.date.isoformat(),
        "commit": revision.commit,
        "subject": revision.subject,
        "authors": list(revision.authors),
        "pull_request": revision.pull_request,
    }
