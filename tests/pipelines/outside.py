"""Programs of others that the tests run as their users do.

`make policy-tools` installs some of them apart from .venv; the others are packages of the system.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.pipelines.runner import ROOT


def outside(name: str) -> Path:
    """The program; the test is skipped where it is not installed, or fails where it was said that it must be."""
    program = ROOT / ".venv" / "policy-tools" / "bin" / name
    if not program.exists():
        if os.environ.get("RECONCILER_REQUIRE_POLICY_TOOLS"):
            pytest.fail(f"{name} is not installed, and RECONCILER_REQUIRE_POLICY_TOOLS is set: run `make policy-tools`")
        pytest.skip(f"{name} is not installed: run `make policy-tools`")
    return program


def installed(name: str, package: str) -> str:
    """The program of a Debian package, for the tests of the operator; skipped or failed likewise."""
    program = shutil.which(name)
    if program is None:
        if os.environ.get("RECONCILER_REQUIRE_OPERATIONS"):
            pytest.fail(f"{name} is not installed, and RECONCILER_REQUIRE_OPERATIONS is set: apt install {package}")
        pytest.skip(f"{name} is not installed: apt install {package}")
    return program
