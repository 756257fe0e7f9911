"""The catalogue lock: what its file may say, and that what is written reads back."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.lock import load_lock, read_lock, text_of
from reconciler.load.lock_text import lock_text
from reconciler.model.catalogue import Lock, Permission
from reconciler.model.errors import CommandLineError, Failed, InvalidInput
from reconciler.yamlio import pure
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.reader import read_documents
from tests.builders import a_lock, a_locked
from tests.load.builders import placed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sentences import Golden

_HEAD = "version: 1\nurl: https://api-chat.example.org\npermissions:\n"
_ENTRY = "  contacts.view:\n    name: View contacts\n    id: 0a6f0c1e-0000-4000-8000-000000000001\n"


def over_https(url: str) -> str:
    """Return a URL in lower case: what the settings do, without their other rules."""
    if not url.startswith("https://"):
        raise CommandLineError("not https")
    return url.lower()


def read(text: str | bytes, url_form: Callable[[str], str] = str) -> tuple[Lock | None, FileProblems]:
    problems = FileProblems("permissions.lock.yaml")
    return read_lock(text if isinstance(text, bytes) else text.encode(), problems, url_form), problems


def rejected(text: str | bytes) -> list[str]:
    lock, problems = read(text, over_https)
    assert lock is None
    return [placed(problem) for problem in problems.found]


EXAMPLE = """\
# What GET /api/permissions answered when it was last looked at. Written by `reconciler lock`; review its diff.
version: 1
url: https://api-chat.bara.my.id
permissions:
  contacts.export:
    name: Export contacts
    description: Download contacts with their personal data.
    id: 0a6f0c1e-0000-4000-8000-000000000001
  people.view:
    name: View people
    category: contacts
    id: 0a6f0c1e-0000-4000-8000-000000000002
    withdrawn: true
"""


def test_the_form_is_that_of_the_interface() -> None:
    export = Permission(
        "contacts.export",
        "Export contacts",
        "contacts",
        "Download contacts with their personal data.",
        "0a6f0c1e-0000-4000-8000-000000000001",
    )
    people = Permission("people.view", "View people", "contacts", "", "0a6f0c1e-0000-4000-8000-000000000002")
    lock = a_lock(people, export, url="https://api-chat.bara.my.id", withdrawn=["people.view"])
    assert lock_text(lock) == EXAMPLE
    assert read(EXAMPLE)[0] == lock


def test_a_lock_without_permissions_says_so() -> None:
    assert lock_text(a_lock()).endswith("permissions: {}\n")
    assert read(lock_text(a_lock()))[0] == a_lock()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("View contacts", "View contacts"),
        ("View/edit (own) contacts, all: of them", '"View/edit (own) contacts, all: of them"'),
        ("a:b", "a:b"),
        ("ends:", '"ends:"'),
        ("no", '"no"'),
        ("y", '"y"'),
        ("1.0", '"1.0"'),
        ("2026-11-23", '"2026-11-23"'),
        ("1:30", '"1:30"'),
        ("0o17", '"0o17"'),
        ("~", '"~"'),
        ("", '""'),
        ("- item", '"- item"'),
        ("-item", "-item"),
        ("-_", '"-_"'),
        ("._1", '"._1"'),
        ("?x", "?x"),
        ("# note", '"# note"'),
        ("issue #1", '"issue #1"'),
        ("issue#1", "issue#1"),
        (" padded ", '" padded "'),
        ("two\nlines", '"two\\nlines"'),
        ("tab\there", '"tab\\there"'),
        ('say "yes"', 'say "yes"'),
        ("back\\slash", "back\\slash"),
        ('"quoted" \\', '"\\"quoted\\" \\\\"'),
        ("it's", "it's"),
        ("*all", '"*all"'),
        ("&all", '"&all"'),
        ("50% off", "50% off"),
        ("%50", '"%50"'),
        ("@here", '"@here"'),
        ("{a}", '"{a}"'),
        ("a {b}, [c]", "a {b}, [c]"),
        ("Écrire à Łódź 東京", "Écrire à Łódź 東京"),
        ("bidi \u202e", '"bidi \\u202e"'),
        ("bell \x07", '"bell \\x07"'),
        ("next\x85line", '"next\\x85line"'),
        ("3 contacts", "3 contacts"),
    ],
)
def test_a_value_is_plain_where_every_reader_reads_the_same_text(name: str, written: str) -> None:
    text = lock_text(a_lock(a_locked("contacts.view", name)))
    assert f"    name: {written}\n" in text
    assert yaml.safe_load(text)["permissions"]["contacts.view"]["name"] == name


def test_a_code_that_looks_like_a_number_is_quoted() -> None:
    assert '\n  "1.5":\n' in lock_text(a_lock("1.5"))


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(["no", "1e3", ": ", " #", "-", "?", "="])
_CODES = st.from_regex(r"[A-Za-z0-9_-]{1,8}(?:\.[A-Za-z0-9_-]{1,8}){1,2}", fullmatch=True)
_ENTRIES = st.builds(Permission, _CODES, _TEXTS, _TEXTS, _TEXTS, _TEXTS.filter(bool))


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    """Any catalogue, in any order, some of its codes withdrawn."""
    entries = draw(st.lists(_ENTRIES, unique_by=lambda entry: entry.code, max_size=6))
    withdrawn = [entry.code for entry in entries if draw(st.booleans())]
    return a_lock(*entries, url=draw(_TEXTS), withdrawn=withdrawn)


@given(locks())
def test_what_is_written_reads_back_as_the_same_lock(lock: Lock) -> None:
    text = text_of(lock)
    assert read(text)[0] == lock
    document = yaml.safe_load(text)
    assert {code: entry["name"] for code, entry in document["permissions"].items()} == {
        code: entry.name for code, entry in lock.permissions.items()
    }
    problems = FileProblems("permissions.lock.yaml")
    assert list(read_documents(text, problems, pure.events)) == list(read_documents(text, problems))


@given(locks(), st.randoms())
def test_the_same_catalogue_gives_the_same_bytes(lock: Lock, random: Random) -> None:
    codes = list(lock.permissions)
    random.shuffle(codes)
    again = Lock(lock.path, lock.url, {code: lock.permissions[code] for code in codes}, lock.withdrawn)
    assert lock_text(again) == lock_text(lock)


@given(locks())
def test_each_key_is_on_a_line_of_its_own(lock: Lock) -> None:
    keys = [len(entry) for entry in yaml.safe_load(lock_text(lock))["permissions"].values()]
    assert len(lock_text(lock).splitlines()) == 4 + len(keys) + sum(keys)


def test_a_code_that_is_too_long_for_a_key_cannot_be_locked() -> None:
    with pytest.raises(Failed, match=r"cannot be written to permissions\.lock\.yaml"):
        text_of(a_lock("a." + "b" * 2000))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["1:1 wrong-type"]),
        (b"\xff", ["1:1 not-utf8"]),
        ("a: [", ["2:1 yaml-syntax"]),
        ("[]", ["1:1 wrong-type"]),
        ("{}", ["1:1 missing-key"]),
        (_HEAD + _ENTRY + "---\n{}\n", ["1:1 wrong-type"]),
        (_HEAD.replace("1", "2") + _ENTRY, ["1:10 unknown-value"]),
        (_HEAD.replace("https", "ftp") + _ENTRY, ["2:6 url"]),
        (_HEAD.replace("https://api-chat.example.org", "no") + _ENTRY, ["2:6 needs-quotes"]),
        (_HEAD, ["3:13 wrong-type"]),
        (_HEAD + "  - contacts.view\n", ["4:3 wrong-type"]),
        (_HEAD + "  contacts.view: View\n", ["4:18 wrong-type"]),
        (_HEAD + "  contacts.view: {}\n", ["4:18 missing-key"]),
        (_HEAD + _ENTRY + _ENTRY, ["7:3 duplicate-key"]),
        (_HEAD + _ENTRY.replace("contacts.view", "contacts"), ["4:3 malformed-code"]),
        (_HEAD + _ENTRY.replace("contacts.view", "1.5"), ["4:3 needs-quotes"]),
        (_HEAD + _ENTRY.replace("View contacts", "no"), ["5:11 needs-quotes"]),
        (_HEAD + _ENTRY.replace("id:", "ids:"), ["5:5 missing-key", "6:5 unknown-key"]),
        (_HEAD + _ENTRY.replace("0a6f0c1e-0000-4000-8000-000000000001", '""'), ["6:9 unknown-value"]),
        (_HEAD + _ENTRY + "    withdrawn: false\n", ["7:16 unknown-value"]),
        (_HEAD + _ENTRY + "    withdrawn: [true]\n", ["7:16 unknown-value"]),
        (_HEAD + _ENTRY + "owner: me\n", ["7:1 unknown-key"]),
    ],
)
def test_what_is_not_a_lock_is_an_error_at_its_place(text: str | bytes, found: list[str]) -> None:
    assert sorted(rejected(text)) == found


def test_the_url_is_read_in_one_form() -> None:
    lock, _ = read(_HEAD.replace("api", "API") + _ENTRY, over_https)
    assert lock is not None
    assert lock.url == "https://api-chat.example.org"


def test_a_file_with_more_than_a_thousand_problems_is_not_read_to_its_end() -> None:
    rules = rejected(_HEAD + "".join(f"  a.b{n}: 1\n" for n in range(5000)))
    assert len(rules) == 1002
    assert rules[-1].endswith("too-many")


def test_a_lock_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        load_lock(tmp_path / "permissions.lock.yaml", str)
    assert [finding.rule for finding in raised.value.findings] == ["unreadable"]


def test_a_lock_of_more_than_32_mib_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "permissions.lock.yaml"
    with path.open("wb") as file:
        file.truncate(33 * 1024 * 1024)
    with pytest.raises(InvalidInput) as raised:
        load_lock(path, str)
    assert [finding.rule for finding in raised.value.findings] == ["too-large"]
    assert "reconciler lock --force" in raised.value.findings[0].hint


def test_the_problems_of_a_lock_are_told_in_sentences(golden: Golden) -> None:
    for case, text in (
        ("an empty file", ""),
        ("a list", "[]"),
        ("nothing in it", "{}"),
        ("no permissions", _HEAD),
        ("an empty id", _HEAD + _ENTRY.replace("0a6f0c1e-0000-4000-8000-000000000001", '""')),
        ("a withdrawn that is not true", _HEAD + _ENTRY + "    withdrawn: yes\n"),
        ("a code twice", _HEAD + _ENTRY + _ENTRY),
        ("no code", _HEAD + _ENTRY.replace("contacts.view", "contacts")),
        ("an entry without a name", _HEAD + "  contacts.view: {id: a}\n"),
        ("an entry that is no mapping", _HEAD + "  contacts.view: View\n"),
    ):
        _, problems = read(text)
        golden.says("load/lock", case, "\n".join(map(str, problems.found)))
