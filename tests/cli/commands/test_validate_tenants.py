"""`validate` of several tenants: all of them unless some are named, and each problem once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.boundary import run
from reconciler.load.lock_text import lock_text
from tests.builders import a_lock
from tests.sentences import Golden

CONFIG = """\
tenants:
  a: {url: https://a.example, roles_dir: [roles.d, a]}
  b: {url: https://b.example, roles_dir: [roles.d, b]}
  c: {url: https://c.example}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(reconciler=CONFIG)
    write(roles_d__clerk="name: clerk\npermissions: [contacts.view]\n")
    write(a__lead="name: lead\npermissions: [contacts.view]\n", b__clerk="name: clerk\npermissions: [contacts.edit]\n")


def write(**files: str) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("roles_d", "roles.d") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def validate(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run(["validate", *options])
    return code, "".join(capsys.readouterr())


def document(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(validate(capsys, "--format", "json", *options)[1])
    return found


def test_without_a_choice_all_are_checked_and_files_are_counted_once(capsys: pytest.CaptureFixture[str]) -> None:
    for options, counted in (
        ((), "Valid: 3 roles in 3 files.\n"),
        (("--all",), "Valid: 3 roles in 3 files.\n"),
        (("--tenant", "[ac]"), "Valid: 2 roles in 2 files.\n"),
        (("--tenant", "b"), "Valid: 1 role in 2 files.\n"),
    ):
        code, said = validate(capsys, *options)
        assert (code, said.startswith(counted)) == (0, True)


def test_the_tenants_without_a_lock_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    missing = "no permissions.lock.yaml. `reconciler lock` writes it.\n"
    assert validate(capsys)[1].endswith(f"\nCodes not checked: {missing}")
    write(reconciler=CONFIG.replace("a: {", "a: {lock: a.lock.yaml, "))
    Path("a.lock.yaml").write_text(lock_text(a_lock("contacts.view")))
    assert validate(capsys)[1].endswith(f"\nCodes of b, c not checked: {missing}")


def test_a_problem_is_said_once_with_the_tenants_that_have_it(
    capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    write(roles_d__bad="name: bad\npermissions: [x]\n", a__worse="name: worse\n")
    code, said = validate(capsys)
    assert code == 3
    golden.says("cli/validate_tenants", "problems of all and of one", said)
    problems = document(capsys)["problems"]
    assert [problem.get("tenants") for problem in problems] == [["a"], None]
    assert "only in" not in validate(capsys, "--tenant", "a")[1]
    assert "only in" not in validate(capsys, "--tenant", "a*")[1]


def test_many_tenants_are_counted(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    tenants = "".join(f"  t{n}: {{url: https://t{n}.example, roles_dir: [roles.d, a]}}\n" for n in range(9))
    write(reconciler=f"{CONFIG}{tenants}", a__worse="name: worse\n")
    golden.says("cli/validate_tenants", "a problem of many", validate(capsys)[1])


def test_what_is_wrong_with_the_configuration_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    write(reconciler=f"{CONFIG}colour: red\n")
    code, said = validate(capsys)
    assert (code, said.count("colour")) == (3, 1)
    assert validate(capsys, "--tenant", "a")[0] == 3


def test_missing_directories_and_choices_without_a_role_are_all_said_in_one_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(
        reconciler="tenants:\n"
        "  a: {url: https://a.example, roles_dir: [roles.d, gone]}\n"
        "  b: {url: https://b.example, roles: [nothing]}\n"
    )
    code, said = validate(capsys)
    assert code == 3
    assert 'reconciler.yaml:2:52: the directory "gone" does not exist' in said
    assert 'reconciler.yaml:3:39: "nothing" matches no role' in said


def test_findings_of_policies_are_said_once(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    write(
        policies="policies:\n- {id: p, roles: ['*'], cannot: [contacts.view]}\n- {id: q, cannot: [contacts.edit]}\n"
        "- {id: idle, roles: [nobody], cannot: [contacts.view]}\n"
    )
    code, said = validate(capsys)
    assert (code, said.count("nobody")) == (3, 1)
    write(policies="policies:\n- {id: p, cannot: [contacts.view]}\n- {id: q, roles: [lead], cannot: [contacts.edit]}\n")
    code, said = validate(capsys)
    assert code == 4
    golden.says("cli/validate_tenants", "findings of policies", said)
    found = document(capsys)["findings"]
    assert [finding.get("tenants") for finding in found] == [["a", "c"], ["a"]]
    assert validate(capsys, "--tenant", "b")[0] == 0


def test_waivers_are_written_for_what_any_tenant_denies(capsys: pytest.CaptureFixture[str]) -> None:
    write(policies="policies:\n- id: p\n  cannot: [contacts.view]\n")
    options = ("--write-waivers", "--until", "2027-01-01", "--reason", "OPS-1")
    code, said = validate(capsys, *options)
    assert (code, said.splitlines()[-1]) == (0, "Added 2 waivers.")
    write(a__worse="name: worse\n")
    assert validate(capsys, *options)[0] == 3


def test_a_review_of_a_role_of_one_tenant_is_not_idle_in_another(capsys: pytest.CaptureFixture[str]) -> None:
    entry = (
        "version: 1\nreviews:\n- role: {}\n  on: 2026-11-01\n  by: Ann <a@x.example>\n  permissions: [contacts.view]\n"
    )
    write(reviews=entry.format("lead"))
    for options in ((), ("--tenant", "c")):
        assert "warning" not in validate(capsys, *options)[1]
    write(reviews=entry.format("nobody"))
    assert validate(capsys, "--tenant", "c")[1].count("warning") == 2
    assert validate(capsys)[1].count("no role file defines") == 1


def test_coverage_is_about_one_tenant(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    code, said = validate(capsys, "--coverage")
    assert code == 64
    golden.says("cli/validate_tenants", "coverage of several", said)
    assert "needs the catalogue lock" in validate(capsys, "--coverage", "--tenant", "a")[1]
