"""Workflow commands of GitHub Actions: annotations in a pull request, whose data cannot be a command itself.

A command is a line `::name key=value,key=value::message`. The toolkit's `command.ts` defines which characters are
escaped, and the runner's `ActionCommand.cs` decodes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from reconciler.model.inert import visible

if TYPE_CHECKING:
    from reconciler.model.findings import Place

MOST = 10
"""GitHub shows ten annotations of each level for one step, and drops the rest silently."""

Level = Literal["error", "warning", "notice"]


class Annotation(NamedTuple):
    """An annotation before it is a line: what it is about is its title."""

    level: Level
    message: str
    place: Place | None
    title: str

    @property
    def line(self) -> str:
        """Return one line without its end."""
        place = self.place
        where: dict[str, str | int] = (
            {} if place is None else {"file": place.path, "line": place.line, "col": place.column}
        )
        return annotation(self.level, self.message, {**where, "title": self.title})


def annotation(level: Level, message: str, properties: Mapping[str, str | int]) -> str:
    """Return one line without its end. All data is made visible first, so it cannot control the log."""
    shown = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{level} {shown}::{_data(message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
