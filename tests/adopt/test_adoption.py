"""The law of `adopt`: after it the files say what is live, and only lines of what changed are touched."""

from __future__ import annotations

import re
from codecs import BOM_UTF8

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.roles import LiveRole, Role
from reconciler.plan.compare import compare
from reconciler.plan.scope import Scope
from reconciler.yamlio.spans import documents
from tests.adopt.runs import adopted, loaded
from tests.adopt.spellings import CODES, NAMES, role_files
from tests.builders import an_id


@st.composite
def live_roles(draw: st.DrawFn) -> list[LiveRole]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    roles = []
    for name in names:
        description = draw(st.sampled_from(["", "Leads.", "New: 'one'", "a\nb", "no", "naïve"]))
        codes = frozenset(draw(st.lists(st.sampled_from(CODES))))
        roles.append(LiveRole(an_id(name), Role(name, description, codes), is_system=False))
    return roles


@given(files=role_files(), live=live_roles())
def test_the_files_say_what_is_live_except_what_is_left_for_the_hand(
    files: dict[str, bytes], live: list[LiveRole]
) -> None:
    found, after = adopted(files, *live)
    there = {role.role.name: role.role for role in live}
    left = {each.role for each in found.by_hand}
    for change in compare(loaded(after).roles, live, Scope("report")).changes:
        if change.name not in there:
            assert change.name in found.not_applied
        else:
            assert change.name in left
            reasons = " ".join(each.reason for each in found.by_hand if each.role == change.name)
            assert all(code in reasons for code in change.granted | change.revoked)


@given(files=role_files(), live=live_roles())
def test_a_second_adopt_has_nothing_to_do(files: dict[str, bytes], live: list[LiveRole]) -> None:
    first = adopted(files, *live)
    second = adopted(first.after, *live)
    assert second.found.files == ()
    assert len(second.found.by_hand) == len(first.found.by_hand)


@given(files=role_files(), live=live_roles())
def test_every_line_stays_that_names_nothing_that_changed(files: dict[str, bytes], live: list[LiveRole]) -> None:
    found, after = adopted(files, *live)
    for file in found.files:
        if any(root.brackets for root in documents(files[file.path].removeprefix(BOM_UTF8).decode())):
            continue  # in braces, a key comes in beside others on their line
        changed = [each.code for each in (*file.added, *file.removed)]
        gone = [*changed, "permissions", *(["description", "Leads.", "two", "lines"] if file.described else [])]
        details = ["until", "reason", " a", "# b"] if file.removed else []
        old = [line for line in lines(files[file.path]) if not any(word in line for word in (*gone, *details))]
        if file.removed:
            old = [line for line in old if bare(line) != "-"]  # a dash above its code goes with it
        new = "".join(
            bare(re.sub("|".join(map(re.escape, changed)) or "^", "", line)) for line in lines(after[file.path])
        )
        at = 0
        for line in old:
            at = new.find(bare(line), at)
            assert at >= 0, line


def lines(content: bytes) -> list[str]:
    """The lines of a file, with the line break that each has."""
    return content.decode().splitlines(keepends=True)


def bare(line: str) -> str:
    """A line without what a list in brackets may get or lose."""
    return line.rstrip("\r\n").translate(dict.fromkeys(map(ord, " ,[]{}")))


@given(files=role_files(), live=live_roles())
def test_the_line_breaks_the_mark_and_the_end_of_a_file_stay(files: dict[str, bytes], live: list[LiveRole]) -> None:
    found, after = adopted(files, *live)
    for file in found.files:
        old, new = files[file.path], after[file.path]
        assert old.startswith(BOM_UTF8) == new.startswith(BOM_UTF8)
        breaks = {line[len(line.rstrip("\r\n")) :] for line in lines(old)} - {""}
        assert {line[len(line.rstrip("\r\n")) :] for line in lines(new)} - {""} <= (breaks or {"\n"})
