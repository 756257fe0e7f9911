"""Facts about the repository as it is committed: sizes, names, and what a lock may say."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import reconciler

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
WORKFLOWS = sorted((ROOT / ".github").glob("**/*.yml"))
VAGUE_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "misc"}
ACROSS = {"faults", "histories", "pipelines"}
"""Folders of tests that run the program as a whole. The others mirror a folder of the package."""
# Written apart, so that this file does not name what it looks for.
REGISTRY_HOSTS = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org"))
]


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    return sorted((ROOT / "reconciler").rglob("*.py"))


def locked_requirements(lock: Path) -> list[str]:
    """Each requirement with its markers and hashes on one line, comments left out."""
    lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
    return [entry for entry in "\n".join(lines).replace("\\\n", " ").splitlines() if entry.strip()]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no git checkout: what lies here may be anybody's")
def test_no_committed_file_names_the_host_of_a_package_registry() -> None:
    naming = {
        relative(path): host
        for path in tracked_files()
        for host in REGISTRY_HOSTS
        if host.encode() in path.read_bytes().lower()
    }
    assert naming == {}


def test_every_module_stays_under_300_lines() -> None:
    lengths = {relative(path): len(path.read_text().splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > 300} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [
        relative(path) for path in modules() if VAGUE_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)
    ] == []


def test_each_folder_of_the_package_has_a_folder_of_tests_and_the_other_way_round() -> None:
    package, tests = folders(ROOT / "reconciler", "*.py"), folders(ROOT / "tests", "test_*.py")
    assert tests - package == ACROSS
    assert package - tests == set()


def folders(top: Path, pattern: str) -> set[str]:
    return {path.parent.relative_to(top).as_posix() for path in top.rglob(pattern)} - {"."}


def test_no_test_patches_what_it_did_not_make() -> None:
    patched = {
        f"{relative(path)}: {ast.unparse(node)}"
        for path in (ROOT / "tests").rglob("*.py")
        if (text := path.read_text()) and ("setattr" in text or "mock" in text)  # to parse all takes seconds
        for node in ast.walk(ast.parse(text))
        if patches(node)
    }
    assert patched == set(), "hand in what differs, as an argument or a field"


def patches(node: ast.AST) -> bool:
    """Return whether this is a call of pytest's `setattr`, or an import of `unittest.mock`."""
    match node:
        case ast.Attribute(attr="setattr") | ast.ImportFrom(module="unittest.mock"):
            return True
        case ast.ImportFrom(module="unittest", names=names) | ast.Import(names=names):
            return any(name.name in {"mock", "unittest.mock"} for name in names)
        case _:
            return False


@pytest.mark.parametrize(
    "line",
    [
        "monkeypatch.setattr(time, 'sleep', print)",
        "from unittest.mock import patch",
        "from unittest import mock",
        "import unittest.mock",
    ],
)
def test_a_patch_is_found(line: str) -> None:
    assert any(patches(node) for node in ast.walk(ast.parse(line)))


def test_an_attribute_of_what_a_test_made_is_no_patch() -> None:
    assert not any(patches(node) for node in ast.walk(ast.parse("import os\nsetattr(tenant, 'answer', 1)")))


def test_each_exception_from_a_rule_has_its_reason_beside_it() -> None:
    bare = re.compile(r"# noqa(?!: [A-Z]+\d+(?:, [A-Z]+\d+)* - \S)")
    python = [path for folder in ("reconciler", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    assert {
        f"{relative(path)}:{number}"
        for path in python
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    } == set()


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "reconciler" / "py.typed").is_file()


def test_the_changelog_has_a_section_for_this_version() -> None:
    assert f"\n## [{reconciler.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_each_requirement_exactly_and_with_hashes(lock: Path) -> None:
    entries = locked_requirements(lock)
    pinned = re.compile(r"[a-z0-9._-]+==[\w.!+]+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert entries
    assert [entry for entry in entries if not pinned.fullmatch(entry)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_index_no_link_and_no_path(lock: Path) -> None:
    assert re.findall(r"\S*://\S*|--(?:extra-)?index-url\b|--find-links\b|\s/\S+", lock.read_text()) == []


def test_the_lock_for_developers_holds_whatever_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    asked = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(name for extra in project["project"]["optional-dependencies"].values() for name in extra),
        *(name for group in groups for name in group if isinstance(name, str)),
    ]
    wanted = {normalised(re.split(r"[^\w.-]", name, maxsplit=1)[0]) for name in asked}
    locked = {normalised(entry.split("==")[0]) for entry in locked_requirements(ROOT / "requirements" / "dev.txt")}
    assert wanted - locked == set()


def test_every_lock_for_one_environment_agrees_on_versions_with_the_one_for_developers() -> None:
    shared = [lock for lock in LOCKS if not lock.name.startswith("policy-tools")]  # those have their own environment
    versions = {lock.name: {entry.split(" ")[0] for entry in locked_requirements(lock)} for lock in shared}
    assert {
        name: sorted(pins - versions["dev.txt"]) for name, pins in versions.items() if pins - versions["dev.txt"]
    } == {}


def test_what_builds_the_policy_tools_is_what_their_lock_names() -> None:
    built, locked = (
        {entry.split(" ")[0] for entry in locked_requirements(ROOT / "requirements" / name)}
        for name in ("policy-tools-build.txt", "policy-tools.txt")
    )
    assert built <= locked


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=relative)
def test_an_action_from_elsewhere_is_pinned_by_commit_and_names_its_version(workflow: Path) -> None:
    uses = re.findall(r"^\s*(?:- )?uses:\s*(.+?)\s*$", workflow.read_text(), flags=re.MULTILINE)
    pinned = re.compile(r"\$/\S+|[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+(?:\.\d+)*")
    assert [use for use in uses if not pinned.fullmatch(use)] == []


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
