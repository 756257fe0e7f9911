"""The contract's schemas, for FastAPI to check requests by and to describe answers with."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


def _without_default(schema: dict[str, Any]) -> None:
    """An absent field of a PATCH means "as it is", so the schema must not show a default for it."""
    schema.pop("default")


class RoleBody(BaseModel):
    """One role as the API answers it."""

    model_config = ConfigDict(title="Role")

    id: UUID
    name: str
    description: str
    is_system: Annotated[bool, Field(description="A built-in role; it can be neither deleted nor renamed.")]
    created_at: AwareDatetime
    updated_at: AwareDatetime
    permissions: Annotated[list[str], Field(description="The codes that the role holds, sorted.")] = []


class RoleCreate(BaseModel):
    """What creates a role."""

    model_config = ConfigDict(strict=True)

    name: Annotated[str, Field(min_length=1)]
    permissions: list[str]
    description: str = ""


class RoleUpdate(BaseModel):
    """What changes a role; a field that is left out stays as it is."""

    model_config = ConfigDict(strict=True)

    name: Annotated[str, Field(json_schema_extra=_without_default)] = ""
    description: Annotated[str, Field(json_schema_extra=_without_default)] = ""
    permissions: Annotated[list[str], Field(json_schema_extra=_without_default)] = []


class PermissionBody(BaseModel):
    """One permission of the catalogue."""

    model_config = ConfigDict(title="Permission")

    id: UUID
    code: Annotated[str, Field(description="`category.action`, for example `campaigns.manage`")]
    name: str
    description: str
    category: str


class Deleted(BaseModel):
    """The role is gone."""

    message: str
    role_id: UUID


class Error(BaseModel):
    """Any failure."""

    error: str
