"""Which files of a directory are read, and why one of them is not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.load import Loaded, load_roles
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding
from reconciler.yamlio.text import MAX_BYTES
from tests.builders import TODAY, place_of
from tests.sentences import Golden


def write(path: Path, name: str | None = None) -> Path:
    """A role file; the role is called like the file where nothing else is said."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"name: {name or path.stem}\npermissions: []\n")
    return path


def names(loaded: Loaded) -> list[str]:
    return [entry.role.name for entry in loaded.roles]


def problems(roles_dir: str | Path) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInput) as caught:
        load_roles(roles_dir, today=TODAY)
    return caught.value.findings


def said(roles_dir: str | Path) -> list[str]:
    return [str(problem) for problem in problems(roles_dir)]


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A roles.d with one role in the working directory."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "roles.d" / "first.yaml")
    return tmp_path / "roles.d"


def test_yaml_and_yml_files_are_read_at_any_depth(top: Path) -> None:
    write(top / "a" / "b" / "c.yml")
    loaded = load_roles("roles.d", today=TODAY)
    assert names(loaded) == ["c", "first"]
    assert loaded.files == 2
    assert loaded.roles[0].location.path == "roles.d/a/b/c.yml"


@pytest.mark.parametrize("given", ["roles.d", "roles.d/", "./roles.d", Path("roles.d")])
@pytest.mark.usefixtures("top")
def test_paths_are_shown_in_one_way(given: str | Path) -> None:
    assert load_roles(given, today=TODAY).roles[0].location.path == "roles.d/first.yaml"


def test_names_that_start_with_a_dot_and_other_files_are_skipped(top: Path) -> None:
    write(top / ".hidden.yaml")
    write(top / ".git" / "x.yaml")
    (top / "README.md").write_text("no: yaml: at all")
    (top / "broken.yaml~").write_text("a backup")
    loaded = load_roles("roles.d", today=TODAY)
    assert names(loaded) == ["first"]
    assert loaded.warnings == ()


def test_a_file_that_is_skipped_only_for_its_capitals_is_a_warning(top: Path, golden: Golden) -> None:
    write(top / "BILLING.YAML")
    (warning,) = load_roles("roles.d", today=TODAY).warnings
    assert (place_of(warning).path, warning.rule) == ("roles.d/BILLING.YAML", "skipped-file")
    golden.says("load/walk", "a name in capitals", str(warning))


def test_warnings_of_the_directory_are_reported_beside_errors(top: Path) -> None:
    write(top / "BILLING.YML")
    write(top / "b.yaml", "admin")
    assert [line.split(":")[0] for line in said("roles.d")] == ["roles.d/BILLING.YML", "roles.d/b.yaml"]


def test_a_directory_that_is_missing_is_never_an_order_to_delete_everything(tmp_path: Path, golden: Golden) -> None:
    missing = tmp_path / "roles.d"
    (message,) = said(missing)
    assert message.startswith(f"{missing}:1:1: ")
    golden.says("load/walk", "a directory that is missing", message, directory=missing)


def test_a_directory_without_a_role_is_never_an_order_to_delete_everything(tmp_path: Path, golden: Golden) -> None:
    (message,) = said(tmp_path)
    assert message.startswith(f"{tmp_path}:1:1: ")
    golden.says("load/walk", "a directory without a role", message, directory=tmp_path)


def test_a_file_in_place_of_the_directory_is_an_error(top: Path, golden: Golden) -> None:
    (message,) = said(top / "first.yaml")
    golden.says("load/walk", "a file in place of the directory", message, top=top)


def test_a_file_without_a_role_says_so_and_nothing_more(top: Path) -> None:
    (top / "first.yaml").write_text("# all gone\n")
    (problem,) = problems("roles.d")
    assert (place_of(problem).path, problem.rule) == ("roles.d/first.yaml", "no-role")


def test_the_directory_itself_may_be_a_link(top: Path) -> None:
    Path("other").symlink_to(top)
    assert load_roles("other", today=TODAY).roles[0].location.path == "other/first.yaml"


def test_a_link_to_a_file_inside_is_read_as_a_mounted_configuration_has_it(top: Path) -> None:
    write(top / "..2026" / "second.yaml")
    (top / "..data").symlink_to("..2026")
    (top / "second.yaml").symlink_to("..data/second.yaml")
    loaded = load_roles("roles.d", today=TODAY)
    assert names(loaded) == ["first", "second"]
    assert loaded.roles[1].location.path == "roles.d/second.yaml"


def test_a_link_to_a_directory_inside_is_read(top: Path) -> None:
    write(top / ".store" / "team" / "second.yaml")
    (top / "team").symlink_to(".store/team")
    assert load_roles("roles.d", today=TODAY).roles[1].location.path == "roles.d/team/second.yaml"


def test_a_link_that_leaves_the_directory_is_an_error(top: Path, golden: Golden) -> None:
    outside = write(top.parent / "outside.yaml")
    (top / "second.yaml").symlink_to(outside)
    (top / "team").symlink_to("..")
    file, directory = problems("roles.d")
    assert (place_of(file).path, file.rule) == ("roles.d/second.yaml", "link-outside")
    assert (place_of(directory).path, directory.rule) == ("roles.d/team", "link-outside")
    golden.says("load/walk", "a link to a file outside", str(file), parent=top.parent)
    golden.says("load/walk", "a link to a directory outside", str(directory), parent=top.parent)


def test_a_directory_beside_whose_name_starts_the_same_is_outside(top: Path) -> None:
    write(top.parent / "roles.d.old" / "x.yaml")
    (top / "x.yaml").symlink_to("../roles.d.old/x.yaml")
    assert [problem.rule for problem in problems("roles.d")] == ["link-outside"]


def test_a_link_to_another_kind_of_file_is_skipped_wherever_it_leads(top: Path) -> None:
    (top.parent / "README.md").write_text("hello")
    (top / "README.md").symlink_to("../README.md")
    assert names(load_roles("roles.d", today=TODAY)) == ["first"]


def test_a_link_that_leads_nowhere_is_an_error(top: Path, golden: Golden) -> None:
    (top / "second.yaml").symlink_to("gone.yaml")
    (problem,) = problems("roles.d")
    assert (place_of(problem).path, problem.rule) == ("roles.d/second.yaml", "broken-link")
    golden.says("load/walk", "a link that leads nowhere", str(problem))


def test_links_in_a_circle_are_an_error(top: Path, golden: Golden) -> None:
    (top / "a.yaml").symlink_to("b.yaml")
    (top / "b.yaml").symlink_to("a.yaml")
    (top / "up").symlink_to(".")
    first, second, up = problems("roles.d")
    assert [(place_of(problem).path, problem.rule) for problem in (first, second, up)] == [
        ("roles.d/a.yaml", "broken-link"),
        ("roles.d/b.yaml", "broken-link"),
        ("roles.d/up", "link-twice"),
    ]
    golden.says("load/walk", "links in a circle", str(first))
    golden.says("load/walk", "a link to a directory that is read already", str(up))


def test_links_that_multiply_do_not_multiply_the_work(top: Path) -> None:
    for n in range(40):
        (top / f"d{n}").mkdir()
        (top / f"d{n}" / "left").symlink_to(f"../d{n + 1}")
        (top / f"d{n}" / "right").symlink_to(f"../d{n + 1}")
    write(top / "d40" / "last.yaml")
    assert len(said("roles.d")) == 80


def test_a_link_to_a_file_that_is_read_anyway_is_a_name_twice(top: Path) -> None:
    (top / "second.yaml").symlink_to("first.yaml")
    (problem,) = problems("roles.d")
    assert problem.rule == "duplicate-name"
    assert "roles.d/first.yaml:1:7" in problem.message


def nest(top: Path, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Directories inside each other, with a role in the innermost; made step by step, for the path may be too long."""
    start = Path.cwd()
    monkeypatch.chdir(top)
    for name in names:
        Path(name).mkdir()
        monkeypatch.chdir(name)
    write(Path("deep.yaml"))
    monkeypatch.chdir(start)


def test_directories_deeper_than_recursion_would_go_are_read(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nest(top, ["d"] * 600, monkeypatch)
    assert names(load_roles("roles.d", today=TODAY)) == ["deep", "first"]


def test_a_path_that_is_too_long_to_be_read_is_an_error(
    top: Path, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    nest(top, ["d" * 255] * 17, monkeypatch)
    (problem,) = problems("roles.d")
    assert place_of(problem).path.endswith("/" + "d" * 255)
    assert problem.rule == "unreadable"
    golden.says("load/walk", "a path that is too long", problem.message)


def test_a_pipe_is_an_error_and_nobody_waits_for_its_writer(top: Path, golden: Golden) -> None:
    os.mkfifo(top / "pipe.yaml")
    os.mkfifo(top / "pipe")
    (problem,) = problems("roles.d")
    assert (place_of(problem).path, problem.rule) == ("roles.d/pipe.yaml", "not-a-file")
    golden.says("load/walk", "a pipe", str(problem))


def test_a_socket_is_an_error(top: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("roles.d/socket.yaml")
        (problem,) = problems("roles.d")
        assert (place_of(problem).path, problem.rule) == ("roles.d/socket.yaml", "unreadable")
    assert tmp_path.exists()
    assert top.exists()


def test_a_file_over_32_mib_is_not_read(top: Path, golden: Golden) -> None:
    with (top / "large.yaml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    (problem,) = problems("roles.d")
    assert (place_of(problem).path, problem.rule) == ("roles.d/large.yaml", "too-large")
    golden.says("load/walk", "a file over 32 MiB", problem.message)


def test_a_file_name_cannot_steer_the_terminal(top: Path) -> None:
    (top / "a\x1b[31m\nb.yaml").write_text("")
    (message,) = said("roles.d")
    assert message.startswith("roles.d/a\\x1b[31m\\nb.yaml:1:1: ")


def test_a_file_name_that_is_no_text_is_shown_escaped(top: Path) -> None:
    Path(os.fsdecode(os.fsencode(top) + b"/\xff.yaml")).write_text("")
    assert said("roles.d")[0].startswith("roles.d/\\udcff.yaml:1:1: ")


def test_problems_of_files_and_of_the_directory_come_together(top: Path) -> None:
    (top / "a.yaml").symlink_to("gone")
    write(top / "b.yaml", "admin")
    assert [line.split(":")[0] for line in said("roles.d")] == ["roles.d/a.yaml", "roles.d/b.yaml"]


_AS_NOBODY = """
import os, sys
from reconciler.model.errors import InvalidInput
from reconciler.load import load_roles
from reconciler.model.days import Day
load_roles("fine.d", today=Day.max)  # so that all is imported that this user may read
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    load_roles("roles.d", today=Day.max)
except InvalidInput as error:
    print(error)
"""


def test_what_may_not_be_read_is_an_error(top: Path, golden: Golden) -> None:
    """In a process of its own: root may read everything, so there it becomes somebody else first."""
    secret = write(top / "second.yaml")
    closed = write(top / "team" / "third.yaml").parent
    secret.chmod(0)
    closed.chmod(0)
    for path in (top, top.parent):  # those above are not asked for anything: the working directory is open already
        path.chmod(0o755)
    write(top.parent / "fine.d" / "fine.yaml")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY],
        cwd=top.parent,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    closed.chmod(0o755)
    golden.says("load/walk", "a file and a directory that may not be read", done.stdout)
