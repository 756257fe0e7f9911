"""Codes of role files are checked against the lock, offline and at their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import load_documents, load_roles
from reconciler.load.holders import holders_in
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import errors_of
from tests.builders import TODAY, a_lock, a_locked, place_of
from tests.load.builders import placed

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.load import Loaded
    from reconciler.model.catalogue import Lock
    from reconciler.model.findings import Finding
    from tests.sentences import Golden


def load(lock: Lock, *texts: str) -> Loaded:
    files = [(f"{chr(ord('a') + n)}.yaml", text.encode()) for n, text in enumerate(texts)]
    return load_documents(files, today=TODAY, lock=lock)


def problems(lock: Lock, *texts: str) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInput) as raised:
        load(lock, *texts)
    return raised.value.findings


def test_codes_that_the_lock_has_are_fine() -> None:
    found = load(a_lock("a.view", "b.view"), "name: one\npermissions: [a.view]\n")
    assert found.warnings == ()


def test_a_code_that_the_lock_does_not_have_is_an_error_at_each_place(golden: Golden) -> None:
    lock = a_lock(a_locked("contacts.export", "Export contacts"), a_locked("contacts.view", "See\nthem"))
    found = problems(
        lock,
        "name: one\npermissions: [contacts.exprot, contacts.viw]\n",
        "name: two\npermissions: [contacts.view, contacts.exprot, other.code]\n",
    )
    assert [(place_of(finding).path, placed(finding), finding.role, finding.codes) for finding in found] == [
        ("a.yaml", "2:15 unknown-code", "one", ("contacts.exprot",)),
        ("a.yaml", "2:32 unknown-code", "one", ("contacts.viw",)),
        ("b.yaml", "2:30 unknown-code", "two", ("contacts.exprot",)),
        ("b.yaml", "2:47 unknown-code", "two", ("other.code",)),
    ]
    golden.says("load/locked", "codes that the lock does not have", "\n".join(map(str, found)))


def test_the_hundredth_unknown_code_gets_a_suggestion_and_the_next_does_not() -> None:
    codes = [f"a.view{chr(ord('a') + n // 26)}{chr(ord('a') + n % 26)}" for n in range(101)]
    found = problems(a_lock("a.view"), f"name: one\npermissions: [{', '.join(codes)}]\n")
    assert [number for number, finding in enumerate(found) if "did you mean" not in finding.message] == [100]


def test_a_withdrawn_code_is_one_warning_at_the_first_of_its_places(golden: Golden) -> None:
    lock = a_lock("a.view", "b.view", withdrawn=["a.view"])
    found = load(
        lock,
        "name: one\npermissions: [a.view]\n",
        "name: two\npermissions: [a.view]\n",
        "name: three\npermissions: []\n",
    )
    (warning,) = found.warnings
    assert (str(place_of(warning)), warning.rule, warning.severity, warning.codes) == (
        "a.yaml:2:15",
        "withdrawn",
        "warning",
        ("a.view",),
    )
    golden.says("load/locked", "a code that is withdrawn", str(warning))


def test_the_first_place_of_a_withdrawn_code_may_be_that_of_a_set() -> None:
    lock = a_lock("a.view", withdrawn=["a.view"])
    found = load(lock, "set: all\npermissions: [a.view]\n", "name: one\ninclude: [all]\npermissions: [a.view]\n")
    assert [str(place_of(each)) for each in found.warnings if each.rule == "withdrawn"] == ["a.yaml:2:15"]


def test_of_codes_that_are_equally_near_the_first_are_suggested() -> None:
    (finding,) = problems(a_lock(*(f"a.vie{each}" for each in "hgfedcba")), "name: one\npermissions: [a.vie]\n")
    at = [finding.message.find(f'"a.vie{each}"') for each in "abc"]
    assert -1 not in at
    assert at == sorted(at)


def test_a_withdrawn_code_is_not_suggested() -> None:
    (finding,) = problems(a_lock("a.view", withdrawn=["a.view"]), "name: one\npermissions: [a.veiw]\n")
    assert "did you mean" not in finding.message


def test_a_lock_inside_the_directory_of_role_files_is_an_error(tmp_path: Path, golden: Golden) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "permissions.lock.yaml").write_text("version: 1\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_text("name: one\npermissions: []\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as raised:
        load_roles(tmp_path, today=TODAY)
    (finding,) = raised.value.findings
    assert finding.rule == "lock-in-roles-dir"
    golden.says("load/locked", "a lock in roles.d", str(finding), directory=tmp_path)


_SETS = """\
name: one
include: [most]
permissions:
  - a.view: {until: 2027-01-01}
  - "*.view"
except: [c.edit]
---
set: most
permissions: [b.view, c.edit, "c.*"]
"""


def test_codes_of_sets_of_except_and_with_an_end_are_checked_too() -> None:
    found = [finding for finding in problems(a_lock("z.view", "c.list"), _SETS) if finding.rule == "unknown-code"]
    assert [(placed(finding), finding.role, finding.codes) for finding in found] == [
        ("4:5 unknown-code", "one", ("a.view",)),
        ("6:10 unknown-code", "one", ("c.edit",)),
        ("9:15 unknown-code", None, ("b.view",)),
        ("9:23 unknown-code", None, ("c.edit",)),
    ]
    assert found[2].message.startswith("set most: unknown permission")
    found_in_lock = load(a_lock("a.view", "b.view", "c.list", withdrawn=["c.edit"]), _SETS)
    warnings = [each for each in found_in_lock.warnings if each.rule == "withdrawn"]
    assert [str(place_of(each)) for each in warnings] == ["a.yaml:6:10"]
    assert sorted(found_in_lock.names_codes) == ["a.view", "b.view", "c.edit"]


def test_a_withdrawn_code_may_be_excepted_though_no_pattern_gives_it() -> None:
    found = load(a_lock("a.view", withdrawn=["a.edit"]), 'name: one\npermissions: ["a.*"]\nexcept: [a.edit]\n')
    assert [each.rule for each in found.warnings] == ["withdrawn"]


def test_with_another_lock_a_pattern_gives_other_codes() -> None:
    loaded = load(a_lock("a.view", "b.view", "c.edit"), _SETS)
    (role,) = loaded.expanded(a_lock("a.view", "b.view", "c.edit", "d.view"))
    assert role.role.permissions - loaded.roles[0].role.permissions == {"d.view"}


def test_the_name_of_a_role_that_is_not_valid_is_not_said() -> None:
    found = problems(a_lock("a.view"), "name: no\npermissions: [b.view]\n")
    assert [finding.message.partition(" ")[0] for finding in found if finding.rule == "unknown-code"] == ["unknown"]


def test_files_name_the_codes_that_they_list() -> None:
    found = load(a_lock("a.view", "b.view"), "name: one\npermissions: [b.view]\n", "name: two\npermissions: [b.view]\n")
    assert {code: list(map(str, places)) for code, places in found.names_codes.items()} == {
        "b.view": ["a.yaml:2:15", "b.yaml:2:15"]
    }


def test_the_holders_of_a_code_are_the_roles_that_have_it() -> None:
    holders = holders_in(load(a_lock("a.view"), "name: one\npermissions: [a.view]\n").roles)
    assert (list(holders("a.view")), list(holders("b.view"))) == (["one"], [])


_CODES = st.frozensets(st.sampled_from(["a.view", "b.view", "c.view", "d.view"]))


@given(_CODES, _CODES, _CODES)
def test_no_valid_role_holds_a_code_that_the_lock_lacks(
    wanted: frozenset[str], locked: frozenset[str], gone: frozenset[str]
) -> None:
    lock = a_lock(*sorted(locked), withdrawn=locked & gone)
    text = f"name: one\npermissions: [{', '.join(sorted(wanted))}]\n"
    if wanted <= locked:
        assert load(lock, text).roles[0].role.permissions == wanted
    else:
        assert {code for each in errors_of(problems(lock, text)) for code in each.codes} == wanted - locked
