from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import load_documents
from reconciler.load.lock import lock_in
from reconciler.load.versions import FileVersion, Versions
from reconciler.model.catalogue import Lock
from reconciler.model.days import Day
from reconciler.model.errors import InvalidInput
from reconciler.model.roles import DesiredRole
from tests.builders import a_lock
from tests.history.made import Making
from tests.history.oracle import is_role_file
from tests.repository import a_file, a_set

LOCK = a_lock("a.view", "a.edit", "b.view")
CLERK = a_file("clerk", "a.view")


class Files:
    """Versions of files that are given as text: the key of a content is the content."""

    def __init__(self) -> None:
        self.contents: dict[bytes, bytes] = {}
        self.made: dict[FileVersion, FileVersion] = {}
        self.versions = Versions(self.contents)

    def roles(self, *texts: str, lock: Lock | None = None) -> dict[str, DesiredRole] | None:
        """The roles of files a.yaml, b.yaml, ..."""
        files = [FileVersion(f"{chr(ord('a') + at)}.yaml", text.encode()) for at, text in enumerate(texts)]
        return self.of(files, lock)

    def of(self, files: Iterable[FileVersion], lock: Lock | None = None) -> dict[str, DesiredRole] | None:
        """The roles of these files: one that was there before is the same object, as for a reader of commits."""
        now = {os.fsencode(file.path): self.made.setdefault(file, file) for file in files}
        self.contents.update((file.key, file.key) for file in now.values())
        found = self.versions.roles(now, lock)
        return None if found is None else dict(found)

    def held(self, *texts: str, lock: Lock | None = None) -> dict[str, set[str]] | None:
        found = self.roles(*texts, lock=lock)
        return None if found is None else {name: set(role.role.permissions) for name, role in found.items()}


def test_roles_are_by_name_with_plain_codes() -> None:
    assert Files().held(
        CLERK + "---\n" + a_set("both", "a.*"), "name: lead\ninclude: [both]\nexcept: [a.edit]\n", lock=LOCK
    ) == {"clerk": {"a.view"}, "lead": {"a.view"}}


def test_no_files_are_no_roles() -> None:
    assert Files().roles() == {}
    assert Files().roles(a_set("alone", "a.view")) == {}


def test_ended_grants_are_there_with_their_ends() -> None:
    found = Files().roles(a_file("clerk", "a.view: {until: 2001-01-01}"))
    assert found is not None
    assert found["clerk"].role.permissions == {"a.view"}
    assert found["clerk"].grants["a.view"].until == Day(2001, 1, 1)
    assert found["clerk"].ended == {}


@pytest.mark.parametrize(
    "text",
    [
        "name: [\n",
        "",
        a_file("clerk", "a.view", "a.view"),
        a_file("clerk", "z.view"),
        a_file("clerk", "z.*"),
        a_file("clerk", "a.view: {until: 2026-01-01}", "z.view: {until: 2026-01-01}"),
        "name: clerk\ninclude: [missing]\n",
        "name: clerk\npermissions: [a.view]\nexcept: [a.view]\n",
        CLERK + "---\n" + CLERK,
        CLERK + "---\n" + a_set("s", "z.view"),
        CLERK + "---\n" + a_set("s", "z.*"),
        CLERK + "---\n" + a_set("s", "a.view") + "---\n" + a_set("s", "a.view"),
        a_file("a", more="renamed_from: b\n") + "---\n" + a_file("b", more="renamed_from: a\n"),
        a_file("a", more="renamed_from: c\n") + "---\n" + a_file("b", more="renamed_from: c\n"),
    ],
)
def test_files_that_validate_refuses_have_no_roles_and_spoil_nothing(text: str) -> None:
    files = Files()
    good = a_file("lead", "a.edit")
    assert files.held(good, lock=LOCK) == {"lead": {"a.edit"}}
    assert files.roles(good, text, lock=LOCK) is None
    assert files.roles(good, text, lock=LOCK) is None
    assert files.held(good, lock=LOCK) == {"lead": {"a.edit"}}


def test_a_warning_refuses_nothing() -> None:
    lock = a_lock("a.view", withdrawn=["a.gone"])
    unused = a_set("unused", "a.view")
    ends = a_file("clerk", "a.gone", "a.view: {until: 2026-01-01}", more='description: "ends in white space "\n')
    assert Files().held(ends, unused, lock=lock) == {"clerk": {"a.view", "a.gone"}}


def test_earlier_names_may_be_claimed_once() -> None:
    found = Files().roles(a_file("a", more="renamed_from: [x, y]\n"), a_file("b", more="renamed_from: z\n"))
    assert found is not None
    assert found["a"].renamed_from == ("x", "y")


def test_a_role_that_did_not_change_is_the_same_object() -> None:
    files = Files()
    uses = "name: lead\ninclude: [s]\n"
    plain, ended = a_file("plain", "a.view"), a_file("ended", "a.view: {until: 2026-01-01}")
    first = files.roles(plain, ended, uses, a_set("s", "a.view"), lock=LOCK)
    second = files.roles(plain, ended, uses, a_set("s", "a.view"), a_file("new"), lock=LOCK)
    assert first is not None
    assert second is not None
    assert all(second[name] is first[name] for name in first)


def test_a_set_or_a_lock_that_changed_changes_the_roles() -> None:
    files = Files()
    uses, pattern = "name: lead\ninclude: [s]\n", a_file("clerk", "a.*")
    assert files.held(uses, pattern, a_set("s", "a.view"), lock=LOCK) == {
        "lead": {"a.view"},
        "clerk": {"a.view", "a.edit"},
    }
    assert files.held(uses, pattern, a_set("s", "a.edit"), lock=LOCK) == {
        "lead": {"a.edit"},
        "clerk": {"a.view", "a.edit"},
    }
    assert files.held(uses, pattern, a_set("s", "a.edit"), lock=a_lock("a.edit")) == {
        "lead": {"a.edit"},
        "clerk": {"a.edit"},
    }
    assert files.held(uses, pattern, lock=LOCK) is None
    assert files.held(uses, a_set("s", "a.view"), a_set("t", "a.view"), lock=LOCK) == {"lead": {"a.view"}}


def test_without_a_lock_any_code_is_fine_and_no_pattern() -> None:
    assert Files().held(a_file("clerk", "z.view")) == {"clerk": {"z.view"}}
    assert Files().held(a_file("clerk", "a.*")) is None


def test_the_place_of_a_role_has_the_file_of_its_version() -> None:
    files = Files()
    first, second = files.roles(CLERK), files.roles("", CLERK)
    assert first is not None
    assert second is None
    moved = files.roles(a_file("lead"), CLERK)
    assert moved is not None
    assert [str(found["clerk"].location) for found in (first, moved)] == ["a.yaml:1", "b.yaml:1"]


def test_a_role_that_changes_its_file_is_one_role() -> None:
    files = Files()
    files.roles(CLERK, a_file("lead"))
    assert files.held(a_file("lead"), CLERK) == {"lead": set(), "clerk": {"a.view"}}
    assert files.held(a_file("lead") + "---\n" + CLERK) == {"lead": set(), "clerk": {"a.view"}}


def test_a_name_that_a_second_file_takes_is_not_valid_until_one_of_them_goes() -> None:
    files = Files()
    files.roles(CLERK)
    assert files.roles(CLERK, a_file("clerk", "a.edit")) is None
    assert files.held(a_file("lead"), a_file("clerk", "a.edit")) == {"lead": set(), "clerk": {"a.edit"}}


@pytest.mark.parametrize("then", ["name: clerk\n", "name: clerk\npermissions: [gone.code]\n"])
def test_a_file_that_becomes_invalid_hides_the_version_alone(then: str) -> None:
    files = Files()
    assert files.held(CLERK, lock=LOCK) == {"clerk": {"a.view"}}
    assert files.roles(then, lock=LOCK) is None
    assert files.held(a_file("clerk", "a.edit"), lock=LOCK) == {"clerk": {"a.edit"}}


def test_an_earlier_name_that_comes_is_held_against_all_roles() -> None:
    files = Files()
    files.roles(CLERK, a_file("lead"))
    assert (
        files.roles("name: x\nrenamed_from: old\npermissions: []\n", "name: y\nrenamed_from: old\npermissions: []\n")
        is None
    )
    assert files.held(CLERK, "name: y\nrenamed_from: old\npermissions: []\n") == {"clerk": {"a.view"}, "y": set()}
    assert (
        files.roles("name: x\nrenamed_from: old\npermissions: []\n", "name: y\nrenamed_from: old\npermissions: []\n")
        is None
    )


@given(st.integers(min_value=0))
def test_one_version_after_another_is_what_each_is_by_itself(seed: int) -> None:
    """Whatever was read before: the same as the ordinary reading, on a day on which no grant has ended yet."""
    read = Files()
    locks: dict[bytes, Lock] = {}
    for commit in Making(seed).made():
        files = {path: content for path, content in commit.files.items() if is_role_file(path)}
        text = commit.files.get("lock.yaml", b"")
        try:
            lock = locks.setdefault(text, a_lock_of(text)) if text else None
        except InvalidInput:
            continue
        found = read.of([FileVersion(path, content) for path, content in files.items()], lock)
        try:
            alone = load_documents(sorted(files.items()), today=Day.min, lock=lock).roles
        except InvalidInput:
            assert found is None
        else:
            assert found == {role.role.name: role for role in alone}


def a_lock_of(text: bytes) -> Lock:
    return lock_in(text, Path("lock.yaml"), str)
