"""The comments beside the items of role files, read from the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.comments import ItemComments
from reconciler.model.findings import Place
from reconciler.model.roles import Grant

if TYPE_CHECKING:
    from pathlib import Path


def test_each_item_has_its_comment_and_the_file_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "role.yaml"
    path.write_bytes(b"permissions:\n  - a.b # one \xff\n  - c.d # two\n  - e.f\n")
    comments = ItemComments()
    assert comments.of(Grant(Place(str(path), 2, 5))) == "one \ufffd"
    path.unlink()
    assert [comments.of(Grant(Place(str(path), line, 5))) for line in (3, 4)] == ["two", ""]


def test_a_comment_beside_a_pattern_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "role.yaml"
    path.write_text("permissions:\n  - a.* # all\n", encoding="utf-8")
    assert ItemComments().of(Grant(Place(str(path), 2, 5), pattern="a.*")) == ""


def test_a_file_without_a_sign_has_no_comments(tmp_path: Path) -> None:
    path = tmp_path / "role.yaml"
    path.write_text("permissions:\n  - a.b\n", encoding="utf-8")
    assert ItemComments().of(Grant(Place(str(path), 2, 5))) == ""


def test_a_file_that_is_gone_has_no_comments(tmp_path: Path) -> None:
    assert ItemComments().of(Grant(Place(str(tmp_path / "gone.yaml"), 1, 1))) == ""
