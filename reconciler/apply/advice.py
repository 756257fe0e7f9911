"""The remedy for a write that the server refused, if its words say enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted
from reconciler.plan.changes import Change, Delete

if TYPE_CHECKING:
    from reconciler.model.errors import Rejected

_HOLDERS = re.compile(r"(\d+)\s+agents?\b", re.IGNORECASE)
_IN_USE = re.compile(r"\bagents?\b|\bin use\b|\bassigned\b|\bstill ha(s|ve)\b", re.IGNORECASE)
_CONFLICT = 409
_NO_ACCESS = frozenset({401, 403})


def refusal(change: Change, error: Rejected) -> str:
    """Return the message for a refused change, with the remedy if agents hold the role to delete."""
    holders = _holders(error) if isinstance(change, Delete) else None
    if holders is None:
        return str(error)
    answered = str(error).removeprefix(f"could not delete the role {quoted(change.id or '')}: ")
    return f"{holders} it; give them another role in OmniStream, then apply again ({answered})"


def _holders(error: Rejected) -> str | None:
    """Return `N agents still hold` if the server's words say so; `may` for a conflict without any words."""
    if error.status in _NO_ACCESS:
        return None
    count = _HOLDERS.search(error.detail)
    if count is not None:
        return "1 agent still holds" if count[1] == "1" else f"{count[1]} agents still hold"
    if _IN_USE.search(error.detail):
        return "agents still hold"
    return "agents may still hold" if error.status == _CONFLICT and not error.detail.strip() else None
