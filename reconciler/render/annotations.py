"""Workflow commands of GitHub Actions: annotations in a pull request, made of data that can be no command itself.

A command is a line `::name key=value,key=value::message`. What its parts must escape is written down in the toolkit's
`command.ts` and taken back by the runner's `ActionCommand.cs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.model.inert import visible

MOST = 10
"""GitHub shows ten annotations of each kind for one step, and drops the rest without a word."""

Kind = Literal["error", "warning", "notice"]


def annotation(kind: Kind, message: str, properties: Mapping[str, str | int]) -> str:
    """One line, without its end. Everything in it is made visible first, so that no log can be steered by it."""
    shown = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{kind} {shown}::{_data(message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
