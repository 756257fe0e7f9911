"""Read and write the files that users name: plans, reports, configuration, keys."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from reconciler.model.errors import FileFailed
from reconciler.model.inert import visible
from reconciler.reading import DOCUMENT, content_of, given


def read_text(path: Path, what: str) -> str:
    """Return the text of a UTF-8 file. Raise `FileFailed`, which names its purpose `what` ("saved plan")."""
    try:
        return given(path, DOCUMENT).decode()
    except OSError as error:
        raise FileFailed(f"cannot read the {what} {visible(str(path))}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FileFailed(f"cannot read the {what} {visible(str(path))}: it is not valid UTF-8") from None


def write_private(path: Path, text: str, what: str) -> None:
    """Write a file that only its owner may read (mode 0600), whole or not at all. Raise `FileFailed` when it cannot.

    An existing path that is not a regular file (`/dev/stdout`, a pipe) is written to, and never replaced.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path.resolve(), text.encode(), 0o600)
    except OSError as error:
        raise FileFailed(f"cannot write the {what} {visible(str(path))}: {error.strerror}") from None


def write_shared(path: Path, text: str, what: str) -> None:
    """Write a file that everybody may read (mode 0644), whole or not at all; make its directory if there is none.

    If `path` is a symlink, the file that it points to is replaced. Raise `FileFailed` when it cannot be written.
    """
    try:
        real = path.resolve()
        real.parent.mkdir(parents=True, exist_ok=True)
        _replace(real, text.encode(), 0o644)
    except OSError as error:
        raise FileFailed(f"cannot write the {what} {visible(str(path))}: {error.strerror}") from None


def replace_text(path: Path, text: str, what: str) -> None:
    """Replace the text of an existing file, whole or not at all. Its mode stays, and so does a symlink to it.

    Raise `FileFailed` when it cannot be written.
    """
    try:
        real = path.resolve()
        _replace(real, text.encode(), real.stat().st_mode & 0o7777)
    except OSError as error:
        raise FileFailed(f"cannot write the {what} {visible(str(path))}: {error.strerror}") from None


def replace_bytes(path: Path, before: bytes, after: bytes, what: str) -> None:
    """Replace the content of a file that was read as `before`, as `replace_text` does.

    Raise `FileFailed` when it cannot be written, or when it changed since it was read.
    """
    try:
        real = path.resolve()
        if content_of(real, DOCUMENT) != before:
            raise FileFailed(
                f"cannot write the {what} {visible(str(path))}: it changed meanwhile; run the command again"
            )
        _replace(real, after, real.stat().st_mode & 0o7777)
    except OSError as error:
        raise FileFailed(f"cannot write the {what} {visible(str(path))}: {error.strerror}") from None


def create_bytes(path: Path, content: bytes, what: str) -> None:
    """Write a file that does not exist yet, whole or not at all. Raise `FileFailed` when it cannot be written."""
    try:
        path.open("x").close()
        mode = path.stat().st_mode & 0o7777
        try:
            _replace(path, content, mode)
        except OSError:
            path.unlink()
            raise
    except OSError as error:
        raise FileFailed(f"cannot write the {what} {visible(str(path))}: {error.strerror}") from None


def _replace(path: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)
            file.write(content)
            file.flush()
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
