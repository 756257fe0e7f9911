"""Repositories of role files that the real git makes, one readable line a commit."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

ANA = "Ana Ruiz <ana@example.org>"
JON = "Jon Berg <jon@example.org>"
MIA = "Mia Chen <mia@example.org>"

Files = Mapping[str, str | bytes | None]
"""What to write by path; None removes the file."""


def role(name: str, *items: str, **keys: str) -> str:
    """A role file: its items as they stand in the list, other keys as they stand behind theirs."""
    more = "".join(f"{key}: {value}\n" for key, value in keys.items())
    listed = "".join(f"  - {item}\n" for item in items)
    return f"name: {name}\n{more}permissions:\n{listed}" if items else f"name: {name}\n{more}permissions: []\n"


def a_set(name: str, *items: str) -> str:
    return f"set: {name}\npermissions:\n" + "".join(f"  - {item}\n" for item in items)


def lock(*codes: str) -> str:
    """The catalogue lock of these codes."""
    entries = "".join(f"  {code}:\n    name: {code}\n    id: {code}\n" for code in sorted(codes))
    return f"version: 1\nurl: https://api.example.org\npermissions:\n{entries}" if codes else NO_CODES


NO_CODES = "version: 1\nurl: https://api.example.org\npermissions: {}\n"


class Repo:
    """A work tree. A commit has the day that it is given, else the day of the one before."""

    def __init__(self, top: Path, *options: str) -> None:
        """Make an empty repository with the branch `main`."""
        self.top = top
        self.day = "2026-01-01"
        self.author = ANA
        top.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch", "main", *options)

    def git(self, *arguments: str | bytes, stdin: bytes = b"") -> str:
        """Run git here with nobody's configuration, and return what it prints."""
        name, _, mail = self.author.partition(" <")
        when = self.day if self.day.startswith("@") else f"{self.day}T12:00:00+0000"
        who = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", name), ("EMAIL", mail.rstrip(">")), ("DATE", when))
        }
        plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        nobodys = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_EDITOR": "true"}
        done = subprocess.run(
            ["git", *arguments], cwd=self.top, env=plain | nobodys | who, input=stdin, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def write(self, files: Files) -> None:
        for name, content in files.items():
            path = self.top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(
        self, message: str | bytes, files: Files | None = None, *, day: str | None = None, by: str | None = None
    ) -> str:
        """Commit these files and whatever else changed. Return the hash."""
        self.write(files or {})
        self.day, self.author = day or self.day, by or self.author
        self.git("add", "--all", "--force")
        said = message.encode() if isinstance(message, str) else message
        options = ("--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "--file=-")
        self.git("commit", "--quiet", *options, stdin=said)
        return self.head

    def branch(self, name: str, start: str = "HEAD") -> None:
        """Check out a new branch."""
        self.git("switch", "--quiet", "--create", name, start)

    def switch(self, name: str) -> None:
        self.git("switch", "--quiet", name)

    def merge(self, *branches: str, message: str | None = None, day: str | None = None, by: str | None = None) -> str:
        """Merge these branches with a merge commit. Return its hash."""
        self.day, self.author = day or self.day, by or self.author
        self.git("merge", "--quiet", "--no-ff", *branches, "--message", message or f"Merge {' and '.join(branches)}")
        return self.head

    def rewrite(self, old: bytes, new: bytes) -> str:
        """Write HEAD's commit with other bytes, which git itself would not write. Return its new hash."""
        raw = self.git("cat-file", "commit", "HEAD").encode() + b"\n"
        found = re.sub(old, lambda _: new, raw, count=1, flags=re.MULTILINE)
        assert found != raw
        self.git(
            "reset", "--quiet", self.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=found)
        )
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")
