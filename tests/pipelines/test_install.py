"""`make demo` and `make setup` on a machine with a Python and its own pip: what is installed is what the lock says.

No network: the index is a directory of wheels, in which newer versions lie than the lock has.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipelines.runner import ROOT
from tests.pipelines.wheels import locked, wheel

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")

# A build back end that needs nothing installed: it makes the wheel of an editable installation, with the command.
BACKEND = """
import pathlib, zipfile

def build_editable(directory, config_settings=None, metadata_directory=None):
    name = "reconciler-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as archive:
        info = "reconciler-1.0.dist-info/"
        archive.writestr("reconciler.py", "def main(): print('the demo ran')")
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: reconciler\\nVersion: 1.0\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "entry_points.txt", "[console_scripts]\\nreconciler = reconciler:main\\n")
        archive.writestr(info + "RECORD", "")
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@dataclass(frozen=True)
class Checkout:
    """A project with this repository's Makefile, and three locks of its own."""

    directory: Path

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE", "PYTHON"))}
        return subprocess.run(
            ["make", "--no-print-directory", f"PYTHON={sys.executable}", *arguments],
            cwd=self.directory,
            env={
                **kept,
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_FIND_LINKS": str(self.directory / "wheels"),
                "PIP_NO_CACHE_DIR": "1",
                "PIP_NO_INDEX": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def installed(self) -> set[str]:
        """What is installed beside what every new environment has."""
        found = self.directory.glob(".venv/lib/python*/site-packages/*.dist-info")
        return {path.stem for path in found if not path.name.startswith(("pip-", "setuptools-"))}

    def earlier(self, interpreter: str | None) -> None:
        """An environment of yesterday, with `interpreter` as the script that stands for its Python; None dangles."""
        binaries = self.directory / ".venv" / "bin"
        binaries.mkdir(parents=True)
        if interpreter is None:
            (binaries / "python3").symlink_to("/nonexistent/python3.12")
            (binaries / "python").symlink_to("python3")
        else:
            (binaries / "python").write_text(f"#!/bin/sh\n{interpreter}\n")
            (binaries / "python").chmod(0o755)
        for marker in ("pyvenv.cfg", "runtime", "package", "dev"):
            (self.directory / ".venv" / marker).touch()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """The demo needs `runs` and is built by `builds`; a test tool needs `covers` with an extra, as pytest-cov does."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "backend.py").write_text(BACKEND)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    index, locks = tmp_path / "wheels", tmp_path / "requirements"
    index.mkdir()
    locks.mkdir()
    runs = wheel(index, "runs", "1.0", "needs>=1")
    needs = wheel(index, "needs", "1.0")
    builds = wheel(index, "builds", "1.0")
    tests = wheel(index, "tests", "1.0", "covers[toml]>=1")
    covers = wheel(index, "covers", "1.0", "reads_toml>=1; extra == 'toml'", extras=("toml",))
    for newer in ("runs", "needs", "builds", "tests", "covers", "reads_toml"):
        wheel(index, newer, "2.0")
    (locks / "runtime.txt").write_text(locked(runs, needs))
    (locks / "build.txt").write_text(locked(builds))
    (locks / "dev.txt").write_text(locked(runs, needs, builds, tests, covers))
    for path in [*locks.iterdir(), tmp_path / "pyproject.toml"]:
        os.utime(path, (1, 1))  # older than whatever was made from it
    return Checkout(tmp_path)


def test_the_lock_alone_decides_what_is_installed_also_where_the_python_of_yesterday_is_gone(
    checkout: Checkout,
) -> None:
    checkout.earlier(None)
    demo = checkout.make("demo")
    assert demo.stdout.endswith("the demo ran\n"), demo.stderr
    for_the_demo = {"runs-1.0", "needs-1.0", "builds-1.0", "reconciler-1.0"}
    assert checkout.installed() == for_the_demo
    setup = checkout.make("setup")
    assert setup.returncode == 0, setup.stderr
    assert checkout.installed() == for_the_demo | {"tests-1.0", "covers-1.0"}


def steps(checkout: Checkout, target: str) -> list[str]:
    """What `make target` would do."""
    done = checkout.make("--dry-run", target)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if " -m " in line]


@pytest.mark.parametrize("target", ["demo", "setup", "test"])
def test_what_is_installed_already_is_not_installed_again(checkout: Checkout, target: str) -> None:
    checkout.earlier("echo runs")
    assert steps(checkout, target) == []


@pytest.mark.parametrize("interpreter", [None, "exit 1", "echo 'No module named pip' >&2; exit 1"])
def test_an_environment_whose_python_does_not_run_is_made_again_with_all_that_was_in_it(
    checkout: Checkout, interpreter: str | None
) -> None:
    checkout.earlier(interpreter)
    made, runtime, package, dev = steps(checkout, "setup")
    assert made.endswith("-m venv --clear .venv")
    assert "requirements/runtime.txt" in runtime
    assert "--editable ." in package
    assert "requirements/dev.txt" in dev


@pytest.mark.parametrize(
    ("changed", "installed"),
    [
        ("requirements/dev.txt", ["requirements/dev.txt"]),
        ("requirements/build.txt", ["requirements/runtime.txt", "--editable .", "requirements/dev.txt"]),
        ("pyproject.toml", ["--editable ."]),
    ],
)
def test_what_was_changed_is_installed_again_and_what_follows_from_it(
    checkout: Checkout, changed: str, installed: list[str]
) -> None:
    checkout.earlier("echo runs")
    os.utime(checkout.directory / changed, (2**31, 2**31))
    found = steps(checkout, "setup")
    assert len(found) == len(installed)
    assert all(word in step for word, step in zip(installed, found, strict=True))


def test_each_installation_from_an_index_is_by_hash_and_without_resolving() -> None:
    for file in ("Makefile", "Dockerfile", ".github/actions/reconciler/action.yml"):
        text = (ROOT / file).read_text().replace("\\\n", " ")
        text = text.replace("$(INSTALL)", "install --no-deps").replace('"${pip[@]}"', "install --no-deps")
        from_locks = [line for line in text.splitlines() if "install" in line and ("--requirement" in line)]
        assert from_locks
        assert all("--no-deps" in line and "--require-hashes" in line for line in from_locks), file
