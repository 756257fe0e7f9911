from __future__ import annotations

from pathlib import Path

import pytest

from tests.history.past import Histories, History


@pytest.fixture
def history(tmp_path: Path) -> Histories:
    return lambda *roles: History(tmp_path, *roles)
