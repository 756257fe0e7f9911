"""Read YAML with PyYAML's own parser if PyYAML was built without libyaml: slower, with the same results.

PyYAML's source distribution builds without libyaml if its headers are missing, and does not report it. Its own parser
words its errors differently, places a few of them differently, and accepts escapes that are not characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

_WORDS = [
    (re.compile(pattern), words)
    for pattern, words in [
        (r"found character .+ that cannot start any token", "found character that cannot start any token"),
        (r"(?:sequence entries) are not allowed here", "block sequence entries are not allowed in this context"),
        (r"(mapping (?:values|keys)) are not allowed here", r"\1 are not allowed in this context"),
        (
            r"expected alphabetic or numeric character, but found .+",
            "did not find expected alphabetic or numeric character",
        ),
        (r"expected (',' or '.'), but got .+", r"did not find expected \1"),
        (r"expected '(<document start>)', but found .+", r"did not find expected \1"),
        (r"expected the node content, but found .+", "did not find expected node content"),
        (r"found unknown escape character .+", "found unknown escape character"),
        (r"expected escape sequence of \d hexadecimal .+", "did not find expected hexdecimal number"),
        (r"expected chomping or indentation .+", "did not find expected comment or line break"),
        (r"found unexpected document separator", "found unexpected document indicator"),
        (r"found undefined tag handle .+", "found undefined tag handle"),
        (r"found incompatible YAML document .+", "found incompatible YAML document"),
    ]
]
"""Patterns for whole messages of PyYAML's parser, each with libyaml's message for the same error."""

_BLOCK_END = re.compile(r"expected <block end>, but found .+")
_EXPECTED_IN = {
    "while parsing a block mapping": "did not find expected key",
    "while parsing a block collection": "did not find expected '-' indicator",
}
_NO_CHARACTER = "found invalid Unicode character escape code"
_SURROGATE = re.compile("[\ud800-\udfff]")


def events(text: str) -> Iterator[yaml.Event]:
    """Yield the events of `text`. Raise `yaml.MarkedYAMLError` with libyaml's message when it is not valid."""
    loader = yaml.SafeLoader(text)
    try:
        while loader.check_event():
            yield _checked(loader.get_event())  # type: ignore[no-untyped-call]
    except yaml.MarkedYAMLError as error:
        raise _in_libyamls_words(error, len(text)) from None
    except (ValueError, OverflowError):  # an escape such as \U00110000, given to `chr`
        raise yaml.MarkedYAMLError(problem=_NO_CHARACTER, problem_mark=loader.get_mark()) from None
    finally:
        loader.dispose()


def _checked(event: yaml.Event) -> yaml.Event:
    if isinstance(event, yaml.ScalarEvent) and not event.value.isascii() and _SURROGATE.search(event.value):
        mark: Any = event.start_mark
        raise yaml.MarkedYAMLError(problem=_NO_CHARACTER, problem_mark=mark)
    return event


def _in_libyamls_words(error: yaml.MarkedYAMLError, end: int) -> yaml.MarkedYAMLError:
    """Return the error with libyaml's message and position. `end` is the length of the text."""
    problem, context, mark = str(error.problem), error.context, error.problem_mark
    if _BLOCK_END.fullmatch(problem):
        problem = _EXPECTED_IN.get(str(context), problem)
    for pattern, words in _WORDS:
        problem = pattern.sub(words, problem) if pattern.fullmatch(problem) else problem
    at_the_end = mark is not None and mark.index >= end and mark.column > 0
    if (
        mark is not None and at_the_end and problem.startswith("did not find")
    ):  # libyaml's parser ends the last line before the text ends
        mark = yaml.Mark(mark.name, mark.index, mark.line + 1, 0, None, 0)
    around = error.context_mark or (mark if context else None)
    inside = re.sub("scanning a (?:single|double)-quoted", "scanning a quoted", context) if context else None
    return yaml.MarkedYAMLError(inside, around, problem, mark)
