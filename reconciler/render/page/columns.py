"""The columns of a matrix: permissions by category."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.catalogue import Catalogue


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


def column_details(columns: Iterable[Column]) -> list[dict[str, Any]]:
    """Return what the script shows about each column, in order. What is empty is left out."""
    return [
        _filled(
            code=column.code,
            name=column.name,
            category=column.category,
            description=column.description,
            sensitive=column.sensitive,
        )
        for column in columns
    ]


def _filled(**values: object) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}
