"""Export live roles as role files, one file per role. Existing files are kept. Each reads back as the same role."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.load import load_documents
from reconciler.load.emit import role_yaml
from reconciler.load.walk import LOCK_FILE
from reconciler.model.days import Day
from reconciler.model.errors import FileFailed, InvalidInput, Refused
from reconciler.model.inert import first_few, quoted, visible
from reconciler.plan.matching import pattern_of

if TYPE_CHECKING:
    from reconciler.model.roles import LiveRole, Role

_LONGEST = 80  # characters of a file name: far below the limit of any file system, also with a suffix
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")
# Windows reads these names as devices, also with an extension, so git cannot check them out there.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
_LOCK = LOCK_FILE.removesuffix(".yaml")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A live role that a role file cannot define, and the reason, for people."""

    role: LiveRole
    reason: str

    def __str__(self) -> str:
        """Return a sentence that names the role and the reason, and says what to do."""
        pattern = quoted(pattern_of(self.role.role.name), 1000)
        return (
            f"left out: role {quoted(self.role.role.name)} (id {visible(self.role.id)}): {self.reason}. hint: "
            f"change it in OmniStream, or exclude it with `ignore: [{pattern}]`"
        )


@dataclass(frozen=True, slots=True)
class Texts:
    """Each role that a role file can define, with its text, sorted by name; and the roles that are left out."""

    roles: tuple[tuple[Role, str], ...]
    left_out: tuple[LeftOut, ...]

    def joined(self) -> str:
        """Return all texts as one file of several documents."""
        return "---\n".join(text for _, text in self.roles)


def texts_of(live: Iterable[LiveRole]) -> Texts:
    """Return the role files of live roles. Each text is read back to check it."""
    ordered = sorted(live, key=lambda role: (role.role.name, role.id))
    count = Counter(role.role.name for role in ordered)
    found: list[tuple[Role, str]] = []
    left_out = []
    for role in ordered:
        text = role_yaml(role.role)
        number = count[role.role.name]
        why = _why_not(role.role, text) if number == 1 else f"{number} live roles have this name"
        if why is None:
            found.append((role.role, text))
        else:
            left_out.append(LeftOut(role, why))
    return Texts(tuple(found), tuple(left_out))


def write_files(texts: Mapping[Path, str], directory: Path, *, force: bool) -> list[Path]:
    """Write each text to its path in `directory`, and return the paths that already existed.

    Create `directory` if it does not exist. Raise `Refused` before anything is written when a file exists and `force`
    is false. Raise `FileFailed` when the disk reports an error.
    """
    there = [path for path in texts if os.path.lexists(path)]
    if there and not force:
        listed = first_few(there, 10, lambda path: visible(path.as_posix()))  # enough to see which they are
        raise Refused(
            f"refused, nothing was written: these files already exist: {listed}. hint: pass --unmanaged to "
            "export only roles that no file defines, or --force to overwrite these files"
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            _write(path, text, force=force)
    except OSError as error:
        where = visible(str(error.filename or directory))
        raise FileFailed(f"cannot write {where}: {visible(error.strerror or str(error))}") from None
    return there


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Return a file name for each role name: close to it, safe on every system, unique, the same in every run."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    # Names that are safe without a change come first, so none of them gets a suffix.
    for name in sorted(set(names), key=lambda name: (_slug(name) != name, name)):
        slug = _slug(name)
        if slug in taken:
            slug = f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        taken.add(slug)
        found[name] = f"{slug}.yaml"
    return found


def _slug(name: str) -> str:
    """Return lower-case ASCII letters, digits, dots, dashes and underscores, with no dot or dash at either end.

    The result is never a device name of Windows, nor the name of the catalogue lock, which roles.d must not have.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = _NOT_IN_A_NAME.sub("-", plain.lower()).strip(".-")
    slug = slug[:_LONGEST].strip(".-") or "role"
    return f"role-{slug}" if _DEVICE.fullmatch(slug) or slug == _LOCK else slug


def _why_not(role: Role, text: str) -> str | None:
    """Return why a role file cannot define the role, or None if its text reads back as the same role."""
    try:
        (read,) = load_documents([("export", text.encode())], today=Day.min).roles  # an exported role has no ends
    except InvalidInput as error:
        return error.findings[0].message
    return None if read.role == role else f"a role file would change its name to {quoted(read.role.name)}"


def _write(path: Path, text: str, *, force: bool) -> None:
    """Write the whole file or nothing. Without `force`, create the file first; this fails if it exists."""
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
