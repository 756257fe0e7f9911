"""Laws of a pass with a catalogue lock: files and lock decide what is desired, whatever the catalogue of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import load_documents
from reconciler.model.errors import InvalidInput
from reconciler.reconcile import Pass, plan_pass
from tests.builders import TARGET, TODAY, a_lock, a_locked, a_source, the_system_roles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.load import Loaded
    from reconciler.model.catalogue import Catalogue, Lock
    from reconciler.model.roles import LiveRole, Role


@dataclass
class OtherCatalogue:
    """A tenant without custom roles, with any catalogue."""

    catalogue: Catalogue

    def list_roles(self) -> tuple[LiveRole, ...]:
        return the_system_roles()

    def list_permissions(self) -> Catalogue:
        return self.catalogue


_CODES = [f"{first}.{last}" for first in ("a", "b", "c") for last in ("edit", "view")]
codes = st.sampled_from(_CODES)
entries = st.builds(a_locked, codes, st.sampled_from(["One", "Two"]), id=st.sampled_from(["1", "2", "3", None]))
catalogues = st.lists(entries, unique_by=lambda entry: entry.code).map(lambda found: {one.code: one for one in found})
items = st.lists(codes | st.sampled_from(["a.*", "*.view", "*.edit"]), max_size=4, unique=True)


@st.composite
def repositories(draw: st.DrawFn) -> tuple[Lock, bytes]:
    """A lock, some of its codes withdrawn, and a role file with a set, patterns and `except`."""
    found = draw(st.lists(codes, min_size=1, unique=True))
    lock = a_lock(*found, withdrawn=[code for code in found if draw(st.booleans())])

    def listed(texts: list[str]) -> str:
        return "[" + ", ".join(f'"{text}"' for text in texts) + "]"

    excepted = draw(items)
    lines = ["set: some", f"permissions: {listed(draw(items))}", "---", "name: one", "include: [some]"]
    lines += [f"permissions: {listed(draw(items))}", *([f"except: {listed(excepted)}"] if excepted else [])]
    return lock, "\n".join(lines).encode()


def read(lock: Lock, text: bytes) -> Loaded | None:
    try:
        return load_documents([("roles.d/a.yaml", text)], today=TODAY, lock=lock)
    except InvalidInput:
        return None


def planned(desired: Loaded, lock: Lock, catalogue: Catalogue) -> Mapping[str, Role] | None:
    """What the roles are after the plan; None if it is not valid, because the server does not have a code."""
    files = Pass(TARGET, desired, a_source(), lock=lock)
    try:
        plan = plan_pass(files, OtherCatalogue(catalogue)).plan
    except InvalidInput:
        return None
    return {change.name: change.after for change in plan.changes if change.after is not None}


@given(repositories(), catalogues)
def test_a_code_that_the_lock_lacks_is_never_granted(repository: tuple[Lock, bytes], catalogue: Catalogue) -> None:
    lock, text = repository
    desired = read(lock, text)
    after = None if desired is None else planned(desired, lock, catalogue)
    assert {code for role in (after or {}).values() for code in role.permissions} <= lock.permissions.keys()


@given(repositories(), catalogues, catalogues)
def test_with_the_lock_fixed_no_catalogue_changes_what_is_desired(
    repository: tuple[Lock, bytes], one: Catalogue, other: Catalogue
) -> None:
    lock, text = repository
    desired = read(lock, text)
    if desired is not None:
        found = [planned(desired, lock, catalogue) for catalogue in (one, other)]
        wanted = {entry.role.name: entry.role for entry in desired.roles}
        assert [each for each in found if each not in (None, wanted)] == []
