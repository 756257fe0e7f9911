"""Small git repositories for tests: commits at a given time, by a given author."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.builders import TODAY

QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_EDITOR": "true", "LC_ALL": "C.UTF-8"}
"""No configuration of the machine counts."""

Files = Mapping[str, str | bytes | None]
"""What to write by path; None removes the file."""


class Repository:
    """A repository in a directory, on the branch `main`. Without a day, a commit has that of the one before."""

    def __init__(self, directory: Path, *options: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.day = TODAY.isoformat()
        self.git("init", "--quiet", "--initial-branch", "main", *options)

    def git(
        self, *arguments: str | bytes, day: str | None = None, author: str = "Ana Ruiz", stdin: bytes | None = None
    ) -> str:
        """Run git, with this committer date and this author, and return what it prints."""
        self.day = day or self.day
        time = f"{self.day}T12:00:00+00:00"
        email = f"{author.split(maxsplit=1)[0].lower()}@example.org"
        who = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", author), ("EMAIL", email), ("DATE", time))
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.directory,
            env=inherited | QUIET | who,
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode(errors="replace").strip()

    def write(self, files: Files) -> None:
        """Write the files; None removes one."""
        for name, text in files.items():
            path = self.directory / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)

    def commit(
        self, message: str, files: Files | None = None, *, day: str | None = None, author: str = "Ana Ruiz"
    ) -> str:
        """Commit everything with these files, and return the full hash."""
        self.write(files or {})
        self.git("add", "--all", "--force")
        options = ("--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "--file=-")
        self.git("commit", "--quiet", *options, day=day, author=author, stdin=message.encode())
        return self.head

    def branch(self, name: str, start: str = "HEAD") -> None:
        """Check out a new branch."""
        self.git("switch", "--quiet", "--create", name, start)

    def switch(self, name: str) -> None:
        """Check out a branch."""
        self.git("switch", "--quiet", name)

    def merge(self, *branches: str, message: str = "", day: str | None = None, author: str = "Ana Ruiz") -> str:
        """Merge the branches with a commit, and return its full hash."""
        subject = message or f"Merge {' and '.join(branches)}"
        self.git("merge", "--quiet", "--no-ff", *branches, "--message", subject, day=day, author=author)
        return self.head

    def rewrite(self, pattern: bytes, new: bytes) -> str:
        """Put bytes into HEAD's commit that git itself would not write. Return its new hash."""
        raw = self.git("cat-file", "commit", "HEAD").encode() + b"\n"
        changed = re.sub(pattern, lambda _: new, raw, count=1, flags=re.MULTILINE)
        assert changed != raw
        made = self.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=changed)
        self.git("reset", "--quiet", made)
        return self.head

    def clone(self, directory: Path, *options: str) -> Repository:
        """Clone over a URL, since git copies a directory whole."""
        self.git("clone", "--quiet", "--no-local", *options, self.directory.as_uri(), str(directory))
        return Repository(directory)

    @property
    def head(self) -> str:
        """The full hash of HEAD."""
        return self.git("rev-parse", "HEAD")


def a_file(name: str, *items: str, more: str = "") -> str:
    """A role file in block style."""
    listed = "".join(f"  - {item}\n" for item in items)
    return f"name: {name}\n{more}permissions:{f'{chr(10)}{listed}' if items else f' []{chr(10)}'}"


def a_set(name: str, *items: str) -> str:
    """A document that is a set."""
    return f"set: {name}\npermissions:\n" + "".join(f"  - {item}\n" for item in items)


def a_lock_file(*codes: str) -> str:
    """The catalogue lock of these codes."""
    entries = "".join(f"  {code}:\n    name: {code}\n    id: {code}\n" for code in sorted(codes))
    return f"version: 1\nurl: https://api.example.org\npermissions:\n{entries}"
