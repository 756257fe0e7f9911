"""How the sentences that users read are compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sentences import FOLDER, Golden, cases


def test_what_is_written_is_what_is_expected_from_then_on(tmp_path: Path) -> None:
    Golden(tmp_path, write=True).says("a/b", "one\\two", "first line\n\nlast line\n")
    Golden(tmp_path).says("a/b", "one\\two", "first line\n\nlast line\n")
    with pytest.raises(AssertionError, match='read "one"'):
        Golden(tmp_path).says("a/b", "one", "first line")


def test_a_value_that_differs_from_run_to_run_has_a_name(tmp_path: Path) -> None:
    Golden(tmp_path, write=True).says("family", "case", "port 4711 is taken", port=4711)
    assert cases(tmp_path / "family.txt") == {"case": "port {port} is taken"}


def test_the_cases_of_a_family_are_in_order_so_that_a_difference_is_small() -> None:
    families = sorted(FOLDER.rglob("*.txt"))
    assert [path.name for path in families if list(cases(path)) != sorted(cases(path))] == []
