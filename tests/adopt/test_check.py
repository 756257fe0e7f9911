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
    ("content", "codes", "wrong"),
    [
        (b"name: a\npermissions: [c.view]\nonwer: b\n", ("c.view",), "unknown key"),
        (b"name: a\npermissions: [b.view, c.view]\n", ("c.view",), "^a$"),
        (b"name: a\npermissions: []\n---\nname: c\npermissions: []\n", (), "^c$"),
        (b"name: c\npermissions: []\n", (), "^a, c$"),
    ],
)
def test_a_result_that_is_not_as_intended_is_an_error_that_names_what_is_wrong(
    content: bytes, codes: tuple[str, ...], wrong: str
) -> None:
    edit = FileEdit(PATH, content, created=False, roles=(a_role("a", codes, ""),))
    with pytest.raises(NotAsIntended, match=wrong):
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
