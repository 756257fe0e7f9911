"""The wheel and the sdist, built and installed without a network: what `pip`, `pipx` and `uvx` do with them."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler import __version__
from tests import manual
from tests.pipelines.runner import ROOT

needs_git = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no git checkout")


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output of a command that has to succeed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "RECONCILER_"))}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Built(NamedTuple):
    """A wheel and an sdist."""

    wheel: Path
    sdist: Path


def build(source: Path, directory: Path) -> Built:
    """The wheel and the sdist of `source`, built as `pip` builds them, with what is installed here."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", directory, cwd=source)
    (wheel,) = directory.glob("*.whl")
    (sdist,) = directory.glob("*.tar.gz")
    return Built(wheel, sdist)


def install(what: str | Path, directory: Path, *options: str) -> Path:
    """The command, installed into a new environment that has the libraries of this one, but not its `reconciler`."""
    run(sys.executable, "-m", "venv", "--without-pip", "own", cwd=directory)
    python = directory / "own" / "bin" / "python"
    (site,) = (directory / "own").glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n")  # no .pth of that directory is read
    # Whatever is there: this environment may hold a built `reconciler`, as in a release.
    choices = ["--no-deps", "--ignore-installed", *options]
    run(sys.executable, "-m", "pip", "--python", python, "install", *choices, what, cwd=directory)
    return directory / "own" / "bin" / "reconciler"


def unpacked(sdist: Path, directory: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(directory, filter="data")
    return directory / sdist.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Those of this checkout, built once."""
    return build(ROOT, tmp_path_factory.mktemp("built"))


def test_the_wheel_brings_the_command_and_what_its_demo_shows(built: Built, tmp_path: Path) -> None:
    command = install(built.wheel, tmp_path)
    assert run(command, "--version", cwd=tmp_path) == f"reconciler {__version__}\n"
    where = run(command.with_name("python"), "-c", "import reconciler; print(reconciler.__file__)", cwd=tmp_path)
    assert where.startswith(str(tmp_path))
    assert "Applied: 1 added, 4 changed, 1 destroyed" in run(command, "demo", cwd=tmp_path)


def test_the_wheel_holds_the_templates_and_what_else_is_not_python(built: Built) -> None:
    package = ROOT / "reconciler"
    wanted = {
        path.relative_to(ROOT).as_posix()
        for kind in ("jinja", "css", "js", "typed")
        for path in package.rglob(f"*.{kind}")
    }
    assert any(name.endswith(".html.jinja") for name in wanted)
    assert wanted <= set(zipfile.ZipFile(built.wheel).namelist())


def test_the_wheel_installs_the_man_pages_where_man_looks_for_them(built: Built) -> None:
    share = f"reconciler-{__version__}.data/data/share/man/"
    with zipfile.ZipFile(built.wheel) as wheel:
        names = [name for name in wheel.namelist() if name.startswith(share)]
        assert {name.removeprefix(share): wheel.read(name).decode() for name in names} == manual.written()


@needs_git
def test_the_command_can_be_installed_from_a_git_address(tmp_path: Path) -> None:
    command = install(f"git+{ROOT.as_uri()}", tmp_path, "--no-build-isolation")
    assert run(command, "--version", cwd=tmp_path).startswith("reconciler ")


@needs_git
def test_the_sdist_holds_whatever_git_tracks_and_so_all_that_its_tests_read(built: Built, tmp_path: Path) -> None:
    top = unpacked(built.sdist, tmp_path)
    tracked = [name for name in run("git", "ls-files", "-z", cwd=ROOT).split("\0") if name and (ROOT / name).is_file()]
    assert [name for name in tracked if not (top / name).is_file()] == []


def test_the_wheel_that_is_built_from_the_sdist_is_the_one_that_is_built_here(built: Built, tmp_path: Path) -> None:
    wheel, sdist = built
    again, _ = build(unpacked(sdist, tmp_path), tmp_path / "again")
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(wheel).namelist()
