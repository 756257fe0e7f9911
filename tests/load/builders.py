"""What the tests of loading share: a few words that make role files and read what became of them."""

from __future__ import annotations

from reconciler.load import Loaded, load_documents
from reconciler.model.catalogue import Lock
from reconciler.model.days import Day
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding
from tests.builders import TODAY, place_of

NAME = "name: clerk\n"
CODES = "permissions: [billing.view]\n"
ROLE = NAME + CODES


def load(*texts: str | bytes, today: Day = TODAY, lock: Lock | None = None) -> Loaded:
    """Load files that are called a.yaml, b.yaml, ..."""
    files = [(f"{chr(ord('a') + n)}.yaml", text) for n, text in enumerate(texts)]
    contents = ((path, text.encode() if isinstance(text, str) else text) for path, text in files)
    return load_documents(contents, today=today, lock=lock)


def problems(*texts: str | bytes, today: Day = TODAY, lock: Lock | None = None) -> tuple[Finding, ...]:
    """What is wrong with these files; nothing where nothing is."""
    try:
        load(*texts, today=today, lock=lock)
    except InvalidInput as error:
        return error.findings
    return ()


def said(*texts: str | bytes) -> list[str]:
    """What is wrong with these files, as the user reads it."""
    return [str(problem) for problem in problems(*texts)]


def placed(finding: Finding) -> str:
    """Where a finding is and of what kind, as `2:14 wrong-type`."""
    place = place_of(finding)
    return f"{place.line}:{place.column} {finding.rule}"


def rules(*texts: str | bytes, lock: Lock | None = None) -> list[str]:
    """The kinds of what is wrong with these files."""
    return [problem.rule for problem in problems(*texts, lock=lock)]
