"""What is not imported by who does not need it: import time is a feature."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from reconciler.cli.registry import COMMANDS
from reconciler.render import PLAN_FORMATS

_ROOT = Path(__file__).parents[2]


def loaded_by(code: str) -> set[str]:
    """The modules that a Python has loaded after it ran `code` in the project's directory."""
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_validating_loads_neither_httpx_nor_deepdiff_nor_pydantic() -> None:
    modules = loaded_by(
        "from reconciler.load import load_roles\nfrom reconciler.config.settings import load_configuration\n"
        "from reconciler.model.days import Day\n"
        "load_configuration(None)\nload_roles('roles.d', today=Day(2026, 11, 29))"
    )
    assert "yaml" in modules
    assert modules.isdisjoint({"httpx", "deepdiff", "pydantic", "rich", "difflib", "jinja2"})


def test_yaml_is_loaded_only_once_there_is_a_file_to_read() -> None:
    assert "yaml" not in loaded_by(
        "import reconciler.load, reconciler.config.settings, reconciler.load.export, reconciler.load.schema"
    )


def test_templates_are_loaded_only_for_html() -> None:
    formats = "import reconciler.cli.commands.plan\nfrom reconciler.render import PLAN_FORMATS, plan_renderer\n"
    others = loaded_by(formats + "for name in PLAN_FORMATS.keys() - {'html'}: plan_renderer(name)")
    assert others.isdisjoint({"jinja2", "markupsafe"})
    assert "jinja2" in loaded_by(formats + "plan_renderer('html')")


def test_the_table_of_formats_loads_no_format_until_one_is_asked_for() -> None:
    asked = "from reconciler.render import plan_renderer\nplan_renderer('gitlab')"
    formats = {f"reconciler.render.{name}" for name in PLAN_FORMATS}
    assert loaded_by("import reconciler.render").isdisjoint(formats)
    assert loaded_by(asked) & formats == {"reconciler.render.gitlab"}


def test_the_table_of_commands_loads_no_command() -> None:
    loaded = loaded_by("import reconciler.cli.registry")
    assert loaded.isdisjoint({f"reconciler.cli.commands.{name}" for name in COMMANDS})
