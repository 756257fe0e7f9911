"""Tell users of a code that the lock does not have, and that the tenant has, what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.cli.connection import ConnectionOptions, transport
from reconciler.cli.tenants import configured
from reconciler.load.locked import IF_THERE
from reconciler.model.errors import InvalidInput, ReconcilerError
from reconciler.model.inert import quoted, visible

if TYPE_CHECKING:
    from reconciler.cli.options import FilesOptions
    from reconciler.config.connection import Connection
    from reconciler.model.catalogue import Catalogue
    from reconciler.model.findings import Finding


def with_remedies(error: InvalidInput, files: FilesOptions, options: ConnectionOptions) -> InvalidInput:
    """Return `error`; where the tenant has an unknown code, its message says to run `reconciler lock`.

    The catalogue is read only for that, once and without a retry. If it cannot be read, the messages stay as they are.
    """
    if not any(map(_is_unknown, error.findings)):
        return error
    try:
        configuration = configured(files)
        catalogue = _catalogue(options._replace(retry_budget=0.0), options.settle(configuration))
    except ReconcilerError:
        return error
    path = visible(configuration.lock.as_posix())
    return InvalidInput(_worded(finding, catalogue, path) for finding in error.findings)


def _catalogue(options: ConnectionOptions, connection: Connection) -> Catalogue:
    from reconciler.api import Reader

    with transport(options, connection) as opened:
        return Reader(opened).list_permissions()


def _is_unknown(finding: Finding) -> bool:
    return finding.rule == "unknown-code" and finding.severity == "error"


def _worded(finding: Finding, catalogue: Catalogue, path: str) -> Finding:
    if not _is_unknown(finding):
        return finding
    if finding.codes[0] not in catalogue:
        return replace(finding, message=finding.message.removesuffix(IF_THERE))
    entry = catalogue[finding.codes[0]]
    whose = finding.message.partition(f"unknown permission {quoted(entry.code)}")[0]
    found = f"permission {quoted(entry.code)} ({quoted(entry.name)}) is in the tenant, but not in {path}"
    return replace(finding, message=f"{whose}{found}; run `reconciler lock` and commit the diff")
