"""The permissions that a tenant has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """One entry of the catalogue (contract, `Permission`), without its id."""

    code: str
    name: str
    category: str
    description: str = ""


Catalogue = Mapping[str, Permission]
"""The catalogue by code."""
