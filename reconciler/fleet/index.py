"""The index of a directory of saved plans, `fleet.json`: which tenants there are, and which plan each has.

It is read as strictly as a saved plan. What is shown is not taken from it: it is derived from the plans again.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from reconciler.fleet.part import ShardOf
from reconciler.fleet.planned import Result
from reconciler.model.inert import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.fleet.effects import Effect
    from reconciler.fleet.planned import TenantPlan

FORMAT_VERSION = "1.0"
INDEX_FILE = "fleet.json"
RESULTS: tuple[Result, ...] = get_args(Result)

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SHARD_FILE = re.compile(r"fleet-(0|[1-9][0-9]{0,5})-of-([1-9][0-9]{0,5})\.json")


class Entry(NamedTuple):
    """What an index says of one tenant. `digest` is that of its plan, None if there is none."""

    digest: str | None
    result: Result
    summary: dict[str, Any] | None = None
    error: str | None = None


class Index(NamedTuple):
    """The content of an index. `names` are all tenants of the run, sorted; a shard has only some `tenants` of them.

    `edited` says whether their role files or locks differ from `commit`, None if it is unknown.
    """

    created_at: str
    commit: str | None
    shard: ShardOf | None
    tenants: Mapping[str, Entry]
    names: tuple[str, ...]
    edited: bool | None = None

    @property
    def file(self) -> str:
        """Return the name of the index."""
        return INDEX_FILE if self.shard is None else self.shard.file

    @property
    def digest(self) -> str:
        """Return `sha256:...` over the sorted lines `<tenant> <digest>`, of all tenants that have a plan."""
        return digest_of({name: entry.digest for name, entry in self.tenants.items() if entry.digest is not None})

    @property
    def plans(self) -> tuple[str, ...]:
        """Return the names of the tenants that have a plan, sorted."""
        return tuple(sorted(name for name, entry in self.tenants.items() if entry.digest is not None))


def digest_of(digests: Mapping[str, str]) -> str:
    """Return the digest of the plans of several tenants (name, digest of its plan)."""
    lines = "".join(sorted(f"{name} {digest}\n" for name, digest in digests.items()))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def index_of(
    plans: Iterable[TenantPlan],
    *,
    created_at: str,
    commit: str | None,
    names: Iterable[str],
    shard: ShardOf | None = None,
    edited: bool | None = None,
) -> Index:
    """Return the index of these plans. `names` are those of all tenants of the run."""
    tenants = {plan.name: Entry(plan.digest, plan.result, plan.summary, plan.error) for plan in plans}
    return Index(created_at, commit, shard, dict(sorted(tenants.items())), tuple(sorted(names)), edited)


def plan_file(tenant: str) -> str:
    """Return the name of the saved plan of a tenant."""
    return f"{tenant}.json"


def is_tenant_name(text: str) -> bool:
    """Return whether `text` can be the name of a tenant, and so of a file in the directory."""
    return _NAME.fullmatch(text) is not None and text != "fleet"


def shard_of_file(name: str) -> ShardOf | None:
    """Return the shard whose index has this file name; None for another name."""
    match = _SHARD_FILE.fullmatch(name)
    return None if match is None else ShardOf(int(match[1]), int(match[2]))


def to_document(index: Index, effects: Iterable[Effect]) -> dict[str, Any]:
    """Return the document as plain values, keys in the order of docs/interface.md."""
    return {
        "format_version": FORMAT_VERSION,
        "created_at": index.created_at,
        "commit": index.commit,
        "edited": index.edited,
        "shard": None if index.shard is None else str(index.shard),
        "names": list(index.names),
        "tenants": {name: entry._asdict() for name, entry in sorted(index.tenants.items())},
        "effects": list(map(_effect, effects)),
        "digest": index.digest,
    }


def dumps(index: Index, effects: Iterable[Effect]) -> str:
    """Return the document as text: ASCII only, and without `##[`, which GitHub's runner executes."""
    return json.dumps(to_document(index, effects), indent=2).replace("##[", "#\\u0023[") + "\n"


def _effect(effect: Effect) -> dict[str, Any]:
    changes = [
        {
            "action": change.action.value,
            "name": change.name,
            "renamed_from": change.renamed_from,
            "granted": list(change.granted),
            "revoked": list(change.revoked),
            "fields": [field._asdict() for field in change.fields],
        }
        for change in effect.changes
    ]
    return {"tenants": list(effect.tenants), "changes": changes, "verdict": effect.verdict.value}


def shown(names: Iterable[str], most: int = 5) -> str:
    """Return the names, made visible, of which at most `most` are listed."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(map(visible, every[:most])) + more
