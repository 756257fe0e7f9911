"""What a role file says about a role, apart from where it says it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.load.loaded import read_file
from reconciler.load.role import DocumentReader
from reconciler.load.written import WrittenRole, WrittenSet
from reconciler.model.findings import errors_of
from reconciler.yamlio.problems import FileProblems

if TYPE_CHECKING:
    from reconciler.adopt.edit import Request
    from reconciler.model.roles import Role


Said = list[WrittenRole | WrittenSet]
"""What the documents of one file say, in their order."""


def read(path: str, content: bytes) -> Said:
    """Return what the documents of a file say; nothing if the file is not valid."""
    problems = FileProblems(path)
    found = read_file(content, DocumentReader(), problems)
    return [] if errors_of(problems.found) else found


def find(role: str, said: Said) -> tuple[int, WrittenRole] | None:
    """Return the document that defines the role, and which one it is."""
    roles = ((at, each) for at, each in enumerate(said) if isinstance(each, WrittenRole))
    return next(((at, each) for at, each in roles if each.desired.role.name == role), None)


def with_request(written: WrittenRole, request: Request) -> WrittenRole:
    """Return what the file is to say of the role after an edit."""
    items = tuple(item for item in written.items if item.text not in request.remove)
    desired = replace(written.desired, role=becomes(written.desired.role, request))
    return written._replace(desired=desired, items=items)


def becomes(role: Role, request: Request) -> Role:
    """Return the role after an edit."""
    described = role.description if request.description is None else request.description
    return replace(role, permissions=(role.permissions - request.remove) | request.add, description=described)


def says(path: str, text: str, wanted: WrittenRole) -> bool:
    """Return whether `text` is one valid document that says what `wanted` does, apart from where it says it."""
    return [_meaning(each) for each in read(path, text.encode()) if isinstance(each, WrittenRole)] == [_meaning(wanted)]


def _meaning(written: WrittenRole) -> Any:  # noqa: ANN401 - to be compared, and nothing else
    desired = written.desired
    return (
        (desired.role, desired.renamed_from, desired.owner),
        {(item.text, item.until, item.reason) for item in written.items},
        list(written.include),
        list(written.excepted),
    )
