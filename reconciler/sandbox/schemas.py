"""The contract's schemas: FastAPI checks requests and describes answers with them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _encodable(text: str) -> str:
    """Return `text`. Raise `ValueError` for a lone surrogate: JSON allows it (RFC 8259, section 8.2), UTF-8 not."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("text must not hold half a surrogate pair") from error
    return text


_Text = Annotated[str, AfterValidator(_encodable)]


def _without_default(schema: dict[str, Any]) -> None:
    """Remove the default: an absent field of a PATCH means "unchanged", so the schema must not show one."""
    schema.pop("default")


class Role(BaseModel):
    """One role as the API answers it."""

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

    name: Annotated[_Text, Field(min_length=1)]
    permissions: list[_Text]
    description: _Text = ""


class RoleUpdate(BaseModel):
    """What changes a role; a field that is left out stays as it is."""

    model_config = ConfigDict(strict=True)

    name: Annotated[_Text, Field(json_schema_extra=_without_default)] = ""
    description: Annotated[_Text, Field(json_schema_extra=_without_default)] = ""
    permissions: Annotated[list[_Text], Field(json_schema_extra=_without_default)] = []


class Permission(BaseModel):
    """One permission of the catalogue."""

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
