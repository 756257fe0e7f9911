"""The page at `/docs`: whole without a network, and inert whatever the tenant holds."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

import html5lib
import httpx
import pytest

from reconciler.sandbox.catalogue import CODES
from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import running_sandbox
from tests.sentences import Golden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.sandbox.server import RunningSandbox

HOSTILE = [
    "<script>alert(1)</script>",
    "</title></style></table><h1>owned",
    "\" onload='x' <img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp;",
]


def page(sandbox: RunningSandbox, **options: Any) -> httpx.Response:  # noqa: ANN401 - what httpx takes
    return httpx.get(f"{sandbox.url}/docs", **options)


def parsed(answer: httpx.Response) -> Element:
    """The page as an HTML5 parser sees it; one that is not well-formed is an error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(answer.text)
    return tree


def skeleton(tree: Element) -> list[tuple[str, tuple[str, ...]]]:
    return [(str(element.tag), tuple(sorted(map(str, element.keys())))) for element in tree.iter()]


def texts(tree: Element) -> str:
    return "\n".join(tree.itertext())


def table_rows(tree: Element, position: int) -> list[list[str]]:
    table = list(tree.iter("table"))[position]
    return [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]


@pytest.fixture(scope="module")
def tree(sandbox: RunningSandbox) -> Element:
    return parsed(page(sandbox))


def test_the_page_needs_no_key_and_shows_none(sandbox: RunningSandbox) -> None:
    answer = page(sandbox)

    assert answer.status_code == 200
    assert sandbox.api_key not in answer.text
    assert sandbox.read_only_key not in answer.text


def test_a_browser_that_opens_the_base_url_is_led_to_the_page(sandbox: RunningSandbox) -> None:
    answer = httpx.get(f"{sandbox.url}/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert (answer.status_code, answer.headers["Location"]) == (307, "/docs")


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [("GET", "/", "*/*"), ("GET", "/", "application/json"), ("POST", "/", "text/html"), ("GET", "/no", "text/html")],
)
def test_every_other_request_outside_the_api_is_not_found(
    sandbox: RunningSandbox, method: str, path: str, accept: str
) -> None:
    answer = httpx.request(method, f"{sandbox.url}{path}", headers={"Accept": accept})

    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found."})


def test_the_page_loads_nothing_and_runs_nothing(sandbox: RunningSandbox, tree: Element) -> None:
    assert {str(element.tag) for element in tree.iter()} & {"script", "link", "img", "iframe", "object"} == set()
    assert not any(name == "src" or str(name).startswith("on") for element in tree.iter() for name in element.attrib)
    assert page(sandbox).headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_page_shows_the_address_that_is_bound_whatever_the_client_calls_it(sandbox: RunningSandbox) -> None:
    answer = page(sandbox, headers={"Host": "evil.example"})

    assert f"export OMNISTREAM_URL={sandbox.url}\nexport OMNISTREAM_API_KEY=" in texts(parsed(answer))
    assert "evil.example" not in answer.text


def test_the_page_shows_every_operation_with_a_command_to_try(tree: Element) -> None:
    assert [" ".join(texts(head).split()) for head in tree.iter("h3")] == [
        "GET /api/roles",
        "POST /api/roles",
        "GET /api/roles/{id}",
        "PATCH /api/roles/{id}",
        "DELETE /api/roles/{id}",
        "GET /api/permissions",
    ]
    commands = [shlex.split("".join(block.itertext())) for block in list(tree.iter("pre"))[1:]]
    assert [command[0] for command in commands] == ["curl"] * 6


def test_the_commands_to_try_work(sandbox: RunningSandbox, tree: Element) -> None:
    role = sandbox.store.create("greetable", "", [])
    words = {"$OMNISTREAM_API_KEY": sandbox.api_key, "$ID": role["id"]}
    answers = []
    for block in list(tree.iter("pre"))[1:]:
        command = "".join(block.itertext())
        for word, meaning in words.items():
            command = command.replace(word, meaning)
        answers.append(as_asked_by(shlex.split(command)).status_code)

    assert answers == [200, 201, 200, 200, 200, 200]


def test_the_page_says_what_it_is_and_what_each_operation_takes(tree: Element, golden: Golden) -> None:
    words = [" ".join("".join(part.itertext()).split()) for part in tree.iter() if part.tag in {"h1", "h2", "h3", "p"}]
    assert len([line for line in words if line.startswith("Takes ")]) == 4
    golden.says("sandbox/page", "headings and paragraphs", "\n".join(words))


def test_each_column_of_a_table_has_a_heading(tree: Element, golden: Golden) -> None:
    golden.says("sandbox/page", "columns", "\n".join(" | ".join(table_rows(tree, table)[0]) for table in (0, 1)))


def test_the_page_lists_the_roles_that_are_live_now(sandbox: RunningSandbox) -> None:
    role = sandbox.store.create("doorman", "Says hello.", ["messages.send", "contacts.view"])
    sandbox.store.hire(role["id"], 4)

    rows = table_rows(parsed(page(sandbox)), 0)

    assert rows[0] == ["name", "kind", "agents", "description", "permissions", "id"]
    assert ["admin", "system", "1"] in [row[:3] for row in rows]
    assert ["doorman", "custom", "4", "Says hello.", "contacts.view messages.send", role["id"]] in rows


def test_the_roles_that_can_be_changed_come_first(tree: Element) -> None:
    kinds = [row[1] for row in table_rows(tree, 0)[1:]]
    assert kinds == sorted(kinds, key=["custom", "system"].index)
    assert set(kinds) == {"custom", "system"}


def test_the_page_lists_the_whole_catalogue(tree: Element) -> None:
    assert {row[1] for row in table_rows(tree, 1)[1:]} == CODES


def as_asked_by(command: list[str]) -> httpx.Response:
    """What the few options of curl that the page uses mean."""
    url = next(word for word in command if word.startswith("http://"))
    options = [(word, command[at + 1]) for at, word in enumerate(command) if word.startswith("-")]
    values = dict(options)
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    return httpx.request(values.get("-X", "GET"), url, headers=headers, content=values.get("-d"))


def roles_named(names: Sequence[str]) -> list[SeedRole]:
    return [*SYSTEM_ROLES, *(SeedRole(name=name, description=name, permissions=()) for name in names)]


def test_a_hostile_role_is_text_and_nothing_else() -> None:
    harmless = [f"harmless-{number}" for number in range(len(HOSTILE))]
    with running_sandbox(seed=roles_named(harmless)) as sandbox:
        expected = skeleton(parsed(page(sandbox)))

    with running_sandbox(seed=roles_named(HOSTILE)) as sandbox:
        tree = parsed(page(sandbox))

    assert skeleton(tree) == expected
    assert {row[3] for row in table_rows(tree, 0)} >= set(HOSTILE)


def test_hidden_characters_are_shown_on_the_page() -> None:
    with running_sandbox(seed=roles_named(["a\u202eb\x1bc"])) as sandbox:
        answer = page(sandbox)

    assert "a\\u202eb\\x1bc" in answer.text
    assert "\u202e" not in answer.text
