"""Read `tenants` of the configuration: one configuration for many tenants.

A tenant has what it says itself, and where it leaves something out, what the top level says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.config.connection import check_url
from reconciler.config.settings import TENANT, Configuration
from reconciler.config.values import (
    beside,
    named_at,
    read_choice,
    read_directories,
    read_limits,
    read_path,
    read_patterns,
    read_unmanaged,
    read_url,
    whole_number,
)
from reconciler.model.errors import CommandLineError
from reconciler.model.findings import Place
from reconciler.model.inert import quoted
from reconciler.plan.scope import Scope
from reconciler.policy.items import Item
from reconciler.yamlio.reader import MappingNode, Node, describe
from reconciler.yamlio.strict import entries, lacking, text

if TYPE_CHECKING:
    from reconciler.policy.limits import Limits
    from reconciler.yamlio.problems import FileProblems

_KEYS = ("url", "roles_dir", "roles", "unmanaged", "ignore", "protect", "limits", "lock", "api_key_file", "wave")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TAKEN = ("fleet", "file")
"""No tenant's names: `fleet.json` is the index of a directory of plans, `OMNISTREAM_API_KEY_FILE` a file's name."""


class Tenant(NamedTuple):
    """One tenant, with what the top level says where it leaves something out.

    `url` is as written. `place` is that of its name. `roles_dirs` has no place if no line names a directory. `wave` is
    counted from 1. The rest is as in `Configuration`.
    """

    name: str
    place: Place
    url: str
    roles_dirs: tuple[Item, ...]
    roles: tuple[Item, ...]
    scope: Scope
    limits: Limits
    lock: Path
    lock_place: Place | None
    api_key_file: Path | None
    wave: int = 1


def with_tenants(top: Configuration, found: Mapping[str, Node], path: Path, problems: FileProblems) -> Configuration:
    """Return `top` with its tenants. `found` has the values of its keys."""
    if "url" in found:
        message = "url is that of one tenant; move it to one of the tenants, or remove tenants"
        problems.add(found["url"], "tenant-url", message)
    key_file = _key_file(found, path, problems)
    if key_file and TENANT not in str(key_file):
        message = f"api_key_file must contain {TENANT}, in place of the tenant's name: no two tenants share a key"
        problems.add(found["api_key_file"], "unknown-value", message)
    top = top._replace(api_key_file=key_file)
    tenants = _Tenants(top, path, problems)
    tenants.read(found["tenants"])
    return top._replace(tenants=tenants.found)


def _key_file(found: Mapping[str, Node], path: Path, problems: FileProblems) -> Path | None:
    name = read_path(found, "api_key_file", problems)
    return Path(beside(path, name)) if name else None


class _Tenants:
    """Reads the tenants of one file. `found` has them by name."""

    def __init__(self, top: Configuration, path: Path, problems: FileProblems) -> None:
        self.found: dict[str, Tenant] = {}
        self._top = top
        self._path = path
        self._problems = problems
        self._names: dict[str, int] = {}
        self._urls: dict[str, Tenant] = {}

    def read(self, node: Node) -> None:
        """Read all of them, as far as they can be read."""
        if not isinstance(node, MappingNode):
            message = f"tenants must be a mapping of names, such as staging: {{url: ...}}, found {describe(node)}"
            self._problems.add(node, "wrong-type", message)
            return
        if not node.pairs:
            self._problems.add(node, "no-value", "tenants has no tenant; write one, or remove the line")
        for key, value in node.pairs:
            name = self._name(key)
            tenant = self._tenant(name or "", key, value)
            if name is not None and tenant is not None:
                self.found[name] = tenant
            if self._problems.too_many(key):
                break

    def _name(self, key: Node) -> str | None:
        """Return a tenant's name, or None with the reason in the problems."""
        name = text(key, "a tenant's name", self._problems, nothing="write the name before the colon")
        if name is None:
            return None
        if name in self._names:
            message = f"duplicate key {quoted(name, 80)} (first used on line {self._names[name]})"
            self._problems.add(key, "duplicate-key", message)
            return None
        self._names[name] = key.line
        if not _NAME.fullmatch(name):
            use = "use at most 63 of a-z, 0-9 and -, and do not begin with -"
            self._problems.add(key, "unknown-value", f"{quoted(name, 80)} is not a valid name of a tenant; {use}")
            return None
        if name in _TAKEN:
            message = f"no tenant can be named {name}, which reconciler uses itself; use another name"
            self._problems.add(key, "unknown-value", message)
            return None
        return name

    def _tenant(self, name: str, key: Node, node: Node) -> Tenant | None:
        problems, top, path = self._problems, self._top, self._path
        if not isinstance(node, MappingNode):
            message = f"a tenant must be a mapping such as {{url: https://...}}, found {describe(node)}"
            problems.add(node, "wrong-type", message)
            return None
        found = {each: value for each, (_, value) in entries(node, _KEYS, problems).items()}
        if lacking(["url"], found, node, _KEYS):
            problems.add(key, "missing-key", f"tenant {quoted(name)} has no url")
        lock = read_path(found, "lock", problems)
        directories = read_directories(found["roles_dir"], path, problems) if "roles_dir" in found else ()
        protect = read_patterns(found["protect"], "protect", problems) if "protect" in found else top.limits.protect
        tenant = Tenant(
            name,
            Place(problems.path, key.line, key.column),
            (read_url(found["url"], problems) if "url" in found else None) or "",
            directories or self._directories(Place(problems.path, key.line, key.column)),
            read_choice(found["roles"], problems) if "roles" in found else top.roles,
            Scope(
                read_unmanaged(found["unmanaged"], problems) if "unmanaged" in found else top.scope.unmanaged,
                read_patterns(found["ignore"], "ignore", problems) if "ignore" in found else top.scope.ignore,
                top.scope.manage,
            ),
            read_limits(found.get("limits"), protect, problems, top.limits),
            Path(beside(path, lock)) if lock else top.lock,
            named_at(found, "lock", problems) if lock else top.lock_place,
            _key_file(found, path, problems) or top.api_key_file,
            whole_number(found["wave"], "wave", 1, problems) if "wave" in found else 1,
        )
        if "url" in found:
            self._hold_url(tenant, found["url"])
        return tenant

    def _directories(self, place: Place) -> tuple[Item, ...]:
        """Return the directories of the top level. The default has the place of the tenant that leaves it out."""
        top = self._top
        places = top.roles_dir_places or (place,)
        return tuple(map(Item, top.roles_dirs, places))

    def _hold_url(self, tenant: Tenant, node: Node) -> None:
        """Report a URL that another tenant has: two tenants with one URL would undo each other's roles."""
        try:
            url = check_url(tenant.url, allow_http=True)
        except CommandLineError:  # reported already
            return
        first = self._urls.setdefault(url, tenant)
        if first is not tenant:
            message = f"this is the url of tenant {quoted(first.name)} too ({first.place}); no two tenants may have one"
            self._problems.add(node, "tenant-url", message)
