"""The plan as Terraform's plan JSON, format version 1.2, for tools that read it.

The fields are those of Terraform's page "JSON Output Format" (developer.hashicorp.com/terraform/internals/json-format):
one entry of `resource_changes` for each desired or deleted role. System, ignored and unmanaged roles have no entry: to
Terraform, an object that no configuration names and no change affects does not exist. `configuration` and
`prior_state` contain the desired and the live roles; Terraform's own plans have both, and terraform-compliance needs
`configuration`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reconciler.model.inert import is_hidden
from reconciler.model.roles import role_document
from reconciler.plan.changes import Change, Create, Delete, Plan, Update, id_of
from reconciler.render.json import dumped
from reconciler.render.words import compares, names_more_than_one

if TYPE_CHECKING:
    from reconciler.render.view import View

TYPE = "omnistream_role"
PROVIDER = "reconciler.invalid/reconciler/omnistream"
"""A provider's address has three parts; no registry can exist under `.invalid` (RFC 2606)."""

_LIKE_TERRAFORM = "1.8.0"  # the first version whose plans have every field that is written here
_PROVIDER_NAME = PROVIDER.rpartition("/")[2]
_EACH = {"name": "each.key", "description": "each.value.description", "permissions": "each.value.permissions"}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def render(plan: Plan, view: View) -> str:
    """Return the whole plan.

    `applyable` is false if there is nothing to do, if the plan is refused, and for a comparison. `complete` is false
    if the plan leaves something alone, as with Terraform's `-target`.
    """
    entries = sorted(_entries(plan), key=lambda entry: str(entry["address"]))
    document = {
        "format_version": "1.2",
        "terraform_version": _LIKE_TERRAFORM,
        "planned_values": {"root_module": {"resources": _values_of(entries, "after")}},
        "resource_changes": entries,
        **_prior_state(entries),
        "configuration": _configuration(entries),
        **({"timestamp": view.created_at} if view.created_at else {}),
        "applyable": bool(plan.changes) and not plan.refused and not compares(plan),
        "complete": not plan.left_alone,
        "errored": False,
    }
    return dumped(document)


def _entries(plan: Plan) -> Iterator[dict[str, Any]]:
    ambiguous = names_more_than_one(plan.changes)
    for change in plan.changes:
        role_id = change.id if change.name in ambiguous else None
        yield _entry(_address(change.name, role_id), _change(change, plan), _extra(change))
    for role in (*plan.unchanged, *plan.kept):
        yield _entry(_address(role.name), _values("no-op", role_document(role), role_document(role)), {})


def _entry(where: tuple[str, dict[str, str]], change: dict[str, Any], extra: dict[str, str]) -> dict[str, Any]:
    address, place = where
    previous = {"previous_address": extra["previous_address"]} if "previous_address" in extra else {}
    reason = {"action_reason": extra["action_reason"]} if "action_reason" in extra else {}
    return {
        "address": address,
        **previous,
        "mode": "managed",
        "type": TYPE,
        **place,
        "provider_name": PROVIDER,
        "change": change,
        **reason,
    }


def _address(name: str, role_id: str | None = None) -> tuple[str, dict[str, str]]:
    """Return the address and its parts `name` and `index`; the name is the role's if it is a Terraform identifier.

    `role_id` distinguishes roles with the same name, because addresses must be unique.
    """
    if _IDENTIFIER.fullmatch(name) and role_id is None:
        return f"{TYPE}.{name}", {"name": name}
    index = name if role_id is None else f"{name} (id {role_id})"
    return f'{TYPE}.this["{_hcl(index)}"]', {"name": "this", "index": index}


def _hcl(text: str) -> str:
    r"""Return `text` as the content of a quoted HCL string, hidden characters as `\\uXXXX` or `\\UXXXXXXXX`."""
    shown = "".join(_hcl_character(character) for character in text)
    return shown.replace("${", "$${").replace("%{", "%%{")


def _hcl_character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if not is_hidden(character):
        return character
    point = ord(character)
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"  # noqa: PLR2004 - the maximum of four hex digits


def _extra(change: Change) -> dict[str, str]:
    match change:
        case Update(renamed_from=str() as earlier):
            return {"previous_address": _address(earlier)[0]}
        case Delete():
            return {"action_reason": "delete_because_no_resource_config"}
        case _:
            return {}


def _change(change: Change, plan: Plan) -> dict[str, Any]:
    role_id = id_of(change, plan)
    known = {} if role_id is None else {"id": role_id}
    before = {**known, **role_document(change.before)} if change.before else None
    after = {**known, **role_document(change.after)} if change.after else None
    return _values(change.action.value, before, after, unknown={"id": True} if isinstance(change, Create) else {})


def _values(
    action: str, before: dict[str, Any] | None, after: dict[str, Any] | None, unknown: dict[str, bool] | None = None
) -> dict[str, Any]:
    return {
        "actions": [action],
        "before": before,
        "after": after,
        "after_unknown": unknown or {},
        "before_sensitive": False if before is None else {},
        "after_sensitive": False if after is None else {},
    }


def _values_of(entries: list[dict[str, Any]], side: str) -> list[dict[str, Any]]:
    """Return the roles before or after the plan in "values representation", as far as they are known now."""
    keys = ("address", "mode", "type", "name", "index", "provider_name")
    return [
        {
            **{key: entry[key] for key in keys if key in entry},
            "schema_version": 0,
            "values": entry["change"][side],
            "sensitive_values": {},
        }
        for entry in entries
        if entry["change"][side] is not None
    ]


def _prior_state(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the live roles in "state representation"; Terraform omits it when there is no state yet."""
    resources = _values_of(entries, "before")
    if not resources:
        return {}
    values = {"root_module": {"resources": resources}}
    return {"prior_state": {"format_version": "1.0", "terraform_version": _LIKE_TERRAFORM, "values": values}}


def _configuration(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the desired roles: a block for each role, and one for all whose name is not an identifier."""
    blocks: dict[str, dict[str, Any]] = {}
    for entry in entries:
        wanted = entry["change"]["after"]
        if wanted is None:
            continue
        asked = {key: {"constant_value": wanted[key]} for key in ("name", "description", "permissions")}
        block = {
            "address": f"{TYPE}.{entry['name']}",
            "mode": "managed",
            "type": TYPE,
            "name": entry["name"],
            "provider_config_key": _PROVIDER_NAME,
            "expressions": asked,
            "schema_version": 0,
        }
        if "index" in entry:
            block |= {"expressions": {key: {"references": [from_]} for key, from_ in _EACH.items()}}
            block["for_each_expression"] = {}
        blocks[block["address"]] = block
    provider = {"name": _PROVIDER_NAME, "full_name": PROVIDER}
    return {"provider_config": {_PROVIDER_NAME: provider}, "root_module": {"resources": list(blocks.values())}}
