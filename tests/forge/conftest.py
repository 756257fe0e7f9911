"""The fake that several tests of the forges share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.forge.fakes import FakeForge


@pytest.fixture
def github() -> Iterator[FakeForge]:
    """Return a GitHub on a real socket, with the token of a workflow."""
    fake = FakeForge()
    with fake.server:
        yield fake
