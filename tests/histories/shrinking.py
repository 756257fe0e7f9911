"""A history in which something is broken is made as small as it can be, and told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.histories.histories import History, Step
from tests.histories.playing import disagreements
from tests.histories.statement import File, Role
from tests.histories.world import World, document


def smallest(history: History, fact: str, world: World, most: int = 400) -> History:
    """A history from which nothing can be taken away such that this fact is still broken; plays `most` at most."""
    plays = 0
    progress = True
    while progress and plays < most:
        progress = False
        for smaller in _smaller(history):
            plays += 1
            if any(fact_of(broken) == fact for broken in disagreements(smaller, world)):
                history, progress = smaller, True
                break
            if plays >= most:
                break
    return history


def fact_of(broken: str) -> str:
    """The sentence of what is broken, without what was seen."""
    return broken.split(":", 1)[0]


def _smaller(history: History) -> Iterator[History]:
    """The histories that lack one thing of it."""
    for number, step in enumerate(history.steps):
        rest = (history.steps[:number], history.steps[number + 1 :])
        yield history._replace(steps=rest[0] + rest[1])
        for less in _less(step):
            yield history._replace(steps=(*rest[0], less, *rest[1]))
    if history.quirk:
        yield history._replace(quirk="")
    for number, live in enumerate(history.live):
        yield history._replace(live=_without(history.live, number))
        for role in _plainer(live.role):
            yield history._replace(live=_with(history.live, number, replace(live, role=role)))
    for files in _fewer(history.files):
        yield history._replace(files=files)


def _less(step: Step) -> Iterator[Step]:
    for field in ("others", "faults", "edits"):
        for number in range(len(step._asdict()[field])):
            given = step._asdict()
            yield Step(**{**given, field: _without(given[field], number)})
    for field in ("files", "config", "withdrawn"):
        if getattr(step, field) is not None:
            yield Step(**{**step._asdict(), field: None})
    for files in _fewer(step.files or ()):
        yield step._replace(files=files)


def _fewer(files: tuple[File, ...]) -> Iterator[tuple[File, ...]]:
    for number, file in enumerate(files):
        yield _without(files, number)
        if file.renamed_from:
            yield _with(files, number, File(file.role))
        for role in _plainer(file.role):
            yield _with(files, number, replace(file, role=role))


def _plainer(role: Role) -> Iterator[Role]:
    if role.description:
        yield role._replace(description="")
    for code in sorted(role.codes):
        yield role._replace(codes=role.codes - {code})


def _without(items: tuple[Any, ...], number: int) -> tuple[Any, ...]:
    return (*items[:number], *items[number + 1 :])


def _with(items: tuple[Any, ...], number: int, item: object) -> tuple[Any, ...]:
    return (*items[:number], item, *items[number + 1 :])


def told(history: History) -> str:
    """A history for people: who is live, the files, and one line for each step."""
    lines = [f"  live {document(one.role)}{' held' if one.held else ''}" for one in history.live]
    lines += [f"  file {document(file.role)} renamed_from={file.renamed_from}" for file in history.files]
    lines += [f"  the server {history.quirk}"] if history.quirk else []
    for step in history.steps:
        given = [f"{name}={value}" for name, value in step._asdict().items() if value and name != "verb"]
        lines.append(f"  {step.verb}: {'; '.join(given)}")
    return "\n".join(lines)
