"""What the documents show is what happens: commands, tables, examples, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.cli.registry import COMMANDS
from reconciler.config.settings import Configuration, load_configuration
from reconciler.load import load_documents
from reconciler.sandbox.seed import load_seed
from tests import terminal_picture
from tests.builders import TODAY
from tests.documents import DOCUMENTS, NEW_DIRECTORY, ROOT, as_found, in_one_form
from tests.reference import options_of

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "tests").rglob("*.md")])
CHAPTERS = [
    pytest.param(chapter, id=f"{name}-{number}")
    for name in DOCUMENTS
    for number, chapter in enumerate((ROOT / name).read_text(encoding="utf-8").split(NEW_DIRECTORY))
]
WITHIN_A_SENTENCE = re.compile(r"`reconciler ([a-z]+)(?= |`)([^`&|]*)")
OPTION = re.compile(r"(?<= )--?[a-z][\w-]*")
TABLE_ROW = re.compile(r"^\| `?([^|`]+)`? \| (.+) \|$", re.MULTILINE)


def section(text: str, title: str) -> str:
    """What stands below a heading of the second level."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[tuple[str, str]]:
    """The rows of a table of two columns, without its head."""
    return TABLE_ROW.findall(text)[2:]


def yaml_in(text: str, start: str) -> str:
    """The YAML block that starts with this line."""
    found = re.search(rf"^```yaml\n({re.escape(start)}\n.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def bars(row: str) -> int:
    """The bars of a row that end a cell: within code too, all but those behind a backslash."""
    return len(re.findall(r"(?<!\\)\|", row))


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may name, as GitHub makes it."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_document_shows_what_its_commands_print(chapter: str) -> None:
    assert as_found(chapter) == in_one_form(chapter), "write it again with: make docs"


def test_the_picture_of_a_terminal_has_the_words_that_the_command_prints() -> None:
    picture = terminal_picture.PICTURE.read_text(encoding="utf-8")
    assert terminal_picture.words(picture) == "".join(terminal_picture.printed("never").split()), (
        "draw it with: make docs"
    )


def test_the_picture_of_a_terminal_asks_no_other_host() -> None:
    picture = terminal_picture.PICTURE.read_text(encoding="utf-8")
    assert re.findall(r"@import|@font-face|href|url\((?!#)", picture) == []


def test_the_readme_lists_every_command_in_the_words_of_its_help() -> None:
    assert rows(section(README, "Commands")) == [(name, listed.about) for name, listed in COMMANDS.items()]


def test_a_section_that_the_code_names_exists() -> None:
    named = {
        (page, title)
        for path in (ROOT / "reconciler").rglob("*.py")
        for page, title in re.findall(r'(docs/[a-z-]+\.md)[,:] "([^"]+)"', " ".join(path.read_text("utf-8").split()))
    }
    assert len(named) > 10
    headings = {page: re.findall(r"^#+ (.*)$", (ROOT / page).read_text("utf-8"), re.MULTILINE) for page, _ in named}
    assert {(page, title) for page, title in named if title not in headings[page]} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_row_of_a_table_has_as_many_cells_as_its_head(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    tables = [table.splitlines() for table in re.findall(r"^(?: *\|.*\n)+", text, re.MULTILINE)]
    assert [row for table in tables for row in table if bars(row) != bars(table[0])] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_command_within_a_sentence_exists_with_its_options(page: Path) -> None:
    wrong = []
    for name, rest in WITHIN_A_SENTENCE.findall(page.read_text(encoding="utf-8")):
        known = {word for option in options_of(name) for word in option.opts} if name in COMMANDS else set()
        if name not in COMMANDS or not {word.partition("=")[0] for word in OPTION.findall(rest)} <= known:
            wrong.append(f"reconciler {name}{rest}")
    assert wrong == []


def test_the_configuration_in_the_readme_is_the_default_save_for_four_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reconciler.yaml").write_text(yaml_in(README, "# reconciler.yaml"), encoding="utf-8")
    shown = load_configuration(None)
    assert shown.roles_dir == Configuration().roles_dir
    assert (shown.scope.unmanaged, shown.scope.manage) == (
        Configuration().scope.unmanaged,
        Configuration().scope.manage,
    )
    assert (shown.limits.max_deletes, shown.limits.max_revokes) == (
        Configuration().limits.max_deletes,
        Configuration().limits.max_revokes,
    )
    assert (shown.url, shown.journal, shown.scope.ignore, shown.limits.protect) == (
        "https://api-chat.bara.my.id",
        Path("journal.jsonl"),
        ("vendor-*",),
        ("billing-admin",),
    )


def test_the_role_file_in_the_readme_is_valid_and_shows_every_key() -> None:
    (role,) = load_documents([("example", yaml_in(README, "# roles.d/support-lead.yaml").encode())], today=TODAY).roles
    assert (role.role.name, role.role.description) == ("support-lead", "Leads the support floor.")
    assert role.role.permissions == {"conversations.assign", "conversations.view"}
    assert role.renamed_from == ("shift-lead",)


def test_the_seed_in_the_interface_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "interface.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```json\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    seed = tmp_path / "seed.json"
    seed.write_text(example, encoding="utf-8")
    assert [(role.name, role.agents) for role in load_seed(seed) if not role.is_system] == [("support-lead", 2)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        if ":" in name:
            continue
        linked = page.parent / name if name else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            dead.append(target)
    assert dead == []
