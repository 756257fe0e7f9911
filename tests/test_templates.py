"""What a template inserts is data, whatever it is; and what the templates of this package may do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import reconciler
from reconciler.templates import fill

TEMPLATES = sorted(Path(reconciler.__file__).parent.rglob("*.jinja"))
Fill = Callable[..., str]


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fill:
    """Fill a template that is given as text: it is put into a package of its own."""
    package = tmp_path.name.replace("-", "_") + "_templates"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def fill_text(source: str, **values: object) -> str:
        (tmp_path / package / "page.html.jinja").write_text(source, encoding="utf-8")
        return fill(package, "page.html.jinja", **values)

    return fill_text


def test_data_is_escaped_in_text_and_in_attributes(filled: Fill) -> None:
    shown = filled('<p title="{{ text }}">{{ text }}</p>', text="""<b>"x" & 'y'""")
    inert = "&lt;b&gt;&#34;x&#34; &amp; &#39;y&#39;"
    assert shown == f'<p title="{inert}">{inert}</p>'


def test_hidden_characters_of_data_are_shown_and_those_of_the_template_stay(filled: Fill) -> None:
    assert filled("<p>\n{{ text }}</p>", text="a\nb\u202ec") == "<p>\na\\nb\\u202ec</p>"


def test_what_a_macro_wrote_is_not_escaped_again(filled: Fill) -> None:
    assert filled("{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ m(text) }}", text="<") == "<b>&lt;</b>"


def test_numbers_are_written_as_they_are(filled: Fill) -> None:
    assert filled("{{ number }}", number=12) == "12"


def test_json_can_neither_end_its_element_nor_hide_a_character(filled: Fill) -> None:
    value = {"text": "</script>&\u2028", "list": ["\u202e", 1, None, ("<!--", True)], "nested": {"a": "\ud800"}}
    shown = filled("{{ value | tojson }}", value=value)
    assert shown.isascii()
    assert not set(shown) & set("<>&")
    assert json.loads(shown) == {
        "text": "</script>&\\u2028",
        "list": ["\\u202e", 1, None, ["<!--", True]],
        "nested": {"a": "\\ud800"},
    }


@pytest.mark.parametrize("source", ["{{ absent }}", "{% if absent %}{% endif %}", "{{ value.absent }}"])
def test_a_value_that_is_not_given_is_an_error(filled: Fill, source: str) -> None:
    with pytest.raises(UndefinedError):
        filled(source, value={})


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_only_style_sheets_and_scripts_go_in_unescaped(template: Path) -> None:
    lines = [line for line in template.read_text(encoding="utf-8").splitlines() if re.search(r"\bsafe\b", line)]
    allowed = {"<style>{{ style | safe }}</style>", "<script>{{ script | safe }}</script>"}
    assert {line.strip() for line in lines} <= allowed


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_data_in_an_attribute_stands_in_quotes(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert not re.search(r"<[a-z][^>]*=\{", source)
    assert "autoescape" not in source
