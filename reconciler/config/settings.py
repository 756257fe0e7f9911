"""Read the configuration `reconciler.yaml`.

It is checked as strictly as role files, by the same functions. Rules and defaults are those of docs/interface.md,
sections "Configuration" and "Connection".
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.config.values import (
    MAX_TENANTS,
    beside,
    named_at,
    read_choice,
    read_directories,
    read_files,
    read_limits,
    read_max_tenants,
    read_path,
    read_patterns,
    read_unmanaged,
    read_url,
)
from reconciler.load.walk import LOCK_FILE, read_bytes
from reconciler.model.errors import InvalidInput
from reconciler.model.inert import visible
from reconciler.plan.scope import Scope
from reconciler.policy.limits import Limit, Limits
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.reader import MappingNode, describe, read_documents
from reconciler.yamlio.strict import entries, version
from reconciler.yamlio.text import decode

if TYPE_CHECKING:
    from reconciler.config.tenants import Tenant
    from reconciler.model.findings import Place
    from reconciler.policy.items import Item
    from reconciler.yamlio.reader import Node

DEFAULT_FILE = "reconciler.yaml"
DEFAULT_ROLES_DIR = "roles.d"
DEFAULT_POLICIES = "policies.yaml"
DEFAULT_REVIEWS = "reviews.yaml"

_KEYS = (
    "version",
    "url",
    "roles_dir",
    "roles",
    "api_key_file",
    "tenants",
    "journal",
    "manage",
    "unmanaged",
    "lock",
    "policies",
    "reviews",
    "ignore",
    "protect",
    "limits",
)
_WITH_TENANTS = ("roles", "api_key_file")
"""The keys of the top level that only say what tenants leave out."""

TENANT = "{tenant}"
"""The place of the tenant's name in a path."""

_NO_TENANTS: Mapping[str, Tenant] = {}


class Configuration(NamedTuple):
    """The content of `reconciler.yaml`. Defaults are here, in `Scope` and in `Limits`. `path` is None without a file.

    `url` is as written; `check_url` decides later, with the options, whether plain http is allowed. `roles_dir`,
    `journal`, `lock`, `policies` and `reviews` are relative to the file in YAML, and relative to the working directory
    here. `lock_place` and `reviews_place` are where the file names these; None if they are the defaults, which may be
    missing. `policies` has files and globs with their places; None means the default file, which may be missing.

    `roles_dirs` are the directories of role files, the last one wins; `roles_dir_places` is where the file names them,
    empty for one directory without tenants. `roles` are the globs that choose roles, none for all roles. `tenants` has
    the tenants by name, in the file's order, and `max_tenants` limits how many one run may change. The configuration of
    one tenant has none: it has the tenant's name in `tenant`, and in `whole` the configuration that has them all.
    """

    url: str | None = None
    roles_dirs: tuple[str, ...] = (DEFAULT_ROLES_DIR,)
    journal: Path | None = None
    scope: Scope = Scope()
    limits: Limits = Limits()
    lock: Path = Path(LOCK_FILE)
    lock_place: Place | None = None
    path: Path | None = None
    policies: tuple[Item, ...] | None = None
    reviews: Path = Path(DEFAULT_REVIEWS)
    reviews_place: Place | None = None
    roles_dir_places: tuple[Place, ...] = ()
    roles: tuple[Item, ...] = ()
    api_key_file: Path | None = None
    tenants: Mapping[str, Tenant] = _NO_TENANTS
    max_tenants: Limit | None = None
    tenant: str | None = None
    whole: Configuration | None = None

    def of(self, name: str) -> Configuration:
        """Return the configuration of one of `tenants`, as it would be without tenants."""
        tenant = self.tenants[name]
        key_file, journal = (
            path and Path(str(path).replace(TENANT, name)) for path in (tenant.api_key_file, self.journal)
        )
        return self._replace(
            url=tenant.url,
            roles_dirs=tuple(item.text for item in tenant.roles_dirs),
            roles_dir_places=tuple(item.place for item in tenant.roles_dirs),
            roles=tenant.roles,
            journal=journal,
            scope=tenant.scope,
            limits=tenant.limits,
            lock=tenant.lock,
            lock_place=tenant.lock_place,
            api_key_file=key_file,
            tenants=_NO_TENANTS,
            tenant=name,
            whole=self,
        )

    @property
    def roles_dir(self) -> str:
        """Return the first directory of role files."""
        return self.roles_dirs[0]

    @property
    def default_policies(self) -> str:
        """Return the path of the policy file that is read, if it exists, without the key `policies`."""
        return DEFAULT_POLICIES if self.path is None else beside(self.path, DEFAULT_POLICIES)


def named_for(tenant: str, path: Path | None) -> Path | None:
    """Return the path with the tenant's name in place of `{tenant}`."""
    return None if path is None else Path(str(path).replace(TENANT, tenant))


def load_configuration(path: Path | None) -> Configuration:
    """Return the configuration in `path`, or in `./reconciler.yaml` if `path` is None, or the defaults without a file.

    Raise `InvalidInput` with every problem of the file, also when the file in `path` cannot be read.
    """
    if path is None and not os.path.lexists(DEFAULT_FILE):
        return Configuration()
    path = path or Path(DEFAULT_FILE)
    problems = FileProblems(visible(path.as_posix()))
    content = read_bytes(os.fspath(path), problems)
    if content is None:
        raise InvalidInput(problems.found)
    return configuration_in(content, path)


def configuration_in(content: bytes, path: Path) -> Configuration:
    """Return the configuration with this content. Raise `InvalidInput` with every problem."""
    problems = FileProblems(visible(path.as_posix()))
    configuration = _configuration(content, path, problems)
    if problems.found or configuration is None:
        raise InvalidInput(problems.found)
    return configuration


def _configuration(content: bytes, path: Path, problems: FileProblems) -> Configuration | None:
    decoded = decode(content, problems)
    documents = [] if decoded is None else list(read_documents(decoded, problems))
    if len(documents) > 1:
        problems.add(
            documents[1], "wrong-type", "the configuration must be one document; remove this one and its --- line"
        )
    if not documents:
        return _defaults(path)
    if not isinstance(documents[0], MappingNode):
        problems.add(documents[0], "wrong-type", f"the configuration must be a mapping, found {describe(documents[0])}")
        return None
    read = entries(documents[0], _KEYS, problems)
    keys, found = ({key: pair[at] for key, pair in read.items()} for at in (0, 1))
    if "version" in found:
        version(found["version"], problems)
    limited, max_tenants = read_max_tenants(found["limits"], problems) if "limits" in found else (None, None)
    configuration = _top_level(found, path, problems)._replace(max_tenants=max_tenants)
    if "tenants" in found:
        from reconciler.config.tenants import with_tenants  # noqa: PLC0415 - most configurations have none

        return with_tenants(configuration, found, path, problems)
    if limited is not None:
        problems.add(limited, "unknown-key", f"the limit {MAX_TENANTS} needs tenants in the configuration")
    for key in _WITH_TENANTS:
        if key in found:
            problems.add(keys[key], "unknown-key", f"the key {key} needs tenants beside it{_INSTEAD[key]}")
    return configuration


def _top_level(found: Mapping[str, Node], path: Path, problems: FileProblems) -> Configuration:
    """Return what the keys of the top level say, without `tenants` and what is for many of them."""
    directories = read_directories(found["roles_dir"], path, problems) if "roles_dir" in found else ()
    return Configuration(
        url=read_url(found["url"], problems) if "url" in found else None,
        roles_dirs=tuple(item.text for item in directories) or (beside(path, DEFAULT_ROLES_DIR),),
        journal=Path(beside(path, journal)) if (journal := read_path(found, "journal", problems)) else None,
        scope=Scope(
            read_unmanaged(found["unmanaged"], problems) if "unmanaged" in found else "delete",
            read_patterns(found["ignore"], "ignore", problems) if "ignore" in found else (),
            read_patterns(found["manage"], "manage", problems) if "manage" in found else Scope().manage,
        ),
        lock=Path(beside(path, read_path(found, "lock", problems) or LOCK_FILE)),
        lock_place=named_at(found, "lock", problems),
        limits=read_limits(
            found.get("limits"),
            read_patterns(found["protect"], "protect", problems) if "protect" in found else (),
            problems,
            of_run=True,
        ),
        path=path,
        policies=read_files(found["policies"], "policies", path, problems, kind="file")
        if "policies" in found
        else None,
        reviews=Path(beside(path, read_path(found, "reviews", problems) or DEFAULT_REVIEWS)),
        reviews_place=named_at(found, "reviews", problems),
        roles_dir_places=_places(directories, found),
        roles=read_choice(found["roles"], problems) if "roles" in found else (),
    )


_INSTEAD: Mapping[str, str] = {
    "roles": "; `manage` says which roles the files are about",
    "api_key_file": "; pass --api-key-file instead",
}


def _places(directories: tuple[Item, ...], found: Mapping[str, Node]) -> tuple[Place, ...]:
    """Return where the directories are named, if the file may name several."""
    return tuple(item.place for item in directories) if len(directories) > 1 or "tenants" in found else ()


def _defaults(path: Path) -> Configuration:
    """Return the configuration of an empty file `path`."""
    return Configuration(
        roles_dirs=(beside(path, DEFAULT_ROLES_DIR),),
        lock=Path(beside(path, LOCK_FILE)),
        path=path,
        reviews=Path(beside(path, DEFAULT_REVIEWS)),
    )
