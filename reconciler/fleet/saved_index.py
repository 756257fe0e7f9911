"""Read an index of saved plans from its JSON document, which `index` writes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from reconciler.fleet.index import Entry, Index, is_tenant_name, shard_of_file
from reconciler.fleet.part import ShardOf
from reconciler.model.errors import StalePlan
from reconciler.model.inert import visible
from reconciler.plan.action import Action, Verdict
from reconciler.plan.saved_values import Model, misfit

AGAIN = "run `reconciler plan --out` again"


class _Model(Model, BaseModel):
    """The base of what only this module reads; ruff knows `BaseModel`, so it allows defaults that are lists."""


class _Entry(_Model):
    digest: str | None
    result: Literal["changes", "no_changes", "refused", "invalid", "failed"]
    summary: dict[str, Any] | None
    error: str | None


class _Change(_Model):
    action: Action
    name: str
    renamed_from: str | None
    granted: list[str]
    revoked: list[str]
    fields: list[dict[str, str]]


class _Effect(_Model):
    tenants: list[str]
    changes: list[_Change]
    verdict: Verdict


class _Document(_Model):
    format_version: str
    created_at: str
    commit: str | None
    edited: bool | None = None
    shard: str | None
    names: list[str]
    tenants: dict[str, _Entry]
    effects: list[_Effect]
    digest: str


def loads(text: str, file: str, path: str) -> Index:
    """Return the index in `text`, the content of the file `file` of a directory. `path` is for messages.

    Raise `StalePlan` when the text is not an index, has a version that this reconciler does not read, contradicts
    itself or its file name, or does not fit its digest because it was changed.
    """
    try:
        document = _Document.model_validate_json(text)
    except ValidationError as error:
        message = f"{visible(path)} is not an index of saved plans: {misfit(error)}"
        raise StalePlan(f"{message}; {AGAIN}") from None
    if not document.format_version.startswith("1."):
        version = visible(document.format_version)
        message = f"{visible(path)} has format version {version}, but this reconciler reads 1.x"
        raise StalePlan(f"{message}; use the version that made it, or {AGAIN}")
    index = Index(
        document.created_at,
        document.commit,
        _shard(document.shard),
        {name: Entry(**entry.model_dump()) for name, entry in sorted(document.tenants.items())},
        tuple(sorted(document.names)),
        document.edited,
    )
    problem = _problem(index, document, file)
    if problem:
        raise StalePlan(f"{visible(path)} {problem}; {AGAIN}")
    return index


def _shard(text: str | None) -> ShardOf | None:
    if text is None:
        return None
    return shard_of_file(f"fleet-{text.replace('/', '-of-')}.json") or ShardOf(-1, 0)


def _problem(index: Index, document: _Document, file: str) -> str:
    """Return how the index contradicts itself or the name of its file; empty if it does not."""
    if index.file != file:
        return "is not the index that its file name says"
    names = {*index.tenants, *index.names}
    if bad := sorted(name for name in names if not is_tenant_name(name)):
        return f"names a tenant {visible(bad[0])}, which is not a valid name"
    if len(set(index.names)) < len(index.names) or not index.tenants.keys() <= set(index.names):
        return "contradicts itself: its lists of tenants differ"
    if index.shard is None and len(index.tenants) < len(index.names):
        return "contradicts itself: it is of no shard, but has only a part of the tenants"
    if index.digest != document.digest:
        return "was changed after it was made: its digest does not match its content"
    return ""
