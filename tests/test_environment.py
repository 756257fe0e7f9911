from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from reconciler.environment import links
from reconciler.render.view import Links

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "fedcba9876543210fedcba9876543210fedcba98"


def on_github(top: Path | str, **more: str) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_SHA": COMMIT,
        "GITHUB_WORKSPACE": str(top),
        **more,
    }


def on_gitlab(top: Path) -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_PROJECT_URL": "https://gitlab.example/group/name",
        "CI_COMMIT_SHA": COMMIT,
        "CI_PROJECT_DIR": str(top),
    }


def test_github_shows_a_file_of_the_runs_commit(tmp_path: Path) -> None:
    with chdir(tmp_path):
        assert links(environment=on_github(tmp_path)) == Links(f"https://github.example/owner/name/blob/{COMMIT}/")


def test_gitlab_shows_a_file_of_the_pipelines_commit(tmp_path: Path) -> None:
    with chdir(tmp_path):
        found = links(environment=on_gitlab(tmp_path))
    assert found == Links(f"https://gitlab.example/group/name/-/blob/{COMMIT}/")


def test_a_commit_that_is_named_goes_before_the_runs(tmp_path: Path) -> None:
    with chdir(tmp_path):
        assert links(OTHER, on_github(tmp_path)) == Links(f"https://github.example/owner/name/blob/{OTHER}/")


def test_paths_count_from_the_current_directory(tmp_path: Path) -> None:
    below = tmp_path / "a b" / "roles"
    below.mkdir(parents=True)
    with chdir(below):
        found = links(environment=on_github(tmp_path))
    assert found is not None
    assert found.to("roles.d/lead.yaml", 3).endswith(f"{COMMIT}/a%20b/roles/roles.d/lead.yaml#L3")


def test_there_are_none_outside_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    with chdir(tmp_path):
        assert links(environment=on_github(tmp_path / "checkout")) is None


def test_a_run_that_does_not_say_where_its_checkout_is_is_taken_to_be_in_it(tmp_path: Path) -> None:
    with chdir(tmp_path):
        assert links(environment=on_github("")) == Links(f"https://github.example/owner/name/blob/{COMMIT}/")


def test_there_are_none_outside_of_ci() -> None:
    assert links(COMMIT, {"GITHUB_REPOSITORY": "owner/name"}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"GITHUB_SHA": "main"},
        {"GITHUB_SHA": ""},
        {"GITHUB_SERVER_URL": ""},
        {"GITHUB_SERVER_URL": "javascript:alert(1)"},
        {"GITHUB_SERVER_URL": "https://x/)[x]("},
        {"GITHUB_SERVER_URL": 'https://x/"onload='},
        {"GITHUB_SERVER_URL": "https://[::1"},
    ],
)
def test_there_are_none_where_what_ci_says_makes_no_address(tmp_path: Path, wrong: dict[str, str]) -> None:
    with chdir(tmp_path):
        assert links(environment=on_github(tmp_path, **wrong)) is None
