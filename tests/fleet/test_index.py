"""The index of a directory of plans: what it says, and its digest."""

from __future__ import annotations

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.effects import effects
from reconciler.fleet.index import digest_of, is_tenant_name, plan_file, shard_of_file, shown, to_document
from reconciler.fleet.part import ShardOf
from tests.builders import a_create, an_update
from tests.fleet.plans import AT, COMMIT, a_tenant_plan, an_index, names, saved, some_plans, unreadable


def test_the_document_is_that_of_the_interface() -> None:
    plans = (a_tenant_plan("staging", an_update("lead", ["contacts.view"])), unreadable())
    document = to_document(an_index(*plans), effects((plan.name, plan.changes) for plan in plans))
    assert document == {
        "format_version": "1.0",
        "created_at": AT,
        "commit": COMMIT,
        "edited": None,
        "shard": None,
        "names": ["acme", "staging"],
        "tenants": {
            "acme": {"digest": None, "result": "failed", "summary": None, "error": plans[1].error},
            "staging": {"digest": plans[0].digest, "result": "changes", "summary": plans[0].summary, "error": None},
        },
        "effects": [
            {
                "tenants": ["staging"],
                "changes": [
                    {
                        "action": "update",
                        "name": "lead",
                        "renamed_from": None,
                        "granted": ["contacts.view"],
                        "revoked": [],
                        "fields": [],
                    }
                ],
                "verdict": "widens",
            }
        ],
        "digest": document["digest"],
    }


def test_the_digest_is_over_the_sorted_lines_of_tenant_and_digest() -> None:
    lines = b"a sha256:1\nb sha256:2\n"
    assert digest_of({"b": "sha256:2", "a": "sha256:1"}) == f"sha256:{hashlib.sha256(lines).hexdigest()}"


def test_a_tenant_without_a_plan_is_not_in_the_digest() -> None:
    plan = a_tenant_plan("globex", a_create())
    assert an_index(plan, unreadable()).digest == an_index(plan).digest


def test_a_shard_names_all_tenants_and_has_only_its_own() -> None:
    document = json.loads(saved(a_tenant_plan("a"), shard=ShardOf(3, 8), names=["b", "a"]))
    assert (document["shard"], document["names"], list(document["tenants"])) == ("3/8", ["a", "b"], ["a"])


def test_the_document_is_ascii_and_no_command_of_a_runner() -> None:
    text = saved(a_tenant_plan("a", a_create("##[error]é")))
    assert text.isascii()
    assert "##[" not in text


def test_the_files_of_a_shard_and_of_a_tenant() -> None:
    assert ShardOf(3, 8).file == "fleet-3-of-8.json"
    assert shard_of_file("fleet-3-of-8.json") == ShardOf(3, 8)
    assert [shard_of_file(name) for name in ("fleet.json", "fleet-03-of-8.json", "fleet-1-of-0.json")] == [None] * 3
    assert plan_file("acme") == "acme.json"


def test_a_name_of_a_tenant_is_the_name_of_a_file_in_the_directory() -> None:
    assert [name for name in ("acme", "fleet", "../x", "A", "", "a" * 64, "0-x") if is_tenant_name(name)] == [
        "acme",
        "0-x",
    ]


def test_up_to_five_names_are_listed_and_the_others_counted() -> None:
    assert shown("abcde") == "a, b, c, d, e"
    assert shown("abcdefg") == "a, b, c, d, e and 2 more"


@given(st.dictionaries(names, st.text(max_size=3)))
def test_the_order_of_tenants_does_not_change_the_digest(digests: dict[str, str]) -> None:
    assert digest_of(digests) == digest_of(dict(reversed(digests.items())))


def test_an_index_says_which_tenants_have_a_plan() -> None:
    assert an_index(*some_plans()).plans == ("globex", "initech", "umbrella")
