"""What the plans of several tenants do, as one HTML file that needs no network and runs no script."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.plan.action import Verdict
from reconciler.render.fleet.words import change_line, opening, problems, refused_of
from reconciler.render.page import still_page
from reconciler.render.words import counted, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.fleet.effects import Effect
    from reconciler.fleet.index import Index
    from reconciler.plan.fields import FieldChange
    from reconciler.render.view import View


class ShownChange(NamedTuple):
    """One change: its kind, a line that says what becomes of the role, its fields, and each code with its kind."""

    kind: str
    line: str
    fields: tuple[FieldChange, ...]
    codes: tuple[tuple[str, str], ...]


class ShownEffect(NamedTuple):
    """One effect, with all its tenants and those of them whose plans are refused."""

    verdict: str
    size: str
    tenants: tuple[str, ...]
    refused: tuple[str, ...]
    changes: tuple[ShownChange, ...]


def render(index: Index, effects: Sequence[Effect], view: View) -> str:
    """Return the page. `view` has no effect here."""
    del view
    figures = [("grants", "Tenants with grants", _having(effects, grants=True))]
    figures.append(("revokes", "Tenants with revokes alone", _having(effects, grants=False)))
    figures.append(("unchanged", "Without changes", _of(index, "no_changes")))
    figures += [(key, label, _of(index, key)) for key, label in _PROBLEMS]
    return still_page(
        "reconciler.render.fleet",
        "fleet",
        title=f"Access plan for {counted(len(index.tenants), 'tenant')}",
        headline=opening(index, effects, str),
        figures=figures,
        index=index,
        digest=index.digest,
        problems=problems(index),
        effects=[_shown(index, effect) for effect in effects],
    )


_PROBLEMS = (("refused", "Refused"), ("invalid", "Not valid"), ("failed", "Could not be read"))


def _of(index: Index, result: str) -> int:
    return sum(entry.result == result for entry in index.tenants.values())


def _having(effects: Sequence[Effect], *, grants: bool) -> int:
    found = (effect for effect in effects if effect.grants == grants and (grants or effect.verdict is Verdict.NARROWS))
    return sum(len(effect.tenants) for effect in found)


def _shown(index: Index, effect: Effect) -> ShownEffect:
    changes = tuple(
        ShownChange(
            change.action.value,
            change_line(change._replace(granted=(), revoked=()), said),
            tuple(field for field in change.fields if field.path != "name"),
            (*(("granted", code) for code in change.granted), *(("revoked", code) for code in change.revoked)),
        )
        for change in effect.changes
    )
    size = counted(len(effect.tenants), "tenant")
    return ShownEffect(effect.verdict.value, size, effect.tenants, refused_of(index, effect), changes)
