"""A finding is a value that sorts by its place and reads as one line."""

from __future__ import annotations

from reconciler.model.findings import Finding, Place, errors_of, warnings_of

_ERROR = Finding("duplicate-key", "key again", Place("b.yaml", 3, 7))
_WARNING = Finding("lookalike-name", "looks like admin", Place("a.yaml", 10, 1), "warning", hint="rename it")
_PLACELESS = Finding("max-deletes", "too many deletes")


def test_a_finding_reads_as_its_place_and_its_message() -> None:
    assert str(_ERROR) == "b.yaml:3:7: key again"


def test_a_warning_says_so_and_its_hint_is_another_line() -> None:
    assert str(_WARNING) == "a.yaml:10:1: warning: looks like admin"


def test_a_finding_without_a_place_is_its_message() -> None:
    assert str(_PLACELESS) == "too many deletes"


def test_findings_sort_by_place_and_those_without_one_come_first() -> None:
    earlier = Finding("duplicate-key", "z", Place("a.yaml", 9, 2))
    assert sorted([_ERROR, _WARNING, earlier, _PLACELESS]) == [_PLACELESS, earlier, _WARNING, _ERROR]


def test_findings_of_one_place_sort_by_what_they_say() -> None:
    findings = [
        Finding("z", "w"),
        Finding("a", "x", role="c"),
        Finding("b", "x", role="a", codes=("a.view",)),
        Finding("b", "x", role="a", codes=("b.view",)),
        Finding("b", "x", role="b"),
    ]
    shuffled = [findings[number] for number in (3, 0, 4, 2, 1)]
    assert sorted(shuffled) == findings


def test_errors_and_warnings_are_told_apart_in_their_order() -> None:
    assert errors_of([_ERROR, _WARNING, _PLACELESS]) == [_ERROR, _PLACELESS]
    assert warnings_of([_ERROR, _WARNING, _PLACELESS]) == [_WARNING]
