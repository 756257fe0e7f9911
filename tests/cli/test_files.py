"""Files that users name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from reconciler.cli.files import create_bytes, replace_bytes, replace_text, write_private, write_shared
from reconciler.model.errors import FileFailed


def test_a_private_file_is_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("before")
    write_private(path, "after", "plan")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("after", 0o600)


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "plan.json").mkdir()
    with pytest.raises(FileFailed, match=r"cannot write the plan .*: Is a directory"):
        write_private(tmp_path / "plan.json", "text", "plan")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_a_shared_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "lock.yaml").mkdir()
    with pytest.raises(FileFailed, match=r"cannot write the lock .*: Is a directory"):
        write_shared(tmp_path / "lock.yaml", "text", "lock")
    assert [path.name for path in tmp_path.iterdir()] == ["lock.yaml"]


def test_a_text_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_private(tmp_path / "plan.json", "\ud800", "plan")
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write_private(path, "text", "plan")
    assert (os.read(reader, 100), path.is_fifo()) == (b"text", True)
    os.close(reader)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("plan.json")
    write_private(tmp_path / "link", "text", "plan")
    assert ((tmp_path / "plan.json").read_text(), (tmp_path / "link").is_symlink()) == ("text", True)


def test_a_file_that_is_gone_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileFailed, match="cannot write the policy file"):
        replace_text(tmp_path / "nowhere" / "policies.yaml", "text", "policy file")
    assert not list(tmp_path.iterdir())


LONG = f"{'n' * 250}.yaml"
"""A name so long that a file beside it cannot have a longer one."""


def test_a_file_that_changed_since_it_was_read_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"then")
    replace_bytes(file, b"then", b"now", "role file")
    with pytest.raises(FileFailed, match="it changed meanwhile"):
        replace_bytes(file, b"then", b"later", "role file")
    assert file.read_bytes() == b"now"


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    (tmp_path / LONG).write_bytes(b"then")
    with pytest.raises(FileFailed, match="File name too long"):
        replace_bytes(tmp_path / LONG, b"then", b"now", "role file")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"then"]


def test_a_new_file_has_the_mode_of_new_files_and_never_replaces_one(tmp_path: Path) -> None:
    (tmp_path / "like.yaml").touch()
    create_bytes(tmp_path / "a.yaml", b"new", "role file")
    assert (tmp_path / "a.yaml").read_bytes() == b"new"
    assert (tmp_path / "a.yaml").stat().st_mode == (tmp_path / "like.yaml").stat().st_mode
    with pytest.raises(FileFailed, match="File exists"):
        create_bytes(tmp_path / "a.yaml", b"newer", "role file")
    assert (tmp_path / "a.yaml").read_bytes() == b"new"


def test_a_new_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileFailed, match="File name too long"):
        create_bytes(tmp_path / LONG, b"new", "role file")
    assert list(tmp_path.iterdir()) == []
