"""The plan as a JSON document: what `plan --format json` prints, `plan --out` saves and `apply PLAN` reads back.

The keys are those of docs/interface.md, section "The plan in JSON", and a few more (`notes`, `roles`, `catalogue`, the
lines of a location) that `show` needs to render a saved plan in any format. When a document is read, everything that
is shown or counted is derived again from each change's before and after. The digest covers these, so a tampered file
cannot show one thing and do another.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.model.inert import encodable
from reconciler.model.policy_findings import finding_document
from reconciler.model.revisions import revision_document
from reconciler.model.roles import role_document
from reconciler.plan.action import Origin
from reconciler.plan.catalogue_changes import changes_document
from reconciler.plan.changes import Change, Plan, Update, id_of, source_of
from reconciler.plan.fields import field_changes
from reconciler.plan.origin import by_origin
from reconciler.plan.sources import Compared, Undo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.days import Day
    from reconciler.model.findings import Finding
    from reconciler.plan.ends import EndChanged
    from reconciler.plan.fields import FieldChange
    from reconciler.plan.only import LeftAlone
    from reconciler.plan.sources import Source

FORMAT_VERSION = "1.0"


def digest(plan: Plan) -> str:
    """Return `sha256:...` over the target, the id, before and after of every change, and `only` and the tenant if set.

    Two plans with the same digest make the same changes to the same tenant (docs/interface.md, "The plan in JSON").
    """
    narrowed: dict[str, str] = {} if plan.only is None else {"only": plan.only}
    narrowed |= {} if plan.tenant is None else {"tenant": plan.tenant}
    changes = [
        {"id": id_of(change, plan), "before": role_document(change.before), "after": role_document(change.after)}
        for change in plan.changes
    ]
    canonical = json.dumps(
        {"target": plan.target or None, "changes": changes, **narrowed}, sort_keys=True, separators=(",", ":")
    )
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _directories(source: Source) -> tuple[str, ...]:
    return () if isinstance(source, Undo) else (source.path, *source.later)


def to_document(plan: Plan, created_at: str) -> dict[str, Any]:
    """Return the document as plain values, keys in the order of docs/interface.md. `created_at` is RFC 3339 in UTC."""
    return {
        "format_version": FORMAT_VERSION,
        "reconciler_version": __version__,
        "created_at": created_at,
        "target": {"url": plan.target or None, **({} if plan.tenant is None else {"tenant": plan.tenant})},
        "source": {
            "roles_dir": encodable(plan.source.path),
            "digest": None if isinstance(plan.source, Undo) else plan.source.digest,
            "commit": plan.source.commit,
            "edited": plan.source.edited,
            "base": plan.source.base if isinstance(plan.source, Compared) else None,
            "roles_dirs": [encodable(path) for path in _directories(plan.source)],
        },
        "changes": [_change(change, plan) for change in plan.changes],
        "unchanged": [role.name for role in plan.unchanged],
        "unmanaged": [role.name for role in plan.unmanaged],
        "unmanaged_roles": _unmanaged(plan),
        "ignored": [role.name for role in plan.ignored],
        "refused": list(map(_refusal, plan.refused)),
        "system": [role.name for role in plan.system],
        "summary": summary_document(plan),
        "notes": list(plan.notes),
        "only": plan.only,
        "left_alone": list(map(_left_alone, plan.left_alone)),
        "today": _day(plan.today),
        "looks_ahead": plan.looks_ahead,
        "valid_until": _day(plan.valid_until),
        "ends_changed": None if plan.ends_changed is None else list(map(_end_changed, plan.ends_changed)),
        "findings": list(map(finding_document, plan.findings)),
        "sensitive": sorted(plan.sensitive),
        "rules_changed": None if plan.rules_changed is None else [each._asdict() for each in plan.rules_changed],
        "base_findings": None if plan.base_findings is None else list(map(finding_document, plan.base_findings)),
        "roles": {
            key: [role_document(role) for role in getattr(plan, key)]
            for key in ("unchanged", "kept", "unmanaged", "ignored", "system")
        },
        "catalogue": [
            {
                "code": entry.code,
                "name": entry.name,
                "category": entry.category,
                "description": entry.description,
                "id": entry.id,
            }
            for entry in sorted(plan.catalogue.values(), key=lambda entry: (entry.category, entry.code))
        ],
        "catalogue_changes": changes_document(plan.catalogue_changes) if plan.catalogue_changes is not None else None,
        "digest": digest(plan),
    }


def dumps(plan: Plan, created_at: str) -> str:
    """Return the document as a string. All non-ASCII is escaped, so hostile text is inert in a terminal too.

    `##[` is escaped because the runner of GitHub Actions reads it as a command anywhere in a line of a log.
    """
    return indented(to_document(plan, created_at)).replace("##[", "#\\u0023[") + "\n"


def indented(document: dict[str, Any]) -> str:
    """Return what `json.dumps` with an indent of 2 returns, ten times as fast if all of it is printable ASCII.

    Python writes indented JSON without its C encoder: for thousands of plans, that takes longer than all else.
    """
    from pydantic_core import PydanticSerializationError, to_json  # noqa: PLC0415 - offline commands need none of it

    try:
        text = to_json(document, indent=2)
    except PydanticSerializationError:  # a lone surrogate
        text = b"\x7f"
    if not text.isascii() or b"\x7f" in text:
        return json.dumps(document, indent=2)
    return text.decode("ascii")


def summary_document(plan: Plan) -> dict[str, Any]:
    """Return the counts of a plan, as they are in its document."""
    summary = plan.summary()
    shares = by_origin(plan)
    split = {} if shares is None else {"by_origin": {key: share._asdict() for key, share in shares._asdict().items()}}
    return {
        "create": summary.create,
        "update": summary.update,
        "delete": summary.delete,
        "unchanged": summary.unchanged,
        "unmanaged": summary.unmanaged,
        "grants": summary.grants,
        "revokes": summary.revokes,
        "verdict": summary.verdict.value,
        "revokes_ended": summary.revokes_ended,
        **split,
    }


def _refusal(finding: Finding) -> dict[str, Any]:
    return {"name": finding.role, "reason": finding.sentence}


def _unmanaged(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"name": role.name, "id": role_id, "permissions": sorted(role.permissions)}
        for role, role_id in plan.unmanaged_with_ids()
    ]


def _change(change: Change, plan: Plan) -> dict[str, Any]:
    fields = field_changes(change.before, change.after) if isinstance(change, Update) else ()
    return {
        "action": change.action.value,
        "name": change.name,
        "id": id_of(change, plan),
        "renamed_from": change.renamed_from if isinstance(change, Update) else None,
        "before": role_document(change.before),
        "after": role_document(change.after),
        "fields": [field._asdict() for field in fields],
        "permissions": {"granted": sorted(change.granted), "revoked": sorted(change.revoked)},
        "sources": _sources(change),
        "terms": _terms(change),
        "ended": [{"code": code, "until": _day(grant.until)} for code, grant in sorted(change.ended.items())],
        "since": {code: revision_document(revision) for code, revision in sorted(change.since.items())},
        "verdict": change.verdict.value,
        "origin": change.origin.value,
        **(_origins(change, fields) if plan.compared else {}),
        "location": _location(change),
        "replaces": _replaces(change),
    }


def _left_alone(change: LeftAlone) -> dict[str, Any]:
    return {
        "name": change.name,
        "action": change.action.value,
        "granted": list(change.granted),
        "fields": [field._asdict() for field in change.fields],
        "renamed_from": change.renamed_from,
    }


def _origins(change: Change, fields: Iterable[FieldChange]) -> dict[str, Any]:
    """Return `drift`, `ended` or `edit` for each code that the change grants or revokes, and for each of its fields."""
    origins = dict.fromkeys(change.drifted, Origin.DRIFT) | dict.fromkeys(change.ended, Origin.ENDED)
    drifted = change.drifted_fields if isinstance(change, Update) else ()
    return {
        "permissions_origin": {
            code: origins.get(code, Origin.EDIT).value for code in sorted(change.granted | change.revoked)
        },
        "fields_origin": {path: (Origin.DRIFT if path in drifted else Origin.EDIT).value for path, _, _ in fields},
    }


def _sources(change: Change) -> dict[str, Any]:
    """Return the item of a role file that gives the role each granted code."""
    sources = ((code, source_of(change, code)) for code in sorted(change.granted))
    return {
        code: {"path": source.place.path, "line": source.place.line, "set": source.set, "pattern": source.pattern}
        for code, source in sources
        if source is not None
    }


def _terms(change: Change) -> dict[str, Any]:
    """Return the end and the reason of each granted code that has one of them."""
    granted = ((code, change.grants[code]) for code in sorted(change.granted & change.grants.keys()))
    return {
        code: {"until": _day(grant.until), "reason": grant.reason or None}
        for code, grant in granted
        if grant.until is not None or grant.reason
    }


def _end_changed(end: EndChanged) -> dict[str, Any]:
    place = end.place
    return {
        "role": end.role,
        "code": end.code,
        "before": _day(end.before),
        "after": _day(end.after),
        "location": {"path": place.path, "line": place.line, "column": place.column},
    }


def _day(day: Day | None) -> str | None:
    return None if day is None else day.isoformat()


def _replaces(change: Change) -> dict[str, Any] | None:
    """Return where an earlier directory defines the role that the change's role replaces."""
    place = None if change.location is None else change.location.replaces
    return None if place is None else {"path": place.path, "line": place.line}


def _location(change: Change) -> dict[str, Any] | None:
    location = change.location
    if location is None:
        return None
    marks = {code: location.marks[code][0] for code in sorted(change.granted) if code in location.marks}
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "permissions_line": location.permissions_line,
        "code_lines": marks,
    }
