"""List the fields that differ between two roles. Only this module uses deepdiff.

deepdiff takes about a millisecond for each role and is slow to import. So it only gets roles that `==` has found to
differ, and it is imported only then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.imports import without

if TYPE_CHECKING:
    from reconciler.model.roles import Role


class FieldChange(NamedTuple):
    """One scalar field of a role before and after; `path` is `name` or `description`."""

    path: str
    before: str
    after: str


def field_changes(before: Role, after: Role) -> tuple[FieldChange, ...]:
    """Return the fields that differ, sorted by path. Permissions are not fields: grants and revokes show them."""
    if (before.name, before.description) == (after.name, after.description):
        return ()
    with without("pydantic.main"):  # deepdiff imports it to support its models; there are none here
        from deepdiff import DeepDiff  # noqa: PLC0415 - slow to import, and most passes find nothing changed

    found = DeepDiff(
        {"name": before.name, "description": before.description},
        {"name": after.name, "description": after.description},
        view="tree",
    )
    changes = (FieldChange(leaf.path(output_format="list")[0], leaf.t1, leaf.t2) for leaf in found["values_changed"])
    return tuple(sorted(changes))
