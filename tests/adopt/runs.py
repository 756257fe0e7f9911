"""What the tests of `adopt` share: an adoption of a few files, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from reconciler.adopt.adoption import Given, adopt
from reconciler.adopt.asked import Asked
from reconciler.load import RolesFrom, load_documents
from reconciler.plan.scope import Scope
from tests.builders import TODAY, a_live_role, the_system_roles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.adopt.outcome import Adoption
    from reconciler.load import Loaded
    from reconciler.model.catalogue import Lock
    from reconciler.model.roles import LiveRole

EVERY = Asked(take_out=True)
"""Every role, in both directions."""

COMMENT = "  # adopted 2026-11-29 from the live role"


class Adopted(NamedTuple):
    """An adoption, and the files after it."""

    found: Adoption
    after: dict[str, bytes]

    @property
    def text(self) -> str:
        """The text of the first file."""
        return self.after["roles.d/a.yaml"].decode()

    @property
    def reasons(self) -> list[str]:
        """What is left for the hand, as `line reason`; without a line for a role that is in no file."""
        return [f"{each.place.line} {each.reason}" if each.place else each.reason for each in self.found.by_hand]


def loaded(files: Mapping[str, bytes], lock: Lock | None = None) -> Loaded:
    return load_documents(sorted(files.items()), today=TODAY, lock=lock)


def adopted(
    files: Mapping[str, bytes] | str,
    *live: LiveRole,
    base: Mapping[str, bytes] | str | None = None,
    asked: Asked = EVERY,
    scope: Scope = Scope(),
    lock: Lock | None = None,
    taken: Iterable[str] = (),
) -> Adopted:
    """Adopt with the files themselves as the base, unless there is another one; a text is that of one file."""
    now = _files(files)
    before = {entry.role.name: entry for entry in loaded(now if base is None else _files(base), lock).roles}
    given = Given(RolesFrom(("roles.d",)), loaded(now, lock), now, before, (*live, *the_system_roles()), scope, lock)
    there = {*now, *taken}
    found = adopt(given, asked, there.__contains__)
    return Adopted(found, {**now, **{file.path: file.content for file in found.files}})


def a_live(*codes: str, name: str = "a", description: str = "") -> LiveRole:
    return a_live_role(name, codes, description)


def _files(files: Mapping[str, bytes] | str) -> dict[str, bytes]:
    return {"roles.d/a.yaml": files.encode()} if isinstance(files, str) else dict(files)
