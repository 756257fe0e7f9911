from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.history.past import Histories, History

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def history(tmp_path: Path) -> Histories:
    return lambda *roles: History(tmp_path, *roles)
