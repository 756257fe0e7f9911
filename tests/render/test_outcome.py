from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.apply.outcome import STOPPED, Kind, Outcome
from reconciler.plan.changes import Delete
from reconciler.plan.remaining import still_to_do
from reconciler.render import outcome
from tests.apply.outcomes import ALREADY, CHANGED, CREATED, DELETED, FAILED, OPEN, UNTRIED, UPDATED
from tests.builders import a_create, a_delete, a_role

if TYPE_CHECKING:
    from reconciler.plan.changes import Change
    from tests.sentences import Golden


# --- JSON


def test_the_document_has_the_keys_of_the_interface() -> None:
    document = outcome.document("sha256:0", [CREATED], converged=True)
    assert document == {
        "format_version": "1.0",
        "plan_digest": "sha256:0",
        "only": None,
        "outcomes": [
            {
                "action": "create",
                "name": "clerk",
                "id": "the-id",
                "status": "applied",
                "reason": "applied",
                "error": None,
                "attempts": 1,
                "stored": None,
            }
        ],
        "summary": {"applied": 1, "failed": 0, "skipped": 0},
        "converged": True,
        "remaining": [],
    }


def test_the_document_names_the_id_of_the_role_that_was_to_change() -> None:
    (entry,) = outcome.document("sha256:0", [FAILED], converged=False, remaining=["x"])["outcomes"]
    assert entry["id"] == a_delete().id


def test_what_was_so_already_and_what_was_not_tried_are_both_skipped_and_told_apart() -> None:
    document = outcome.document("sha256:0", [ALREADY, UNTRIED], converged=False, remaining=["something"])
    assert [(e["status"], e["reason"], e["error"] is None) for e in document["outcomes"]] == [
        ("skipped", "already-so", True),
        ("skipped", "not-tried", False),
    ]
    assert document["remaining"] == ["something"]
    json.dumps(document)


def test_the_document_has_the_role_as_it_is_stored() -> None:
    kept = Outcome(a_create("clerk"), Kind.APPLIED, stored=a_role("clerk", ["b.b", "a.a"], "Cut."))
    (entry,) = outcome.document("sha256:0", [kept], converged=False)["outcomes"]
    assert entry["stored"] == {"name": "clerk", "description": "Cut.", "permissions": ["a.a", "b.b"]}


# --- text and Markdown


def test_two_roles_of_one_name_are_told_apart_by_their_ids_and_an_empty_name_is_quoted() -> None:
    deletes = [Outcome(Delete(key, a_role("")), Kind.APPLIED, attempts=1) for key in ("one", "other")]
    lines = outcome.text([*deletes, Outcome(a_create(""), Kind.APPLIED, attempts=1)], converged=True).splitlines()
    assert lines[:3] == ['  - "" (id one): deleted', '  - "" (id other): deleted', '  + "": created']


def test_a_role_that_changed_while_an_answer_was_lost_is_not_said_to_be_untouched() -> None:
    said = outcome.sentence(replace(CHANGED, ours=True))
    assert said == "unknown: the update may or may not have happened: it changed after the plan was made"
    assert outcome.sentence(CHANGED) == "NOT updated: it changed after the plan was made"


def test_the_text_tells_what_became_of_each_change(golden: Golden) -> None:
    changes = [CREATED, UPDATED, FAILED, OPEN, ALREADY, UNTRIED]
    shown = outcome.text(changes, converged=False, remaining=["temp-role is still live"])
    marks = ["  + clerk: ", "  ~ support-lead: ", "  - temp-role: ", "  ~ support-lead: ", "  ~ support-lead: "]
    assert [line.startswith(mark) for line, mark in zip(shown.splitlines(), marks, strict=False)] == [True] * 5
    assert "\nApplied: 1 added, 1 changed, 0 destroyed. 2 failed, 2 skipped.\n" in shown
    assert shown.endswith("\n  left: temp-role is still live\n")
    golden.says("apply/outcome", "text: something is left", shown)


def test_colour_says_nothing_that_the_text_does_not() -> None:
    open_, changed = OPEN, replace(CHANGED, ours=True)
    changes = [CREATED, UPDATED, DELETED, FAILED, CHANGED, changed, open_, ALREADY, UNTRIED, *untried("a", "b")]
    for converged in (True, False):
        shown = outcome.text(changes, converged=converged, color=True)
        assert re.sub(r"\x1b\[[0-9;]+m", "", shown) == outcome.text(changes, converged=converged)
        assert shown.count("NOT updated\x1b[0m") == 1
        assert shown.count("unknown\x1b[0m") == 2
        assert "\x1b[0m clerk: created\n" in shown


def test_the_text_says_that_nothing_is_left() -> None:
    assert outcome.text([DELETED], converged=True).endswith(
        "Applied: 0 added, 0 changed, 1 destroyed. 0 failed, 0 skipped.\nVerified: live roles match.\n"
    )


def test_an_applied_change_can_carry_a_word_of_warning() -> None:
    assert outcome.sentence(Outcome(a_create(), Kind.APPLIED, "no journal")) == "created; no journal"


@given(st.text(), st.text())
def test_no_name_and_no_message_changes_the_structure_of_the_markdown(name: str, message: str) -> None:
    change: Change = a_create(name)
    shown = outcome.markdown([Outcome(change, Kind.FAILED, message)], converged=False)
    tokens = [token.type for token in MarkdownIt().parse(shown)]
    plain = outcome.markdown([Outcome(a_create("clerk"), Kind.FAILED, "no")], converged=False)
    assert tokens == [token.type for token in MarkdownIt().parse(plain)]
    for token in MarkdownIt().parse(shown):
        if token.type == "inline" and not token.content.startswith("**"):
            assert [child.type for child in token.children or ()] == ["code_inline"]


@given(st.text(), st.text())
def test_each_change_is_one_line_of_text_whatever_its_name(name: str, message: str) -> None:
    shown = outcome.text([Outcome(a_create(name), Kind.FAILED, message)], converged=True)
    assert len(shown.splitlines()) == 4


def test_the_markdown_tells_each_change_and_what_is_left(golden: Golden) -> None:
    shown = outcome.markdown([CREATED, FAILED], converged=False, remaining=["temp-role is `still` live"])
    assert shown.startswith(
        "**Applied: 1 added, 0 changed, 0 destroyed. 1 failed, 0 skipped.**\n\n- ` + clerk: created `"
    )
    assert shown.endswith("- `` left: temp-role is `still` live ``\n")
    golden.says("apply/outcome", "Markdown: something is left", shown)


def untried(*names: str, why: str = STOPPED) -> list[Outcome]:
    return [Outcome(a_create(name), Kind.UNTRIED, why) for name in names]


def test_what_was_not_tried_for_one_reason_is_one_line_with_the_first_name_and_the_last(golden: Golden) -> None:
    many = untried(*(f"r{number:03}" for number in range(56, 120)))
    shown = outcome.text([CREATED, *many], converged=False, remaining=["interrupted before verification"])
    assert shown.splitlines()[1].startswith("  64 changes not tried: r056 ... r119; ")
    assert "r057" not in shown
    golden.says("apply/outcome", "text: many changes were not tried", shown)


def test_the_markdown_has_the_same_line() -> None:
    shown = outcome.markdown(untried(*"abcdef"), converged=False)
    assert "\n- ` 6 changes not tried: a ... f; interrupted before they started; apply again to continue `\n" in shown


def test_a_few_changes_that_were_not_tried_are_all_named() -> None:
    shown = outcome.text(untried(*"abcde", why="no key"), converged=False)
    assert shown.startswith("  5 changes not tried: a, b, c, d, e; no key\n")


def test_changes_that_were_not_tried_for_different_reasons_are_not_one_line() -> None:
    shown = outcome.text([*untried("a"), *untried("b", why="no key")], converged=False)
    assert shown.startswith("  + a: not tried: interrupted before it started; apply again to continue\n  + b: not")


def test_the_json_has_each_change_that_was_not_tried() -> None:
    document = outcome.document("sha256:0", untried(*"abcdefgh"), converged=False)
    assert "".join(each["name"] for each in document["outcomes"]) == "abcdefgh"


def test_what_was_not_tried_is_not_listed_again_as_left() -> None:
    left = [still_to_do(each.change) for each in untried("a", "b")] + ["temp-role is still live"]
    assert outcome.text(untried("a", "b"), converged=False, remaining=left).endswith(
        "differ.\n  left: temp-role is still live\n"
    )
    assert "  left: a is still to be created\n" in outcome.text(untried("a"), converged=False, remaining=left)


def test_changes_that_were_refused_for_one_reason_are_not_among_those_that_were_not_tried() -> None:
    refused = [Outcome(a_create(name), Kind.FAILED, "no key") for name in "ab"]
    shown = outcome.text([*untried("c", "d", why="no key"), *refused], converged=False)
    assert shown.startswith(
        "  + a: NOT created: no key\n  + b: NOT created: no key\n  2 changes not tried: c, d; no key"
    )


def test_a_line_names_no_id_unless_it_is_asked_to() -> None:
    assert outcome.line(DELETED) == "- temp-role: deleted"


def test_two_deletes_of_one_name_are_enough_to_show_their_ids() -> None:
    deletes = [Outcome(Delete(key, a_role("a")), Kind.APPLIED) for key in ("one", "other")]
    assert outcome.text(deletes, converged=True).startswith("  - a (id one): deleted\n  - a (id other): deleted\n")


def test_a_note_on_what_is_applied_stands_before_what_is_wrong() -> None:
    noted = Outcome(a_create(), Kind.APPLIED, "no journal", note="somebody else made it too")
    assert outcome.sentence(noted) == "created; somebody else made it too; no journal"


def test_a_line_does_not_say_twice_what_could_not_be_done() -> None:
    error = 'could not update the role "a \\"b\\"": the server answered 503 Service Unavailable'
    assert outcome.sentence(replace(CHANGED, error=error)) == "NOT updated: the server answered 503 Service Unavailable"
