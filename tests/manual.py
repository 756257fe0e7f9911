"""The man pages, made from the commands and from docs/: `docs/man`, which the wheel installs.

click-man has no groups, variables, examples or exit codes, finds no command that is imported late, and writes the day
of the build into each page. `python -m tests.documents` writes the pages; tests/pipelines/test_manual.py says when that
is needed. They are committed, so a build needs hatchling alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import click
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from reconciler import __version__
from reconciler.cli.help.documented import Described, Documented, sections_of
from reconciler.cli.help.topics import EXIT_CODES, TOPICS, VARIABLES
from reconciler.cli.registry import COMMANDS, EXAMPLES, cli

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "man"
_MARKS = re.compile(r"<!-- (?:options|examples): \w+ -->\n.*?<!-- end -->\n", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_LONGEST = 67
"""In columns: a line of a block, which man does not wrap, beside its indentation."""


@cache
def pages() -> dict[str, str]:
    """Return the text of every man page by the path of its file."""
    found = {"man1/reconciler.1": _program(), "man7/reconciler-role-files.7": _role_files()}
    return found | {f"man1/reconciler-{name}.1": _command(name) for name in COMMANDS}


def written() -> dict[str, str]:
    """Return the text of every page that is there, likewise."""
    return {path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.?")}


def write() -> None:
    """Write every page, and remove those that are of no command."""
    for name in written():
        (FOLDER / name).unlink()
    for name, text in pages().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8")


def _program() -> str:
    context = click.Context(cli, info_name="reconciler")
    commands = (
        line
        for group, names in groupby(COMMANDS, key=lambda name: COMMANDS[name].group)
        for line in (_head("SS", group), *(_entry(_bold(name), COMMANDS[name].about) for name in names))
    )
    sections = [
        *_opening("reconciler", "keep the custom roles of an OmniStream tenant as files under review", cli, context),
        ".SH COMMANDS",
        "Each command has a page, such as \\fBreconciler\\-plan\\fR(1).",
        *commands,
        ".SH OPTIONS",
        *(_option(option) for options in sections_of(cli, context).values() for option in options),
        ".SH EXAMPLES",
        *_examples(EXAMPLES),
        ".SH EXIT STATUS",
        *(_entry(_bold(str(code)), meaning) for code, meaning in EXIT_CODES.items()),
        ".PP",
        _prose(TOPICS["exit-codes"].after),
        ".SH ENVIRONMENT",
        *(_entry(_bold(names), about) for names, about in VARIABLES.items()),
        ".SH FILES",
        *(_entry(_bold(name), about) for name, about in _FILES.items()),
        *_see_also("reconciler-role-files(7)", *(f"reconciler-{name}(1)" for name in COMMANDS)),
    ]
    return _page("reconciler", 1, sections)


_FILES = {
    "reconciler.yaml": "The configuration, in the working directory. Optional.",
    "roles.d/": "The role files, see reconciler-role-files(7).",
    "permissions.lock.yaml": "The permissions of the tenant, as `reconciler lock` wrote them. Optional.",
    "policies.yaml, reviews.yaml": "Policies, and who reviewed which role. Optional.",
}


def _command(name: str) -> str:
    top = click.Context(cli, info_name="reconciler")
    command = cli.get_command(top, name)
    assert isinstance(command, Documented)
    context = click.Context(command, parent=top, info_name=name)
    about = COMMANDS[name].about.removesuffix(".")
    sections = [*_opening(f"reconciler-{name}", about[0].lower() + about[1:], command, context)]
    sections += [".SH OPTIONS"]
    for section, options in sections_of(command, context).items():
        sections += [_head("SS", section), *map(_option, options)]
    sections += [".SH DETAILS", *from_markdown(_section_of(name))]
    sections += [".SH EXAMPLES", *_examples(command.examples), ".SH EXIT STATUS"]
    sections += [_entry(_bold(str(code)), meaning) for code, meaning in command.codes.items()]
    return _page(f"reconciler-{name}", 1, [*sections, ".PP", _EVERY_CODE, *_see_also("reconciler(1)")])


_EVERY_CODE = "All codes are in \\fBreconciler\\fR(1)."


def _role_files() -> str:
    text = (ROOT / "docs" / "role-files.md").read_text(encoding="utf-8").split("\n", 1)[1]
    sections = [".SH NAME", r"reconciler\-role\-files \- every rule of a role file", ".SH DESCRIPTION"]
    return _page("reconciler-role-files", 7, [*sections, *from_markdown(text), *_see_also("reconciler(1)")])


def _section_of(command: str) -> str:
    """Return what docs/interface.md says of a command, apart from its options and examples."""
    page = (ROOT / "docs" / "interface.md").read_text(encoding="utf-8")
    return _MARKS.sub("", page.split(f"\n## {command}\n", 1)[1].split("\n## ", 1)[0])


def _page(name: str, number: int, lines: Iterable[str]) -> str:
    title = f'.TH "{_escaped(name.upper())}" "{number}" "" "reconciler {__version__}" "reconciler manual"'
    return "\n".join([r".\" Made by make docs.", title, ".nh", ".ad l", *lines]) + "\n"


def _opening(name: str, about: str, command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (".SH NAME", rf"{_escaped(name)} \- {_prose(about)}")
    yield from (".SH SYNOPSIS", rf"{_bold(context.command_path)} {_escaped(usage)}")
    yield ".SH DESCRIPTION"
    yield "\n.PP\n".join(_prose(each) for each in inspect.cleandoc(command.help or "").split("\n\n"))


def _option(option: Described) -> str:
    names = ", ".join(map(_bold, option.names))
    value = rf" \fI{_escaped(option.value)}\fR" if option.value else ""
    told = (note.replace("env:", "Environment:", 1) for note in option.notes)
    notes = "".join(f"\n.br\n{_prose(note[0].upper() + note[1:])}." for note in told)
    return f".TP\n{names}{value}\n{_prose(option.about)}{notes}"


def _entry(name: str, about: str) -> str:
    return f".TP\n{name}\n{_prose(about)}"


def _examples(examples: Iterable[tuple[str, str]]) -> Iterator[str]:
    for about, line in examples:
        yield f".PP\n{_prose(about)}\n.RS 4\n{_bold(line)}\n.RE"


def _see_also(*names: str) -> Iterator[str]:
    yield ".SH SEE ALSO"
    yield ",\n".join(f"{_bold(name)}({number})" for each in names for name, number in [each.rstrip(")").split("(")])
    yield ".PP"
    yield _prose("What is only named here is in the documents of the project; `docs/interface.md` leads to them.")


def _head(macro: str, text: str) -> str:
    return f'.{macro} "{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Return text that has no meaning to roff. A hyphen is one that can be copied into a terminal."""
    found = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    return rf"\&{found}" if found.startswith((".", "'")) else found


def _bold(text: str) -> str:
    return rf"\fB{_escaped(text)}\fR"


def _prose(text: str) -> str:
    """Return a paragraph, with what is between backticks in bold."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(_bold(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))


# -------------------------------------------------------------------------------------------------------- from Markdown


def from_markdown(text: str) -> list[str]:
    """Return the lines of a part of a document: paragraphs, lists, blocks, tables and headings."""
    root = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(_COMMENT.sub("", text)))
    return [line for node in root.children for line in _block(node)]


def _block(node: SyntaxTreeNode) -> Iterator[str]:
    match node.type:
        case "heading":
            yield _head("SH" if node.tag == "h2" else "SS", _CODE.sub(lambda code: code[1], node.children[0].content))
        case "fence":
            yield from (".PP", ".RS 4", ".nf", *map(_verbatim, _cut(node.content)), ".fi", ".RE")
        case "bullet_list" | "ordered_list":
            for item in node.children:
                yield r".IP \(bu 2"
                yield from _item(item)
        case "table":
            for row in node.children[1].children:
                first, *others = [_inline(cell.children[0]) for cell in row.children]
                yield from (".TP", first or r"\&", "\n.br\n".join(filter(None, others)))
        case _:
            yield from (".PP", *map(_inline, node.children))


def _item(item: SyntaxTreeNode) -> Iterator[str]:
    """Yield the lines of an item of a list: the first paragraph is beside its mark."""
    first, *others = item.children
    yield _inline(first.children[0])
    for each in others:
        yield from (".RS 2", *_block(each), ".RE")


def _inline(node: SyntaxTreeNode) -> str:
    """Return a line of text: code is bold, and of a link its words are left."""
    text = "".join(map(_piece, node.children))
    return rf"\&{text}" if text.startswith((".", "'")) else text


def _piece(node: SyntaxTreeNode) -> str:
    match node.type:
        case "code_inline":
            return _bold(node.content)
        case "text":
            return _escaped(node.content)
        case "softbreak" | "hardbreak":
            return " "
        case _:  # a link, or what is strong
            return "".join(map(_piece, node.children))


def _cut(block: str) -> Iterator[str]:
    """Yield the lines of a block; one that is too long goes on in a further line."""
    for line in block.rstrip("\n").split("\n"):
        rest = line
        while len(rest) > _LONGEST and " " in rest[20:_LONGEST]:
            at = rest.rindex(" ", 20, _LONGEST)
            yield rest[:at]
            rest = f"    {rest[at + 1 :]}"
        yield rest


def _verbatim(line: str) -> str:
    return _escaped(line) or r"\&"
