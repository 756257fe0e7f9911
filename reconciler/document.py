"""The plan as a JSON document: what `plan --format json` prints, `plan --out` saves and `apply PLAN` reads back.

The keys are the interface's, section "The plan in JSON", plus a few of our own (`notes`, `roles`, `catalogue`, and the
lines of a location) with which `show` renders a saved plan in any format. Read back, everything that is shown or
counted is derived again from each change's before and after, which the digest covers: a tampered file cannot show one
thing and do another.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from reconciler import __version__
from reconciler.diff import field_changes
from reconciler.errors import StalePlan
from reconciler.inert import visible
from reconciler.plan import Change, Create, Delete, Origin, Plan, Refusal, Source, Update, granted, revoked, verdict_of
from reconciler.roles import Location, Permission, Role

FORMAT_VERSION = "1.0"


def digest(plan: Plan) -> str:
    """`sha256:...` over the target and every change's id, before and after.

    Two plans with one digest do the same thing to the same tenant (the interface, "The plan in JSON").
    """
    changes = [
        {"id": change.id, "before": _role(change.before), "after": _role(change.after)} for change in plan.changes
    ]
    canonical = json.dumps({"target": plan.target, "changes": changes}, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def to_document(plan: Plan, created_at: str) -> dict[str, Any]:
    """The document as plain values in the interface's order of keys. `created_at` is RFC 3339 in UTC."""
    summary = plan.summary()
    return {
        "format_version": FORMAT_VERSION,
        "reconciler_version": __version__,
        "created_at": created_at,
        "target": {"url": plan.target},
        "source": {
            "roles_dir": plan.source.roles_dir,
            "digest": plan.source.digest,
            "commit": plan.source.commit,
        },
        "changes": [_change(change) for change in plan.changes],
        "unchanged": [role.name for role in plan.unchanged],
        "unmanaged": [role.name for role in plan.unmanaged],
        "ignored": [role.name for role in plan.ignored],
        "refused": [{"name": refusal.name, "reason": refusal.reason} for refusal in plan.refused],
        "system": [role.name for role in plan.system],
        "summary": {
            "create": summary.create,
            "update": summary.update,
            "delete": summary.delete,
            "unchanged": summary.unchanged,
            "grants": summary.grants,
            "revokes": summary.revokes,
            "verdict": summary.verdict.value,
        },
        "notes": list(plan.notes),
        "roles": {
            key: [_role(role) for role in getattr(plan, key)] for key in ("unchanged", "unmanaged", "ignored", "system")
        },
        "catalogue": [
            {"code": entry.code, "name": entry.name, "category": entry.category}
            for entry in sorted(plan.catalogue.values(), key=lambda entry: (entry.category, entry.code))
        ],
        "digest": digest(plan),
    }


def dumps(plan: Plan, created_at: str) -> str:
    """The document as text. All non-ASCII is escaped, so that hostile text in it stays inert in a terminal too.

    And so is `##[`, which the runner of GitHub Actions takes for a command anywhere in a line of a log.
    """
    return json.dumps(to_document(plan, created_at), indent=2).replace("##[", "#\\u0023[") + "\n"


def loads(text: str, path: str) -> tuple[Plan, str]:
    """Read a saved plan back: the plan and its `created_at`. `path` is for messages.

    Raises `StalePlan` where the text is no plan of a version that this reconciler reads, or where its digest shows that
    somebody changed it after it was made.
    """
    try:
        document = _Document.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        message = f"{visible(path)} is not a saved plan: {visible(where)}: {visible(first['msg'])}; make it anew"
        raise StalePlan(f"{message} with `reconciler plan --out`") from None
    plan = document.to_plan()
    if digest(plan) != document.digest:
        message = f"{visible(path)} was changed after it was made: its digest does not fit its content"
        raise StalePlan(f"{message}; make it anew with `reconciler plan --out`")
    return plan, document.created_at


def _role(role: Role | None) -> dict[str, Any] | None:
    if role is None:
        return None
    return {"name": role.name, "description": role.description, "permissions": sorted(role.permissions)}


def _change(change: Change) -> dict[str, Any]:
    fields = field_changes(change.before, change.after) if isinstance(change, Update) else ()
    return {
        "action": action_of(change),
        "name": change.name,
        "id": change.id,
        "renamed_from": change.renamed_from if isinstance(change, Update) else None,
        "before": _role(change.before),
        "after": _role(change.after),
        "fields": [{"path": field.path, "before": field.before, "after": field.after} for field in fields],
        "permissions": {"granted": sorted(granted(change)), "revoked": sorted(revoked(change))},
        "verdict": verdict_of(change).value,
        "origin": change.origin.value,
        "location": _location(change),
    }


def action_of(change: Change) -> Literal["create", "update", "delete"]:
    """The word for a change in documents, outcomes and journals."""
    match change:
        case Create():
            return "create"
        case Update():
            return "update"
        case Delete():
            return "delete"


def _location(change: Change) -> dict[str, Any] | None:
    location = change.location
    if location is None:
        return None
    marks = {code: location.marks[code][0] for code in sorted(granted(change)) if code in location.marks}
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "permissions_line": location.permissions_line,
        "code_lines": marks,
    }


class _Model(BaseModel):
    """Strict about what it names, silent about the rest: a later 1.x may add keys."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _RoleModel(_Model):
    name: str
    description: str
    permissions: list[str]

    def to_role(self) -> Role:
        return Role(self.name, self.description, frozenset(self.permissions))


class _LocationModel(_Model):
    path: str
    line: int
    column: int = 1
    permissions_line: int = 0
    code_lines: dict[str, int] = {}

    def to_location(self) -> Location:
        marks = {code: (line, 1) for code, line in self.code_lines.items()}
        return Location(self.path, self.line, self.column, self.permissions_line, marks)


class _ChangeModel(_Model):
    action: Literal["create", "update", "delete"]
    id: str | None
    before: _RoleModel | None
    after: _RoleModel | None
    origin: str = "unknown"
    location: _LocationModel | None = None

    def to_change(self) -> Change | None:
        """The change, or None where action, id, before and after do not go together."""
        origin = Origin(self.origin) if self.origin in set(Origin) else Origin.UNKNOWN
        location = self.location.to_location() if self.location else None
        match self:
            case _ChangeModel(action="create", id=None, before=None, after=_RoleModel() as after):
                return Create(after.to_role(), location, origin)
            case _ChangeModel(
                action="update", id=str() as id_, before=_RoleModel() as before, after=_RoleModel() as after
            ):
                return Update(id_, before.to_role(), after.to_role(), location, origin)
            case _ChangeModel(action="delete", id=str() as id_, before=_RoleModel() as before, after=None):
                return Delete(id_, before.to_role(), origin)
            case _:
                return None


class _Target(_Model):
    url: str


class _Source(_Model):
    roles_dir: str
    digest: str | None
    commit: str | None = None


class _Refusal(_Model):
    name: str
    reason: str


class _Roles(_Model):
    unchanged: list[_RoleModel] = []
    unmanaged: list[_RoleModel] = []
    ignored: list[_RoleModel] = []
    system: list[_RoleModel] = []


class _Permission(_Model):
    code: str
    name: str
    category: str


class _Document(_Model):
    format_version: str
    created_at: str
    target: _Target
    source: _Source
    changes: list[_ChangeModel]
    refused: list[_Refusal] = []
    notes: list[str] = []
    roles: _Roles = _Roles()
    catalogue: list[_Permission] = []
    digest: str

    def to_plan(self) -> Plan:
        """The plan; raises `StalePlan` for another major version and for a change that contradicts itself."""
        if not self.format_version.startswith("1."):
            message = f"the saved plan has format version {visible(self.format_version)}, and this reconciler reads 1.x"
            raise StalePlan(f"{message}; use the version that made it, or make it anew")
        changes = []
        for model in self.changes:
            change = model.to_change()
            if change is None:
                message = f"the saved plan contradicts itself in a change of action {model.action}"
                raise StalePlan(f"{message}; make it anew with `reconciler plan --out`")
            changes.append(change)
        return Plan(
            target=self.target.url,
            source=Source(self.source.roles_dir, self.source.digest, self.source.commit),
            changes=tuple(changes),
            unchanged=tuple(model.to_role() for model in self.roles.unchanged),
            unmanaged=tuple(model.to_role() for model in self.roles.unmanaged),
            ignored=tuple(model.to_role() for model in self.roles.ignored),
            system=tuple(model.to_role() for model in self.roles.system),
            refused=tuple(Refusal(model.name, model.reason) for model in self.refused),
            notes=tuple(self.notes),
            catalogue={m.code: Permission(m.code, m.name, m.category) for m in self.catalogue},
        )
