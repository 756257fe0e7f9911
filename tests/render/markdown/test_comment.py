"""The plan as a comment: what stands in it, in which order, and what never leaves it."""

from __future__ import annotations

from dataclasses import replace

from markdown_it import MarkdownIt

from reconciler.model.catalogue import Permission
from reconciler.plan.action import Origin
from reconciler.plan.changes import Change, Plan
from reconciler.render.markdown import render
from reconciler.render.view import Links, View
from tests.builders import (
    Before,
    a_catalogue,
    a_comparison,
    a_create,
    a_delete,
    a_location,
    a_plan,
    a_refusal,
    a_role,
    a_source,
    an_undo,
    an_update,
)

PLAIN = View()
LINKED = View(links=Links("https://github.com/owner/name/blob/abc/"))

WHOLE = """\
## MIXED. This edit: 3 grants, 1 revoke in 2 roles. Drift: 1 revoke in 1 role.

Plan for `https://api-chat.example.org`: 4 desired, 7 live (3 system roles left alone). \
In all 3 grants, 2 revokes in 3 roles: 1 to add, 1 to change, 1 to destroy.

<details>
<summary>In sentences</summary>

This edit:

- `Billing clerk` will have the description `"New"` instead of `"Old"`. It will be able to `use "Billing: view"`. \
It will no longer be able to `use "Billing: manage"`.
- `Support lead` will be created. It will be able to `use "Conversations: assign"` and `use "Conversations: view"`.

Drift:

- `Temp role` will be deleted, and with it the permission to `use "Contacts: view"`.

</details>

### This edit widens access: 3 grants in 2 roles

#### `billing-clerk` will be updated in-place: MIXED

[`roles.d/billing.yaml:3`](https://github.com/owner/name/blob/abc/roles.d/billing.yaml#L3), origin: edit

description: `Old` becomes `New`

```diff
+ billing.view     Billing: view
- billing.manage   Billing: manage
```

#### `support-lead` will be created: WIDENS

[`roles.d/support-lead.yaml:1`](https://github.com/owner/name/blob/abc/roles.d/support-lead.yaml#L1), origin: edit

```diff
+ conversations.assign   Conversations: assign
+ conversations.view     Conversations: view
```

### Drift: 1 revoke in 1 role

Not from this branch: applying it reverts a change made in OmniStream.

#### `temp-role` will be destroyed: NARROWS

not in `roles.d`, origin: drift

```diff
- contacts.view   Contacts: view
```

Made from `roles.d` at commit `abc`.
"""


def shown(*changes: Change) -> str:
    return render(a_plan(*changes), PLAIN)


def heading_before(text: str, needle: str) -> str:
    """The last `###` heading above `needle`."""
    return [line for line in text[: text.index(needle)].splitlines() if line.startswith("### ")][-1]


def folded(text: str, needle: str) -> bool:
    return text[: text.index(needle)].count("<details>") > text[: text.index(needle)].count("</details>")


def test_the_whole_comment_of_a_plan() -> None:
    billing = an_update(
        "billing-clerk",
        ["billing.view"],
        "New",
        before=Before(["billing.manage"], "Old"),
        location=a_location("roles.d/billing.yaml", 3),
        origin=Origin.EDIT,
    )
    lead = a_create("support-lead", ["conversations.assign", "conversations.view"], origin=Origin.EDIT)
    codes = ("billing.view", "billing.manage", "conversations.assign", "conversations.view", "contacts.view")
    plan = a_plan(
        billing,
        lead,
        replace(a_delete("temp-role", ["contacts.view"], origin=Origin.DRIFT), drifted=frozenset({"contacts.view"})),
        unchanged=(a_role("a"), a_role("b")),
        catalogue=a_catalogue(*codes),
        source=a_source(commit="abc"),
        compared=True,
    )
    assert render(plan, LINKED) == WHOLE


def test_nothing_to_do_is_the_first_line() -> None:
    assert shown().splitlines()[0] == "## No changes. Live roles match `roles.d`."


def test_a_role_that_widens_and_narrows_stands_with_what_widens() -> None:
    text = shown(an_update("both", ["a.b"], before=Before(["c.d"])))
    assert heading_before(text, "`both`") == "### Widens access: 1 grant in 1 role"
    assert "### Narrows" not in text


def test_what_widens_is_never_folded_and_comes_before_what_narrows() -> None:
    text = shown(a_delete("a-first"), a_create("z-last"))
    assert text.index("`z-last`") < text.index("`a-first`")
    assert not folded(text, "`z-last`")


def test_changes_without_effect_on_access_are_folded() -> None:
    text = shown(an_update("words", ["a.b"], "New", before=Before(description="Old")))
    assert "<summary>1 change without effect on access</summary>" in text
    assert folded(text, "`words`")


def test_unmanaged_and_ignored_roles_are_folded() -> None:
    text = render(a_plan(unmanaged=(a_role("stray"),), ignored=(a_role("vendor-x", []),)), PLAIN)
    assert folded(text, "- `stray` (1 permission): `conversations.view`")
    assert folded(text, "- `vendor-x` (0 permissions)")
    assert text.count("</details>") == 2


def test_notes_are_not_folded() -> None:
    text = render(a_plan(notes=("`a` looks like `b`",)), PLAIN)
    assert heading_before(text, "looks like") == "### Notes"
    assert not folded(text, "looks like")


def test_refused_roles_stand_at_the_top_under_their_reason() -> None:
    plan = a_plan(a_delete("a"), a_create("b"), refused=(a_refusal("a", "it matches x"),))
    lines = render(plan, PLAIN).splitlines()
    assert lines[2:6] == [
        "> [!CAUTION]",
        "> **Refused: nothing of this plan can be applied.**",
        ">",
        "> - `it matches x`: `a`",
    ]
    assert "#### `a` would be destroyed: NARROWS, refused" in lines


def test_many_refused_roles_are_counted_under_their_reason() -> None:
    names = [f"role-{number}" for number in range(7)]
    plan = a_plan(*map(a_delete, names), refused=tuple(a_refusal(name, "too many") for name in names))
    assert "> - `too many`: `role-0`, `role-1`, `role-2`, `role-3`, `role-4` and 2 more\n" in render(plan, PLAIN)


def test_many_reasons_are_counted() -> None:
    names = [f"role-{number}" for number in range(6)]
    plan = a_plan(*map(a_delete, names), refused=tuple(a_refusal(name, f"reason {name}") for name in names))
    assert "> - and 2 more reasons\n" in render(plan, PLAIN)


def test_names_of_permissions_are_aligned_where_codes_have_wide_characters_and_marks() -> None:
    codes = ("日本.x", "e\N{COMBINING ACUTE ACCENT}.y", "wide.z")
    plan = a_plan(a_create("r", codes), catalogue={code: Permission(code, "Name", "c") for code in codes})
    lines = "+ e\N{COMBINING ACUTE ACCENT}.y      Name\n+ wide.z   Name\n+ 日本.x   Name"
    assert f"```diff\n{lines}\n```" in render(plan, PLAIN)


def test_unmanaged_roles_that_stay_are_no_match() -> None:
    text = render(a_plan(unmanaged=(a_role("a"), a_role("b"))), PLAIN)
    assert text.splitlines()[0] == "## No changes. Managed roles match `roles.d`; 2 unmanaged roles are live."


def test_roles_of_one_name_are_told_apart_by_their_ids() -> None:
    twins = [replace(a_delete("twin", [code]), id=code) for code in ("a.b", "c.d")]
    text = render(a_plan(*twins, unmanaged=(a_role("x", []),) * 2, unmanaged_ids=("id-1", "id-2")), PLAIN)
    assert "#### `twin` (id `a.b`) will be destroyed: NARROWS\n" in text
    assert "- `x` (id `id-1`) (0 permissions)\n- `x` (id `id-2`) (0 permissions)\n" in text


def test_an_unknown_origin_is_not_told() -> None:
    assert "origin" not in shown(a_create())


def test_a_rename_names_both_names() -> None:
    text = shown(an_update("new", ["a.b"], before=Before([], name="old")))
    assert "#### `new` will be updated in-place (renamed from `old`): WIDENS\n" in text


def test_a_place_is_no_link_where_the_forge_is_not_known() -> None:
    assert "\n`roles.d/support-lead.yaml:1`\n" in shown(a_create())


def test_a_place_whose_link_would_be_huge_is_no_link() -> None:
    text = render(a_plan(a_create(location=a_location("é" * 500))), LINKED)
    assert "](" not in text


def test_a_permission_that_the_catalogue_does_not_know_stands_alone() -> None:
    assert "```diff\n+ a.b\n```" in shown(a_create("r", ["a.b"]))


def test_names_are_aligned_behind_codes_of_usual_length_only() -> None:
    long = f"a.{'b' * 60}"
    plan = a_plan(a_create("r", ["a.b", "abc.d", long]), catalogue=a_catalogue("a.b", "abc.d", long))
    lines = render(plan, PLAIN).splitlines()
    assert "+ a.b     A: b" in lines
    assert "+ abc.d   Abc: d" in lines
    assert f"+ {long}   A: {'b' * 60}" in lines


def test_a_plan_of_undo_says_where_it_comes_from() -> None:
    plan = a_plan(a_create(), source=an_undo(commit="abc"))
    assert render(plan, PLAIN).endswith("\nMade to undo what a journal recorded.\n")


def test_a_commit_that_does_not_have_the_edits_is_named_with_them() -> None:
    source = replace(a_source(commit="abc"), edited=True)
    edited = "Made from `roles.d` at commit `abc`, with edits that are not committed.\n"
    assert render(a_plan(a_create(), source=source), PLAIN).endswith(edited)


def test_a_comparison_with_the_commit_that_is_checked_out_does_not_name_it_as_what_the_files_are() -> None:
    source = replace(a_comparison(base="abc", commit="abc"), edited=True)
    assert render(a_plan(a_create(), source=source), PLAIN).endswith(
        "\nMade from `roles.d`, compared with commit `abc`.\n"
    )


def test_a_plan_outside_of_git_names_no_commit() -> None:
    assert shown().endswith("\nMade from `roles.d`.\n")


def test_the_time_is_not_in_the_comment_so_that_the_same_plan_stays_the_same() -> None:
    plan = a_plan(a_create())
    assert render(plan, View(created_at="2026-11-23T10:00:00Z")) == render(
        plan, View(created_at="2027-01-01T00:00:00Z")
    )


HOSTILE = "@octocat #1 [x](http://evil.example) <b>&amp; ::error:: **x** `y` | z"


def test_hostile_names_stay_code() -> None:
    plan = a_plan(
        a_create(HOSTILE, [HOSTILE], location=a_location(HOSTILE, 3)),
        an_update("r", [], HOSTILE, before=Before(description=f"{HOSTILE}\n")),
        unmanaged=(a_role(HOSTILE),),
        refused=(a_refusal(HOSTILE, HOSTILE),),
        notes=(HOSTILE,),
        target=HOSTILE,
    )
    assert_only_in_code(plan)


def assert_only_in_code(plan: Plan) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).parse(render(plan, PLAIN))
    leaves = [leaf for token in tokens for leaf in (token.children or [token])]
    kinds = {leaf.type for leaf in leaves if "octocat" in leaf.content and leaf.type != "inline"}
    assert kinds == {"code_inline", "fence"}


def test_a_place_that_looks_like_the_definition_of_a_link_is_shown() -> None:
    plan = a_plan(a_create(location=a_location("roles.d/a]", 3)))
    assert "\n[`roles.d/a] :3`](https://github.com/owner/name/blob/abc/roles.d/a%5D#L3)\n" in render(plan, LINKED)
