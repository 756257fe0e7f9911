"""The content of a fresh sandbox: by default a tenant that has drifted from the `roles.d` of this repository.

=====================  ======  ==============================================================================
live role              agents  against `roles.d`
=====================  ======  ==============================================================================
campaign-manager       2       equal; its `renamed_from` (newsletter-editor) has no effect any more
integrations-engineer  1       equal
support-tier-1         6       equal
support-tier-2         3       has `contacts.export`, which the file does not grant; lacks `contacts.merge`
knowledge-editor       1       has `knowledge.delete`, which the file does not grant
billing-clerk          2       another description
shift-lead             2       becomes support-lead by `renamed_from`; lacks `agents.view`
night-shift            2       in no file; its delete is refused with 409, because agents have it
temp-export            0       in no file; can be deleted
(quality-reviewer)             in a file, not live: created
=====================  ======  ==============================================================================

The three system roles always exist. Two deletes and three revokes from roles that stay are within the default limits
of a plan.

The format of `--seed FILE`, which replaces all of the above except the system roles, is JSON::

    {"roles": [{"name": "support-lead", "description": "...", "permissions": ["contacts.view"],
                "is_system": false, "agents": 2}]}

`name` and `permissions` are required. A role named `admin`, `supervisor` or `agent` must have `"is_system": true` and
replaces the default one. `agents` is how many agents have the role.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reconciler.model.errors import FileFailed, InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.model.inert import quoted, visible
from reconciler.model.roles import SYSTEM_NAMES, normalise_name
from reconciler.sandbox.catalogue import CODES

_MOST_AGENTS = 10_000


class SeedRole(BaseModel):
    """One role of the seed. `name` is normalised like on the server when it is stored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str
    permissions: tuple[str, ...]
    description: str = ""
    is_system: bool = False
    agents: Annotated[int, Field(ge=0, le=_MOST_AGENTS)] = 0


class _SeedFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    roles: tuple[SeedRole, ...]


def _role(name: str, agents: int, description: str, permissions: str, *, is_system: bool = False) -> SeedRole:
    return SeedRole(
        name=name,
        permissions=tuple(permissions.split()),
        description=description,
        is_system=is_system,
        agents=agents,
    )


SYSTEM_ROLES = (
    _role("admin", 1, "Full access to the tenant.", " ".join(sorted(CODES)), is_system=True),
    _role(
        "supervisor",
        2,
        "Supervises agents and their work.",
        "agents.view audit.view automation.publish automation.view campaigns.approve campaigns.view contacts.edit "
        "contacts.view conversations.assign conversations.close conversations.note conversations.reopen "
        "conversations.transfer conversations.view divisions.manage divisions.view knowledge.view messages.delete "
        "messages.send messages.view reports.manage reports.view templates.approve templates.use templates.view",
        is_system=True,
    ),
    _role(
        "agent",
        12,
        "Works on conversations.",
        "contacts.view conversations.close conversations.note conversations.view messages.send messages.view "
        "templates.use",
        is_system=True,
    ),
)
"""The roles of every tenant (contract, `createRole`)."""

DEFAULT_ROLES = (
    _role(
        "campaign-manager",
        2,
        "Plans campaigns and sends approved ones.",
        "campaigns.manage campaigns.send campaigns.view contacts.import contacts.view reports.view templates.manage "
        "templates.view",
    ),
    _role(
        "integrations-engineer",
        1,
        "Looks after integrations, webhooks and bots.",
        "automation.manage automation.view channels.view integrations.install integrations.manage integrations.view "
        "settings.view webhooks.manage webhooks.replay webhooks.view",
    ),
    _role(
        "support-tier-1",
        6,
        "Answers customers first.",
        "contacts.view conversations.close conversations.note conversations.transfer conversations.view "
        "knowledge.view messages.send messages.view templates.use",
    ),
    _role(
        "support-tier-2",
        3,
        "Takes over what tier 1 cannot solve.",
        "contacts.edit contacts.export contacts.view conversations.close conversations.note conversations.reopen "
        "conversations.transfer conversations.view knowledge.view messages.schedule messages.send messages.view "
        "templates.use",
    ),
    _role(
        "knowledge-editor",
        1,
        "Writes and publishes help articles.",
        "conversations.view knowledge.delete knowledge.edit knowledge.publish knowledge.view templates.view",
    ),
    _role(
        "billing-clerk",
        2,
        "Answers questions about invoices.",
        "billing.refund billing.view contacts.view conversations.view messages.send messages.view",
    ),
    _role(
        "shift-lead",
        2,
        "Leads the support floor.",
        "contacts.view conversations.assign conversations.close conversations.reopen conversations.view "
        "divisions.view messages.view reports.view",
    ),
    _role(
        "night-shift",
        2,
        "Covers the nights until the new rota starts.",
        "contacts.view conversations.view messages.send messages.view",
    ),
    _role("temp-export", 0, "For the move to the new CRM.", "contacts.export contacts.view"),
)
"""The custom roles of a fresh sandbox; see the table in the module's docstring."""

DEFAULT_SEED = SYSTEM_ROLES + DEFAULT_ROLES


def load_seed(path: Path) -> tuple[SeedRole, ...]:
    """Return the roles of the file `path`, with the default system roles that it does not name.

    Raise `FileFailed` when the file cannot be read, and `InvalidInput` with every problem found in it.
    """
    shown = visible(str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileFailed(f"cannot read the seed {shown}: {error.strerror}") from error
    try:
        roles = _SeedFile.model_validate_json(data).roles
    except ValidationError as error:
        raise InvalidInput(_syntax(shown, data) or _shape(shown, error)) from error
    problems = tuple(Finding("seed", message, Place(shown)) for message in _broken_rules(roles))
    if problems:
        raise InvalidInput(problems)
    named = {normalise_name(role.name) for role in roles}
    return (*(role for role in SYSTEM_ROLES if role.name not in named), *roles)


def _syntax(path: str, data: bytes) -> tuple[Finding, ...]:
    """Return the problem that makes `data` invalid JSON, with its place; empty when it is JSON."""
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return (Finding("json", f"not valid JSON: {error.msg}", Place(path, error.lineno, error.colno)),)
    except (ValueError, RecursionError) as error:
        return (Finding("json", f"not valid JSON: {visible(str(error))}", Place(path)),)
    return ()


def _shape(path: str, error: ValidationError) -> tuple[Finding, ...]:
    return tuple(
        Finding("seed", f"{visible('.'.join(map(str, one['loc'])) or 'the file')}: {visible(one['msg'])}", Place(path))
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    )


def _broken_rules(roles: Iterable[SeedRole]) -> list[str]:
    problems: list[str] = []
    seen: set[str] = set()
    for index, role in enumerate(roles):
        name, place = normalise_name(role.name), f"roles.{index}"
        if not name:
            problems.append(f"{place}.name: a name must not be empty")
        if name in seen:
            problems.append(f"{place}.name: {quoted(name)} is used twice (names are compared in lower case)")
        if name in SYSTEM_NAMES and not role.is_system:
            problems.append(f'{place}.name: {quoted(name)} is a system role; say "is_system": true to replace it')
        problems += [
            f"{place}.permissions: {quoted(code)} is not in the catalogue"
            for code in sorted(set(role.permissions) - CODES)
        ]
        seen.add(name)
    return problems
