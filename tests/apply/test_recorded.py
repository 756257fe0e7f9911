from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.journal import Header, Journal, read
from reconciler.apply.outcome import Kind
from reconciler.model.errors import FileFailed
from reconciler.reading import DOCUMENT
from tests.apply.running import TEMP, error_of, kinds, run
from tests.apply.tenant import Tenant
from tests.builders import a_create, a_delete

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sentences import Golden

# --- the journal


class _FullDisk(Journal):
    """A journal whose disk fills up after so many lines."""

    def __init__(self, path: Path, lines: int) -> None:
        super().__init__(path, Header("sha256:0", None, "somebody", "http://127.0.0.1"))
        self._left = lines

    def _append(self, entry: object) -> None:
        if self._left == 0:
            raise FileFailed("cannot write the journal: No space left on device")
        self._left -= 1
        super()._append(entry)  # type: ignore[arg-type] # what the base's own methods give


def test_every_request_stands_between_an_intent_and_an_outcome(tmp_path: Path) -> None:
    tenant = Tenant(TEMP, held={"temp-role": 1})
    path = tmp_path / "journal.jsonl"
    with Journal(path, Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        run(tenant, a_create("clerk"), a_delete(), concurrency=1, journal=journal)
    lines = [(entry.kind, entry.name, entry.status) for entry in read(path).entries]
    assert lines == [
        ("intent", "clerk", None),
        ("outcome", "clerk", "applied"),
        ("intent", "temp-role", None),
        ("outcome", "temp-role", "failed"),
    ]


def test_what_is_not_sent_is_not_in_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        run(Tenant(), a_delete(), journal=journal)
    assert read(path).entries == ()


def test_a_journal_is_read_however_long_its_operator_ran(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, Header("sha256:0", None, "somebody", "http://127.0.0.1")) as journal:
        run(Tenant(), a_create("a"), journal=journal)
    with path.open("r+b") as file:
        file.truncate(DOCUMENT + 1)  # larger than any other document may be; what follows the lines takes no room
    assert [entry.kind for entry in read(path).entries] == ["intent", "outcome"]


def test_nothing_is_sent_where_the_journal_cannot_be_written(tmp_path: Path, golden: Golden) -> None:
    tenant = Tenant()
    with _FullDisk(tmp_path / "journal.jsonl", lines=0) as journal:
        outcomes = run(tenant, a_create("a"), a_create("b"), concurrency=1, journal=journal)
    assert kinds(outcomes) == [Kind.FAILED, Kind.UNTRIED]
    golden.says("apply/executor", "no journal: nothing is sent", error_of(outcomes[1]))
    assert tenant.log == []


def test_a_journal_that_fails_after_a_request_stops_the_rest_and_is_reported(tmp_path: Path, golden: Golden) -> None:
    tenant = Tenant()
    with _FullDisk(tmp_path / "journal.jsonl", lines=1) as journal:
        outcomes = run(tenant, a_create("a"), a_create("b"), concurrency=1, journal=journal)
    assert kinds(outcomes) == [Kind.APPLIED, Kind.UNTRIED]
    golden.says("apply/executor", "no journal: a result is not recorded", error_of(outcomes[0]))
    assert tenant.log == [("create", "a")]
