"""What changed inside a role."""

from __future__ import annotations

import subprocess
import sys

from reconciler.plan.fields import FieldChange, field_changes
from tests.builders import a_role


def test_roles_that_differ_in_permissions_alone_have_no_changed_field() -> None:
    assert field_changes(a_role("r", ["a.view"]), a_role("r", ["b.view"])) == ()


def test_each_changed_field_is_told_with_both_values_sorted_by_path() -> None:
    assert field_changes(a_role("a", description="x"), a_role("b", description="y")) == (
        FieldChange("description", "x", "y"),
        FieldChange("name", "a", "b"),
    )


def test_deepdiff_is_not_loaded_before_something_differs() -> None:
    program = "import sys, reconciler.plan.fields; sys.exit('deepdiff' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_deepdiff_does_without_the_models_of_pydantic_and_others_still_have_them() -> None:
    program = (
        "import sys\n"
        "from reconciler.plan.fields import field_changes\n"
        "from reconciler.model.roles import Role\n"
        "field_changes(Role('a', 'x', frozenset()), Role('a', 'y', frozenset()))\n"
        "assert 'deepdiff' in sys.modules and 'pydantic.main' not in sys.modules\n"
        "from pydantic import BaseModel\n"
        "assert BaseModel.__module__ == 'pydantic.main'\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
