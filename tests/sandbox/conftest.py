"""A sandbox on a real socket, shared by the tests of one file: each makes the roles that it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.sandbox.server import RunningSandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def api(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as client:
        yield client


@pytest.fixture(scope="module")
def reader(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.read_only_key}) as client:
        yield client
