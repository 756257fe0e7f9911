"""What a fresh sandbox holds, and what is said about a seed that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.load import load_roles
from reconciler.model.errors import FileFailed, InvalidInput
from reconciler.sandbox.catalogue import CATALOGUE, CODES
from reconciler.sandbox.seed import DEFAULT_ROLES, DEFAULT_SEED, SYSTEM_ROLES, load_seed
from tests.builders import TODAY
from tests.sentences import Golden

ROLES_D = Path(__file__).parents[2] / "roles.d"


def written(directory: Path, content: object) -> Path:
    path = directory / "seed.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(InvalidInput) as error:
        load_seed(path)
    return [str(problem).removeprefix(f"{path}:") for problem in error.value.findings]


def test_the_catalogue_is_ordered_by_category_then_code() -> None:
    order = [(entry["category"], entry["code"]) for entry in CATALOGUE]

    assert order == sorted(order)
    assert len(CODES) == len(CATALOGUE) == 60
    assert len({category for category, _ in order}) == 16


def test_a_code_is_its_category_and_an_action() -> None:
    assert all(entry["code"].startswith(f"{entry['category']}.") for entry in CATALOGUE)
    assert all(entry["name"] and entry["description"] for entry in CATALOGUE)


def test_permission_ids_are_the_same_on_every_machine() -> None:
    ids = {entry["code"]: entry["id"] for entry in CATALOGUE}

    assert len(set(ids.values())) == len(ids)
    assert ids["conversations.assign"] == "d4fba894-9fa1-5435-ad4b-db539b6eb781"


def test_the_default_roles_hold_known_codes_once() -> None:
    for role in DEFAULT_SEED:
        assert set(role.permissions) <= CODES, role.name
        assert len(set(role.permissions)) == len(role.permissions), role.name


def test_the_default_tenant_has_drifted_from_the_role_files_as_its_table_says() -> None:
    files = {entry.role.name: entry for entry in load_roles(ROLES_D, today=TODAY).roles}
    live = {role.name: role for role in DEFAULT_ROLES}
    now = {name: name if name in live else "".join(entry.renamed_from) or name for name, entry in files.items()}
    differences = {
        name: (
            sorted(files[name].role.permissions - set(live[before].permissions)),
            sorted(set(live[before].permissions) - files[name].role.permissions),
            files[name].role.description != live[before].description,
        )
        for name, before in now.items()
        if before in live
    }

    assert differences == {
        "billing-clerk": ([], [], True),
        "campaign-manager": ([], [], False),
        "integrations-engineer": ([], [], False),
        "knowledge-editor": ([], ["knowledge.delete"], False),
        "support-lead": (["agents.view"], [], False),
        "support-tier-1": ([], [], False),
        "support-tier-2": (["contacts.merge"], ["contacts.export"], False),
    }
    assert sorted(set(live) - set(now.values())) == ["night-shift", "temp-export"]
    assert sorted(set(now.values()) - set(live)) == ["quality-reviewer"]
    assert (live["night-shift"].agents, live["temp-export"].agents) == (2, 0)


def test_the_role_files_hold_known_codes() -> None:
    assert {code for entry in load_roles(ROLES_D, today=TODAY).roles for code in entry.role.permissions} <= CODES


def test_a_seed_replaces_all_but_the_system_roles(tmp_path: Path) -> None:
    roles = load_seed(
        written(tmp_path, {"roles": [{"name": "Greeter", "permissions": ["messages.send"], "agents": 3}]})
    )

    assert roles[:3] == SYSTEM_ROLES
    assert [(role.name, role.description, role.permissions, role.agents) for role in roles[3:]] == [
        ("Greeter", "", ("messages.send",), 3)
    ]


def test_a_seed_may_replace_a_system_role(tmp_path: Path) -> None:
    roles = load_seed(
        written(tmp_path, {"roles": [{"name": "Agent", "is_system": True, "permissions": ["contacts.view"]}]})
    )

    assert [(role.name, role.is_system) for role in roles] == [("admin", True), ("supervisor", True), ("Agent", True)]


def test_a_seed_may_hold_a_system_role_of_another_name(tmp_path: Path) -> None:
    roles = load_seed(written(tmp_path, {"roles": [{"name": "owner", "is_system": True, "permissions": []}]}))

    assert roles[-1].is_system


def test_a_seed_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileFailed, match=r"cannot read the seed .*seed\.json: No such file or directory"):
        load_seed(tmp_path / "seed.json")


def test_a_seed_that_is_no_json_is_an_error_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_text('{"roles": [\n  {"name": "greeter",}\n]}', encoding="utf-8")

    (problem,) = problems(path)

    assert problem.startswith("2:")
    assert "not valid JSON" in problem


def test_a_seed_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_bytes(b'{"roles": "\xff"}')

    (problem,) = problems(path)

    assert problem.startswith("1:1: not valid JSON: 'utf-8' codec can't decode")


def test_a_seed_that_is_nested_too_deeply_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_text("[" * 100_000, encoding="utf-8")

    (problem,) = problems(path)

    assert "not valid JSON" in problem


def test_a_seed_of_another_shape_is_an_error(tmp_path: Path) -> None:
    assert problems(written(tmp_path, [])) == ["1:1: the file: Input should be an object"]


def test_every_wrong_field_of_a_seed_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, {"roles": [{"name": "a", "permission": []}, {"name": 1, "permissions": [], "agents": -1}]})

    assert problems(path) == [
        "1:1: roles.0.permission: Extra inputs are not permitted",
        "1:1: roles.0.permissions: Field required",
        "1:1: roles.1.agents: Input should be greater than or equal to 0",
        "1:1: roles.1.name: Input should be a valid string",
    ]


def test_every_broken_rule_in_a_seed_is_named(tmp_path: Path, golden: Golden) -> None:
    path = written(
        tmp_path,
        {
            "roles": [
                {"name": " ", "permissions": []},
                {"name": "greeter", "permissions": ["messages.yell"]},
                {"name": "Greeter ", "permissions": []},
                {"name": "admin", "permissions": []},
            ]
        },
    )

    found = problems(path)
    assert [line.split(": ")[1] for line in found] == [
        "roles.0.name",
        "roles.1.permissions",
        "roles.2.name",
        "roles.3.name",
    ]
    golden.says("sandbox/seed", "broken rules", "\n".join(found))
