"""Live roles to role files: one a role, never over a file that is there, each reading back as the very same role."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import Failed, FileFailed, InvalidInput, Refused
from reconciler.inert import quoted, visible
from reconciler.load import load_documents, role_yaml

if TYPE_CHECKING:
    from reconciler.roles import Role

_LONGEST = 80  # characters of a file's name: far below what any file system takes, also with a suffix
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")


def export_text(roles: Iterable[Role]) -> str:
    """All roles as one file of several documents, sorted by name.

    Raises `Failed` where a role cannot stand in a role file.
    """
    return "---\n".join(text for _, text in _texts(roles))


def export_files(roles: Iterable[Role], directory: Path, *, force: bool) -> list[Path]:
    """Write one file a role into `directory`, which is made where it is missing; the paths, sorted by the role's name.

    Raises `Failed` where a role cannot stand in a role file, `Refused` where a file is there already and `force` is not
    given, both before anything is written; `FileFailed` where the disk says no.
    """
    texts = _texts(roles)
    names = file_names(role.name for role, _ in texts)
    files = {directory / names[role.name]: text for role, text in texts}
    there = [path for path in files if os.path.lexists(path)]
    if there and not force:
        listed = ", ".join(visible(path.as_posix()) for path in there[:10])
        more = f" and {len(there) - 10} more" if len(there) > 10 else ""  # noqa: PLR2004 - enough to see which they are
        raise Refused(f"refused, nothing was written: there already: {listed}{more}; --force writes over them")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            _write(path, text, force=force)
    except OSError as error:
        where = visible(str(error.filename or directory))
        raise FileFailed(f"cannot write {where}: {visible(error.strerror or str(error))}") from None
    return list(files)


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A file name for each role name: as near to it as is safe, different from each other, the same in each run."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    # Names that are safe as they are come first, so that none of them has to give way.
    for name in sorted(set(names), key=lambda name: (_slug(name) != name, name)):
        slug = _slug(name)
        if slug in taken:
            slug = f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        taken.add(slug)
        found[name] = f"{slug}.yaml"
    return found


def _slug(name: str) -> str:
    """Lower-case ASCII letters, digits, dots, dashes and underscores, with neither a dot nor a dash at either end."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = _NOT_IN_A_NAME.sub("-", plain.lower()).strip(".-")
    return slug[:_LONGEST].strip(".-") or "role"


def _texts(roles: Iterable[Role]) -> list[tuple[Role, str]]:
    """Each role with its text, sorted by name; every text has been read back."""
    texts = [(role, role_yaml(role)) for role in sorted(roles, key=lambda role: role.name)]
    bad = [reason for role, text in texts if (reason := _why_not(role, text))]
    if bad:
        raise Failed("\n".join(["nothing was written, since not every live role can stand in a role file:", *bad]))
    return texts


def _why_not(role: Role, text: str) -> str | None:
    """Why a role cannot stand in a role file; None where its text reads back as the same role."""
    try:
        (read,) = load_documents([("export", text.encode())]).roles
    except InvalidInput as error:
        return f"  role {quoted(role.name)}: {error.problems[0].message}"
    return None if read.role == role else f"  role {quoted(role.name)}: it reads back as {quoted(read.role.name)}"


def _write(path: Path, text: str, *, force: bool) -> None:
    """Whole or not at all. Without `force` the name is taken first, which fails where somebody has it."""
    if not force:
        path.open("x").close()
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        if not force:
            path.unlink()
        raise
