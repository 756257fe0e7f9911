from __future__ import annotations

import importlib
import subprocess
import sys
import threading

import pytest

from reconciler.imports import without


def test_loading_the_transport_loads_nothing_that_it_does_not_use() -> None:
    code = (
        "import sys, reconciler.transport, reconciler.api; "
        "print({'rich', 'pygments', 'trio', 'pydantic.main'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_module_is_hidden_only_for_a_moment() -> None:
    with without("wave", "sys", threads=lambda: 1):
        assert sys.modules["sys"] is sys
        with pytest.raises(ImportError):
            importlib.import_module("wave")
    assert importlib.import_module("wave").__name__ == "wave"


def test_nothing_is_hidden_from_another_thread() -> None:
    asked = threading.Event()
    other = threading.Thread(target=asked.wait)
    other.start()
    try:
        with without("not.there"):
            assert "not.there" not in sys.modules
    finally:
        asked.set()
        other.join()
