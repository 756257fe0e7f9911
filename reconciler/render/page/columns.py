"""The columns of a matrix: permissions by category, and the CSS rules that depend on how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.catalogue import Catalogue

_PAPER = (("297mm 210mm", 90), ("420mm 297mm", 150))
"""A4 and A3 in landscape, and the number of columns up to which their headings are readable; A2 takes more."""
_MANY = 6_000
"""From this number of cells on, the browser may skip the rendering of rows that are not in view.

It is not used for smaller tables, because assistive technology cannot see skipped rows until they come near the view.
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One permission. `name` is empty when the catalogue does not have the code.

    `sensitive` is true when a policy with `needs` names it.
    """

    category: str
    code: str
    name: str = ""
    description: str = ""
    sensitive: bool = False

    @property
    def prefix(self) -> str:
        """Return the code up to and including its last dot."""
        return self.code.removesuffix(self.action)

    @property
    def action(self) -> str:
        """Return what follows the last dot."""
        return self.code.rpartition(".")[2]


def columns_of(catalogue: Catalogue, held: Iterable[str], sensitive: frozenset[str]) -> tuple[Column, ...]:
    """Return a column for each code of the catalogue and each code that a role holds, by category and code.

    A code that a role has and the catalogue does not have is in the category of its prefix.
    """
    known = [Column(p.category, p.code, p.name, p.description, p.code in sensitive) for p in catalogue.values()]
    unknown = set(held) - catalogue.keys()
    columns = [*known, *(Column(code.partition(".")[0], code, sensitive=code in sensitive) for code in unknown)]
    return tuple(sorted(columns, key=lambda column: (column.category, column.code)))


def groups_of(columns: Iterable[Column]) -> list[tuple[str, int]]:
    """Return the categories, each with its number of columns."""
    found = groupby(columns, key=lambda column: column.category)
    return [(category, len(list(members))) for category, members in found]


def layout(columns: Sequence[Column], rows: int) -> str:
    """Return the CSS rules that depend on numbers of columns: widths, category borders, paper. They contain no data."""
    sizes = [size for _, size in groups_of(columns)]
    rules = [f"#matrix,#matrix thead{{--n:{len(columns)};--stripes:{_stripes(sizes)}}}"]
    rules += [f'#matrix .groups [colspan="{size}"]{{--n:{size}}}' for size in range(1, max(sizes, default=0) + 1)]
    starts = [f"#matrix .w>:nth-child({start + 2})" for start in accumulate([0, *sizes[:-1]])]
    rules.append(f"@media print{{{','.join(starts)}{{border-left:0.35mm solid var(--edge)}}}}")
    if len(columns) * rows >= _MANY:
        rules.append("@media screen{#matrix tbody tr{content-visibility:auto;contain-intrinsic-size:auto var(--line)}}")
    paper = next((name for name, most in _PAPER if len(columns) <= most), "594mm 420mm")
    rules.append(f"@page{{size:{paper}}}")
    return "\n".join(rules)


def _stripes(sizes: list[int]) -> str:
    """Return the category borders as one background picture: cheaper than a border on each of 60,000 cells.

    The script draws it again, by the same rule, when columns are filtered.
    """
    stops = []
    for position, (start, size) in enumerate(zip(accumulate([0, *sizes]), sizes, strict=False)):
        left, right = (f"calc(var(--first) + {column}*var(--cell))" for column in (start, start + size))
        ground = "var(--band)" if position % 2 else "transparent"
        stops.append(f"var(--edge) {left} calc({left} + 1px),{ground} calc({left} + 1px) {right}")
    return f"linear-gradient(90deg,{','.join(['transparent 0 var(--first)', *stops, 'transparent 0'])})"


def column_details(columns: Iterable[Column]) -> list[dict[str, str]]:
    """Return what the script shows about each column, in order."""
    return [
        {"code": column.code, "name": column.name, "category": column.category, "description": column.description}
        for column in columns
    ]
