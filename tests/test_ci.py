from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from reconciler.ci import read_ci
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
        assert read_ci(on_github(tmp_path)).links() == Links(f"https://github.example/owner/name/blob/{COMMIT}/")


def test_gitlab_shows_a_file_of_the_pipelines_commit(tmp_path: Path) -> None:
    with chdir(tmp_path):
        found = read_ci(on_gitlab(tmp_path)).links()
    assert found == Links(f"https://gitlab.example/group/name/-/blob/{COMMIT}/")


def test_a_commit_that_is_named_goes_before_the_runs(tmp_path: Path) -> None:
    with chdir(tmp_path):
        assert read_ci(on_github(tmp_path)).links(OTHER) == Links(f"https://github.example/owner/name/blob/{OTHER}/")


def test_paths_count_from_the_current_directory(tmp_path: Path) -> None:
    below = tmp_path / "a b" / "roles"
    below.mkdir(parents=True)
    with chdir(below):
        found = read_ci(on_github(tmp_path)).links()
    assert found is not None
    assert found.to("roles.d/lead.yaml", 3).endswith(f"{COMMIT}/a%20b/roles/roles.d/lead.yaml#L3")


def test_there_are_none_outside_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    with chdir(tmp_path):
        assert read_ci(on_github(tmp_path / "checkout")).links() is None


def test_a_run_that_does_not_say_where_its_checkout_is_is_taken_to_be_in_it(tmp_path: Path) -> None:
    with chdir(tmp_path):
        assert read_ci(on_github("")).links() == Links(f"https://github.example/owner/name/blob/{COMMIT}/")


def test_there_are_none_outside_of_ci() -> None:
    assert read_ci({"GITHUB_REPOSITORY": "owner/name"}).links(COMMIT) is None


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
        assert read_ci(on_github(tmp_path, **wrong)).links() is None


def test_a_path_counts_from_the_directory_that_holds_git(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    with chdir(tmp_path / "sub" / "deep"):
        place = read_ci({}).from_top()
    assert place("roles.d/lead.yaml") == "sub/deep/roles.d/lead.yaml"
    assert place("../roles.d/lead.yaml") == "sub/roles.d/lead.yaml"
    assert place(str(tmp_path / "roles.d" / "lead.yaml")) == "roles.d/lead.yaml"


def test_a_work_tree_whose_git_is_a_file_has_a_top_too(tmp_path: Path) -> None:
    """As in `git worktree` and in a submodule."""
    (tmp_path / ".git").write_text("gitdir: elsewhere\n")
    (tmp_path / "sub").mkdir()
    with chdir(tmp_path / "sub"):
        assert read_ci({}).from_top()("roles.d/lead.yaml") == "sub/roles.d/lead.yaml"


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_a_path_counts_from_the_checkout_of_ci_where_there_is_no_git(tmp_path: Path, variable: str) -> None:
    (tmp_path / ".git").mkdir()  # not of the checkout, so of no interest
    (tmp_path / "checkout" / "sub").mkdir(parents=True)
    with chdir(tmp_path / "checkout" / "sub"):
        place = read_ci({variable: str(tmp_path / "checkout")}).from_top()
    assert place("roles.d/lead.yaml") == "sub/roles.d/lead.yaml"


def test_a_repository_that_is_checked_out_below_the_workspace_has_its_own_top(tmp_path: Path) -> None:
    """`actions/checkout` with `path:`; GitHub places marks by the path within the repository."""
    (tmp_path / "mine" / ".git").mkdir(parents=True)
    with chdir(tmp_path / "mine"):
        assert read_ci({"GITHUB_WORKSPACE": str(tmp_path)}).from_top()("roles.d/lead.yaml") == "roles.d/lead.yaml"


def test_a_link_is_called_by_the_file_behind_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "roles.d").symlink_to("shared")
    with chdir(tmp_path):
        assert read_ci({}).from_top()("roles.d/lead.yaml") == "shared/lead.yaml"


def test_a_link_that_leaves_the_repository_is_called_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "mine" / ".git").mkdir(parents=True)
    (tmp_path / "mine" / "roles.d").symlink_to(tmp_path)
    with chdir(tmp_path / "mine"):
        assert read_ci({}).from_top()("./roles.d/lead.yaml") == "roles.d/lead.yaml"


def test_a_path_outside_of_any_repository_stays_as_it_was_typed(tmp_path: Path) -> None:
    (tmp_path / "mine" / ".git").mkdir(parents=True)
    with chdir(tmp_path / "mine"):
        assert read_ci({}).from_top()("../roles.d/lead.yaml") == "../roles.d/lead.yaml"
    with chdir(tmp_path):
        assert read_ci({}).from_top()("roles.d/lead.yaml") == "roles.d/lead.yaml"


def test_a_link_of_the_forge_leads_to_the_path_in_the_repository(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with chdir(tmp_path / "here"):
        found = read_ci(on_github(tmp_path)).links()
    assert found is not None
    assert found.to("../sub/roles.d/lead.yaml", 3).endswith(f"/blob/{COMMIT}/sub/roles.d/lead.yaml#L3")


def test_who_started_the_run_is_the_actor_of_either_ci() -> None:
    assert read_ci({"GITHUB_ACTOR": "octocat", "LOGNAME": "root"}).actor == "octocat"
    assert read_ci({"GITLAB_USER_LOGIN": "tanuki", "GITHUB_ACTOR": ""}).actor == "tanuki"


def test_outside_of_ci_there_is_no_actor() -> None:
    assert read_ci({"LOGNAME": "ada"}).actor == ""
