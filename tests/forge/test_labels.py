"""The label of a verdict: one of four, which replaces an earlier one and leaves all others alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from reconciler.forge import Labelled, label_of, put_label
from reconciler.model.errors import BadAnswer, CommandLineError, Rejected
from reconciler.plan.action import Verdict
from tests.forge.fakes import FakeForge, at_once
from tests.scripted_server import Cut, Received, reply

if TYPE_CHECKING:
    from tests.sentences import Golden

THREAD = "/api/repos/o/n/issues/7/labels"


@pytest.fixture(params=["github", "gitlab"])
def forge(request: pytest.FixtureRequest) -> Iterator[FakeForge]:
    fake = FakeForge(request.param)
    with fake.server:
        yield fake


@pytest.fixture
def gitlab() -> Iterator[FakeForge]:
    fake = FakeForge("gitlab")
    with fake.server:
        yield fake


def put(forge: FakeForge, verdict: Verdict = Verdict.WIDENS, prefix: str = "access") -> Labelled:
    return put_label(forge.target(), verdict, prefix, retry=at_once())


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_a_label(forge: FakeForge, verdict: Verdict) -> None:
    assert put(forge, verdict) == Labelled(f"access: {verdict}", "set")
    assert forge.labels == [f"access: {verdict}"]


def test_it_replaces_an_earlier_one_and_leaves_all_others_alone(forge: FakeForge) -> None:
    forge.labels += ["bug", "access: narrows", "access", "access: none", "team: widens"]
    put(forge)
    assert forge.labels == ["bug", "access", "access: none", "team: widens", "access: widens"]


def test_a_label_that_is_there_is_not_sent_again(forge: FakeForge) -> None:
    put(forge)
    before = list(forge.writes)
    assert put(forge).status == "unchanged"
    assert forge.writes == before


def test_names_are_compared_without_regard_to_case(forge: FakeForge) -> None:
    forge.labels.append("Access: Widens")
    assert put(forge).status == "unchanged"


def test_two_of_ours_become_one(forge: FakeForge) -> None:
    forge.labels += ["access: widens", "access: narrows", "access: mixed"]
    assert put(forge).status == "set"
    assert forge.labels == ["access: widens"]


def test_another_prefix_is_another_label(forge: FakeForge) -> None:
    put(forge, Verdict.NARROWS, "staging access")
    put(forge, Verdict.WIDENS, "production access")
    assert forge.labels == ["staging access: narrows", "production access: widens"]


def test_github_gets_the_label_with_a_colour_before_it_is_added(github: FakeForge) -> None:
    put(github)
    assert github.known["access: widens"] == {
        "name": "access: widens",
        "color": "d93f0b",
        "description": "Grants access and revokes none",
    }


def test_a_label_of_the_repository_stays_as_it_is(github: FakeForge) -> None:
    github.known["access: widens"] = {"name": "access: widens", "color": "000000"}
    put(github)
    assert github.known["access: widens"]["color"] == "000000"
    assert github.writes == [f"POST {THREAD}"]


def test_the_new_label_is_there_before_the_old_one_goes(github: FakeForge) -> None:
    github.labels.append("access: narrows")
    put(github)
    assert [line.partition(" ")[0] for line in github.writes] == ["POST", "POST", "DELETE"]


def test_a_label_that_another_run_makes_meanwhile_is_no_failure(github: FakeForge) -> None:
    def make_it(request: Received) -> None:
        if request.method == "POST" and request.path == "/api/repos/o/n/labels":
            github.known["access: widens"] = {"name": "access: widens"}

    github.surprise = make_it
    assert put(github).status == "set"
    assert github.labels == ["access: widens"]


def test_an_old_label_that_is_removed_meanwhile_is_no_failure(github: FakeForge) -> None:
    github.labels.append("access: narrows")

    def remove_it(request: Received) -> None:
        if request.method == "DELETE":
            github.labels.remove("access: narrows")

    github.surprise = remove_it
    assert put(github).status == "set"


def test_labels_on_a_later_page_count(github: FakeForge) -> None:
    following = f"<{github.server.url}{THREAD}?per_page=100&page=2>; rel=next"
    github.faults = {0: reply(200, [{"name": "bug"}], {"Link": following}), 1: reply(200, [{"name": "access: widens"}])}
    assert put(github).status == "unchanged"


def test_gitlab_changes_both_in_one_request(gitlab: FakeForge) -> None:
    gitlab.labels.append("access: narrows")
    put(gitlab)
    assert gitlab.writes == ["PUT /api/projects/42/merge_requests/7"]


def test_a_temporary_failure_is_waited_out(forge: FakeForge) -> None:
    forge.faults[1] = reply(502, b"<html></html>")
    assert put(forge).status == "set"
    assert forge.labels == ["access: widens"]


def test_an_answer_that_was_lost_is_still_a_label_that_was_set(gitlab: FakeForge) -> None:
    gitlab.after[1] = Cut(reply(200, {}))
    assert put(gitlab).status == "set"
    assert len(gitlab.writes) == 1


def test_a_403_says_which_right_is_missing(forge: FakeForge, golden: Golden) -> None:
    forge.known["access: widens"] = {"name": "access: widens"}
    forge.faults[2 if forge.forge == "github" else 1] = reply(
        403, {"message": "Resource not accessible by integration"}
    )
    with pytest.raises(Rejected) as raised:
        put(forge)
    golden.says("forge/labels", f"403 on {forge.forge}", str(raised.value))


def test_a_403_for_a_label_that_must_be_made_says_who_makes_it(github: FakeForge, golden: Golden) -> None:
    github.faults[2] = reply(403, {"message": "Resource not accessible by integration"})
    with pytest.raises(Rejected) as raised:
        put(github)
    assert github.labels == []
    golden.says("forge/labels", "403 for a new label on github", str(raised.value))


@pytest.mark.parametrize("labels", [None, "x", [1]])
def test_an_answer_of_another_shape_on_gitlab_is_a_bad_one(gitlab: FakeForge, labels: object) -> None:
    gitlab.faults[0] = reply(200, {"labels": labels})
    with pytest.raises(BadAnswer, match="no list of labels"):
        put(gitlab)


def test_an_answer_of_another_shape_on_github_is_a_bad_one(github: FakeForge) -> None:
    github.faults[0] = reply(200, [{"id": 1}])
    with pytest.raises(BadAnswer, match="has no name"):
        put(github)


@pytest.mark.parametrize("prefix", ["", "a,b", " a", "a ", "x" * 41, "a:", "a\n"])
def test_a_prefix_that_cannot_start_a_label_is_an_error_of_the_command_line(prefix: str) -> None:
    with pytest.raises(CommandLineError, match="--label-prefix"):
        label_of(Verdict.WIDENS, prefix)
