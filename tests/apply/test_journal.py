from __future__ import annotations

import errno
import json
import os
import pwd
import resource
import stat
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply.journal import Header, Journal, Recorded, login_name, now, read
from reconciler.apply.outcome import Kind, Outcome
from reconciler.model.errors import FileFailed
from tests.builders import TARGET, a_create, a_delete, an_update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.plan.changes import Change
    from tests.sentences import Golden

HEADER = Header("sha256:0", "c0ffee", "somebody", TARGET)


def noon() -> datetime:
    return datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def write(path: Path, *changes: Change) -> None:
    with Journal(path, HEADER, noon) as journal:
        for change in changes:
            journal.outcome(journal.intent(change), Outcome(change, Kind.APPLIED, attempts=1, id="the-id"))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


# --- writing


def test_an_intent_holds_all_that_an_undo_needs(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, an_update())
    intent = lines(path)[0]
    assert len(intent.pop("run")) == 32
    assert intent == {
        "kind": "intent",
        "request": 1,
        "action": "update",
        "name": "support-lead",
        "id": an_update().id,
        "before": {"name": "support-lead", "description": "Leads support.", "permissions": []},
        "after": {"name": "support-lead", "description": "Leads support.", "permissions": ["conversations.view"]},
        "time": "2026-11-23T12:00:00.000Z",
        "plan_digest": "sha256:0",
        "commit": "c0ffee",
        "edited": None,
        "actor": "somebody",
        "target": TARGET,
        "command": "apply",
        "file": None,
    }


def test_a_journal_of_watch_has_the_hash_of_the_file_of_each_role(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    header = replace(HEADER, command="watch", files={"support-lead": "sha256:1"})
    with Journal(path, header) as journal:
        journal.intent(an_update())
        journal.intent(a_delete())
    assert [(line["command"], line["file"]) for line in lines(path)] == [("watch", "sha256:1"), ("watch", None)]


def test_an_outcome_says_what_became_of_the_request(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, HEADER) as journal:
        journal.outcome(journal.intent(a_delete()), Outcome(a_delete(), Kind.FAILED, "no", attempts=3))
    intent, outcome = lines(path)
    assert (outcome["run"], outcome["request"]) == (intent["run"], intent["request"])
    assert [outcome[key] for key in ("kind", "status", "reason", "error", "attempts", "id")] == [
        "outcome",
        "failed",
        "failed",
        "no",
        3,
        a_delete().id,
    ]


def test_the_outcome_of_a_create_has_the_id_of_the_role(tmp_path: Path) -> None:
    write(tmp_path / "journal.jsonl", a_create())
    assert [line["id"] for line in lines(tmp_path / "journal.jsonl")] == [None, "the-id"]


def test_a_login_name_that_is_not_utf8_is_written_so_that_the_journal_can_be_read(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl", replace(HEADER, actor="ad\udcff")) as journal:
        journal.intent(a_create())
    assert [entry.actor for entry in read(tmp_path / "journal.jsonl").entries] == [r"ad\udcff"]


def test_times_are_written_in_utc(tmp_path: Path) -> None:
    def there() -> datetime:
        return datetime(2026, 11, 23, 14, 0, tzinfo=timezone(timedelta(hours=2)))

    with Journal(tmp_path / "journal.jsonl", HEADER, there) as journal:
        journal.intent(a_create())
    assert lines(tmp_path / "journal.jsonl")[0]["time"] == "2026-11-23T12:00:00.000Z"


def test_the_clock_outside_tests_is_aware_of_its_zone() -> None:
    assert now().tzinfo is UTC


def test_what_was_never_sent_is_not_amended(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl", HEADER) as journal:
        journal.amend(Outcome(a_create(), Kind.ALREADY))
    assert lines(tmp_path / "journal.jsonl") == []


def test_a_new_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    write(tmp_path / "journal.jsonl", a_create())
    assert stat.S_IMODE((tmp_path / "journal.jsonl").stat().st_mode) == 0o600


def test_a_second_run_is_appended_under_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, a_create())
    write(path, a_delete())
    assert [line["name"] for line in lines(path)] == ["support-lead", "support-lead", "temp-role", "temp-role"]
    assert len({line["run"] for line in lines(path)}) == 2


def test_hostile_text_stays_inert_in_the_file(tmp_path: Path) -> None:
    write(tmp_path / "journal.jsonl", a_create("\x1b[2J\u202e\n"))
    content = (tmp_path / "journal.jsonl").read_text()
    assert all(line.isprintable() for line in content.split("\n"))


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, HEADER) as journal:
        threads = [threading.Thread(target=journal.intent, args=[a_create("x" * 5000)]) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(line["request"] for line in lines(path)) == list(range(1, 21))


@pytest.mark.parametrize(
    "place",
    [lambda tmp: tmp, lambda tmp: tmp / "nowhere" / "journal.jsonl"],
    ids=["a directory", "no directory"],
)
def test_a_journal_that_cannot_be_written_is_a_failure_that_names_it(
    tmp_path: Path, place: Callable[[Path], Path]
) -> None:
    with pytest.raises(FileFailed, match="cannot write the journal"), Journal(place(tmp_path), HEADER) as journal:
        journal.intent(a_create())


def test_a_journal_that_cannot_be_read_back_is_a_failure_before_the_first_request(
    tmp_path: Path, golden: Golden
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FileFailed) as caught:
        Journal(pipe, HEADER)
    golden.says("apply/journal", "not a regular file", str(caught.value), path=pipe)


def test_each_line_is_flushed_to_the_disk_before_anything_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    flushed: list[int] = []
    with Journal(path, HEADER, flush=lambda _file: flushed.append(len(lines(path)))) as journal:
        journal.outcome(journal.intent(a_create()), Outcome(a_create(), Kind.APPLIED))
    assert flushed == [0, 1, 2]


def test_what_was_sent_is_amended_under_its_own_number(tmp_path: Path) -> None:
    first, second = a_create(), a_delete()
    with Journal(tmp_path / "journal.jsonl", HEADER) as journal:
        journal.intent(first)
        journal.intent(second)
        journal.amend(Outcome(first, Kind.APPLIED, attempts=1, id="the-id"))
    last = lines(tmp_path / "journal.jsonl")[-1]
    assert (last["kind"], last["request"], last["status"]) == ("outcome", 1, "applied")


def test_the_directory_of_a_new_journal_is_flushed_so_that_a_power_cut_does_not_lose_the_file(tmp_path: Path) -> None:
    flushed: list[int] = []
    with Journal(tmp_path / "journal.jsonl", HEADER, flush=lambda file: flushed.append(os.fstat(file).st_ino)):
        assert flushed == [tmp_path.stat().st_ino]


def open_files() -> set[int]:
    """Return the inodes of all files that this process has open."""
    found = set()
    for number in Path("/dev/fd").iterdir():
        with suppress(OSError):  # the listing itself is closed by now
            found.add(number.stat().st_ino)
    return found


def test_a_journal_that_ended_leaves_neither_its_file_nor_its_directory_open(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, HEADER):
        assert path.stat().st_ino in open_files()
    assert open_files().isdisjoint({path.stat().st_ino, tmp_path.stat().st_ino})


def test_a_journal_that_cannot_be_used_does_not_stay_open(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    os.mkfifo(path)
    with pytest.raises(FileFailed, match="not a regular file"):
        Journal(path, HEADER)
    assert path.stat().st_ino not in open_files()


def test_a_disk_that_does_not_flush_is_a_failure(tmp_path: Path, golden: Golden) -> None:
    def fail(_file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with (
        Journal(tmp_path / "journal.jsonl", HEADER, flush=fail) as journal,
        pytest.raises(FileFailed) as caught,
    ):
        journal.intent(a_create())
    golden.says("apply/journal", "a disk that does not flush", str(caught.value), folder=tmp_path)


@contextmanager
def a_disk_that_is_full_after(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_takes_half_a_line_is_a_failure_and_the_next_line_mends_it(tmp_path: Path, golden: Golden) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, HEADER) as journal:
        journal.intent(a_create())
        with a_disk_that_is_full_after(path.stat().st_size + 50):
            with pytest.raises(FileFailed) as half:
                journal.intent(a_delete())
            with pytest.raises(FileFailed) as nothing:
                journal.intent(a_delete())
        journal.intent(an_update())
    assert [entry.action for entry in read(path).entries] == ["create", "update"]
    assert len(read(path).notes) == 1
    golden.says("apply/journal", "half a line on a full disk", str(half.value), path=path)
    golden.says("apply/journal", "a full disk", str(nothing.value), path=path)


def test_after_a_write_that_failed_nobody_knows_what_the_disk_took_so_the_next_line_mends(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, HEADER) as journal:
        journal.intent(a_create())
        with (
            a_disk_that_is_full_after(path.stat().st_size),
            pytest.raises(FileFailed, match="cannot write the journal"),
        ):
            journal.intent(a_delete())
        journal.intent(an_update())
    assert b'\n\n{"kind": "mended"}\n' in path.read_bytes()
    assert [entry.action for entry in read(path).entries] == ["create", "update"]


def test_a_journal_that_lacks_but_its_line_feed_is_mended_however_short(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"{")
    write(path, a_create())
    assert len(read(path).entries) == 2


def test_the_codes_of_a_role_are_sorted(tmp_path: Path) -> None:
    codes = [f"x.{letter}" for letter in "hgfedcba"]
    write(tmp_path / "journal.jsonl", a_create(permissions=codes))
    assert lines(tmp_path / "journal.jsonl")[0]["after"]["permissions"] == sorted(codes)


# --- reading


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, an_update())
    intent, outcome = read(path).entries
    assert (intent.kind, outcome.kind, outcome.status) == ("intent", "outcome", "applied")
    assert intent.before is not None
    assert intent.before.role() == an_update().before


def test_an_empty_journal_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").touch()
    assert read(tmp_path / "journal.jsonl") == Recorded(str(tmp_path / "journal.jsonl"), ())


def test_a_journal_that_is_not_there_is_a_failure(tmp_path: Path, golden: Golden) -> None:
    with pytest.raises(FileFailed) as caught:
        read(tmp_path / "none.jsonl")
    golden.says("apply/journal", "no journal", str(caught.value), folder=tmp_path)


def test_a_cut_off_last_line_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, a_create())
    path.write_bytes(path.read_bytes()[:-20])
    reading = read(path)
    assert [entry.kind for entry in reading.entries] == ["intent"]
    assert reading.notes == (f"{path}:2: truncated line skipped",)


def test_a_later_run_mends_a_cut_off_line_and_both_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, a_create())
    path.write_bytes(path.read_bytes()[:-20])
    write(path, a_delete())
    reading = read(path)
    assert [entry.name for entry in reading.entries] == ["support-lead", "temp-role", "temp-role"]
    assert reading.notes == (f"{path}:2: truncated line skipped",)


def test_a_last_line_that_lacks_only_its_line_feed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, a_create())
    path.write_bytes(path.read_bytes()[:-1])
    assert len(read(path).entries) == 2
    write(path, a_delete())
    assert len(read(path).entries) == 4
    assert read(path).notes == ()


@pytest.mark.parametrize("broken", [b"{", b"{}", b'{"kind": "intent"}', b"\xff\xfe", b"[1]"])
def test_a_broken_line_in_the_middle_is_an_error_that_names_it(tmp_path: Path, broken: bytes, golden: Golden) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, a_create())
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + broken + b"\n" + second)
    with pytest.raises(FileFailed) as caught:
        read(path)
    golden.says("apply/journal", f"a corrupt line, {broken!r}", str(caught.value), path=path)


@pytest.mark.parametrize(("key", "value"), [("request", "1"), ("time", 7), ("id", 7)])
def test_a_value_of_another_type_is_not_taken_for_what_it_looks_like(
    tmp_path: Path, key: str, value: object, golden: Golden
) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, an_update())
    path.write_text("".join(f"{json.dumps({**line, key: value})}\n" for line in lines(path)))
    with pytest.raises(FileFailed) as caught:
        read(path)
    golden.says("apply/journal", f"a value of another type, {key}", str(caught.value), path=path)


@pytest.mark.parametrize("key", ["before", "after", "stored"])
def test_a_name_that_no_plan_could_hold_is_an_error_with_its_line(tmp_path: Path, key: str, golden: Golden) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, an_update())
    first, second = lines(path)
    second[key] = {"name": "D ", "description": "", "permissions": []}
    path.write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n")
    with pytest.raises(FileFailed) as caught:
        read(path)
    golden.says("apply/journal", "a name in another spelling", str(caught.value), path=path)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ('{\n  "format_version": "1.0", "changes": []}', "a saved plan"),
        ('{"changes": [], "outcomes": []}', "a saved plan"),
        ('{"catalogue": [], "created_at": "", "changes": []', "a saved plan"),
        ('{"format_version": "1.0", "outcomes": []}', "the report of an apply"),
        ("name: lead\npermissions: []\n", "no JSON"),
    ],
)
def test_another_file_is_told_by_what_it_is(tmp_path: Path, document: str, kind: str, golden: Golden) -> None:
    path = tmp_path / "plan.json"
    path.write_text(document)
    with pytest.raises(FileFailed) as caught:
        read(path)
    golden.says("apply/journal", kind, str(caught.value), path=path)


@given(st.data())
def test_a_journal_cut_off_anywhere_can_be_read_and_appended_to(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "journal.jsonl"
    write(path, a_create("überblick"), an_update(), a_delete())
    whole, content = read(path).entries, path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content)), label="cut")])
    left = read(path).entries
    assert left == whole[: len(left)]
    assert len(left) >= path.read_bytes().count(b"\n")
    write(path, a_delete())
    assert read(path).entries[: len(left)] == left
    assert len(read(path).entries) == len(left) + 2


# --- who


def test_the_environment_says_the_login_name() -> None:
    assert login_name({"LOGNAME": "ada"}) == "ada"
    assert login_name({}) == pwd.getpwuid(os.getuid()).pw_name


def test_a_user_without_a_name_is_known_by_number() -> None:
    assert login_name({}, user=2_000_000_000) == "user 2000000000"


def test_a_line_of_blanks_is_no_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, a_create())
    path.write_bytes(path.read_bytes().replace(b"\n", b"\n  \n", 1))
    assert (len(read(path).entries), read(path).notes) == (2, ())


def test_of_all_that_is_wrong_in_a_line_the_first_thing_is_told(tmp_path: Path, golden: Golden) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"kind": "other"}\n\n')
    with pytest.raises(FileFailed) as caught:
        read(path)
    golden.says("apply/journal", "an unknown kind of line", str(caught.value), path=path)


@pytest.mark.parametrize("name", ["Lead", "lead "])
def test_a_capital_letter_or_a_blank_alone_makes_a_name_that_no_plan_could_hold(
    tmp_path: Path, name: str, golden: Golden
) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, an_update())
    first, second = lines(path)
    second["after"]["name"] = name
    path.write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n")
    with pytest.raises(FileFailed) as caught:
        read(path)
    golden.says("apply/journal", f"the name {name!r}", str(caught.value), path=path)


def test_a_document_of_reconciler_that_is_no_report_is_taken_for_a_saved_plan(tmp_path: Path, golden: Golden) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"format_version": "1.0"}\n')
    with pytest.raises(FileFailed) as caught:
        read(path)
    golden.says("apply/journal", "a document of reconciler", str(caught.value), path=path)


def test_a_journal_is_closed_when_it_is_left(tmp_path: Path) -> None:
    opened: list[int] = []
    with Journal(tmp_path / "journal.jsonl", HEADER, flush=opened.append) as journal:
        journal.intent(a_create())
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[-1])
