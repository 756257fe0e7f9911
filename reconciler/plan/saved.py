"""Read a saved plan from its JSON document, which `document` writes.

Everything that is shown or counted is derived again from each change's before and after. The digest covers these, so a
tampered file cannot show one thing and do another.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ValidationError

from reconciler.model.catalogue import Permission
from reconciler.model.errors import StalePlan
from reconciler.model.findings import Finding
from reconciler.model.inert import quoted, visible
from reconciler.model.policy_findings import order
from reconciler.model.roles import Role, id_key, normalise_name
from reconciler.plan.changes import Change, Plan
from reconciler.plan.document import digest
from reconciler.plan.ends import EndChanged
from reconciler.plan.only import Only, revokes_of
from reconciler.plan.saved_catalogue import CatalogueChangesModel
from reconciler.plan.saved_changes import ChangeModel, LeftAloneModel, RoleModel
from reconciler.plan.saved_findings import FindingModel, RuleChangeModel
from reconciler.plan.saved_values import MaybeDay, Model, PlaceModel, misfit, other_file
from reconciler.plan.sources import Compared, RoleFiles, Source, Undo


def loads(text: str, path: str) -> tuple[Plan, str]:
    """Return the saved plan and its `created_at`. `path` is for messages.

    Raise `StalePlan` when the text is not a plan, has a version that this reconciler does not read, contradicts itself,
    or does not fit its digest because it was changed.
    """
    try:
        document = _Document.model_validate_json(text)
    except ValidationError as error:
        message = f"{visible(path)} is not a saved plan: {misfit(error)}; run `reconciler plan --out` again"
        raise StalePlan(other_file(text, path) or message) from None
    plan = document.to_plan()
    if digest(plan) != document.digest:
        message = f"{visible(path)} was changed after it was made: its digest does not match its content"
        raise StalePlan(f"{message}; run `reconciler plan --out` again")
    return plan, document.created_at


def _check(changes: Sequence[Change]) -> None:
    """Raise `StalePlan` when the changes break a rule that every plan of reconciler follows.

    The digest has no key, so anyone can forge it. Names must be normalised, so no other spelling of a system role's
    name passes. No two changes may have the same id or the same new name.
    """
    ids = [id_key(change.id) for change in changes if change.id is not None]
    names = [change.after.name for change in changes if change.after is not None]
    for role in (role for change in changes for role in (change.before, change.after) if role is not None):
        if role.name != normalise_name(role.name):
            message = f"the saved plan contains the name {quoted(role.name)}, which reconciler never writes"
            raise StalePlan(f"{message}; run `reconciler plan --out` again")
    if len(set(ids)) < len(ids) or len(set(names)) < len(names):
        message = "the saved plan changes one role twice, or gives one name to two roles"
        raise StalePlan(f"{message}; run `reconciler plan --out` again")


def _check_only(changes: Sequence[Change], only: Only | None) -> None:
    """Raise `StalePlan` when a plan that says that it only revokes does more than that."""
    if only is not None and _effects(changes) != _effects(revokes_of(changes)):
        message = f"the saved plan was made with `--only {only}`, but it does more than that"
        raise StalePlan(f"{message}; run `reconciler plan --out` again")


def _effects(changes: Sequence[Change]) -> list[tuple[str | None, Role | None, Role | None]]:
    return [(change.id, change.before, change.after) for change in changes]


class _Model(Model, BaseModel):
    """The base of what only this module reads; ruff knows `BaseModel`, so it allows defaults that are lists."""


class _Target(_Model):
    """The tenant, or null: a comparison has no URL, and a plan without tenants no name."""

    url: str | None
    tenant: str | None = None


class _Source(_Model):
    """The source of a plan. It is an undo if it has no digest; then `roles_dir` is the journal.

    It is a comparison if it has a base.
    """

    roles_dir: str
    digest: str | None
    commit: str | None = None
    edited: bool | None = None
    base: str | None = None
    roles_dirs: list[str] = []

    def to_source(self) -> Source:
        if self.digest is None:
            return Undo(self.roles_dir, self.commit, self.edited)
        later = tuple(self.roles_dirs[1:])
        if self.base is not None:
            return Compared(self.roles_dir, self.digest, self.base, self.commit, later, self.edited)
        return RoleFiles(self.roles_dir, self.digest, self.commit, later, self.edited)


class _Refusal(_Model):
    """A refused role. `reason` is the whole sentence, which ends with the hint."""

    name: str
    reason: str


class _Roles(_Model):
    unchanged: list[RoleModel] = []
    kept: list[RoleModel] = []
    unmanaged: list[RoleModel] = []
    ignored: list[RoleModel] = []
    system: list[RoleModel] = []


class _UnmanagedModel(_Model):
    name: str
    id: str | None = None


class _Summary(_Model):
    """The counts, which are derived again. `by_origin` is set if the plan was made with `--base`."""

    by_origin: dict[str, object] | None = None


class _Permission(_Model):
    code: str
    name: str
    category: str
    description: str = ""
    id: str | None = None

    def to_permission(self) -> Permission:
        return Permission(self.code, self.name, self.category, self.description, self.id)


class _EndChangedModel(_Model):
    role: str
    code: str
    before: MaybeDay = None
    after: MaybeDay = None
    location: PlaceModel

    def to_end_changed(self) -> EndChanged:
        return EndChanged(self.role, self.code, self.before, self.after, self.location.to_place())


class _Document(_Model):
    format_version: str
    created_at: str
    target: _Target
    source: _Source
    changes: list[ChangeModel]
    refused: list[_Refusal] = []
    notes: list[str] = []
    only: Only | None = None
    left_alone: list[LeftAloneModel] = []
    findings: list[FindingModel] = []
    sensitive: list[str] = []
    rules_changed: list[RuleChangeModel] | None = None
    base_findings: list[FindingModel] | None = None
    roles: _Roles = _Roles()
    unmanaged_roles: list[_UnmanagedModel] = []
    summary: _Summary = _Summary()
    catalogue: list[_Permission] = []
    catalogue_changes: CatalogueChangesModel | None = None
    today: MaybeDay = None
    looks_ahead: bool = False
    valid_until: MaybeDay = None
    ends_changed: list[_EndChangedModel] | None = None
    digest: str

    def to_plan(self) -> Plan:
        """Return the plan. Raise `StalePlan` when it has another major version or a change contradicts itself."""
        if not self.format_version.startswith("1."):
            message = f"the saved plan has format version {visible(self.format_version)}, but this reconciler reads 1.x"
            raise StalePlan(f"{message}; use the version that made it, or run `reconciler plan --out` again")
        source = self.source.to_source()
        changes = []
        for model in self._with_ids(source):
            change = model.to_change()
            if change is None:
                message = f"the saved plan contains an invalid change (action {model.action})"
                raise StalePlan(f"{message}; run `reconciler plan --out` again")
            changes.append(change)
        _check(changes)
        _check_only(changes, self.only)
        findings = tuple(sorted((model.to_finding() for model in self.findings), key=order))
        told = {(finding.role, finding.sentence): finding for finding in findings}
        refused = (Finding("refused", model.reason, role=model.name) for model in self.refused)
        return Plan(
            target=self.target.url or "",
            tenant=self.target.tenant,
            source=source,
            changes=tuple(changes),
            unchanged=tuple(model.to_role() for model in self.roles.unchanged),
            unmanaged=tuple(model.to_role() for model in self.roles.unmanaged),
            ignored=tuple(model.to_role() for model in self.roles.ignored),
            system=tuple(model.to_role() for model in self.roles.system),
            refused=tuple(told.get((finding.role, finding.sentence), finding) for finding in refused),
            notes=tuple(self.notes),
            findings=findings,
            sensitive=frozenset(self.sensitive),
            rules_changed=None if self.rules_changed is None else tuple(m.to_change() for m in self.rules_changed),
            base_findings=None if self.base_findings is None else tuple(m.to_finding() for m in self.base_findings),
            unmanaged_ids=self._unmanaged_ids(),
            only=self.only,
            left_alone=tuple(model.to_left_alone() for model in self.left_alone),
            kept=tuple(model.to_role() for model in self.roles.kept),
            compared=self.summary.by_origin is not None,
            today=self.today,
            looks_ahead=self.looks_ahead,
            valid_until=self.valid_until,
            ends_changed=None if self.ends_changed is None else tuple(m.to_end_changed() for m in self.ends_changed),
            catalogue={model.code: model.to_permission() for model in self.catalogue},
            catalogue_changes=self.catalogue_changes.to_changes() if self.catalogue_changes is not None else None,
        )

    def _with_ids(self, source: Source) -> Sequence[ChangeModel]:
        """Return the changes. Raise `StalePlan` unless a comparison, and nothing else, has neither tenant nor ids."""
        if not isinstance(source, Compared):
            if self.target.url is None:
                raise StalePlan("the saved plan has no target.url; run `reconciler plan --out` again")
            return self.changes
        if self.target.url is not None or any(model.id is not None for model in self.changes):
            message = "the comparison of role files has a target.url or an id, which it cannot have"
            raise StalePlan(f"{message}; run `reconciler diff --format json` again")
        return [model.compared() for model in self.changes]

    def _unmanaged_ids(self) -> tuple[str, ...]:
        """Return the ids of the unmanaged roles in their order, or an empty tuple if the document lacks any of them."""
        ids = [model.id for model in self.unmanaged_roles if model.id is not None]
        named = [model.name for model in self.unmanaged_roles] == [model.name for model in self.roles.unmanaged]
        return tuple(ids) if named and len(ids) == len(self.unmanaged_roles) else ()
