"""Read the small values of saved documents: days and places. Say what does not fit in one."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from reconciler.model.days import Day, read_day
from reconciler.model.findings import Place
from reconciler.model.inert import visible


class Model(BaseModel):
    """Check the known keys strictly and ignore the others, because a later 1.x may add keys."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def misfit(error: ValidationError) -> str:
    """Return the first thing that does not fit, as `place: what is wrong`, for a message."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the document"
    return f"{visible(where)}: {visible(first['msg'])}"


def other_file(text: str, path: str) -> str:
    """Return what a file is that is not a saved plan, as a whole message; empty if it is JSON of another kind."""
    first = text.lstrip().partition("\n")[0]
    shown = visible(path)
    if not first.startswith("{"):
        if first[:1] == "[" or first.strip() == "null":
            return ""
        what = "it is not JSON" if first else "it is empty"
        return f"{shown} is not a saved plan: {what}. hint: `reconciler plan --out FILE` writes one"
    try:
        line = json.loads(first)  # each line of a journal is one object
    except (ValueError, RecursionError):
        line = {}
    if "kind" in line and "changes" not in line:
        return f"{shown} is a journal, not a saved plan; `reconciler undo {shown}` plans how to undo it"
    if '"outcomes"' in text and '"changes"' not in text:
        return f"{shown} is the report of an apply, not a saved plan; `apply` needs the file of `reconciler plan --out`"
    return ""


def _read_a_day(text: object) -> Day:
    """Return a day. Raise `ValueError` when it is not one."""
    day = read_day(text) if isinstance(text, str) else None
    if day is None:
        raise ValueError("not a date, written YYYY-MM-DD")
    return day


def _read_day(text: object) -> Day | None:
    return None if text is None else _read_a_day(text)


DayModel = Annotated[Day, BeforeValidator(_read_a_day)]
"""A day as text."""

MaybeDay = Annotated[Day | None, BeforeValidator(_read_day)]
"""A day as text, or null."""


class PlaceModel(Model):
    """A place in a file."""

    path: str
    line: int
    column: int = 1

    def to_place(self) -> Place:
        """Return the place."""
        return Place(self.path, self.line, self.column)
