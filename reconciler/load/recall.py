"""What role files said when they were last read: a file with the same content says the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from reconciler.load.loaded import FileReader, Parsed, Said, put_together


class _Copy(NamedTuple):
    content: bytes
    said: Said


class Recall:
    """Keeps what the files of each directory said, for a process that reads the same ones again and again.

    Every file is still read; only what did not change is not taken apart again. Of a directory it keeps the files of
    the last reading alone. For one thread.
    """

    def __init__(self) -> None:
        """Start with nothing read."""
        self._copies: dict[str, dict[str, _Copy]] = {}

    def parse(self, directory: str, files: Iterable[tuple[str, bytes]]) -> Parsed:
        """Return what `load.loaded.parse` returns for the files of a directory."""
        before = self._copies.get(directory, {})
        now: dict[str, _Copy] = {}
        reader = FileReader()
        every: list[Said] = []
        for path, content in files:
            copy = before.get(path)
            if copy is None or copy.content != content:
                copy = _Copy(content, reader.read(path, content))
            now[path] = copy
            every.append(copy.said)
        self._copies[directory] = now
        return put_together(every)
