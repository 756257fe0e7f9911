"""The matrix as one HTML table, and what the script needs to know about it.

The table is written out whole, so that it can be looked at, printed and copied without the script; the script adds
filters, the keyboard and the details. A cell is as short as HTML allows: 300 roles by 200 permissions are 60,000 cells.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from reconciler.plan.changes import Plan, Update
from reconciler.render.html.changes import address, line_of
from reconciler.render.html.markup import Markup, data, tag, text
from reconciler.render.html.words import origin_sentence
from reconciler.render.words import names_more_than_one, refusals_by_reason, said

if TYPE_CHECKING:
    from reconciler.render.html.matrix import Column, Matrix, Row, Section
    from reconciler.render.view import Links, View

_CELLS = {
    (False, False): "<td>",
    (False, True): "<td class=g>granted",
    (True, False): "<td class=r>revoked",
    (True, True): "<td class=h>held",
}
_PAPER = (("297mm 210mm", 90), ("420mm 297mm", 150))
"""A4 and A3 in landscape, and how many columns they take before their heads are too small to read; A2 takes more."""
_MANY = 6_000
"""From so many cells on, the browser is told to leave out rows that are not in view.

Not before, since it leaves them out for assistive technology too, until they come near or are moved to.
"""


def table(matrix: Matrix, refused: Container[str]) -> Markup:
    """The table itself: columns are headed by code, under their category; rows by role, in sections.

    `refused` holds the names of the roles whose change is refused.
    """
    heads = (tag("th", name, scope="colgroup", colspan=str(size), title=name) for name, size in matrix.groups)
    span = str(len(matrix.columns))
    ambiguous = names_more_than_one(row.role for row in matrix.rows)
    return tag(
        "table",
        tag("caption", "Roles by permissions, before and after", class_="word"),
        tag("colgroup", tag("col", class_="who"), tag("col", span=span) if matrix.columns else Markup()),
        tag(
            "thead",
            tag("tr", tag("td"), *heads, class_="groups"),
            tag("tr", tag("th", "Role", scope="col"), *(_head(column) for column in matrix.columns), class_="codes w"),
        ),
        *(_section(section, matrix.columns, refused, ambiguous) for section in matrix.sections),
        id="matrix",
        data_mode="changes",
    )


def layout(matrix: Matrix) -> str:
    """The rules that hang on numbers of columns: widths, where a category begins, the paper. No data stands in them."""
    sizes = [size for _, size in matrix.groups]
    rules = [f"#matrix,#matrix thead{{--n:{len(matrix.columns)};--stripes:{_stripes(sizes)}}}"]
    rules += [f'#matrix .groups [colspan="{size}"]{{--n:{size}}}' for size in range(1, max(sizes, default=0) + 1)]
    starts = [f"#matrix .w>:nth-child({start + 2})" for start in accumulate([0, *sizes[:-1]])]
    rules.append(f"@media print{{{','.join(starts)}{{border-left:0.35mm solid var(--edge)}}}}")
    if len(matrix.columns) * len(matrix.rows) >= _MANY:
        rules.append("@media screen{#matrix tbody tr{content-visibility:auto;contain-intrinsic-size:auto var(--line)}}")
    paper = next((name for name, most in _PAPER if len(matrix.columns) <= most), "594mm 420mm")
    rules.append(f"@page{{size:{paper}}}")
    return "\n".join(rules)


def _stripes(sizes: list[int]) -> str:
    """Where categories begin, as one picture behind the whole table: cheaper than a border on each of 60,000 cells.

    The script draws it anew, by the same rule, when columns are filtered.
    """
    stops = []
    for position, (start, size) in enumerate(zip(accumulate([0, *sizes]), sizes, strict=False)):
        left, right = (f"calc(var(--first) + {column}*var(--cell))" for column in (start, start + size))
        ground = "var(--band)" if position % 2 else "transparent"
        stops.append(f"var(--edge) {left} calc({left} + 1px),{ground} calc({left} + 1px) {right}")
    return f"linear-gradient(90deg,{','.join(['transparent 0 var(--first)', *stops, 'transparent 0'])})"


def details(matrix: Matrix, plan: Plan, view: View) -> dict[str, Any]:
    """What the script shows about a column or a row, in the table's order."""
    index = {column.code: str(position) for position, column in enumerate(matrix.columns)}
    refused = {name: reason for reason, names in refusals_by_reason(plan.refused).items() for name in names}
    return {
        "columns": [
            {"code": column.code, "name": column.name, "category": column.category, "description": column.description}
            for column in matrix.columns
        ],
        "rows": [
            {
                "name": said(row.role.name),
                **({} if row.id is None else {"id": row.id}),
                "description": row.role.description,
                "what": section.title,
                **_change_details(row, index, view.links, refused),
            }
            for section in matrix.sections
            for row in section.rows
        ],
    }


def _head(column: Column) -> Markup:
    category, dot, last = column.code.rpartition(".")
    shown = tag("span", tag("i", category + dot), tag("b", last))
    return tag("th", shown, scope="col", title=column.name or None)


def _section(
    section: Section, columns: tuple[Column, ...], refused: Container[str], ambiguous: Container[str]
) -> Markup:
    title = tag("span", section.title, " ", tag("small", f"{len(section.rows):,}"))
    return tag(
        "tbody",
        tag("tr", tag("th", title, scope="rowgroup", colspan=str(len(columns) + 1)), class_="s"),
        *(
            _row(
                row,
                columns,
                refused=row.change is not None and row.role.name in refused,
                told_by_id=row.role.name in ambiguous,
            )
            for row in section.rows
        ),
        class_=section.key,
    )


def _row(row: Row, columns: tuple[Column, ...], *, refused: bool, told_by_id: bool) -> Markup:
    cells = "".join([_CELLS[column.code in row.before, column.code in row.after] for column in columns])
    kind = type(row.change).__name__.lower() if row.change else ""
    head = tag(
        "th",
        tag("span", class_=f"sign {kind}", aria_hidden="true") if kind else Markup(),
        tag("span", data(said(row.role.name)), class_="role"),
        tag("span", " id ", data(row.id), class_="id") if row.id is not None and told_by_id else Markup(),
        " ",
        tag("span", *_counts(row), class_="counts"),
        " ",
        tag("span", "refused", class_="tag refused") if refused else Markup(),
        " ",
        tag("span", row.change.action.fate, class_="word") if row.change else Markup(),
        scope="row",
        title=row.role.name,
    )
    return tag("tr", head, Markup(cells), class_="w c" if row.change else "w")


def _counts(row: Row) -> Iterator[Markup]:
    if row.change is None:
        yield text(str(len(row.after)))
        return
    given, taken = len(row.change.granted), len(row.change.revoked)
    if given:
        yield tag("span", f"+{given}", class_="plus")
        yield text(" ")
    if taken:
        yield tag("span", f"\N{MINUS SIGN}{taken}", class_="minus")


def _change_details(
    row: Row, index: dict[str, str], links: Links | None, refused: dict[str, str]
) -> dict[str, str | dict[str, list[str | None]] | None]:
    change = row.change
    if change is None:
        return {}
    found: dict[str, str | dict[str, list[str | None]] | None] = {
        "what": change.action.fate,
        "origin": origin_sentence(change),
        "refused": refused.get(change.name),
        "was": change.renamed_from if isinstance(change, Update) else None,
    }
    location = change.location
    if location is not None:
        lines = [(code, line_of(location, code)) for code in sorted(change.granted)]
        found |= {
            "at": str(location),
            "href": address(location, location.line, links),
            "lines": {index[code]: [f"{location.path}:{line}", address(location, line, links)] for code, line in lines},
        }
    return found
