"""The last check before anything is written: a result that is not as intended is never written."""

from __future__ import annotations

import pytest

from reconciler.adopt.check import NotAsIntended, check
from reconciler.adopt.outcome import FileEdit
from reconciler.load import RolesFrom
from tests.adopt.runs import loaded
from tests.builders import a_role

HERE = RolesFrom(("roles.d",))
PATH = "roles.d/a.yaml"
FILES = {PATH: b"name: a\npermissions: [b.view]\n", "roles.d/b.yaml": b"name: b\npermissions: []\n"}


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"nmae: a\n", ()),
        (b"name: a\npermissions: [b.view, c.view]\n", ("c.view",)),
        (b"name: a\npermissions: []\n---\nname: c\npermissions: []\n", ()),
    ],
)
def test_a_result_that_is_not_as_intended_is_an_error(content: bytes, codes: tuple[str, ...]) -> None:
    edit = FileEdit(PATH, content, created=False, roles=(a_role("a", codes, ""),))
    with pytest.raises(NotAsIntended):
        check(loaded(FILES), FILES, [edit], None, HERE)


def test_a_result_that_is_as_intended_passes() -> None:
    content = b"name: a\ndescription: x\npermissions: [c.view]\n"
    check(
        loaded(FILES),
        FILES,
        [FileEdit(PATH, content, created=False, roles=(a_role("a", ["c.view"], "x"),))],
        None,
        HERE,
    )
