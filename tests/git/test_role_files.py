from __future__ import annotations

import pytest

from reconciler.git.repository import TreeEntry
from reconciler.git.role_files import follow, is_role_file, role_files

FILE = TreeEntry(b"100644", b"1")


def entries(*names: bytes) -> dict[bytes, TreeEntry]:
    """Files, each with an object of its own: its name."""
    return {name: TreeEntry(b"100644", name) for name in names}


@pytest.mark.parametrize("path", [b"a.yaml", b"a.yml", b"team/b.yaml", b"a.b.yaml", b"\xff.yaml", b"-.yml", b" .yaml"])
def test_a_role_file_ends_in_yaml_or_yml(path: bytes) -> None:
    assert is_role_file(path)


@pytest.mark.parametrize(
    "path", [b"a.txt", b"yaml", b".yaml", b"a.YAML", b"a.yaml.orig", b".off/a.yaml", b"team/.off/a.yaml", b"a.yaml/x"]
)
def test_nothing_else_is_one(path: bytes) -> None:
    assert not is_role_file(path)


def test_a_link_is_the_file_that_it_leads_to() -> None:
    found = entries(b"a.yaml", b"team/b.yaml", b"team/first", b".shared/x")
    links = {b"team/b.yaml": b"first", b"team/first": b"../.shared/./x"}
    assert role_files(found, links) == {b"a.yaml": found[b"a.yaml"], b"team/b.yaml": found[b".shared/x"]}


@pytest.mark.parametrize("to", [b"../out.yaml", b"/a.yaml", b"missing", b"link.yaml", b"team", b"", b"."])
def test_a_link_that_leads_to_no_file_of_the_directory_leads_nowhere(to: bytes) -> None:
    found = entries(b"link.yaml", b"team/a.yaml")
    assert follow(b"link.yaml", found, {b"link.yaml": to}) is None
    assert list(role_files(found, {b"link.yaml": to})) == [b"team/a.yaml"]


@pytest.mark.parametrize(("length", "leads"), [(39, True), (40, False)])
def test_a_chain_of_links_has_an_end(length: int, *, leads: bool) -> None:
    links = {b"%d.yaml" % at: b"%d.yaml" % (at + 1) for at in range(length)}
    found = entries(*links, b"%d.yaml" % length)
    assert (follow(b"0.yaml", found, links) is not None) is leads
