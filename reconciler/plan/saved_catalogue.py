"""Read the catalogue changes of a saved plan from its JSON document."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from reconciler.model.catalogue import Permission
from reconciler.plan.catalogue_changes import CatalogueChanges, Changed, Listed, Renamed


class _Model(BaseModel):
    """Check the known keys strictly and ignore the others, because a later 1.x may add keys."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Listed(_Model):
    code: str
    name: str
    roles: list[str] = []

    def to_listed(self) -> Listed:
        return Listed(self.code, self.name, tuple(self.roles))


class _Renamed(_Model):
    before: str
    after: str
    name: str
    roles: list[str] = []

    def to_renamed(self) -> Renamed:
        return Renamed(self.before, self.after, self.name, tuple(self.roles))


class _Meaning(_Model):
    name: str
    description: str
    category: str
    id: str | None = None

    def to_permission(self, code: str) -> Permission:
        return Permission(code, self.name, self.category, self.description, self.id)


class _Changed(_Model):
    code: str
    before: _Meaning
    after: _Meaning
    roles: list[str] = []

    def to_changed(self) -> Changed:
        return Changed(self.before.to_permission(self.code), self.after.to_permission(self.code), tuple(self.roles))


class CatalogueChangesModel(_Model):
    """The four lists of `catalogue_changes`."""

    added: list[_Listed] = []
    removed: list[_Listed] = []
    renamed: list[_Renamed] = []
    changed: list[_Changed] = []

    def to_changes(self) -> CatalogueChanges:
        """Return the value that `changes_document` wrote."""
        return CatalogueChanges(
            tuple(model.to_listed() for model in self.added),
            tuple(model.to_listed() for model in self.removed),
            tuple(model.to_renamed() for model in self.renamed),
            tuple(model.to_changed() for model in self.changed),
        )
