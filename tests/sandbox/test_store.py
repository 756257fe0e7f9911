"""The contract's rules, asked of the store itself."""

from __future__ import annotations

import sqlite3
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.model.errors import FileFailed
from reconciler.sandbox.seed import DEFAULT_SEED, SYSTEM_ROLES, SeedRole
from reconciler.sandbox.store import Declined, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sentences import Golden

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        opened.plant(SYSTEM_ROLES)
        yield opened


def system_id(store: Store, name: str = "admin") -> str:
    return next(role["id"] for role in store.roles() if role["name"] == name)


def test_a_created_role_is_a_custom_one_with_a_random_id(store: Store) -> None:
    role = store.create("greeter", "Says hello.", ["messages.send"])

    assert role["is_system"] is False
    assert uuid.UUID(role["id"]).version == 4
    assert (role["name"], role["description"], role["permissions"]) == ("greeter", "Says hello.", ["messages.send"])


def test_times_are_rfc_3339_in_utc(store: Store) -> None:
    role = store.create("greeter", "", [])

    assert role["created_at"] == role["updated_at"]
    assert role["created_at"].endswith("Z")
    assert abs(datetime.fromisoformat(role["created_at"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_name_is_stripped_and_lower_cased_on_create(store: Store) -> None:
    assert store.create("  Night-Shift ÄÖ\t", "", [])["name"] == "night-shift äö"


def test_a_name_is_stripped_and_lower_cased_on_rename(store: Store) -> None:
    role = store.create("greeter", "", [])

    assert store.update(role["id"], {"name": " Doorman "})["name"] == "doorman"


@pytest.mark.parametrize("name", ["admin", " Supervisor", "AGENT"])
def test_a_reserved_name_is_refused_on_create(store: Store, name: str, golden: Golden) -> None:
    with pytest.raises(Declined) as error:
        store.create(name, "", [])

    assert error.value.status == 422
    golden.says("sandbox/store", f"the name {name}", str(error.value))


def test_a_reserved_name_is_refused_on_rename(store: Store, golden: Golden) -> None:
    role = store.create("greeter", "", [])

    with pytest.raises(Declined) as error:
        store.update(role["id"], {"name": "Agent"})

    assert error.value.status == 422
    golden.says("sandbox/store", "the name of a system role for a custom role", str(error.value))
    assert store.role(role["id"]) == role


def test_a_blank_name_is_refused(store: Store, golden: Golden) -> None:
    with pytest.raises(Declined) as error:
        store.create(" \t ", "", [])

    assert error.value.status == 422
    golden.says("sandbox/store", "no name", str(error.value))


def test_a_name_that_is_taken_is_refused_on_create_whatever_its_case(store: Store, golden: Golden) -> None:
    store.create("greeter", "", [])

    with pytest.raises(Declined) as error:
        store.create("GREETER ", "", [])

    assert error.value.status == 409
    golden.says("sandbox/store", "a name that is taken", str(error.value))


def test_a_name_that_is_taken_is_refused_on_rename(store: Store) -> None:
    store.create("greeter", "", [])
    other = store.create("doorman", "", [])

    with pytest.raises(Declined) as error:
        store.update(other["id"], {"name": "Greeter"})

    assert error.value.status == 409


def test_a_rename_to_the_own_name_changes_nothing_but_the_time(store: Store) -> None:
    role = store.create("greeter", "", [])

    assert store.update(role["id"], {"name": "Greeter"}) | {"updated_at": ""} == role | {"updated_at": ""}


def test_a_name_is_free_again_after_its_role_is_gone(store: Store) -> None:
    first = store.create("greeter", "", [])
    store.delete(first["id"])

    assert store.create("greeter", "", [])["id"] != first["id"]


def test_permissions_are_a_sorted_set(store: Store) -> None:
    role = store.create("greeter", "", ["messages.send", "billing.view", "messages.send"])

    assert role["permissions"] == ["billing.view", "messages.send"]


def test_a_patch_of_permissions_replaces_and_never_merges(store: Store) -> None:
    role = store.create("greeter", "", ["messages.send", "billing.view"])

    assert store.update(role["id"], {"permissions": ["contacts.view"]})["permissions"] == ["contacts.view"]


def test_a_patch_can_take_every_permission_away(store: Store) -> None:
    role = store.create("greeter", "", ["messages.send"])

    assert store.update(role["id"], {"permissions": []})["permissions"] == []


def test_what_a_patch_leaves_out_stays_as_it_is(store: Store) -> None:
    role = store.create("greeter", "Says hello.", ["messages.send"])

    changed = store.update(role["id"], {"description": "Says goodbye."})

    assert changed | {"updated_at": ""} == role | {"description": "Says goodbye.", "updated_at": ""}
    assert changed["created_at"] == role["created_at"]


def test_unknown_codes_are_named_on_create(store: Store, golden: Golden) -> None:
    with pytest.raises(Declined) as error:
        store.create("greeter", "", ["messages.send", "messages.yell", "billing.burn"])

    assert error.value.status == 422
    golden.says("sandbox/store", "unknown codes on create", str(error.value))


def test_unknown_codes_are_named_on_update_and_nothing_is_changed(store: Store, golden: Golden) -> None:
    role = store.create("greeter", "", ["messages.send"])

    with pytest.raises(Declined) as error:
        store.update(role["id"], {"description": "new", "permissions": ["messages.yell"]})

    assert error.value.status == 422
    golden.says("sandbox/store", "an unknown code on update", str(error.value))
    assert store.role(role["id"]) == role


def test_hostile_text_in_a_message_is_inert(store: Store) -> None:
    with pytest.raises(Declined) as error:
        store.create("greeter", "", ["\x1b[31m.red\u202e"])

    assert str(error.value) == 'Unknown permission codes: "\\x1b[31m.red\\u202e".'


def test_a_system_role_cannot_be_renamed(store: Store, golden: Golden) -> None:
    with pytest.raises(Declined) as error:
        store.update(system_id(store), {"name": "root"})

    assert error.value.status == 409
    golden.says("sandbox/store", "renaming a system role", str(error.value))


def test_a_system_role_keeps_its_own_name_in_a_patch(store: Store) -> None:
    assert store.update(system_id(store), {"name": "Admin", "description": "All."})["description"] == "All."


def test_a_system_role_cannot_be_deleted(store: Store, golden: Golden) -> None:
    with pytest.raises(Declined) as error:
        store.delete(system_id(store))

    assert error.value.status == 409
    golden.says("sandbox/store", "deleting a system role", str(error.value))


def test_a_role_that_agents_hold_cannot_be_deleted(store: Store, golden: Golden) -> None:
    role = store.create("greeter", "", [])
    store.hire(role["id"], 2)

    with pytest.raises(Declined) as error:
        store.delete(role["id"])

    assert error.value.status == 409
    golden.says("sandbox/store", "held by two agents", str(error.value))
    assert store.holders()[role["id"]] == 2


def test_one_agent_is_enough_to_keep_a_role(store: Store, golden: Golden) -> None:
    role = store.create("greeter", "", [])
    store.hire(role["id"])

    with pytest.raises(Declined) as error:
        store.delete(role["id"])

    assert error.value.status == 409
    golden.says("sandbox/store", "held by one agent", str(error.value))


def test_agents_keep_a_role_that_is_renamed(store: Store) -> None:
    role = store.create("greeter", "", [])
    store.hire(role["id"])
    store.update(role["id"], {"name": "doorman"})

    assert store.holders()[role["id"]] == 1


@pytest.mark.parametrize("call", ["role", "delete", "hire"])
def test_an_unknown_id_is_refused(store: Store, call: str, golden: Golden) -> None:
    with pytest.raises(Declined) as error:
        getattr(store, call)(NOBODY)

    assert error.value.status == 404
    golden.says("sandbox/store", "an unknown id", str(error.value), id=NOBODY)


def test_a_patch_of_an_unknown_id_is_refused(store: Store) -> None:
    with pytest.raises(Declined) as error:
        store.update(NOBODY, {})

    assert error.value.status == 404


def test_roles_are_listed_system_roles_first_then_by_name(store: Store) -> None:
    for name in ("zebra", "aardvark"):
        store.create(name, "", [])

    assert [role["name"] for role in store.roles()] == ["admin", "agent", "supervisor", "aardvark", "zebra"]


def test_a_store_that_holds_roles_is_not_planted_again(store: Store) -> None:
    before = store.roles()

    assert store.plant(DEFAULT_SEED) is False
    assert store.roles() == before


def test_a_seed_that_fails_half_way_leaves_nothing_behind() -> None:
    twice = [SeedRole(name="greeter", permissions=()), SeedRole(name="Greeter", permissions=())]
    with Store() as store:
        with pytest.raises(Declined):
            store.plant(twice)

        assert store.roles() == []


def test_a_file_keeps_its_roles_and_agents(tmp_path: Path) -> None:
    with Store(tmp_path / "tenant.db") as store:
        store.plant(DEFAULT_SEED)
        before, held = store.roles(), store.holders()

    with Store(tmp_path / "tenant.db") as store:
        assert store.plant(SYSTEM_ROLES) is False
        assert (store.roles(), store.holders()) == (before, held)


def test_two_processes_may_have_one_file_open(tmp_path: Path) -> None:
    with Store(tmp_path / "tenant.db") as one, Store(tmp_path / "tenant.db") as other:
        role = one.create("greeter", "", [])

        assert other.role(role["id"]) == role


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, golden: Golden) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are just some notes, longer than a header of SQLite would be\n" * 20)

    with pytest.raises(FileFailed) as caught:
        Store(path)
    golden.says("sandbox/store", "not a database", str(caught.value), path=path)


def test_a_database_of_something_else_is_an_error_and_stays_as_it_is(tmp_path: Path, golden: Golden) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE notes (text)")
    other.commit()

    with pytest.raises(FileFailed) as caught:
        Store(path)
    golden.says("sandbox/store", "a database of something else", str(caught.value), path=path)

    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]
    other.close()


def test_a_database_in_a_directory_that_is_not_there_is_an_error(tmp_path: Path, golden: Golden) -> None:
    with pytest.raises(FileFailed) as caught:
        Store(tmp_path / "nowhere" / "tenant.db")

    golden.says("sandbox/store", "no such directory", str(caught.value), folder=tmp_path)
