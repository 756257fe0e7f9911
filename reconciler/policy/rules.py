"""Policies: what may be granted to whom, and the waivers that allow an exception for a time (`policies.yaml`).

Each policy has one check. The six checks are small types; tell them apart with `match` and `assert_never`. What they
find is in `reconciler.policy.check`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.model.findings import Place
    from reconciler.policy.items import Item

Level = Literal["deny", "warn"]
Key = Literal["owner", "description"]


@dataclass(frozen=True, slots=True)
class Apart:
    """No role holds codes of two of these groups."""

    groups: tuple[tuple[Item, ...], ...]


@dataclass(frozen=True, slots=True)
class Cannot:
    """No role holds one of these codes."""

    codes: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Can:
    """Every role holds all of these codes."""

    codes: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class CanOnly:
    """No role holds any other code. Without codes, no role holds any code."""

    codes: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """The line that gives one of these codes has a reason, an end at most `days` days from today, or both."""

    codes: tuple[Item, ...]
    reason: bool
    days: int | None


@dataclass(frozen=True, slots=True)
class Keys:
    """Every role file has these keys, and they are not empty."""

    keys: tuple[Key, ...]


Check = Apart | Cannot | Can | CanOnly | Needs | Keys


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy. `roles` and `except_roles` are globs of role names; without `roles`, it is about every role."""

    id: str
    check: Check
    place: Place
    why: str = ""
    level: Level = "deny"
    roles: tuple[Item, ...] | None = None
    except_roles: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiver:
    """An exception: findings of `policy` for `role` (normalised) about `codes` are allowed up to the day `until`.

    For a policy with `keys`, `codes` is empty and the waiver allows each of the keys to be missing.
    """

    policy: str
    role: str
    codes: tuple[str, ...]
    reason: str
    until: Day
    place: Place


@dataclass(frozen=True, slots=True)
class Policies:
    """The content of all policy files, in their order. `files` are their paths.

    `in_use` has the places of waivers that are known to be needed: another tenant has what they allow.
    """

    policies: tuple[Policy, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    files: tuple[str, ...] = ()
    in_use: frozenset[Place] = frozenset()


def items_of(check: Check) -> tuple[Item, ...]:
    """Return every code and pattern of a check, in the file's order."""
    match check:
        case Apart(groups):
            return tuple(item for group in groups for item in group)
        case Keys():
            return ()
        case _:
            return check.codes
