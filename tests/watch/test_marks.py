from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.watch.marks import mark_of, marks_of


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """A directory with a role file, one below, a link, and what is no role file."""
    (tmp_path / "roles.d" / "more").mkdir(parents=True)
    (tmp_path / "roles.d" / "a.yaml").write_text("one")
    (tmp_path / "roles.d" / "more" / "b.yml").write_text("two")
    (tmp_path / "roles.d" / "link.yaml").symlink_to("more/b.yml")
    (tmp_path / "roles.d" / "README.md").write_text("three")
    (tmp_path / "reconciler.yaml").write_text("version: 1")
    return tmp_path


def paths(there: Path) -> list[Path]:
    return [there / "reconciler.yaml", there / "permissions.lock.yaml", there / "roles.d"]


def replaced(path: Path) -> None:
    """As editors do: another file takes the name, with the same size and the same times."""
    was = path.stat()
    other = path.with_name("other")
    other.write_text(path.read_text())
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda there: (there / "roles.d" / "a.yaml").write_text("four"),
        lambda there: (there / "roles.d" / "more" / "b.yml").write_text("four"),
        lambda there: (there / "roles.d" / "c.yaml").write_text(""),
        lambda there: (there / "roles.d" / "a.yaml").unlink(),
        lambda there: (there / "reconciler.yaml").write_text("version: 2"),
        lambda there: (there / "permissions.lock.yaml").write_text(""),
        lambda there: replaced(there / "roles.d" / "a.yaml"),
        lambda there: (there / "roles.d" / "a.yaml").rename(there / "roles.d" / "z.yaml"),
        lambda there: (there / "roles.d" / "more").rename(there / "roles.d" / "less"),
    ],
)
def test_an_edit_is_noticed(there: Path, edit: Callable[[Path], object]) -> None:
    before = marks_of(paths(there))
    edit(there)
    assert marks_of(paths(there)) != before


@pytest.mark.parametrize(
    "edit",
    [
        lambda _there: None,
        lambda there: (there / "roles.d" / ".a.yaml.swp").write_text("an editor's"),
        lambda there: (there / "roles.d" / "README.md").write_text("no role file"),
        lambda there: (there / "other").mkdir(),
    ],
)
def test_what_is_not_read_is_not_noticed(there: Path, edit: Callable[[Path], object]) -> None:
    before = marks_of(paths(there))
    edit(there)
    assert marks_of(paths(there)) == before


def test_a_checkout_that_is_switched_by_a_symlink_is_noticed(there: Path, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to("roles.d")
    before = marks_of([link])
    (tmp_path / "next").mkdir()
    (tmp_path / "new").symlink_to("next")
    (tmp_path / "new").replace(link)
    assert marks_of([link]) != before
    assert marks_of([there / "nowhere"])[0].inode == 0


def test_a_file_that_is_removed_just_as_it_is_looked_at_is_missing(there: Path) -> None:
    with os.scandir(there / "roles.d") as found:
        entry = next(entry for entry in found if entry.name == "a.yaml")
    (there / "roles.d" / "a.yaml").unlink()
    assert mark_of(entry).inode == 0
