"""What a role file says about a role, apart from where it says it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.load.loaded import read_file
from reconciler.load.role import DocumentReader
from reconciler.load.written import WrittenRole
from reconciler.model.findings import errors_of
from reconciler.yamlio.problems import FileProblems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.adopt.edit import Request
    from reconciler.load.written import WrittenSet


def read(path: str, content: bytes) -> list[WrittenRole | WrittenSet] | None:
    """Return what the documents of a file say, in their order, or None if the file is not valid."""
    problems = FileProblems(path)
    found = read_file(content, DocumentReader(), problems)
    return None if errors_of(problems.found) else found


def index_of(role: str, said: Sequence[WrittenRole | WrittenSet]) -> int:
    """Return which document defines the role."""
    return next(at for at, each in enumerate(said) if isinstance(each, WrittenRole) and each.desired.role.name == role)


def with_request(written: WrittenRole, request: Request) -> WrittenRole:
    """Return what the file is to say of the role after an edit."""
    role = written.desired.role
    described = role.description if request.description is None else request.description
    after = replace(role, permissions=(role.permissions - request.remove) | request.add, description=described)
    items = tuple(item for item in written.items if item.text not in request.remove)
    return written._replace(desired=replace(written.desired, role=after), items=items)


def meanings(said: Sequence[WrittenRole | WrittenSet]) -> list[Any]:
    """Return what the documents say, without places, as values that can be compared."""
    return [_of_role(each) if isinstance(each, WrittenRole) else _of_set(each) for each in said]


def _of_role(written: WrittenRole) -> Any:  # noqa: ANN401 - to be compared, and nothing else
    desired = written.desired
    return (
        (desired.role, desired.renamed_from, desired.owner),
        {(item.text, item.until, item.reason) for item in written.items},
        list(written.include),
        list(written.excepted),
    )


def _of_set(written: WrittenSet) -> Any:  # noqa: ANN401 - as above
    return written.name, [(item.text, item.until, item.reason) for item in written.items]
