"""Links to a line of a file as the forges understand them."""

from __future__ import annotations

import pytest

from reconciler.render.view import Links

_LINKS = Links("https://gitlab.com/group/name/-/blob/abc/")


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("roles.d/a.yaml", "https://gitlab.com/group/name/-/blob/abc/roles.d/a.yaml#L3"),
        ("roles.d/a b#c?.yaml", "https://gitlab.com/group/name/-/blob/abc/roles.d/a%20b%23c%3F.yaml#L3"),
        ("é.yaml", "https://gitlab.com/group/name/-/blob/abc/%C3%A9.yaml#L3"),
        ("\udcff.yaml", "https://gitlab.com/group/name/-/blob/abc/%5Cudcff.yaml#L3"),
    ],
)
def test_a_path_is_percent_encoded_in_its_link(path: str, address: str) -> None:
    assert _LINKS.to(path, 3) == address
