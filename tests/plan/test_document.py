"""The plan's JSON document: what it says, and that it can be believed when it is read back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.catalogue import Permission
from reconciler.model.days import Day
from reconciler.model.errors import StalePlan
from reconciler.model.findings import Place
from reconciler.model.revisions import Revision
from reconciler.model.roles import Grant, Location
from reconciler.plan.action import Origin
from reconciler.plan.changes import Plan
from reconciler.plan.document import digest, dumps, indented, to_document
from reconciler.plan.ends import EndChanged
from reconciler.plan.saved import loads
from reconciler.render import PLAN_FORMATS, plan_renderer
from reconciler.render.view import View
from tests.builders import (
    TODAY,
    Before,
    a_create,
    a_delete,
    a_plan,
    a_refusal,
    a_role,
    a_source,
    an_undo,
    an_update,
)

if TYPE_CHECKING:
    from tests.sentences import Golden

MADE_AT = "2026-11-23T10:00:00Z"


def the_plan() -> Plan:
    update = replace(
        an_update("billing-clerk", ["billing.view"], "New", origin=Origin.BOTH),
        drifted=frozenset({"billing.manage"}),
        before=a_role("billing-clerk", ["billing.manage"], "Old"),
        location=Location("roles.d/billing.yaml", 3, 7, 5, {"billing.view": (6, 5)}),
    )
    return a_plan(
        a_create("support-lead", ["conversations.view", "conversations.assign"]),
        update,
        a_delete("temp-role", ["contacts.view"]),
        source=a_source(commit="c" * 40),
        unchanged=(a_role("rest"),),
        unmanaged=(a_role("stray"),),
        unmanaged_ids=("3f0b8f0e-5f5e-4d5c-9f1a-6d1f0c2b7a91",),
        compared=True,
        ignored=(a_role("vendor-bot"),),
        refused=(a_refusal("temp-role", "protected"),),
        notes=("a note",),
        catalogue={"billing.view": Permission("billing.view", "View billing", "billing")},
    )


def edited(**changes: object) -> str:
    return json.dumps({**json.loads(dumps(the_plan(), MADE_AT)), **changes})


def test_the_document_has_the_keys_of_the_interface() -> None:
    document = to_document(the_plan(), MADE_AT)
    assert list(document)[:14] == [
        "format_version",
        "reconciler_version",
        "created_at",
        "target",
        "source",
        "changes",
        "unchanged",
        "unmanaged",
        "unmanaged_roles",
        "ignored",
        "refused",
        "system",
        "summary",
        "notes",
    ]
    assert document["system"] == ["admin", "agent", "supervisor"]
    assert document["refused"] == [{"name": "temp-role", "reason": "protected"}]


def test_a_change_says_all_that_the_interface_promises() -> None:
    update = to_document(the_plan(), MADE_AT)["changes"][0]
    assert update["action"] == "update"
    assert update["fields"] == [{"path": "description", "before": "Old", "after": "New"}]
    assert update["permissions"] == {"granted": ["billing.view"], "revoked": ["billing.manage"]}
    assert (update["verdict"], update["origin"], update["renamed_from"]) == ("mixed", "both", None)
    assert update["location"]["path"] == "roles.d/billing.yaml"
    assert update["location"]["line"] == 3
    assert update["location"]["code_lines"] == {"billing.view": 6}


def test_a_change_says_of_each_code_where_it_comes_from() -> None:
    update, create, _ = to_document(the_plan(), MADE_AT)["changes"]
    assert update["permissions_origin"] == {"billing.manage": "drift", "billing.view": "edit"}
    assert create["permissions_origin"] == {"conversations.assign": "edit", "conversations.view": "edit"}
    assert (update["fields_origin"], create["fields_origin"]) == ({"description": "edit"}, {})


def test_where_a_description_comes_from_is_saved_and_read_again() -> None:
    update = an_update("r", [], "New", before=Before([], "Old", "old-r"), origin=Origin.BOTH)
    update = replace(update, drifted_fields=frozenset({"description"}))
    plan = replace(a_plan(update), compared=True)
    assert to_document(plan, MADE_AT)["changes"][0]["fields_origin"] == {"description": "drift", "name": "edit"}
    assert loads(dumps(plan, MADE_AT), "plan.json")[0].changes == plan.changes


def test_the_summary_counts_what_stays_unmanaged_and_what_comes_from_where() -> None:
    summary = to_document(the_plan(), MADE_AT)["summary"]
    assert summary["unmanaged"] == 1
    assert summary["by_origin"] == {"edit": {"grants": 3, "revokes": 1}, "drift": {"grants": 0, "revokes": 1}}


def test_without_a_base_no_key_speaks_of_origins_but_the_changes_own() -> None:
    document = to_document(a_plan(a_create()), MADE_AT)
    assert "by_origin" not in document["summary"]
    assert "permissions_origin" not in document["changes"][0]
    assert document["changes"][0]["origin"] == "unknown"


def test_an_unmanaged_role_is_named_with_its_id_and_codes() -> None:
    plan = a_plan(unmanaged=(a_role("stray", ["c.d", "a.b"]),), unmanaged_ids=("id-1",))
    assert to_document(plan, MADE_AT)["unmanaged_roles"] == [
        {"name": "stray", "id": "id-1", "permissions": ["a.b", "c.d"]}
    ]


def of_an_older_version() -> str:
    """The plan as it was saved before there were split counts, origins of codes, and ids of unmanaged roles."""
    document = json.loads(dumps(the_plan(), MADE_AT))
    del document["unmanaged_roles"], document["summary"]["by_origin"], document["summary"]["unmanaged"]
    for change in document["changes"]:
        del change["permissions_origin"], change["fields_origin"]
    return json.dumps(document)


@pytest.mark.parametrize("format_", PLAN_FORMATS)
def test_a_plan_of_an_older_version_is_shown_in_every_format(format_: str) -> None:
    plan, _ = loads(of_an_older_version(), "plan.json")
    assert plan_renderer(format_)(plan, View())


def test_a_plan_of_an_older_version_has_origins_and_no_split() -> None:
    plan, _ = loads(of_an_older_version(), "plan.json")
    document = to_document(plan, MADE_AT)
    assert document["changes"][0]["origin"] == "both"
    assert "by_origin" not in document["summary"]
    assert document["unmanaged_roles"] == [{"name": "stray", "id": None, "permissions": ["conversations.view"]}]


def test_before_is_null_for_a_create_and_after_for_a_delete() -> None:
    create, delete = to_document(the_plan(), MADE_AT)["changes"][1:]
    assert (create["id"], create["before"]) == (None, None)
    assert (delete["after"], delete["location"]) == (None, None)


def test_a_rename_names_the_earlier_name() -> None:
    renamed = replace(an_update("lead"), before=a_role("chief"))
    assert to_document(a_plan(renamed), MADE_AT)["changes"][0]["renamed_from"] == "chief"


def test_a_saved_plan_reads_back_as_it_was() -> None:
    plan = the_plan()
    again, created_at = loads(dumps(plan, MADE_AT), "plan.json")
    assert (again.changes, again.refused, again.notes) == (plan.changes, plan.refused, plan.notes)
    assert (again.unchanged, again.unmanaged, again.ignored, again.system) == (
        plan.unchanged,
        plan.unmanaged,
        plan.ignored,
        plan.system,
    )
    assert (created_at, again.target, again.source) == (MADE_AT, plan.target, plan.source)
    assert dumps(again, MADE_AT) == dumps(plan, MADE_AT)


def test_a_plan_of_a_directory_whose_name_is_not_utf8_reads_back() -> None:
    source = replace(a_source("\udcff.d"), later=("\udcfe.d",))
    again, _ = loads(dumps(a_plan(a_create(), source=source), MADE_AT), "plan.json")
    assert again.source == replace(source, path=r"\udcff.d", later=(r"\udcfe.d",))


def test_an_undo_reads_back_with_its_journal_and_its_commit() -> None:
    undo = an_undo("journals/1.jsonl", commit="c" * 40)
    again, _ = loads(dumps(a_plan(a_create(), source=undo), MADE_AT), "plan.json")
    assert again.source == undo


def test_the_same_plan_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    program = (
        "from tests.plan.test_document import the_plan, MADE_AT\n"
        "from reconciler.plan.document import dumps\n"
        "print(dumps(the_plan(), MADE_AT), end='')"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_the_digest_covers_the_target() -> None:
    plan = the_plan()
    assert digest(plan) != digest(replace(plan, target="https://other.example.org"))


def test_the_digest_does_not_cover_what_the_plan_does_not_do() -> None:
    plan = the_plan()
    assert digest(plan) == digest(replace(plan, notes=(), unchanged=(), source=an_undo()))


def test_hostile_text_is_escaped_in_the_document() -> None:
    text = dumps(a_plan(a_create("r", description="\x1b[31m\u202e\nx")), MADE_AT)
    assert text.isascii()
    assert text.replace("\n", "").isprintable()


def test_a_plan_that_was_changed_after_it_was_made_is_not_believed(golden: Golden) -> None:
    document = json.loads(dumps(the_plan(), MADE_AT))
    document["changes"][0]["after"]["permissions"].append("billing.refund")
    with pytest.raises(StalePlan) as caught:
        loads(json.dumps(document), "plan.json")
    golden.says("plan/saved", "changed after it was made", str(caught.value))


def test_a_change_that_contradicts_itself_is_not_believed(golden: Golden) -> None:
    document = json.loads(dumps(the_plan(), MADE_AT))
    document["changes"][0]["action"] = "delete"
    with pytest.raises(StalePlan) as caught:
        loads(json.dumps(document), "plan.json")
    golden.says("plan/saved", "an invalid change", str(caught.value))


def test_another_major_version_is_refused(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(edited(format_version="2.0"), "plan.json")
    golden.says("plan/saved", "another major version", str(caught.value))


def test_a_later_minor_version_with_more_keys_is_read() -> None:
    plan, _ = loads(edited(format_version="1.7", later={"x": 1}), "plan.json")
    assert plan.changes == the_plan().changes


def test_an_origin_of_a_later_version_is_unknown() -> None:
    document = json.loads(dumps(the_plan(), MADE_AT))
    document["changes"][0]["origin"] = "magic"
    plan, _ = loads(json.dumps(document), "plan.json")
    assert plan.changes[0].origin is Origin.UNKNOWN


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format_version": 1}'])
def test_what_is_no_plan_is_named_as_such(text: str, golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(text, "plan.json")
    golden.says("plan/saved", f"not a plan: {text}", str(caught.value))


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a journal", '{"kind": "intent", "run": "1"}\n{"kind": "outcome", "run": "1"}\n'),
        ("a journal of one line", '{"kind": "intent", "run": "1"}\n'),
        ("the report of an apply", '{\n  "format_version": "1.0",\n  "outcomes": []\n}\n'),
        ("a role file", "name: support-lead\npermissions: []\n"),
    ],
)
def test_another_file_is_named_for_what_it_is(what: str, text: str, golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(text, "plan.json")
    golden.says("plan/saved", f"not a plan, but {what}", str(caught.value))


def test_the_message_names_the_place_that_is_wrong(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(edited(target={"url": 3}), "plan.json")
    golden.says("plan/saved", "a value of another type", str(caught.value))


@pytest.mark.parametrize("name", ["Admin", " admin", "ADMIN ", "Support-Lead"])
def test_a_name_in_another_spelling_than_reconciler_compares_is_not_believed(name: str, golden: Golden) -> None:
    for change in (a_create(name), replace(an_update("billing-clerk"), after=a_role(name)), a_delete(name)):
        with pytest.raises(StalePlan) as caught:
            loads(dumps(a_plan(change), MADE_AT), "plan.json")
        golden.says("plan/saved", f"the name {name!r}", str(caught.value))


def test_two_changes_of_one_role_are_not_believed(golden: Golden) -> None:
    first = an_update("billing-clerk")
    second = replace(first, after=a_role("accountant"))
    with pytest.raises(StalePlan) as caught:
        loads(dumps(a_plan(first, second), MADE_AT), "plan.json")
    golden.says("plan/saved", "one role twice", str(caught.value))


def test_one_name_for_two_roles_is_not_believed(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(dumps(a_plan(a_create("clerk"), a_create("clerk", ["billing.view"])), MADE_AT), "plan.json")
    golden.says("plan/saved", "one name for two roles", str(caught.value))


def test_ids_of_unmanaged_roles_that_belong_to_other_names_are_not_taken() -> None:
    plan, _ = loads(edited(unmanaged_roles=[{"name": "another", "id": "id-1"}]), "plan.json")
    assert plan.unmanaged_ids == ()


def with_location(location: dict[str, object]) -> str:
    document = json.loads(dumps(the_plan(), MADE_AT))
    document["changes"][0]["location"] = location
    return json.dumps(document)


def test_a_location_of_an_older_version_begins_its_lines() -> None:
    plan, _ = loads(with_location({"path": "a.yaml", "line": 3, "code_lines": {"billing.view": 6}}), "plan.json")
    location = plan.changes[0].location
    assert location is not None
    assert (location.column, location.permissions_line, location.marks) == (1, 0, {"billing.view": (6, 1)})


def test_a_line_number_in_quotes_is_not_believed(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(with_location({"path": "a.yaml", "line": "3"}), "plan.json")
    golden.says("plan/saved", "a line number in quotes", str(caught.value))


def test_of_all_that_is_wrong_in_a_plan_the_first_thing_is_told(golden: Golden) -> None:
    with pytest.raises(StalePlan) as caught:
        loads(edited(created_at=7, notes=8), "plan.json")
    golden.says("plan/saved", "several problems", str(caught.value))


def test_ids_of_unmanaged_roles_are_not_taken_where_one_is_missing() -> None:
    two: list[dict[str, object]] = [{"name": name, "description": "", "permissions": []} for name in ("a", "b")]
    named = [{"name": "a", "id": None}, {"name": "b", "id": "id-1"}]
    plan, _ = loads(edited(roles={"unmanaged": two}, unmanaged_roles=named), "plan.json")
    assert plan.unmanaged_ids == ()


ITEM = Place("roles.d/sets.yaml", 4, 5)


def ending_plan() -> Plan:
    """A role is given a code of a set that ends, and loses one that has ended."""
    update = an_update("clerk", ["a.edit", "a.view", "b.view"], before=Before(["a.view", "old.view"]))
    grants = {"a.edit": Grant(ITEM, "answering", "a.*", Day(2026, 12, 31), "OPS-118")}
    ended = {"old.view": Grant(ITEM, until=Day(2026, 11, 27))}
    create = replace(a_create("lead", ["a.edit"]), grants={"a.edit": Grant(ITEM, reason="Why not.")})
    return replace(
        a_plan(replace(update, grants=grants, ended=ended), create, compared=True),
        today=TODAY,
        looks_ahead=True,
        valid_until=Day(2026, 12, 31),
        ends_changed=(EndChanged("clerk", "a.edit", None, Day(2026, 12, 31), ITEM),),
    )


def test_the_document_says_where_grants_come_from_and_when_they_end() -> None:
    document = to_document(ending_plan(), MADE_AT)
    clerk, lead = document["changes"]
    assert clerk["sources"] == {
        "a.edit": {"path": "roles.d/sets.yaml", "line": 4, "set": "answering", "pattern": "a.*"},
        "b.view": {"path": "roles.d/clerk.yaml", "line": 1, "set": None, "pattern": None},
    }
    assert clerk["terms"] == {"a.edit": {"until": "2026-12-31", "reason": "OPS-118"}}
    assert clerk["ended"] == [{"code": "old.view", "until": "2026-11-27"}]
    assert clerk["permissions_origin"]["old.view"] == "ended"
    assert lead["terms"] == {"a.edit": {"until": None, "reason": "Why not."}}
    assert (document["today"], document["looks_ahead"], document["valid_until"]) == ("2026-11-29", True, "2026-12-31")
    assert document["summary"]["revokes_ended"] == 1
    assert document["ends_changed"] == [
        {
            "role": "clerk",
            "code": "a.edit",
            "before": None,
            "after": "2026-12-31",
            "location": {"path": "roles.d/sets.yaml", "line": 4, "column": 5},
        }
    ]


def test_a_change_that_no_file_asks_for_has_no_sources() -> None:
    (change,) = to_document(a_plan(replace(a_create(), location=None)), MADE_AT)["changes"]
    assert (change["sources"], change["terms"], change["ended"]) == ({}, {}, [])


def test_a_plan_with_ends_reads_back_as_it_was() -> None:
    saved, _ = loads(dumps(ending_plan(), MADE_AT), "plan.json")
    assert saved.ends_changed == ending_plan().ends_changed
    assert dumps(saved, MADE_AT) == dumps(ending_plan(), MADE_AT)


@pytest.mark.parametrize("code", ["a.view", "never.held"])
def test_a_code_that_the_change_does_not_revoke_is_not_read_as_ended(code: str) -> None:
    document = to_document(ending_plan(), MADE_AT)
    document["changes"][0]["ended"].append({"code": code, "until": "2026-11-27"})
    saved, _ = loads(json.dumps(document), "plan.json")
    assert set(saved.changes[0].ended) == {"old.view"}


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", 20261231])
def test_a_day_that_is_none_is_no_saved_plan(day: object) -> None:
    with pytest.raises(StalePlan, match="valid_until"):
        loads(json.dumps({**to_document(ending_plan(), MADE_AT), "valid_until": day}), "plan.json")


REVISION = Revision(Day(2026, 3, 14), "c" * 40, "Let clerks pay back (#212)", ("Ana Ruiz",), 212)


def since_plan() -> Plan:
    """An update and a delete of which the history knows one code each."""
    update = replace(an_update("clerk", [], before=Before(["a.view", "b.view"])), since={"a.view": REVISION})
    return a_plan(update, replace(a_delete("temp", ["a.view"]), since={"a.view": REVISION._replace(pull_request=None)}))


def test_the_document_says_since_when_a_role_had_what_is_revoked() -> None:
    clerk, temp = to_document(since_plan(), MADE_AT)["changes"]
    assert clerk["since"] == {
        "a.view": {
            "date": "2026-03-14",
            "commit": "c" * 40,
            "subject": "Let clerks pay back (#212)",
            "authors": ["Ana Ruiz"],
            "pull_request": 212,
        }
    }
    assert temp["since"]["a.view"]["pull_request"] is None


def test_a_plan_that_knows_the_history_reads_back_as_it_was() -> None:
    saved, _ = loads(dumps(since_plan(), MADE_AT), "plan.json")
    assert dumps(saved, MADE_AT) == dumps(since_plan(), MADE_AT)


def test_a_code_that_the_change_does_not_revoke_has_no_history_when_it_is_read() -> None:
    document = to_document(since_plan(), MADE_AT)
    document["changes"][0]["since"]["never.held"] = document["changes"][0]["since"]["a.view"]
    saved, _ = loads(json.dumps(document), "plan.json")
    assert set(saved.changes[0].since) == {"a.view"}


def test_a_date_of_the_history_that_is_none_is_no_saved_plan() -> None:
    document = to_document(since_plan(), MADE_AT)
    document["changes"][0]["since"]["a.view"]["date"] = "then"
    with pytest.raises(StalePlan, match="since"):
        loads(json.dumps(document), "plan.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_a_document_is_indented_as_python_does(document: dict[str, object]) -> None:
    assert indented(document) == json.dumps(document, indent=2)


@pytest.mark.parametrize("text", ["plain", "\u00e9", "\x7f", "\ud800", '\x00\x1f\b\f\n\r\t\\"/', "\U0001f600"])
def test_each_kind_of_character_is_written_as_python_does(text: str) -> None:
    assert indented({"a": [text], text: {}}) == json.dumps({"a": [text], text: {}}, indent=2)
