from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.forge import ForgeOptions, ForgeTarget, find_target
from reconciler.model.errors import CommandLineError, FileFailed

if TYPE_CHECKING:
    from tests.sentences import Golden

TOKEN = "a-token-of-this-test"


def an_event(tmp_path: Path, event: object = None) -> str:
    path = tmp_path / f"event-{len(list(tmp_path.iterdir()))}.json"
    path.write_text(json.dumps({"pull_request": {"number": 7}} if event is None else event))
    return str(path)


def on_github(tmp_path: Path, **more: str) -> dict[str, str]:
    more.setdefault("GITHUB_EVENT_PATH", an_event(tmp_path))
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": "https://api.github.example",
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_REF": "refs/pull/8/merge",
        "GITHUB_TOKEN": TOKEN,
        **more,
    }


def on_gitlab(**more: str) -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": "https://gitlab.example/api/v4",
        "CI_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.example/group/name",
        "GITLAB_TOKEN": TOKEN,
        "CI_JOB_TOKEN": "a-job-token",
        **more,
    }


def without(environment: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}


def found(environment: dict[str, str], options: ForgeOptions | None = None) -> ForgeTarget:
    return find_target(environment, options or ForgeOptions())


class TestGitHubActions:
    def test_says_all_that_is_needed(self, tmp_path: Path) -> None:
        target = found(on_github(tmp_path))
        assert (target.forge, target.api_url) == ("github", "https://api.github.example")
        assert (target.repository, target.number) == ("owner/name", 7)
        assert target.token.get_secret_value() == TOKEN

    @pytest.mark.parametrize(
        "event",
        [{}, [], {"pull_request": None}, {"x": 1}, *({"pull_request": {"number": number}} for number in ("7", 0, -7))],
    )
    def test_the_ref_says_the_number_where_the_event_does_not(self, tmp_path: Path, event: object) -> None:
        assert found(on_github(tmp_path, GITHUB_EVENT_PATH=an_event(tmp_path, event))).number == 8

    def test_the_ref_says_the_number_where_there_is_no_event(self, tmp_path: Path) -> None:
        assert found(without(on_github(tmp_path), "GITHUB_EVENT_PATH")).number == 8

    @pytest.mark.parametrize("ref", ["refs/heads/main", "refs/pull/x/merge", ""])
    def test_a_run_for_no_pull_request_asks_for_the_number(self, tmp_path: Path, ref: str, golden: Golden) -> None:
        environment = on_github(tmp_path, GITHUB_EVENT_PATH=an_event(tmp_path, {"ref": ref}), GITHUB_REF=ref)
        with pytest.raises(CommandLineError, match="--number") as raised:
            found(environment)
        golden.says("forge/target", "no pull request", str(raised.value))

    def test_an_event_that_cannot_be_read_is_a_failure(self, tmp_path: Path, golden: Golden) -> None:
        with pytest.raises(FileFailed, match="missing: No such file") as raised:
            found(on_github(tmp_path, GITHUB_EVENT_PATH=str(tmp_path / "missing")))
        golden.says("forge/target", "missing event", str(raised.value), directory=tmp_path)

    def test_an_event_that_is_no_json_is_a_failure(self, tmp_path: Path, golden: Golden) -> None:
        (tmp_path / "event").write_text("{")
        with pytest.raises(FileFailed, match="event") as raised:
            found(on_github(tmp_path, GITHUB_EVENT_PATH=str(tmp_path / "event")))
        golden.says("forge/target", "event that is not JSON", str(raised.value), directory=tmp_path)

    def test_its_api_is_the_public_one_where_it_does_not_say(self, tmp_path: Path) -> None:
        assert found(without(on_github(tmp_path), "GITHUB_API_URL")).api_url == "https://api.github.com"

    def test_without_a_token_it_says_how_to_hand_it_over(self, tmp_path: Path, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match=r"GITHUB_TOKEN: \$\{\{ github\.token \}\}") as raised:
            found(without(on_github(tmp_path), "GITHUB_TOKEN"))
        golden.says("forge/target", "no token on GitHub", str(raised.value))

    def test_an_empty_token_is_none(self, tmp_path: Path, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match="GITHUB_TOKEN") as raised:
            found(on_github(tmp_path, GITHUB_TOKEN=""))
        golden.says("forge/target", "no token on GitHub", str(raised.value))

    def test_the_token_of_githubs_own_command_line_will_do(self, tmp_path: Path) -> None:
        environment = without(on_github(tmp_path), "GITHUB_TOKEN") | {"GH_TOKEN": "another"}
        assert found(environment).token.get_secret_value() == "another"

    def test_leaves_room_for_the_marker_in_githubs_longest_comment(self, tmp_path: Path) -> None:
        assert found(on_github(tmp_path)).most == 65_536 - 64


class TestGitLabCi:
    def test_says_all_that_is_needed(self) -> None:
        target = found(on_gitlab())
        assert (target.forge, target.api_url) == ("gitlab", "https://gitlab.example/api/v4")
        assert (target.repository, target.number) == ("42", 7)
        assert target.token.get_secret_value() == TOKEN
        assert target.page == "https://gitlab.example/group/name/-/merge_requests/7"
        assert target.most == 1_000_000 - 64

    def test_the_page_is_unknown_where_it_does_not_say(self) -> None:
        assert found(without(on_gitlab(), "CI_MERGE_REQUEST_PROJECT_URL")).page is None

    def test_its_api_is_the_public_one_where_it_does_not_say(self) -> None:
        assert found(without(on_gitlab(), "CI_API_V4_URL")).api_url == "https://gitlab.com/api/v4"

    @pytest.mark.parametrize("number", ["", "0", "x", "-1"])
    def test_a_branch_pipeline_asks_for_the_number(self, number: str, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match="--number") as raised:
            found(on_gitlab(CI_MERGE_REQUEST_IID=number))
        golden.says("forge/target", "no merge request", str(raised.value))

    def test_its_job_token_alone_will_not_do(self, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match=r"CI_JOB_TOKEN.*GITLAB_TOKEN") as raised:
            found(without(on_gitlab(), "GITLAB_TOKEN"))
        assert "a-job-token" not in str(raised.value)
        golden.says("forge/target", "only a job token", str(raised.value))

    def test_without_any_token_it_says_which_to_make(self, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match="GITLAB_TOKEN") as raised:
            found(without(on_gitlab(), "GITLAB_TOKEN", "CI_JOB_TOKEN"))
        golden.says("forge/target", "no token on GitLab", str(raised.value))


class TestOptions:
    def test_are_enough_outside_of_ci(self, tmp_path: Path) -> None:
        (tmp_path / "token").write_text(f"{TOKEN}\r\n")
        options = ForgeOptions(
            "gitlab", "group/sub/name", 3, "https://git.example/api/v4/", tmp_path / "token", "a-bot", tmp_path / "ca"
        )
        target = found({}, options)
        assert (target.forge, target.repository, target.number) == ("gitlab", "group/sub/name", 3)
        assert (target.api_url, target.author, target.ca_file) == (
            "https://git.example/api/v4",
            "a-bot",
            tmp_path / "ca",
        )
        assert target.token.get_secret_value() == TOKEN

    def test_go_before_the_environment(self, tmp_path: Path) -> None:
        options = ForgeOptions(repository="other/name", number=9, api_url="https://other.example")
        target = found(on_github(tmp_path), options)
        assert (target.repository, target.number, target.api_url) == ("other/name", 9, "https://other.example")

    def test_outside_of_ci_the_forge_is_asked_for(self, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match="--forge") as raised:
            found({})
        golden.says("forge/target", "no CI", str(raised.value))

    @pytest.mark.parametrize(("forge", "variable"), [("github", "GITHUB_REPOSITORY"), ("gitlab", "CI_PROJECT_ID")])
    def test_the_repository_is_asked_for(self, tmp_path: Path, forge: str, variable: str, golden: Golden) -> None:
        environment = on_github(tmp_path) if forge == "github" else on_gitlab()
        with pytest.raises(CommandLineError, match=f"{variable}.*--repository") as raised:
            found(without(environment, variable))
        golden.says("forge/target", f"no {variable}", str(raised.value))

    @pytest.mark.parametrize("repository", ["name", "a/b/c", "../n", "o/..", "o/n?x=", "o/n\n", "ö/n", "o /n"])
    def test_a_repository_of_another_form_is_refused(self, tmp_path: Path, repository: str, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match="owner/name") as raised:
            found(on_github(tmp_path), ForgeOptions(repository=repository))
        golden.says("forge/target", f"--repository {repository!a}", str(raised.value))

    def test_gitlabs_may_be_a_path_or_a_number_and_nothing_else(self, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match="group/name") as raised:
            found(on_gitlab(), ForgeOptions(repository="name"))
        golden.says("forge/target", "--repository on GitLab", str(raised.value))

    def test_a_token_file_that_cannot_be_read_is_a_failure(self, tmp_path: Path, golden: Golden) -> None:
        with pytest.raises(FileFailed, match="--token-file") as raised:
            found(on_github(tmp_path), ForgeOptions(token_file=tmp_path / "missing"))
        golden.says("forge/target", "missing token file", str(raised.value))

    @pytest.mark.parametrize("content", ["", "two words", f"{TOKEN}\n\n", "tökén", f"{TOKEN}\x00"])
    def test_a_token_file_without_a_token_is_refused_and_not_shown(
        self, tmp_path: Path, content: str, golden: Golden
    ) -> None:
        (tmp_path / "token").write_text(content)
        with pytest.raises(CommandLineError, match="--token-file") as raised:
            found(on_github(tmp_path), ForgeOptions(token_file=tmp_path / "token"))
        assert TOKEN not in str(raised.value)
        golden.says("forge/target", "token file without a token", str(raised.value))


class TestWhereTheTokenGoes:
    @pytest.mark.parametrize(
        "url", ["https://git.example", "http://localhost:3000", "http://127.0.0.1:80/x", "http://[::1]:3000"]
    )
    def test_over_https_or_to_this_machine(self, tmp_path: Path, url: str) -> None:
        assert found(on_github(tmp_path, GITHUB_API_URL=url)).api_url == url

    @pytest.mark.parametrize(
        "url",
        ["http://git.example", "http://localhost.git.example", "http://127.0.0.1.git.example", "HTTP://git.example"],
    )
    def test_never_in_the_clear(self, tmp_path: Path, url: str, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match="https") as raised:
            found(on_github(tmp_path, GITHUB_API_URL=url))
        golden.says("forge/target", "http", str(raised.value), host=url.partition("://")[2])

    @pytest.mark.parametrize("url", ["git.example", "ftp://git.example", "https://", "https://user:x@git.example"])
    def test_only_to_a_web_address(self, tmp_path: Path, url: str, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match="https://") as raised:
            found(on_github(tmp_path, GITHUB_API_URL=url))
        golden.says("forge/target", "not https", str(raised.value))

    def test_not_to_what_is_no_address(self, tmp_path: Path, golden: Golden) -> None:
        with pytest.raises(CommandLineError, match="--api-url") as raised:
            found(on_github(tmp_path, GITHUB_API_URL="https://[::1"))
        golden.says("forge/target", "not a URL", str(raised.value))
