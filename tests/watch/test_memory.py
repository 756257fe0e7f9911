"""The journal of the operator: one operator each, and read again when it grew."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.apply.outcome import Kind, Outcome
from reconciler.apply.recorded import read
from reconciler.model.errors import FileFailed
from reconciler.watch.memory import JournalMemory
from tests.builders import TARGET, Before, a_plan, an_update

if TYPE_CHECKING:
    from tests.sentences import Golden

PLAN = a_plan(an_update("lead", ["a.view"], before=Before(["a.view", "a.edit"])))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def a_memory(path: Path, target: str = TARGET) -> JournalMemory:
    return JournalMemory(path, target, "somebody", lambda: datetime(2026, 11, 25, tzinfo=UTC))


def do(memory: JournalMemory) -> None:
    """Write one revoke."""
    (change,) = PLAN.changes
    with memory.open(PLAN, {"lead": "sha256:1"}) as journal:
        journal.outcome(journal.intent(change), Outcome(change, Kind.APPLIED, attempts=1))


def test_a_journal_is_made_for_its_owner_alone(path: Path) -> None:
    with a_memory(path) as memory:
        assert memory.deeds().taken == {}
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_written_is_remembered_at_once(path: Path) -> None:
    with a_memory(path) as memory:
        for number in range(1, 3):
            do(memory)
            (deeds,) = memory.deeds().taken.values()
            assert len(deeds) == number
        assert memory.deeds() is memory.deeds()


def test_a_line_says_who_wrote_it_and_for_which_file(path: Path) -> None:
    with a_memory(path) as memory:
        do(memory)
    entry = read(path).entries[1]
    assert (entry.command, entry.file, entry.actor, entry.target) == ("watch", "sha256:1", "somebody", TARGET)


def test_lines_about_another_tenant_do_not_count(path: Path) -> None:
    with a_memory(path, "https://other.example") as memory:
        do(memory)
    with a_memory(path) as memory:
        assert memory.deeds().taken == {}


def test_a_second_operator_with_the_same_journal_fails(path: Path, golden: Golden) -> None:
    with a_memory(path):
        with pytest.raises(FileFailed) as caught, a_memory(path):
            raise AssertionError
        golden.says("watch/memory", "two operators", str(caught.value), path=path)
    with a_memory(path):
        pass


def test_an_apply_may_write_to_the_same_journal(path: Path) -> None:
    with a_memory(path) as memory:
        assert memory.deeds().taken == {}
        line = path.parent / "other.jsonl"
        with a_memory(line) as other:
            do(other)
        path.write_bytes(line.read_bytes())
        assert len(memory.deeds().taken) == 1


def test_a_journal_that_is_moved_away_is_locked_again_under_its_name(path: Path) -> None:
    with a_memory(path) as memory:
        path.rename(path.with_name("old.jsonl"))
        do(memory)
        with pytest.raises(FileFailed), a_memory(path):
            raise AssertionError
        with a_memory(path.with_name("old.jsonl")):
            pass


def test_a_journal_that_another_operator_took_meanwhile_is_lost(path: Path) -> None:
    with a_memory(path) as memory:
        path.rename(path.with_name("old.jsonl"))
        with a_memory(path), pytest.raises(FileFailed):
            memory.deeds()


@pytest.mark.parametrize("kind", ["directory", "pipe", "nowhere"])
def test_what_is_not_a_file_is_named(tmp_path: Path, kind: str, golden: Golden) -> None:
    path = tmp_path / kind
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path /= "journal.jsonl"
    with pytest.raises(FileFailed) as caught, a_memory(path):
        raise AssertionError
    golden.says("watch/memory", kind, str(caught.value), path=tmp_path)


def test_a_file_system_without_locks_is_named(path: Path, golden: Golden) -> None:
    def no(_file: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    memory = JournalMemory(path, TARGET, "somebody", lambda: datetime(2026, 11, 25, tzinfo=UTC), no)
    with pytest.raises(FileFailed) as caught, memory:
        raise AssertionError
    golden.says("watch/memory", "no locks", str(caught.value), path=path)
