"""Read the changes of a saved plan from its JSON document."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel

from reconciler.model.findings import Place
from reconciler.model.revisions import Revision
from reconciler.model.roles import Grant, Location, Role
from reconciler.plan.action import Action, Origin
from reconciler.plan.changes import Change, Create, Delete, Update
from reconciler.plan.fields import FieldChange
from reconciler.plan.only import LeftAlone
from reconciler.plan.saved_values import DayModel, MaybeDay, Model, PlaceModel


class _Model(Model, BaseModel):
    """The base of what only this module reads; ruff knows `BaseModel`, so it allows defaults that are lists."""


class RoleModel(_Model):
    """A role, as plans have it."""

    name: str
    description: str
    permissions: list[str]

    def to_role(self) -> Role:
        """Return the role."""
        return Role(self.name, self.description, frozenset(self.permissions))


class _LocationModel(_Model):
    path: str
    line: int
    column: int = 1
    permissions_line: int = 0
    code_lines: dict[str, int] = {}

    def to_location(self, replaces: PlaceModel | None) -> Location:
        marks = {code: (line, 1) for code, line in self.code_lines.items()}
        over = None if replaces is None else replaces.to_place()
        return Location(self.path, self.line, self.column, self.permissions_line, marks, over)


class _SourceModel(_Model):
    path: str
    line: int
    set: str | None = None
    pattern: str | None = None


class _TermsModel(_Model):
    until: MaybeDay = None
    reason: str | None = None


class _EndedModel(_Model):
    code: str
    until: MaybeDay


class _RevisionModel(_Model):
    date: DayModel
    commit: str | None = None
    subject: str
    authors: tuple[str, ...] = ()
    pull_request: int | None = None

    def to_revision(self) -> Revision:
        return Revision(self.date, self.commit, self.subject, self.authors, self.pull_request)


class ChangeModel(_Model):
    """One change, with where it comes from."""

    action: Action
    id: str | None
    before: RoleModel | None
    after: RoleModel | None
    origin: str = "unknown"
    permissions_origin: dict[str, str] = {}
    fields_origin: dict[str, str] = {}
    location: _LocationModel | None = None
    sources: dict[str, _SourceModel] = {}
    terms: dict[str, _TermsModel] = {}
    ended: list[_EndedModel] = []
    since: dict[str, _RevisionModel] = {}
    replaces: PlaceModel | None = None

    def compared(self) -> ChangeModel:
        """Return the change of a comparison with the earlier name in place of the id, as a comparison has it."""
        return self.model_copy(update={"id": None if self.before is None else self.before.name})

    def to_change(self) -> Change | None:
        """Return the change, or None if action, id, before and after contradict each other."""
        origin = Origin(self.origin) if self.origin in set(Origin) else Origin.UNKNOWN
        drifted = frozenset(code for code, where in self.permissions_origin.items() if where == Origin.DRIFT)
        location = self.location.to_location(self.replaces) if self.location else None
        match self:
            case ChangeModel(action=Action.CREATE, id=None, before=None, after=RoleModel() as after):
                return Create(after.to_role(), location, origin, drifted=drifted, grants=self._grants())
            case ChangeModel(
                action=Action.UPDATE, id=str() as id_, before=RoleModel() as before, after=RoleModel() as after
            ):
                return Update(
                    id_,
                    before.to_role(),
                    after.to_role(),
                    location,
                    origin,
                    drifted,
                    self._grants(),
                    self._ended(before.permissions, after.permissions),
                    self._since(before.permissions, after.permissions),
                    frozenset(path for path, where in self.fields_origin.items() if where == Origin.DRIFT),
                )
            case ChangeModel(action=Action.DELETE, id=str() as id_, before=RoleModel() as before, after=None):
                since = self._since(before.permissions, ())
                return Delete(id_, before.to_role(), origin, drifted=drifted, since=since)
            case _:
                return None

    def _grants(self) -> dict[str, Grant]:
        """Return the items that say more than that the role lists a code."""
        found = {}
        for code, source in self.sources.items():
            terms = self.terms.get(code, _TermsModel())
            if source.set or source.pattern or terms.until or terms.reason:
                place = Place(source.path, source.line)
                found[code] = Grant(place, source.set, source.pattern, terms.until, terms.reason or "")
        return found

    def _ended(self, before: Collection[str], after: Collection[str]) -> dict[str, Grant]:
        """Return the codes that are revoked because their grants ended. A code that is not revoked is left out."""
        nowhere = Place(self.location.path if self.location else "")
        return {
            model.code: Grant(nowhere, until=model.until)
            for model in self.ended
            if model.code in before and model.code not in after
        }

    def _since(self, before: Collection[str], after: Collection[str]) -> dict[str, Revision]:
        """Return what granted the codes that are revoked. A code that is not revoked is left out."""
        revoked = set(before) - set(after)
        return {code: model.to_revision() for code, model in self.since.items() if code in revoked}


class _FieldModel(_Model):
    path: str
    before: str
    after: str


class LeftAloneModel(_Model):
    """What a plan of one kind of changes leaves alone of a role."""

    name: str
    action: Action
    granted: list[str] = []
    fields: list[_FieldModel] = []
    renamed_from: str | None = None

    def to_left_alone(self) -> LeftAlone:
        """Return it."""
        fields = tuple(FieldChange(model.path, model.before, model.after) for model in self.fields)
        return LeftAlone(self.name, self.action, tuple(self.granted), fields, self.renamed_from)
