"""What `lock` finds for one tenant: its catalogue against the lock, and what that is to roles and policies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.cli.fleet.others import Others
from reconciler.cli.outside import this_day
from reconciler.cli.streams import say
from reconciler.cli.workspace import check_lock_place, lock_at_hand, roles_from, roles_of
from reconciler.load.holders import holders_in
from reconciler.load.locked import IF_THERE
from reconciler.model.catalogue import Lock
from reconciler.model.errors import InvalidInput
from reconciler.model.inert import visible
from reconciler.plan.catalogue_changes import CatalogueChanges, changes_document, compare_catalogue, updated
from reconciler.render.catalogue_changes import lock_lines
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.cli.options import FilesOptions
    from reconciler.cli.workspace import Library
    from reconciler.config.settings import Configuration
    from reconciler.load import RolesFrom
    from reconciler.model.catalogue import Catalogue
    from reconciler.model.findings import Finding
    from reconciler.policy.rules import Policies


class Looked(NamedTuple):
    """What was read: the server's catalogue, how it differs from the lock, and the new lock.

    `rules` has the policies and waivers that name a code, `problems` those of role files and policies.
    """

    catalogue: Catalogue
    changes: CatalogueChanges
    lock: Lock
    rules: Mapping[str, Sequence[str]]
    problems: Sequence[Finding]

    def is_news(self, before: Lock | None) -> bool:
        """Return whether the lock is not up to date."""
        return before is None or not self.changes.none


class Asked(NamedTuple):
    """What a tenant answered: its base URL, and its catalogue."""

    url: str
    catalogue: Catalogue


def lock_before(configuration: Configuration, files: FilesOptions, *, force: bool) -> Lock | None:
    """Return the lock as it is; None if there is none, or if it is not valid and `force` overrides that.

    Raise `InvalidInput` when it is not valid, or must not be where it is.
    """
    check_lock_place(configuration, roles_from(files, configuration), made_here=True)
    try:
        return lock_at_hand(configuration, made_here=True)
    except InvalidInput as error:
        if not force:
            raise
        say(f"the lock is not valid, so nothing is compared with it: {error.findings[0]}")
        return None


def look(
    before: Lock | None, tenant: Asked, configuration: Configuration, files: FilesOptions, library: Library
) -> Looked:
    """Compare a tenant's catalogue with its lock, and say what the role files make of it."""
    from reconciler.policy.mentions import named_by

    path, today = visible(configuration.lock.as_posix()), this_day()
    url, catalogue = tenant
    roles = roles_from(files, configuration)
    # Both what was and what is: a role is concerned if it loses a code, and if it gains one.
    known = {**(before.permissions if before else {}), **catalogue}
    withdrawn = before.withdrawn - catalogue.keys() if before else frozenset[str]()
    desired, _ = library.shelf.read(roles, today, Lock(path, url, known, withdrawn))
    policies, not_valid = _policies(configuration, library)
    rules = named_by(policies)
    named = {*desired.names_codes, *rules, *_named_by_others(configuration, before, library)}
    changes = compare_catalogue(before, catalogue, url, holders_in(desired.roles), named)
    lock = updated(before, catalogue, url, named, path)
    after, problems = library.shelf.read(roles, today, lock)
    others = Others(configuration, today, library)
    after = others.sets(after)
    idle = others.of_policies(policies, after, lock) if policies is not None else ()
    return Looked(catalogue, changes, lock, rules, sorted([*problems, *not_valid, *idle, *after.warnings]))


def _named_by_others(configuration: Configuration, before: Lock | None, library: Library) -> Iterator[str]:
    """Yield the codes that roles of other tenants with the same lock name: it is not this tenant's alone."""
    whole = configuration.whole
    for tenant in () if whole is None else map(whole.of, whole.tenants):
        if tenant.lock == configuration.lock and tenant.tenant != configuration.tenant:
            loaded, _ = library.shelf.read(roles_of(tenant), this_day(), before)
            yield from loaded.names_codes


def _policies(configuration: Configuration, library: Library) -> tuple[Policies | None, Sequence[Finding]]:
    """Return the policies, None if there are none or if they are not valid, and the problems."""
    try:
        return library.policies(configuration), ()
    except InvalidInput as error:
        return None, error.findings


def document(looked: Looked, *, written: bool) -> dict[str, Any]:
    """Return what changed as it is in JSON, without the version of the format."""
    return {"written": written, "permissions": len(looked.catalogue), **changes_document(looked.changes)}


def changes_text(looked: Looked, before: Lock | None, last: str) -> str:
    """Return what changed, without a list of all codes if there was no lock, and the last line."""
    lines = [] if before is None else list(lock_lines(looked.changes, looked.rules, looked.lock.withdrawn))
    lines += ["", last] if lines else [last]
    return "\n".join(lines) + "\n"


def ending(looked: Looked, before: Lock | None, *, written: bool = False, refused: bool = False) -> str:
    """Return the sentence that says whether the lock was written, and otherwise whether it is up to date."""
    path, codes = looked.lock.path, counted(len(looked.catalogue), "permission")
    if written:
        return f"{path} written: {codes}. Review its diff and commit it."
    if refused:
        return f"{path} not written: the tenant has {codes}."
    if looked.is_news(before):
        what = "does not exist" if before is None else "is not up to date"
        return f"{path} {what}: the tenant has {codes}. Run `reconciler lock` and commit the diff."
    return f"{path} is up to date: {codes}."


def warning(finding: Finding, roles: RolesFrom) -> str:
    """Return a problem of role files or policies as a warning: it does not keep the lock from being written."""
    if finding.rule == "empty-roles-dir":
        directories = visible(" + ".join(roles.directories))
        return f"no role files in {directories}, so the roles that a permission concerns are unknown"
    shown = str(replace(finding, message=finding.message.removesuffix(IF_THERE)))
    return shown if finding.severity == "warning" else f"warning: {shown}"


def too_much(looked: Looked, before: Lock | None) -> str:
    """Return why the lock was not written: the catalogue lacks most of its codes."""
    path = looked.lock.path
    if not looked.catalogue:
        what = "the tenant's catalogue is empty"
    else:
        had = len(before.grantable) if before else 0
        what = f"the tenant's catalogue has fewer than half of the {counted(had, 'permission')} in {path}"
    advice = "check the URL and that the API key belongs to this tenant, or pass --force"
    return f"refused, {path} was not written: {what}. hint: {advice}"
