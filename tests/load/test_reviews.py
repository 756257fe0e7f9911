"""What `reviews.yaml` may say, and what is said about one that says something else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reconciler.load.reviews import load_reviews, read_reviews
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.policy.reviews import Review
from tests.load.builders import placed
from tests.sentences import Golden, case_of

TODAY = date(2026, 11, 29)
ENTRY = "{role: lead, on: 2026-11-20, by: Jon Berg <jon@example.com>, permissions: [a.b]}"
EXAMPLE = """\
# reviews.yaml: one entry a role; git keeps the earlier ones
version: 1
reviews:
  - role: " Support-Lead"
    on: 2026-11-20
    by: Jon Berg <jon@example.com>
    permissions: [contacts.view, agents.view]    # exactly what was looked at
  - permissions: []
    by: "李雷 <l.l+x@例子.example>"
    "on": "2026-11-29"
    role: no-codes
"""


def read(text: str | bytes) -> tuple[Review, ...]:
    return read_reviews(text if isinstance(text, bytes) else text.encode(), "reviews.yaml", TODAY)


def problems(text: str | bytes) -> tuple[Finding, ...]:
    """What is wrong with a file; nothing where nothing is."""
    try:
        read(text)
    except InvalidInput as error:
        return error.findings
    return ()


def by_one(by: str) -> str:
    """A file with one entry, whose reviewer is written like this."""
    return f"reviews: [{ENTRY.replace('Jon Berg <jon@example.com>', by)}]"


def test_the_example_is_read() -> None:
    jon = "Jon Berg <jon@example.com>"
    codes = frozenset({"agents.view", "contacts.view"})
    assert read(EXAMPLE) == (
        Review("support-lead", date(2026, 11, 20), jon, codes, Place("reviews.yaml", 4, 5)),
        Review("no-codes", TODAY, "李雷 <l.l+x@例子.example>", frozenset(), Place("reviews.yaml", 8, 5)),
    )


def test_a_file_may_have_no_entry() -> None:
    assert read("reviews: []\n") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1 missing-key"]),
        ("# nothing\n", ["1:1 missing-key"]),
        ("version: 1\n", ["1:1 missing-key"]),
        ("- x\n", ["1:1 wrong-type"]),
        ("reviews: []\n---\nreviews: []\n", ["3:1 wrong-type"]),
        ("version: 2\nreview: []\n", ["1:10 unknown-value", "2:1 unknown-key"]),
        ("reviews: [\n", ["2:1 yaml-syntax"]),
        (b"reviews: [\xff]\n", ["1:11 not-utf8"]),
        ("reviews:\n", ["1:9 no-value"]),
        ("reviews: {lead: 1}\n", ["1:10 wrong-type"]),
        ("reviews: [lead]\n", ["1:11 wrong-type"]),
        ("reviews: [{}]\n", ["1:11 missing-key"]),
        ("reviews: [{role: lead, permissions: []}]\n", ["1:11 missing-key"]),
        (f"reviews:\n  - {ENTRY}\n  - {ENTRY.replace('lead', 'LEAD')}\n", ["3:5 duplicate-review"]),
        ("- x\n---\nreviews: []\n", ["1:1 wrong-type", "3:1 wrong-type"]),
        (
            f"reviews:\n  - {ENTRY.replace('2026', '20')}\n  - {ENTRY.replace('Jon Berg ', '')}\n  - {ENTRY}\n",
            ["2:22 bad-date", "3:5 duplicate-review", "3:38 malformed-reviewer", "4:5 duplicate-review"],
        ),
        (
            f"reviews:\n  - {ENTRY.replace('lead', 'no')}\n  - {ENTRY.replace('lead', 'no')}\n",
            ["2:12 needs-quotes", "3:12 needs-quotes"],
        ),
        (f"reviews: [{ENTRY.replace('role', 'rol')}]", ["1:12 unknown-key"]),
        (f"reviews: [{ENTRY.replace('lead', 'admin')}]", ["1:18 system-role"]),
        (f"reviews: [{ENTRY.replace('lead', 'no')}]", ["1:18 needs-quotes"]),
        (f"reviews: [{ENTRY.replace('2026-11-20', '2026-11-30')}]", ["1:28 bad-date"]),
        (f"reviews: [{ENTRY.replace('2026-11-20', '2026-02-30')}]", ["1:28 bad-date"]),
        (f"reviews: [{ENTRY.replace('2026-11-20', 'yesterday')}]", ["1:28 bad-date"]),
        (f"reviews: [{ENTRY.replace('2026-11-20', '[2026-11-20]')}]", ["1:28 bad-date"]),
        (f"reviews: [{ENTRY.replace('[a.b]', '[a.b, a.b]')}]", ["1:91 duplicate-code"]),
        (f"reviews: [{ENTRY.replace('[a.b]', '[a.*]')}]", ["1:86 bad-pattern"]),
        (f"reviews: [{ENTRY.replace('[a.b]', '[a]')}]", ["1:86 malformed-code"]),
        (f"reviews: [{ENTRY.replace('[a.b]', '[1.0]')}]", ["1:86 needs-quotes"]),
        (f"reviews: [{ENTRY.replace('[a.b]', 'a.b')}]", ["1:85 wrong-type"]),
        ("reviews:\n- role: lead\n  on: 2026-11-20\n  by: J <j@x>\n  permissions:\n", ["5:15 no-value"]),
        (f"reviews: [{ENTRY}, {ENTRY}, {{}}]", ["1:93 duplicate-review", "1:175 missing-key"]),
    ],
)
def test_what_is_wrong_is_said_at_its_place(text: str | bytes, expected: list[str], golden: Golden) -> None:
    found = problems(text)
    assert [placed(problem) for problem in found] == expected
    golden.says("load/reviews", case_of(text), "\n".join(map(str, found)))


@pytest.mark.parametrize(
    "by",
    [
        "Jon Berg",
        "jon@example.com",
        "<jon@example.com>",
        " <jon@example.com>",
        "Jon Berg <jon>",
        "Jon Berg <>",
        "Jon Berg <@example.com>",
        "Jon Berg <jon@>",
        "Jon Berg<jon@example.com>",
        "Jon Berg  <jon@example.com>",
        "Jon Berg <jon@example.com> ",
        "Jon Berg <jon@example.com>, Ana <ana@example.com>",
        "Jon <Berg> <jon@example.com>",
        "Jon Berg <jon berg@example.com>",
        "Jon Berg <jon@berg@example.com>",
        "Jon\\tBerg <jon@example.com>",
        "Jon\\nBerg <jon@example.com>",
        "Jon\\u2028Berg <jon@example.com>",
        "",
    ],
)
def test_who_reviewed_is_a_name_and_an_address(by: str) -> None:
    assert [placed(problem) for problem in problems(by_one(f'"{by}"'))] == ["1:44 malformed-reviewer"]


def test_a_reviewer_that_is_neither_is_shown_inert(golden: Golden) -> None:
    (problem,) = problems(by_one('"Jon\\e[2J Berg\\u202e"'))
    golden.says("load/reviews", "a malformed reviewer", str(problem))


@pytest.mark.parametrize("by", ["J <j@x>", "Müller, Jürgen (IT) <j.m+r@x.example>", "O'Neil \\u202e <o@x>"])
def test_any_name_and_address_will_do(by: str) -> None:
    assert problems(by_one(f'"{by}"')) == ()


def test_a_reviewer_is_a_string() -> None:
    assert [placed(each) for each in problems(by_one("[]"))] == ["1:44 wrong-type"]


def test_a_file_with_too_many_problems_is_not_read_to_its_end() -> None:
    found = problems("reviews:\n" + "- x\n" * 1500)
    assert len(found) == 1002
    assert {problem.rule for problem in found} == {"wrong-type", "too-many"}


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(InvalidInput):
            load_reviews(path, TODAY)


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "reviews.yaml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert [entry.role for entry in load_reviews(path, TODAY)] == ["support-lead", "no-codes"]
