"""What stands on the HTML page, as far as it can be read without running it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.catalogue import Permission
from reconciler.model.days import Day
from reconciler.model.findings import Place
from reconciler.model.roles import Grant
from reconciler.plan.action import Origin
from reconciler.plan.changes import Change
from reconciler.plan.document import digest
from reconciler.render.view import Links, View
from tests.builders import (
    Before,
    a_catalogue,
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
from tests.render.html.parsed import Page
from tests.sentences import Golden

LINKED = View(links=Links("https://github.com/owner/name/blob/abc/"))


def head(page: Page) -> str:
    return "\n".join([page.text("h1"), page.text("p[@class='lead']")])


def figure(page: Page, key: str) -> str:
    return page.text(f"div[@id='n-{key}']/dd")


def test_the_head_says_the_verdict_and_the_counts(golden: Golden) -> None:
    page = Page(a_plan(a_create(permissions=["a.x", "a.y"]), a_delete(permissions=["a.z"])))
    golden.says("render/html", "head", head(page))
    assert [figure(page, key) for key in ("grants", "revokes", "create", "update", "delete")] == [
        "2",
        "1",
        "1",
        "0",
        "1",
    ]


def test_a_refused_plan_says_so_first_and_what_it_would_do(golden: Golden) -> None:
    changes = (
        a_create("a", origin=Origin.DRIFT),
        an_update("b", ["a.x"], before=Before(["a.y"])),
        an_update("c", before=Before(description="Old.")),
        a_delete("d", ["a.z"]),
    )
    for name, those in (
        ("of every kind", changes),
        ("that moves no permission", changes[2:3]),
        ("without changes", ()),
    ):
        page = Page(a_plan(*those, refused=(a_refusal("d", "protected"),)))
        said = [page.text("title"), head(page), *page.texts("h3"), *page.texts("span[@class='action']")]
        said += [*page.texts("ul[@class='origins']/li"), *(row.get("fate", "") for row in page.data()["rows"][:4])]
        golden.says("render/html", f"refused plan {name}", "\n".join(filter(None, said)))


def test_roles_that_nothing_touches_are_counted_by_what_they_are(golden: Golden) -> None:
    page = Page(a_plan(unmanaged=(a_role("u"),) * 2, ignored=(a_role("i"),), unchanged=(a_role("same"),)))
    assert [figure(page, key) for key in ("unchanged", "system", "unmanaged", "ignored")] == ["1", "3", "2", "1"]
    golden.says("render/html", "figures", "\n".join(page.texts("dl[@class='figures']/div/dt")))


def test_a_plan_without_changes_says_so(golden: Golden) -> None:
    page = Page(a_plan(source=a_source("access")))
    golden.says("render/html", "head without changes", head(page))
    assert not page.all("article")


def test_a_plan_that_moves_no_permission_says_so(golden: Golden) -> None:
    change = an_update(before=Before(description="Old."))
    page = Page(a_plan(change))
    golden.says("render/html", "head without grants and revokes", head(page))
    golden.says("render/html", "change without grants and revokes", page.text("article//p[@class='none']"))


def test_the_page_says_where_the_plan_comes_from() -> None:
    plan = a_plan(target="https://x.example", source=a_source("access", "sha256:abc", "0a1b2c"))
    page = Page(plan)
    assert page.text("p[@class='eyebrow']") == "Access plan for https://x.example"
    assert page.texts("dl[@class='source']/div/dd") == [
        "access",
        "0a1b2c",
        "2026-11-23T10:00:00Z",
        "sha256:abc",
        digest(plan),
    ]


def test_a_commit_that_does_not_have_the_edits_says_so() -> None:
    page = Page(a_plan(source=replace(a_source(commit="0a1b2c"), edited=True)))
    assert "0a1b2c with edits that are not committed" in page.texts("dl[@class='source']/div/dd")


def test_what_is_unknown_about_the_source_is_left_out(golden: Golden) -> None:
    plan = a_plan(source=an_undo("undo.jsonl"))
    page = Page(plan, View())
    assert page.texts("dl[@class='source']/div/dd") == ["undo.jsonl", digest(plan)]
    golden.says("render/html", "labels of an undo", "\n".join(page.texts("dl[@class='source']/div/dt")))


def test_a_change_of_an_undo_grants_without_a_line_of_a_role_file() -> None:
    change = replace(an_update(permissions=["billing.view"]), location=None)
    page = Page(a_plan(change, source=an_undo("undo.jsonl")), View())
    assert "billing.view" in page.html
    assert ">line " not in page.html


def test_each_part_of_the_page_has_a_heading_or_a_label(golden: Golden) -> None:
    refusal = a_refusal("r", "protected")
    plan = a_plan(
        a_create("r"), source=a_source(commit="abc"), unmanaged=(a_role("u"),), refused=(refusal,), notes=("note",)
    )
    page = Page(plan)
    for part in ("h2", "dl[@class='figures']/div/dt", "dl[@class='source']/div/dt", "ul[@class='legend']/li"):
        golden.says("render/html", f"every {part}", "\n".join(page.texts(part)))
    golden.says("render/html", "labels of the filters", "\n".join(page.texts("label/span")))
    named = sorted({element.get("aria-label", "") for element in page.root.iter()} - {""})
    golden.says("render/html", "names for assistive technology", "\n".join(named))


def test_a_refused_role_stands_above_its_reason_and_several_below_theirs() -> None:
    refusals = (a_refusal("a", "too many"), a_refusal("b", "too many"), a_refusal("c", "protected"))
    page = Page(a_plan(a_delete("a"), a_delete("b"), a_delete("c"), a_delete("d"), refused=refusals))
    assert page.texts("section[@aria-labelledby='refused']/ul/li/strong") == ["too many", "c"]
    assert page.texts("section[@aria-labelledby='refused']/ul/li/p") == ["a, b", "protected"]


def test_a_refused_change_is_marked_in_the_list_and_in_the_matrix() -> None:
    page = Page(a_plan(a_delete("a"), a_delete("b"), refused=(a_refusal("b", "protected"),)))
    assert ["refused" in article for article in page.texts("article")] == [False, True]
    assert [row.get("refused") for row in page.data()["rows"][:2]] == [None, "protected"]


def test_notes_are_listed() -> None:
    assert Page(a_plan(notes=("first", "second"))).texts("section[@aria-labelledby='notes']/ul/li") == [
        "first",
        "second",
    ]


def test_what_widens_access_comes_first_and_names_decide_among_equals() -> None:
    page = Page(
        a_plan(
            a_delete("a-narrows"),
            an_update("b-neutral", before=Before(description="Old.")),
            an_update("c-mixed", ["a.x"], before=Before(["a.y"])),
            a_create("z-widens"),
            a_create("d-widens"),
        )
    )
    order = ["d-widens", "z-widens", "c-mixed", "a-narrows", "b-neutral"]
    assert page.texts("article//h4") == order
    assert list(page.rows())[:5] == order


def test_what_the_author_edited_comes_before_drift() -> None:
    page = Page(a_plan(a_create("a", origin=Origin.DRIFT), a_create("b", origin=Origin.EDIT), a_delete("c")))
    assert page.texts("article//h4") == ["b", "a", "c"]


def test_a_permission_is_named_as_the_catalogue_names_it() -> None:
    catalogue = {"a.x": Permission("a.x", "Do x", "a")}
    page = Page(a_plan(a_create(permissions=["a.x", "b.y"]), catalogue=catalogue))
    assert page.texts("ul[@class='granted']/li/span[@class='name']") == ["Do x", "not in the catalogue"]


def test_grants_and_revokes_are_listed_by_code() -> None:
    page = Page(a_plan(an_update("r", ["a.n", "a.m"], before=Before(["a.z", "a.b"]))))
    assert page.texts("ul[@class='granted']/li/code") == ["a.m", "a.n"]
    assert page.texts("ul[@class='revoked']/li/code") == ["a.b", "a.z"]


def test_a_rename_is_shown_with_the_earlier_name() -> None:
    page = Page(a_plan(an_update("new", before=Before(name="old"))))
    assert page.text("p[@class='was']") == "renamed from old"
    assert page.text("p[@class='field']") == "nameold becomes new"
    assert page.data()["rows"][0]["was"] == "old"


def test_a_changed_description_is_shown_before_and_after() -> None:
    page = Page(a_plan(an_update(description="New.", before=Before(description="Old."))))
    assert (page.text("article//del"), page.text("article//ins")) == ("Old.", "New.")


@pytest.mark.parametrize("change", [a_create(description="What it is."), a_delete(description="What it is.")])
def test_a_role_that_comes_or_goes_is_described(change: Change) -> None:
    assert Page(a_plan(change)).text("p[@class='description']") == "What it is."


def test_an_empty_description_takes_no_room() -> None:
    assert not Page(a_plan(a_create(description=""))).all("p[@class='description']")


@pytest.mark.parametrize("origin", [Origin.EDIT, Origin.DRIFT, Origin.BOTH, Origin.ENDED])
def test_the_sentence_of_an_origin_is_said_once_above_all_changes(origin: Origin, golden: Golden) -> None:
    page = Page(a_plan(a_create("a", origin=origin), a_create("b", origin=origin)))
    (sentence,) = page.texts("ul[@class='origins']/li")
    golden.says("render/html", f"origin {origin}", sentence)
    assert page.data()["rows"][0]["origin"] == sentence


def test_each_change_has_the_word_of_its_origin() -> None:
    page = Page(a_plan(a_create("a", origin=Origin.BOTH), a_create("b", origin=Origin.DRIFT)))
    assert page.texts("p[@class='origin']") == ["origin: edit and drift", "origin: drift"]


def test_changes_are_filtered_by_origin_where_there_are_several() -> None:
    both = an_update("b", ["a.x"], before=Before(["a.y"]), origin=Origin.BOTH)
    ended = replace(
        an_update("e", [], before=Before(["a.z"]), origin=Origin.EDIT),
        ended={"a.z": Grant(Place("roles.d/e.yaml"), until=Day(2026, 11, 1))},
    )
    page = Page(a_plan(a_delete("d", origin=Origin.DRIFT), ended, both, compared=True))
    assert page.texts("select[@id='f-origin']/option") == ["All", "Edit", "Drift", "Ended"]
    found = {row["name"]: row.get("origins") for row in page.data()["rows"]}
    assert [found[name] for name in "bed"] == [["edit", "drift"], ["edit", "ended"], ["drift"]]
    assert "origins" not in Page(a_plan(a_create())).data()["rows"][0]


def test_one_origin_alone_needs_no_filter() -> None:
    assert not Page(a_plan(a_create(origin=Origin.EDIT), compared=True)).all("select[@id='f-origin']")


def test_an_unknown_origin_is_not_spoken_of() -> None:
    page = Page(a_plan(a_create()))
    assert page.all("p[@class='origin']") == page.all("ul[@class='origins']") == []


def test_a_change_is_linked_to_its_line_and_a_grant_to_its_own() -> None:
    location = a_location("roles.d/a b.yaml", 3, {"a.x": (7, 5)})
    page = Page(a_plan(a_create("a", ["a.x", "a.y"], location=location)), LINKED)
    base = "https://github.com/owner/name/blob/abc/roles.d/a%20b.yaml"
    links = page.all("article//a")
    assert [link.get("href") for link in links] == [f"{base}#L3", f"{base}#L7", f"{base}#L3"]
    assert page.texts("article//a") == ["roles.d/a b.yaml:3", "line 7", "line 3"]
    row = page.data()["rows"][0]
    assert (row["at"], row["lines"]) == (["roles.d/a b.yaml", 3, base], {"0": 7, "1": 3})


def test_without_a_forge_a_place_is_text() -> None:
    page = Page(a_plan(a_create("a", location=a_location("roles.d/a.yaml", 3))))
    assert page.text("p[@class='place']") == "roles.d/a.yaml:3"
    assert not page.all("article//a")


def test_an_address_that_is_not_of_the_web_is_no_link() -> None:
    page = Page(a_plan(a_create("a")), View(links=Links("javascript:alert(1)//")))
    assert not page.all("article//a")
    assert page.data()["rows"][0]["at"][2] is None


def test_a_role_that_goes_is_said_to_be_in_no_file() -> None:
    page = Page(a_plan(a_delete(), source=a_source("access")))
    assert page.text("p[@class='place']") == "not in access"


def test_what_the_edit_and_what_drift_would_do_is_counted_apart() -> None:
    page = Page(a_plan(replace(a_delete(), drifted=frozenset({"contacts.view"}), origin=Origin.DRIFT), compared=True))
    split = "This edit: no changes. Drift: 1 revoke in 1 role."
    assert page.text("p[@class='shares']") == split
    assert not Page(a_plan(a_delete())).all("p[@class='shares']")


def test_each_code_of_an_edit_and_drift_change_says_which_it_is() -> None:
    update = an_update("r", ["a.b", "c.d"], before=Before([]), origin=Origin.BOTH)
    page = Page(a_plan(replace(update, drifted=frozenset({"a.b"})), compared=True))
    assert [text.split(")")[0] for text in page.texts("ul[@class='granted']/li")] == ["a.b (drift", "c.d (edit"]
    assert page.data()["rows"][0]["from"] == {"0": "drift", "1": "edit"}


def test_each_field_of_an_edit_and_drift_change_says_which_it_is() -> None:
    update = an_update("r", ["a.b"], "New", before=Before([], "Old", "old-r"), origin=Origin.BOTH)
    page = Page(a_plan(replace(update, drifted_fields=frozenset({"description"})), compared=True))
    assert page.texts("p[@class='field']/span[@class='label']") == ["description (drift)", "name (edit)"]


def test_unmanaged_roles_that_stay_are_listed_with_their_codes() -> None:
    page = Page(a_plan(unmanaged=(a_role("stray", ["c.d", "a.b"]), a_role("none", []))))
    assert page.text("p[@class='lead']") == "Managed roles match roles.d; 2 unmanaged roles are live."
    items = page.texts("section[@aria-labelledby='unmanaged']/ul/li")
    assert items == ["stray: a.b, c.d", "none: no permissions"]


def test_an_empty_name_is_quoted_wherever_it_stands() -> None:
    page = Page(a_plan(a_delete(""), unmanaged=(a_role(""),), refused=(a_refusal("", "too many"),)))
    assert page.text("article//h4") == '""'
    assert page.texts("section//li/strong") == ['""', '""']
    assert [row["name"] for row in page.data()["rows"]][:2] == ['""', '""']
    renamed = Page(a_plan(an_update("new", before=Before(name=""))))
    assert renamed.text("p[@class='was']") == 'renamed from ""'


def test_roles_of_one_name_are_told_apart_by_their_ids() -> None:
    twins = [replace(a_delete("twin", [code]), id=code) for code in ("a.b", "c.d")]
    page = Page(a_plan(*twins, unmanaged=(a_role("x", []),) * 2, unmanaged_ids=("id-1", "id-2")))
    assert page.texts("article//h4") == ["twin id a.b", "twin id c.d"]
    assert page.texts("section[@aria-labelledby='unmanaged']//span") == [" id id-1", " id id-2"]
    rows = page.data()["rows"][:4]
    assert [(row["id"], row["twin"]) for row in rows] == [(id_, True) for id_ in ("a.b", "c.d", "id-1", "id-2")]


def test_the_matrix_shows_each_role_before_and_after() -> None:
    page = Page(
        a_plan(
            an_update("u", ["a.held", "b.new"], before=Before(["a.held", "c.old"])),
            system=(a_role("admin", ["b.new"]),),
        )
    )
    assert page.codes() == ["a.held", "b.new", "c.old"]
    assert page.rows() == {"u": ["held", "granted", "revoked"], "admin": ["", "held", ""]}


def test_every_role_has_a_row_in_the_section_of_its_fate(golden: Golden) -> None:
    page = Page(
        a_plan(
            a_create("created"),
            unchanged=(a_role("same"),),
            unmanaged=(a_role("stray"),),
            ignored=(a_role("vendor-x"),),
            system=(a_role("admin"),),
        )
    )
    assert list(page.rows()) == ["created", "same", "stray", "vendor-x", "admin"]
    sections = page.data()["sections"]
    assert [section["rows"] for section in sections] == [1] * 5
    golden.says("render/html", "sections of the matrix", "\n".join(section["title"] for section in sections))


def test_a_section_without_roles_is_left_out() -> None:
    assert Page(a_plan()).data()["sections"] == [{"title": "System roles: never changed", "rows": 3}]


def test_permissions_stand_under_their_category_whether_or_not_somebody_holds_them() -> None:
    catalogue = {
        "b.x": Permission("b.x", "X", "Alpha"),
        "a.y": Permission("a.y", "Y", "Beta"),
        "a.z": Permission("a.z", "Z", "Beta", "What it does."),
    }
    page = Page(a_plan(catalogue=catalogue, system=(a_role("admin", []),)))
    assert page.texts("select/option") == ["All", "Alpha (1)", "Beta (2)"]
    assert [column["code"] for column in page.data()["columns"]] == ["b.x", "a.y", "a.z"]
    last = {"code": "a.z", "name": "Z", "category": "Beta", "description": "What it does."}
    assert page.data()["columns"][2] == last


def test_a_code_that_the_catalogue_does_not_have_stands_in_the_category_of_its_prefix() -> None:
    page = Page(a_plan(a_create(permissions=["a.x", "a.new", "q.r"]), catalogue=a_catalogue("a.x"), system=()))
    assert [column["category"] for column in page.data()["columns"]] == ["a", "a", "q"]
    assert page.codes() == ["a.new", "a.x", "q.r"]


def test_a_plan_of_no_roles_and_no_permissions_still_makes_a_page() -> None:
    page = Page(a_plan(system=()))
    assert page.codes() == list(page.rows()) == []


@pytest.mark.parametrize(("codes", "checked"), [(["contacts.view"], "marked"), ([], "all")])
def test_the_permissions_that_change_are_shown_first_if_there_are_any(codes: list[str], checked: str) -> None:
    page = Page(a_plan(a_create(permissions=codes)))
    fields = page.all("input[@name='columns']")
    assert [field.get("value") for field in fields if field.get("checked") is not None] == [checked]


def a_long_list(*others: Change) -> Page:
    return Page(a_plan(*(a_delete(f"old-{number}") for number in range(20)), *others))


def test_a_long_list_folds_what_widens_no_access(golden: Golden) -> None:
    page = a_long_list(a_create("new"), an_update("m", ["a.x"], before=Before(["a.y"])), an_update("n", [], "Other."))
    assert [group.get("id") for group in page.all("details")] == ["v-narrows", "v-neutral"]
    assert [group.get("id") for group in page.all("div") if group.get("class", "").startswith("verdict ")] == [
        "v-widens",
        "v-mixed",
    ]
    golden.says("render/html", "heads of folded changes", "\n".join(page.texts("summary")))
    golden.says("render/html", "jumps", "\n".join(page.texts("ul[@class='jumps']/li")))


def test_a_short_list_of_changes_does_not_fold() -> None:
    assert not Page(a_plan(*(a_delete(f"old-{number}") for number in range(20)))).all("details")


def test_the_same_bits_are_read_as_were_written() -> None:
    codes = [f"a.p{number:02}" for number in range(50)]
    page = Page(a_plan(unchanged=(a_role("r", codes[::7]),), catalogue=a_catalogue(*codes), system=()))
    assert page.rows() == {"r": ["held" if number % 7 == 0 else "" for number in range(50)]}


def test_the_same_plan_gives_the_same_page() -> None:
    plan = a_plan(a_create(permissions=["a.x", "a.y", "b.z"]), a_delete())
    assert Page(plan).html == Page(plan).html


def test_a_sensitive_code_is_marked_by_sign_and_word_in_the_changes_and_in_the_matrix() -> None:
    plan = a_plan(a_create(permissions=["a.export"]), unmanaged=(a_role("temp", ["a.export", "a.view"]),))
    page = Page(replace(plan, sensitive=frozenset({"a.export"})))
    assert page.texts("article//li/span/code/..") == ["a.export ⚠ sensitive"]
    assert page.text("section[@aria-labelledby='unmanaged']/ul/li") == "temp: a.export ⚠ sensitive, a.view"
    assert [column.get("sensitive") for column in page.data()["columns"]] == [True, None, None]
