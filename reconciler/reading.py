"""Read files: the one place that opens them. Reading neither blocks nor takes more memory than the caller allows."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024
PATIENCE = 3.0
"""In seconds: how long a pipe may be without a program that writes to it."""

DOCUMENT = 256 * MIB
"""The largest JSON document: a saved plan, an index of plans, a journal, the event of a CI run."""

_STEP = 0.02
_PART = 65_536


class NotAFileError(OSError):
    """It is a pipe, a device or a directory where only a regular file may be."""


class TooLargeError(OSError):
    """The file is larger than the caller allows, or has no end."""


def content_of(path: str | Path, most: int) -> bytes:
    """Return the content of a regular file of at most `most` bytes.

    Opening does not block, as it otherwise would for a pipe without a writer. Type and size are checked on the open
    file, so it cannot be replaced between the check and the read. Raise `NotAFileError`, `TooLargeError`, or another
    `OSError`; each has a `strerror` to show.
    """
    with open(path, "rb", buffering=0, opener=_at_once) as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise NotAFileError(0, "not a regular file")
        if about.st_size > most:
            raise _too_large(most)
        return _read(file.fileno(), most, about.st_size)


def given(path: str | Path, most: int, *, patience: float = PATIENCE) -> bytes:
    """Return the content of what the user names: a regular file, or a pipe from another program (`<(command)`).

    A pipe without a writer is not waited for longer than `patience` seconds. Raise what `content_of` raises, except
    `NotAFileError`.
    """
    with open(path, "rb", buffering=0, opener=_at_once) as file:
        handle = file.fileno()
        about = os.fstat(handle)
        if about.st_size > most:
            raise _too_large(most)
        # A pipe that this process was started with has had its writer: nothing in it is its end.
        waits = stat.S_ISFIFO(about.st_mode) and not str(path).startswith(("/dev/fd/", "/dev/stdin", "/proc/"))
        begin = _begin_of_pipe(handle, patience) if waits else b""
        os.set_blocking(handle, True)
        return _read(handle, most, about.st_size, begin)


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def _begin_of_pipe(handle: int, patience: float) -> bytes:
    """Return what a pipe has at once, empty if a program has it open and did not write yet."""
    while True:
        try:
            begin = os.read(handle, _PART)
        except BlockingIOError:
            return b""
        if begin:
            return begin
        if patience <= 0:
            raise OSError(0, "no program writes to this pipe")
        time.sleep(_STEP)
        patience -= _STEP


def _read(handle: int, most: int, expected: int, begin: bytes = b"") -> bytes:
    parts = [begin]
    left = most + 1 - len(begin)
    while left > 0 and (part := os.read(handle, min(left, max(expected + 1, _PART)))):
        parts.append(part)
        left -= len(part)
    if left <= 0:
        raise _too_large(most)
    return b"".join(parts)


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(0, f"larger than {most // MIB} MiB")
