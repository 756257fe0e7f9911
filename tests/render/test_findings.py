"""What `validate` reports, in each of its formats."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler import __version__
from reconciler.model.findings import Finding, Place
from reconciler.render.findings import Checked, render_findings
from reconciler.render.sarif import Sources
from tests.render.hostile import texts

places = st.builds(Place, texts, st.integers(0, 99), st.integers(0, 99))
_SARIF = json.loads((Path(__file__).parent / "sarif.schema.json").read_text(encoding="utf-8"))
_KEY = Finding("unknown-key", 'unknown key "permision"; did you mean "permissions"?', Place("roles.d/a.yaml", 3, 1))
_LIKE = Finding("lookalike-name", "looks like admin", Place("roles.d/b.yaml", 1, 7), "warning")
_HINTED = Finding("max-deletes", "7 deletes", role="clerk", hint="raise the limit")


def report(*problems: Finding, format_: str = "text", files: int | None = 8, roles: int | None = 9) -> str:
    return render_findings(Checked(problems, files, roles), format_)


def sarif(*problems: Finding, rules: dict[str, str] | None = None) -> dict[str, Any]:
    text = render_findings(Checked(problems, 1, 1), "sarif", sources=lambda: Sources(rules or {}))
    parsed: dict[str, Any] = json.loads(text)
    return parsed


@pytest.mark.parametrize(
    ("problems", "valid"), [((), True), ((_LIKE,), True), ((_KEY,), False), ((_LIKE, _KEY), False)]
)
def test_only_errors_make_the_files_invalid(problems: tuple[Finding, ...], valid: bool) -> None:  # noqa: FBT001 - a table
    assert Checked(problems, 1, 1).valid is valid


def test_valid_files_are_counted() -> None:
    assert report() == "Valid: 9 roles in 8 files.\n"


@pytest.mark.parametrize("problems", [(), (_LIKE,), (_KEY,), (_LIKE, _KEY)])
def test_colour_says_nothing_that_the_text_does_not(problems: tuple[Finding, ...]) -> None:
    broken = Finding("policy:four-eyes", "breaks it", Place("roles.d/a.yaml", 1, 1))
    found = Checked(problems, 8, 9, (broken, replace(broken, severity="warning")))
    shown = render_findings(found, "text", color=True)
    assert re.sub(r"\x1b\[[0-9;]+m", "", shown) == render_findings(found, "text")
    assert "denied\x1b[0m: breaks it\n" in shown
    assert f"{'Not valid' if _KEY in problems else 'Valid'}\x1b[0m: " in shown


def test_one_role_in_one_file_is_singular() -> None:
    assert report(files=1, roles=1) == "Valid: 1 role in 1 file.\n"


def test_what_nobody_counted_is_not_told() -> None:
    assert report(files=None, roles=None) == "Valid.\n"


def test_each_problem_is_a_line_that_editors_link() -> None:
    assert report(_KEY) == (
        'roles.d/a.yaml:3:1: unknown key "permision"; did you mean "permissions"?\nNot valid: 1 error.\n'
    )


def test_a_finding_without_a_place_starts_with_its_message_and_a_hint_follows_on_a_line() -> None:
    assert report(_HINTED) == "7 deletes\nhint: raise the limit\nNot valid: 1 error.\n"


def test_a_warning_says_so_and_leaves_the_files_valid() -> None:
    assert report(_LIKE) == ("roles.d/b.yaml:1:7: warning: looks like admin\nValid: 9 roles in 8 files, 1 warning.\n")


def test_errors_and_warnings_are_counted_apart() -> None:
    assert report(_KEY, _LIKE).endswith("\nNot valid: 1 error, 1 warning.\n")


def test_json_holds_every_problem_with_its_place() -> None:
    assert json.loads(report(_KEY, format_="json")) == {
        "format_version": "1.0",
        "valid": False,
        "files": 8,
        "roles": 9,
        "problems": [
            {
                "path": "roles.d/a.yaml",
                "line": 3,
                "column": 1,
                "severity": "error",
                "rule": "unknown-key",
                "message": 'unknown key "permision"; did you mean "permissions"?',
            }
        ],
        "codes_checked": True,
        "findings": [],
    }


def test_json_has_a_hint_where_there_is_one_and_null_for_a_place_that_no_file_has() -> None:
    assert json.loads(report(_HINTED, format_="json"))["problems"] == [
        {
            "path": None,
            "line": None,
            "column": None,
            "severity": "error",
            "rule": "max-deletes",
            "message": "7 deletes",
            "hint": "raise the limit",
        }
    ]


def test_an_annotation_marks_line_and_column() -> None:
    assert report(_LIKE, format_="github") == (
        "::warning file=roles.d/b.yaml,line=1,col=7,title=lookalike-name::looks like admin\n"
    )


def test_an_annotation_without_a_place_names_no_file_and_holds_the_hint() -> None:
    assert report(_HINTED, format_="github") == "::error title=max-deletes::7 deletes. Hint: raise the limit\n"


def test_errors_are_annotated_before_warnings() -> None:
    kinds = [line.split(" ")[0] for line in report(_LIKE, _KEY, format_="github").splitlines()]
    assert kinds == ["::error", "::warning"]


def test_each_problem_is_an_annotation_and_the_tenth_counts_those_that_github_does_not_show() -> None:
    problems = [Finding("invalid", f"wrong {line}", Place("a.yaml", line)) for line in range(1, 13)]
    lines = report(*problems, format_="github").splitlines()
    assert lines[8] == "::error file=a.yaml,line=9,col=1,title=invalid::wrong 9"
    assert lines[9].endswith("::wrong 10 And 2 more problems: see the log of this step.")
    assert lines[10:] == [f"::error file=a.yaml,line={n},col=1,title=invalid::wrong {n}" for n in (11, 12)]


def test_nothing_wrong_is_no_annotation() -> None:
    assert report(format_="github") == ""


def test_sarif_names_the_tool_and_its_rules() -> None:
    (run,) = sarif(_KEY, rules={"zebra": "Z.", "unknown-key": "A key is one of four."})["runs"]
    key, zebra = {"text": "A key is one of four."}, {"text": "Z."}
    assert run["tool"]["driver"] == {
        "name": "reconciler",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [
            {"id": "unknown-key", "shortDescription": key, "fullDescription": key, "help": key},
            {"id": "zebra", "shortDescription": zebra, "fullDescription": zebra, "help": zebra},
        ],
    }


def test_sarif_has_the_addresses_that_are_known() -> None:
    of_policy = replace(_HINTED, rule="policy/owned")
    sources = Sources(home="https://git.example.org/x", manual="https://git.example.org/x/docs/interface.md")
    text = render_findings(Checked((_KEY, of_policy), 1, 1), "sarif", sources=lambda: sources)
    driver = json.loads(text)["runs"][0]["tool"]["driver"]
    assert driver["informationUri"] == "https://git.example.org/x"
    assert {rule["id"]: rule["helpUri"] for rule in driver["rules"]} == {
        "policy/owned": "https://git.example.org/x/docs/policies.md",
        "unknown-key": "https://git.example.org/x/docs/role-files.md#every-rule",
    }


def without_fingerprints(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in each.items() if key != "partialFingerprints"} for each in results]


def test_a_result_of_sarif_points_at_its_rule_and_its_place() -> None:
    (run,) = sarif(_KEY, rules={"a": "A."})["runs"]
    assert without_fingerprints(run["results"]) == [
        {
            "ruleId": "unknown-key",
            "ruleIndex": 1,
            "level": "error",
            "message": {"text": 'unknown key "permision"; did you mean "permissions"?'},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "roles.d/a.yaml"},
                        "region": {"startLine": 3, "startColumn": 1},
                    }
                }
            ],
        }
    ]


def test_a_result_of_sarif_without_a_place_has_no_location_and_holds_the_hint() -> None:
    (run,) = sarif(_HINTED)["runs"]
    assert without_fingerprints(run["results"]) == [
        {
            "ruleId": "max-deletes",
            "ruleIndex": 0,
            "level": "error",
            "message": {"text": "7 deletes. Hint: raise the limit"},
            "locations": [],
        }
    ]


@pytest.mark.parametrize(("end", "shown"), [(10, {"endColumn": 10}), (None, {}), (1, {})])
def test_a_region_of_sarif_ends_where_that_is_known(end: int | None, shown: dict[str, int]) -> None:
    sources = Sources(end_of=lambda _: end)
    document = json.loads(render_findings(Checked((_KEY,), 1, 1), "sarif", sources=lambda: sources))
    region = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 1, **shown}


def fingerprints(*problems: Finding) -> list[str]:
    (run,) = sarif(*problems)["runs"]
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]


def test_a_fingerprint_stays_when_lines_move() -> None:
    there = Finding(
        "duplicate-name", 'role "a" is already defined at roles.d/a.yaml:2:7', Place("roles.d/b.yaml", 3, 1)
    )
    moved = replace(there, message=there.message.replace(":2:7", ":12:9"), place=Place("roles.d/b.yaml", 40, 1))
    key = Finding("duplicate-key", 'duplicate key "x" (first used on line 2)', Place("a.yaml", 3, 1))
    lower = replace(key, message=key.message.replace("line 2", "line 5"), place=Place("a.yaml", 6, 1))
    assert fingerprints(there, key) == fingerprints(moved, lower)


@pytest.mark.parametrize(
    ("today", "tomorrow"),
    [
        ("a.b of x ends in 2 days (2026-12-31)", "a.b of x ends in 1 day (2026-12-31)"),
        ("a.b of x ended 1 day ago (2026-12-31); remove it", "a.b of x ended 2 days ago (2026-12-31); remove it"),
        (
            "on is 2999-01-01, and that is after today (2026-12-31)",
            "on is 2999-01-01, and that is after today (2027-01-01)",
        ),
    ],
)
def test_a_fingerprint_stays_when_a_day_passes(today: str, tomorrow: str) -> None:
    place = Place("a.yaml", 3, 1)
    assert fingerprints(Finding("ends-soon", today, place)) == fingerprints(Finding("ends-soon", tomorrow, place))


def test_a_fingerprint_differs_with_the_day_of_an_end_and_with_a_number_of_days_that_a_policy_wants() -> None:
    place = Place("a.yaml", 3, 1)
    said = [
        "a.b of x ends in 2 days (2026-12-31)",
        "a.b of x ends in 2 days (2027-12-31)",
        "within 90 days",
        "within 9 days",
    ]
    assert len(set(fingerprints(*(Finding("x", each, place) for each in said)))) == 4


def test_a_fingerprint_differs_with_the_rule_the_file_and_what_is_wrong() -> None:
    others = replace(_KEY, rule="x"), replace(_KEY, place=Place("b.yaml", 3, 1)), replace(_KEY, message="x")
    more = replace(_KEY, role="x"), replace(_KEY, codes=("a.b",))
    assert len(set(fingerprints(_KEY, *others, *more))) == 6


def test_equal_problems_of_one_file_have_numbers_in_their_fingerprints() -> None:
    first, second = fingerprints(_KEY, replace(_KEY, place=Place("roles.d/a.yaml", 9, 1)))
    assert first.removesuffix(":1") == second.removesuffix(":2")
    assert first != second


def test_a_path_in_sarif_is_a_percent_encoded_reference() -> None:
    (run,) = sarif(Finding("invalid", "x", Place("roles.d/a b:é#.yaml")))["runs"]
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "roles.d/a%20b%3A%C3%A9%23.yaml"}


def test_a_message_of_sarif_holds_no_link() -> None:
    (run,) = sarif(Finding("invalid", 'name "[x](http://evil.example)"', Place("a.yaml")))["runs"]
    assert run["results"][0]["message"] == {"text": 'name "[x] (http://evil.example)"'}


def test_the_schema_of_sarif_is_one() -> None:
    Draft202012Validator.check_schema(_SARIF)


@given(st.lists(st.builds(Finding, texts, texts, st.none() | places, hint=texts), max_size=4))
def test_any_problems_make_sarif_of_the_standard(problems: list[Finding]) -> None:
    document = sarif(*problems)
    Draft202012Validator(_SARIF).validate(document)
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [result["ruleId"] for result in run["results"]]


@pytest.mark.parametrize(
    ("format_", "shown"), [("github", "file=sub/roles.d/a.yaml,"), ("sarif", '"sub/roles.d/a.yaml"')]
)
def test_a_forge_is_told_the_path_from_the_top_of_the_repository(format_: str, shown: str) -> None:
    def from_top(path: str) -> str:
        return f"sub/{path}"

    sources = Sources(from_top=from_top)
    assert shown in render_findings(Checked((_KEY,), 1, 1), format_, from_top, sources=lambda: sources)


@pytest.mark.parametrize("format_", ["text", "json"])
def test_people_and_programs_are_told_the_path_as_it_was_typed(format_: str) -> None:
    assert "sub/" not in render_findings(Checked((_KEY,), 1, 1), format_, from_top=lambda path: f"sub/{path}")
