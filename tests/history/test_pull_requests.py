from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.history.pull_requests import pull_request_of


def number_of(message: str) -> int | None:
    """The number in a message whose first line is the subject, as git has it."""
    return pull_request_of(message.partition("\n")[0], message)


@pytest.mark.parametrize(
    "message",
    [
        "Merge pull request #212 from ana/refunds\n\nLet clerks pay back",
        "Let clerks pay back (#212)",
        "Let clerks pay back (#212)\n\n* A first step\n* A second one (#7)",
        "Merged PR 212: Let clerks pay back",
        "Merged in refunds (pull request #212)\n\nLet clerks pay back",
        "Merge branch 'refunds' into 'main'\n\nLet clerks pay back\n\nSee merge request access/roles!212",
        "Merge branch 'refunds' into 'main'\n\nSee merge request a/b/c!212\nReviewed-by: Jon Berg",
        "See merge request roles!212",
        "Merge branch 'refunds'\r\n\r\nSee merge request access/roles!212\r\n",
        "Merge branch 'refunds'\n\nSee merge request odd!1!212",
    ],
)
def test_a_message_of_a_code_host_names_its_pull_request(message: str) -> None:
    assert number_of(message) == 212


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Let clerks pay back",
        "Let clerks pay back (#212) for now",
        "Let clerks pay back #212",
        "Let clerks pay back (#)",
        "Fixes #212",
        "Merge pull request #212",
        "merge pull request #212 from ana/refunds",
        "Revert: Merge pull request #212 from ana/refunds",
        "Merge pull request #212a from ana/refunds",
        "Back to Merged PR 212: Let clerks pay back",
        "Merged PR 212 of ana",
        "(pull request #212) is merged",
        "Let clerks pay back\n\nMerge pull request #212 from ana/refunds",
        "Let clerks pay back\n\nA line (#212)",
        "Let clerks pay back\n\nMerged PR 212: a line",
        "Let clerks pay back\n\n  See merge request access/roles!212",
        "Let clerks pay back\n\nSee merge request access/roles!212.",
        "Let clerks pay back\n\nSee merge request access roles!212",
        "Let clerks pay back\n\nSee merge request !212",
        "Let clerks pay back (#٢١٢)",
        "Let clerks pay back (#-1)",
        f"Let clerks pay back (#{'9' * 5000})",
        f"Merge pull request #{'9' * 5000} from ana/refunds",
        f"Let clerks pay back\n\nSee merge request access/roles!{'9' * 5000}",
    ],
)
def test_any_other_message_names_none(message: str) -> None:
    assert number_of(message) is None


@pytest.mark.parametrize(
    "message",
    [
        "Merge pull request #1 from ana/refunds (#2)\n\nSee merge request access/roles!5",
        "Merge pull request #1 from ana/refunds (pull request #4)",
        "Revert pay back (#1)\n\nSee merge request access/roles!5",
        "Merged PR 2: Let clerks pay back (#1)",
        "Merged PR 1: Let clerks pay back (pull request #4)",
        "Merged in refunds (pull request #1)\n\nSee merge request access/roles!5",
        "Merge branch 'refunds'\n\nSee merge request access/roles!1\nSee merge request access/roles!2",
        "Let clerks pay back (#9) (#1)",
    ],
)
def test_of_several_forms_the_first_of_the_list_counts(message: str) -> None:
    assert number_of(message) == 1


@given(st.text(), st.text())
def test_no_message_is_too_odd(subject: str, message: str) -> None:
    number = pull_request_of(subject, message)
    assert number is None or str(number).isdigit()
