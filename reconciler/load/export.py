"""Live roles to role files: one a role, never over a file that is there, each reading back as the very same role."""

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

from reconciler.load import load_documents, role_yaml
from reconciler.model.errors import FileFailed, InvalidInput, Refused
from reconciler.model.inert import quoted, visible
from reconciler.plan.matching import pattern_of

if TYPE_CHECKING:
    from reconciler.model.roles import LiveRole, Role

_LONGEST = 80  # characters of a file's name: far below what any file system takes, also with a suffix
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")
# Windows takes these for devices, whatever follows a dot behind them, and git refuses to check them out there.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A live role that cannot stand in a role file, and why, for people."""

    role: LiveRole
    reason: str

    def __str__(self) -> str:
        """A sentence that says how to go on."""
        pattern = quoted(pattern_of(self.role.role.name), 1000)
        return (
            f"left out: role {quoted(self.role.role.name)} (id {visible(self.role.id)}): {self.reason}. hint: "
            f"change it in OmniStream, or exclude it with `ignore: [{pattern}]`"
        )


@dataclass(frozen=True, slots=True)
class Texts:
    """Each role that can stand in a role file with its text, sorted by name, and those that cannot."""

    roles: tuple[tuple[Role, str], ...]
    left_out: tuple[LeftOut, ...]

    def joined(self) -> str:
        """All as one file of several documents."""
        return "---\n".join(text for _, text in self.roles)


def texts_of(live: Iterable[LiveRole]) -> Texts:
    """The role files of live roles. Every text has been read back."""
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
    """Write each text to its path in `directory`, which is made where it is missing; those that were there before.

    Raises `Refused` where a file is there already and `force` is not given, before anything is written; `FileFailed`
    where the disk says no.
    """
    there = [path for path in texts if os.path.lexists(path)]
    if there and not force:
        listed = ", ".join(visible(path.as_posix()) for path in there[:10])
        more = f" and {len(there) - 10} more" if len(there) > 10 else ""  # noqa: PLR2004 - enough to see which they are
        raise Refused(
            f"refused, nothing was written: these files already exist: {listed}{more}. hint: pass --unmanaged to "
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
    """Lower-case ASCII letters, digits, dots, dashes and underscores, with neither a dot nor a dash at either end.

    Never a name that Windows keeps for a device.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = _NOT_IN_A_NAME.sub("-", plain.lower()).strip(".-")
    slug = slug[:_LONGEST].strip(".-") or "role"
    return f"role-{slug}" if _DEVICE.fullmatch(slug) else slug


def _why_not(role: Role, text: str) -> str | None:
    """Why a role cannot stand in a role file; None where its text reads back as the same role."""
    try:
        (read,) = load_documents([("export", text.encode())]).roles
    except InvalidInput as error:
        return error.findings[0].message
    return None if read.role == role else f"a role file would change its name to {quoted(read.role.name)}"


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
