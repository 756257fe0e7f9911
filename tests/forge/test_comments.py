from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from reconciler.forge import Result, key_of, put_comment
from reconciler.model.errors import BadAnswer, Failed, NotFound, Overloaded, Rejected, Unreachable
from tests.forge.fakes import BOT, TOKEN, FakeForge, at_once
from tests.scripted_server import Cut, Received, reply

if TYPE_CHECKING:
    from tests.sentences import Golden

KEY = key_of("https://api-chat.example.org", "roles.d")
OTHER = key_of("https://api-chat.example.org", "other.d")


def marked(body: str, part: int = 1, key: str = KEY) -> str:
    return f"<!-- reconciler:{key}:{part} -->\n{body}"


def put(forge: FakeForge, *bodies: str, waits: list[float] | None = None, author: str | None = None) -> Result:
    return put_comment(forge.target(author), bodies, KEY, retry=at_once(waits))


@pytest.fixture(params=["github", "github, with a user's token", "gitlab"])
def forge(request: pytest.FixtureRequest) -> Iterator[FakeForge]:
    user = BOT if request.param == "github" else "jo"
    fake = FakeForge(request.param.split(",")[0], user)
    with fake.server:
        yield fake


@pytest.fixture
def gitlab() -> Iterator[FakeForge]:
    fake = FakeForge("gitlab", "jo")
    with fake.server:
        yield fake


class TestBringingUpToDate:
    def test_the_first_run_writes_a_comment_with_an_invisible_marker(self, forge: FakeForge) -> None:
        assert put(forge, "The plan.").status == "created"
        assert forge.bodies == [marked("The plan.")]

    def test_a_second_run_with_the_same_plan_writes_nothing(self, forge: FakeForge) -> None:
        first = put(forge, "The plan.")
        before = list(forge.writes)
        assert put(forge, "The plan.") == Result("unchanged", first.url)
        assert forge.writes == before

    def test_another_plan_replaces_the_comment_in_place(self, forge: FakeForge) -> None:
        first = put(forge, "The plan.")
        forge.add("somebody", "Looks good!")
        assert put(forge, "No changes.") == Result("updated", first.url)
        assert forge.bodies == [marked("No changes."), "Looks good!"]

    def test_a_body_that_came_back_with_other_line_ends_is_the_same(self, forge: FakeForge) -> None:
        forge.add(forge.user, marked("one\r\ntwo\r\n").replace("-->\n", "-->\r\n"))
        assert put(forge, "one\ntwo").status == "unchanged"

    def test_a_long_plan_takes_several_comments_in_order(self, forge: FakeForge) -> None:
        assert put(forge, "one", "two", "three").status == "created"
        assert forge.bodies == [marked("one", 1), marked("two", 2), marked("three", 3)]

    def test_the_address_of_several_comments_is_that_of_the_first(self, forge: FakeForge) -> None:
        first = put(forge, "one")
        assert put(forge, "one", "two", "three").url == first.url

    def test_parts_that_are_too_many_now_are_deleted(self, forge: FakeForge) -> None:
        put(forge, "one", "two", "three")
        assert put(forge, "one").status == "updated"
        assert forge.bodies == [marked("one", 1)]

    def test_a_part_that_is_missing_is_written(self, forge: FakeForge) -> None:
        put(forge, "one")
        assert put(forge, "one", "two").status == "created"
        assert forge.bodies == [marked("one", 1), marked("two", 2)]

    def test_of_two_comments_for_one_part_the_older_stays(self, forge: FakeForge) -> None:
        forge.add(forge.user, marked("old"))
        forge.add(forge.user, marked("twin"))
        forge.notes.reverse()
        put(forge, "new")
        assert [(note.id, note.body) for note in forge.notes] == [(101, marked("new"))]

    def test_the_earlier_comment_is_found_on_a_later_page(self, forge: FakeForge) -> None:
        for number in range(25):
            forge.add("somebody", f"Remark {number}")
        put(forge, "The plan.")
        for number in range(25):
            forge.add("somebody", f"Later remark {number}")
        forge.page_size = 10
        assert put(forge, "Another plan.").status == "updated"
        assert forge.bodies.count(marked("Another plan.")) == 1
        assert len(forge.notes) == 51

    def test_only_the_query_of_a_link_to_the_next_page_is_followed(self, forge: FakeForge) -> None:
        forge.page_size = 1
        forge.link_host = "http://elsewhere.example"
        forge.add("somebody", "First!")
        forge.add(forge.user, marked("The plan."))
        assert put(forge, "The plan.").status == "unchanged"


class TestWhoseCommentItIs:
    def test_somebody_elses_comment_with_the_same_marker_is_left_alone(self, forge: FakeForge) -> None:
        forge.add("mallory", marked("Nothing to see here."))
        assert put(forge, "The plan.").status == "created"
        assert forge.bodies == [marked("Nothing to see here."), marked("The plan.")]

    def test_a_marker_that_is_only_quoted_is_none(self, forge: FakeForge) -> None:
        quoted = f"> {marked('The plan.')}"
        forge.add(forge.user, quoted)
        put(forge, "Another plan.")
        assert forge.bodies == [quoted, marked("Another plan.")]

    def test_the_comment_of_another_tenant_or_directory_is_left_alone(self, forge: FakeForge) -> None:
        forge.add(forge.user, marked("The other plan.", key=OTHER))
        put(forge, "The plan.")
        assert forge.bodies == [marked("The other plan.", key=OTHER), marked("The plan.")]

    def test_names_are_compared_without_regard_to_case(self, forge: FakeForge) -> None:
        forge.add(str(forge.user).upper(), marked("The plan."))
        assert put(forge, "The plan.").status == "unchanged"

    def test_nor_is_an_author_that_was_named_in_another_case_somebody_else(self, forge: FakeForge) -> None:
        forge.add("my-app[bot]", marked("The plan."))
        assert put(forge, "The plan.", author="My-App[bot]").status == "unchanged"

    def test_an_author_that_was_named_is_not_asked_for(self, forge: FakeForge) -> None:
        forge.add("my-app[bot]", marked("The plan."))
        assert put(forge, "The plan.", author="my-app[bot]").status == "unchanged"
        assert not [line for line in forge.server.paths if line.endswith("/user")]

    def test_a_comment_without_author_or_body_is_nobodys(self, github: FakeForge) -> None:
        github.add(None, marked("The plan."))
        github.add("somebody", None)
        assert put(github, "The plan.").status == "created"

    def test_keys_tell_tenants_and_directories_apart(self) -> None:
        assert len({key_of("a", "b"), key_of("a", "c"), key_of("c", "b"), key_of("ab", "")}) == 4


class TestAddresses:
    def test_github_says_the_address_itself(self, github: FakeForge) -> None:
        assert put(github, "The plan.").url == "https://github.example/101"

    def test_gitlabs_is_that_of_the_merge_request_and_the_note(self, gitlab: FakeForge) -> None:
        assert put(gitlab, "The plan.").url == "https://gitlab.example/o/n/-/merge_requests/7#note_101"

    def test_an_address_is_inert(self, github: FakeForge) -> None:
        github.after[2] = reply(201, {"id": 1, "user": None, "body": "", "html_url": "https://x/\x1b[1m"})
        assert put(github, "The plan.").url == "https://x/\\x1b[1m"

    def test_an_address_may_be_missing(self, github: FakeForge) -> None:
        github.after[2] = reply(201, {"id": 1})
        assert put(github, "The plan.").url is None

    def test_requests_say_which_version_of_githubs_api_they_mean(self, github: FakeForge) -> None:
        put(github, "The plan.")
        headers = github.server.received[0].headers
        assert headers["accept"] == "application/vnd.github+json"
        assert headers["x-github-api-version"] == "2022-11-28"


class TestRateLimits:
    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_a_429_is_waited_out_wherever_it_comes(self, forge: FakeForge, number: int) -> None:
        forge.faults[number] = reply(429, {"message": "Slow down"}, {"Retry-After": "7"})
        waits: list[float] = []
        assert put(forge, "The plan.", waits=waits).status == "created"
        assert (forge.bodies, waits) == ([marked("The plan.")], [7.0])

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_so_is_githubs_403_with_retry_after(self, github: FakeForge, number: int) -> None:
        github.faults[number] = reply(403, {"message": "You have exceeded a limit"}, {"Retry-After": "9"})
        waits: list[float] = []
        assert put(github, "The plan.", waits=waits).status == "created"
        assert waits == [9.0]

    def test_so_is_githubs_403_with_nothing_remaining_until_its_reset(self, github: FakeForge) -> None:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 30)}
        github.faults[1] = reply(403, {"message": "API rate limit exceeded"}, headers)
        waits: list[float] = []
        assert put(github, "The plan.", waits=waits).status == "created"
        assert len(waits) == 1
        assert 20 < waits[0] <= 30

    def test_githubs_secondary_limit_that_names_no_time_is_waited_out_for_a_minute(self, github: FakeForge) -> None:
        github.faults[2] = reply(403, {"message": "You have exceeded a secondary rate limit."})
        waits: list[float] = []
        assert put(github, "The plan.", waits=waits).status == "created"
        assert waits == [60.0]

    def test_a_reset_that_is_too_far_away_is_not_waited_for(self, github: FakeForge) -> None:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3000)}
        github.faults[1] = reply(403, {"message": "API rate limit exceeded"}, headers)
        with pytest.raises(Overloaded, match=r"API rate limit exceeded.*asks to wait"):
            put(github, "The plan.")
        assert github.notes == []

    def test_a_limit_that_does_not_end_fails_in_the_end(self, forge: FakeForge) -> None:
        forge.faults = {number: reply(429, {"message": "Slow down"}) for number in range(100)}
        with pytest.raises(Overloaded, match=r"429 .*Slow down.* 120 s"):
            put(forge, "The plan.")


class TestAnswersThatNeverCame:
    def test_a_create_whose_answer_was_lost_is_not_sent_twice(self, forge: FakeForge) -> None:
        forge.after[2] = Cut(reply(201, {"id": 1}))
        assert put(forge, "The plan.").status == "created"
        assert forge.bodies == [marked("The plan.")]
        assert len(forge.writes) == 1

    def test_a_create_that_was_not_heard_is_sent_again(self, forge: FakeForge) -> None:
        forge.faults[2] = Cut(reply(500))
        assert put(forge, "The plan.").status == "created"
        assert forge.bodies == [marked("The plan.")]

    def test_a_502_is_tried_again(self, forge: FakeForge) -> None:
        forge.faults[1] = reply(502, b"<html><title>Bad gateway</title></html>")
        assert put(forge, "The plan.").status == "created"

    def test_a_comment_that_is_deleted_meanwhile_is_written_anew(self, forge: FakeForge) -> None:
        note = forge.add(forge.user, marked("The plan."))

        def delete_it(request: Received) -> None:
            if request.method in {"PATCH", "PUT"}:
                forge.notes.remove(note)

        forge.surprise = delete_it
        assert put(forge, "Another plan.").status == "updated"
        assert forge.bodies == [marked("Another plan.")]

    def test_a_surplus_part_that_somebody_else_deletes_is_no_failure(self, forge: FakeForge) -> None:
        put(forge, "one", "two")

        def delete_it(request: Received) -> None:
            if request.method == "DELETE":
                forge.notes.pop()

        forge.surprise = delete_it
        assert put(forge, "one").status == "updated"
        assert forge.bodies == [marked("one")]

    def test_nor_does_it_keep_the_next_surplus_part(self, forge: FakeForge) -> None:
        put(forge, "one", "two", "three")

        def delete_it(request: Received) -> None:
            if request.method == "DELETE" and len(forge.notes) == 3:
                forge.notes.pop(1)

        forge.surprise = delete_it
        assert put(forge, "one").status == "updated"
        assert forge.bodies == [marked("one")]

    def test_a_server_that_is_not_there_is_unreachable(self) -> None:
        forge = FakeForge()
        with forge.server:
            target = forge.target()
        with pytest.raises(Unreachable, match="could not find the user of the token"):
            put_comment(target, ["The plan."], KEY, retry=at_once())


class TestRefusals:
    def test_a_401_says_what_is_wrong_with_the_token(self, forge: FakeForge, golden: Golden) -> None:
        forge.faults[0] = reply(401, {"message": "Bad credentials"})
        with pytest.raises(Rejected, match=r"401 .*Bad credentials") as raised:
            put(forge, "The plan.")
        assert len(forge.server.paths) == 1
        golden.says("forge/comments", f"401 on {forge.forge}", str(raised.value))

    def test_a_403_on_github_says_which_permission_is_missing(self, github: FakeForge, golden: Golden) -> None:
        github.faults[2] = reply(403, {"message": "Resource not accessible by integration"})
        with pytest.raises(Rejected, match=r"pull request 7: .*pull-requests: write") as raised:
            put(github, "The plan.")
        golden.says("forge/comments", "403 on GitHub", str(raised.value))

    def test_a_403_on_gitlab_says_which_role_is_missing(self, gitlab: FakeForge, golden: Golden) -> None:
        gitlab.faults[2] = reply(403, {"message": "403 Forbidden"})
        with pytest.raises(Rejected, match=r"merge request 7: .*`api`") as raised:
            put(gitlab, "The plan.")
        golden.says("forge/comments", "403 on GitLab", str(raised.value))

    def test_a_404_says_what_to_look_at(self, forge: FakeForge, golden: Golden) -> None:
        forge.faults[1] = reply(404, {"message": "Not Found"})
        with pytest.raises(NotFound, match=r"404 .*--repository.*--number") as raised:
            put(forge, "The plan.")
        golden.says("forge/comments", f"404 on {forge.forge}", str(raised.value))

    def test_another_4xx_is_final(self, github: FakeForge) -> None:
        github.faults[2] = reply(422, {"message": "Validation Failed"})
        with pytest.raises(Rejected, match=r"422 .*Validation Failed"):
            put(github, "The plan.")
        assert len(github.server.paths) == 3

    def test_gitlabs_user_that_may_not_be_asked_for_is_a_failure(self, gitlab: FakeForge) -> None:
        gitlab.user = None
        with pytest.raises(Rejected, match="find the user of the token"):
            put(gitlab, "The plan.")

    @pytest.mark.parametrize(
        ("number", "body"),
        [
            (0, {"no": "name"}),
            (0, []),
            (0, b"<html>"),
            (1, {"message": "not a list"}),
            (1, [1, 2]),
            (1, [{"body": "without an id"}]),
            (1, b"[" * 100_000),
            (2, []),
            (2, {"id": "no number"}),
        ],
    )
    def test_an_answer_of_another_shape_is_a_bad_one(self, forge: FakeForge, number: int, body: object) -> None:
        forge.faults[number] = reply(200, body)
        with pytest.raises(BadAnswer, match="could not "):
            put(forge, "The plan.")

    def test_a_link_that_makes_no_sense_is_a_bad_answer(self, forge: FakeForge, golden: Golden) -> None:
        forge.faults[1] = reply(200, [], {"Link": '<https://x/?page=2" onload>; rel="next"'})
        with pytest.raises(BadAnswer) as raised:
            put(forge, "The plan.")
        golden.says("forge/comments", f"next page on {forge.forge}", str(raised.value))

    def test_pages_that_go_in_circles_end(self, forge: FakeForge, golden: Golden) -> None:
        circle = reply(200, [], {"Link": "<?page=1>; rel=next"})
        forge.faults = dict.fromkeys(range(1, 200), circle)
        with pytest.raises(BadAnswer, match="100 pages") as raised:
            put(forge, "The plan.")
        golden.says("forge/comments", f"too many pages on {forge.forge}", str(raised.value))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
def test_the_token_is_in_no_message_even_where_the_forge_repeats_it(forge: FakeForge, status: int) -> None:
    echo = reply(status, {"message": f"Bad token {TOKEN} in Authorization: Bearer {TOKEN}"})
    forge.faults = dict.fromkeys(range(1, 100), echo)
    with pytest.raises(Failed) as raised:
        put(forge, "The plan.")
    assert TOKEN not in f"{raised.value!r} {raised.value} {vars(raised.value)}"
    assert "Bad token" in str(raised.value)


def test_the_token_is_in_no_repr_of_the_target(forge: FakeForge) -> None:
    assert TOKEN not in repr(forge.target())
