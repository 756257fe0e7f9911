"""Limit how many tenants one run may change. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sized

    from reconciler.policy.limits import Limit


def check_tenants(changing: Sized, of: int, limit: Limit | None) -> None:
    """Raise `Refused` when the number of tenants that a run changes, out of `of`, exceeds the limit, if one is set."""
    number = len(changing)
    if limit is None or not limit.exceeded_by(number, of):
        return
    tenants = f"{number} tenant{'s' * (number != 1)} ({number} of {of}, {limit.share(number, of)})"
    message = f"{tenants} would change, and that is above max_tenants (limit: {limit.of('tenant')})"
    hint = f"pass --max-tenants {number} to allow it once, or raise limits.max_tenants"
    raise Refused(f"refused, nothing was written: {message}. hint: {hint}")
