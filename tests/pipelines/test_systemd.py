from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.pipelines.outside import installed
from tests.pipelines.runner import ROOT

UNITS = sorted((ROOT / "docs" / "templates" / "systemd").iterdir())
SERVICE = (ROOT / "docs" / "templates" / "systemd" / "reconciler-watch.service").read_text()


def command_of(service: str) -> list[str]:
    """The words of `ExecStart=`, which no unit here quotes."""
    found = re.search(r"^ExecStart=((?:.*\\\n)*.*)$", service, re.MULTILINE)
    assert found is not None
    return found[1].replace("\\\n", " ").split()


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    analyze = installed("systemd-analyze", "systemd")
    program = Path(sys.executable).with_name("reconciler")
    for unit in UNITS:
        text = unit.read_text().replace("/usr/local/bin/reconciler", str(program))
        (tmp_path / unit.name).write_text(text)
    paths = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run([analyze, "verify", "--man=no", *paths], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_operator_can_write_only_where_its_journal_is() -> None:
    command = command_of(SERVICE)
    (journal,) = (after for word, after in pairwise(command) if word == "--journal")
    (state,) = re.findall(r"^StateDirectory=(.*)$", SERVICE, re.MULTILINE)
    assert Path(journal).parent == Path("/var/lib") / state
    assert "ProtectSystem=strict" in SERVICE
    assert "ReadWritePaths" not in SERVICE


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_no_unit_holds_a_key(unit: Path) -> None:
    assert "OMNISTREAM_API_KEY" not in unit.read_text()
