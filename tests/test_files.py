"""Files that users name."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from reconciler.errors import FileFailed
from reconciler.files import write_private


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
