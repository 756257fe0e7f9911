"""Small git repositories for tests: commits at a given time, by a given author."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.builders import TODAY

QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C.UTF-8"}
"""No configuration of the machine counts."""


class Repository:
    """A repository in a directory, on the branch `main`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *arguments: str, day: str = TODAY.isoformat(), author: str = "Ana Ruiz") -> str:
        """Run git, with this committer date and this author, and return what it prints."""
        time = f"{day}T12:00:00+00:00"
        email = f"{author.split(maxsplit=1)[0].lower()}@example.org"
        who = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", author), ("EMAIL", email), ("DATE", time))
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *arguments], cwd=self.directory, env=inherited | QUIET | who, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode(errors="replace").strip()

    def write(self, files: dict[str, str | None]) -> None:
        """Write the files; None removes one."""
        for name, text in files.items():
            path = self.directory / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, subject: str, files: dict[str, str | None], *, day: str, author: str = "Ana Ruiz") -> str:
        """Commit everything with these files, and return the full hash."""
        self.write(files)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject, day=day, author=author)
        return self.git("rev-parse", "HEAD")


def a_file(name: str, *items: str, more: str = "") -> str:
    """A role file in block style."""
    listed = "".join(f"  - {item}\n" for item in items)
    return f"name: {name}\n{more}permissions:{f'{chr(10)}{listed}' if items else f' []{chr(10)}'}"
