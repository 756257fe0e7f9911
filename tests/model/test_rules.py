"""The words by which SARIF and annotations name a problem."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import reconciler
from reconciler.model.rules import RULES, Rule

_PACKAGE = Path(reconciler.__file__).parent


def test_every_rule_is_explained_by_one_sentence() -> None:
    assert set(RULES) == set(get_args(Rule))
    for rule, sentence in RULES.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule)
        assert sentence.endswith(".")


def test_every_rule_is_used_and_every_word_that_is_used_is_a_rule() -> None:
    sources = [
        *(path for room in ("load", "yamlio", "config", "policy") for path in (_PACKAGE / room).glob("*.py")),
        _PACKAGE / "plan" / "matching.py",
    ]
    words = {
        node.value
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(RULES) - words == set()
