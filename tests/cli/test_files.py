"""Files that users name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from reconciler.cli.files import replace_text, write_private
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
