"""Whatever stands in names, codes and descriptions: the page has the same elements, and shows the text as text."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings

from reconciler.model.inert import is_hidden, visible
from reconciler.plan.changes import Plan
from reconciler.render.html.changes import role_of
from reconciler.render.view import Links, View
from tests.builders import a_create, a_permission, a_plan, a_role
from tests.render.hostile import plans
from tests.render.html.parsed import Page, text

LINKED = View(links=Links("https://github.com/owner/name/blob/abc/"))
TAME = Page(a_plan(a_create(), unchanged=(a_role("same"),), notes=("note",), catalogue={"a.b": a_permission("a.b")}))
ELEMENTS = {element.tag for element in TAME.root.iter()} | {"a", "del", "ins", "strong"}
ATTRIBUTES = {key for element in TAME.root.iter() for key in element.attrib} | {"rel"}
FIXED = (
    "html",
    "head",
    "body",
    "title",
    "script",
    "style",
    "link",
    "meta",
    "form",
    "input",
    "button",
    "aside",
)


@settings(max_examples=10)
@given(plans())
def test_no_data_becomes_an_element_or_an_attribute(plan: Plan) -> None:
    page = Page(plan, LINKED)
    assert {element.tag for element in page.root.iter()} <= ELEMENTS
    assert {key for element in page.root.iter() for key in element.attrib} <= ATTRIBUTES
    counts, tame = (Counter(element.tag for element in which.root.iter()) for which in (page, TAME))
    assert {tag: counts[tag] for tag in FIXED} == {tag: tame[tag] for tag in FIXED}
    assert counts["select"] == tame["select"] + len(page.all("select[@id='f-origin']"))  # only with several origins
    assert set(page.texts("style")) == {""}
    assert set(page.texts("script")[1:]) == {""}
    assert not set(page.text("script[@id='data']")) & set("<>&")


@settings(max_examples=10)
@given(plans())
def test_the_page_has_an_article_for_each_change_and_the_data_a_row_for_each_role(plan: Plan) -> None:
    page = Page(plan)
    rows = [*plan.changes, *plan.unchanged, *plan.kept, *plan.unmanaged, *plan.ignored, *plan.system]
    known = {code for role in map(_role, rows) for code in role} | plan.catalogue.keys()
    assert len(page.all("article")) == len(plan.changes)
    assert len(page.data()["rows"]) == sum(section["rows"] for section in page.data()["sections"]) == len(rows)
    assert len(page.data()["columns"]) == len(known)


@settings(max_examples=10)
@given(plans())
def test_names_are_shown_as_they_are_with_what_is_hidden_made_visible(plan: Plan) -> None:
    page = Page(plan)
    names = [role_of(change).name for change in plan.changes]
    names += [
        role.name for roles in (plan.unchanged, plan.kept, plan.unmanaged, plan.ignored, plan.system) for role in roles
    ]
    shown = [row["name"] for row in page.data()["rows"]]
    assert Counter(shown) == Counter(visible(name) or '""' for name in names)
    heads = [text(head.findall("bdi")[0]) for head in page.all("article//h4")]
    assert heads == shown[: len(plan.changes)]


@settings(max_examples=10)
@given(plans())
def test_no_hidden_character_of_the_data_is_on_the_page(plan: Plan) -> None:
    page = Page(plan, LINKED)
    assert {character for character in page.html if is_hidden(character)} == {"\n"}
    assert not [text(element) for element in page.all("body//bdi") if "\n" in text(element)]


def _role(row: object) -> frozenset[str]:
    parts = [row] if hasattr(row, "permissions") else [getattr(row, "before", None), getattr(row, "after", None)]
    return frozenset().union(*(part.permissions for part in parts if part is not None))
