"""What the history of access costs: `why` and `report` over 5,000 commits, against the work that git and YAML ask for.

    python benchmarks/history.py

1,700 of the commits change one of 60 roles. The floor is one `git log --raw`, one `git cat-file --batch` of the same
blobs, and reading each of them once.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import RECONCILER, command, exponent, medians, row
from reconciler.load.loaded import read_file
from reconciler.load.role import DocumentReader
from reconciler.yamlio.problems import FileProblems

COMMITS = 5_000
TOUCHING = 1_700
ROLES = 60
CODES = [f"category{at % 12}.action{at}" for at in range(100)]
START = 1_700_000_000
"""The time of the first commit; each comes three hours after the one before."""


def main() -> None:
    """Print one row for each goal."""
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        repository = a_repository(top / "whole", COMMITS, TOUCHING)
        why = command(RECONCILER, "why", "role-7", cwd=repository)
        seconds = medians({"why": why, "floor": lambda: floor(repository)}, 5)
        row(
            "why over 5,000 commits / git log, cat-file and reading each blob once",
            seconds["why"] / seconds["floor"],
            1.5,
        )
        sizes = [1_250, 2_500, 5_000, 10_000]
        parts = {size: a_repository(top / str(size), size, size * TOUCHING // COMMITS) for size in sizes}
        grown = medians({str(size): command(RECONCILER, "why", "role-7", cwd=parts[size]) for size in sizes}, 3)
        start = medians({"start": command(RECONCILER, "--version")}, 5)["start"]
        row("growth of why over commits", exponent(sizes, [grown[str(size)] - start for size in sizes]), 1.2, "exp")


def floor(repository: Path) -> None:
    """Ask git for the same history, and read each blob once."""
    log = git(
        repository, "log", "--raw", "-z", "--no-abbrev", "--no-renames", "--format=%x00%H%x00%ct%x00%aN%x00%B%x00"
    )
    blobs = list(
        dict.fromkeys(token.split(b" ")[3] for token in log.split(b"\0") if token.lstrip(b"\n").startswith(b":"))
    )
    blobs = [blob for blob in blobs if blob.strip(b"0")]
    answer = git(repository, "cat-file", "--batch", stdin=b"\n".join(blobs) + b"\n")
    reader = DocumentReader()
    for content in contents(answer):
        read_file(content, reader, FileProblems("role.yaml"))


def contents(answer: bytes) -> Iterator[bytes]:
    """The contents in the answer of `git cat-file --batch`."""
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split()[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def git(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """The output of git."""
    return subprocess.run(["git", *arguments], cwd=repository, input=stdin, capture_output=True, check=True).stdout  # noqa: S607


def a_repository(directory: Path, commits: int, touching: int) -> Path:
    """A repository of so many commits, of which so many change a role file, made with `git fast-import`."""
    directory.mkdir(parents=True)
    git(directory, "init", "--quiet", "--initial-branch", "main")
    every = commits / touching
    versions = dict.fromkeys(range(ROLES), 0)
    stream: list[bytes] = []
    done = 0.0
    for at in range(commits):
        files: dict[str, str] = {}
        if at == 0:
            files = {f"roles.d/role-{number}.yaml": a_role(number, 0) for number in range(ROLES)}
        elif at >= done + every:
            done += every
            number = at % ROLES
            versions[number] += 1
            files = {f"roles.d/role-{number}.yaml": a_role(number, versions[number])}
        else:
            files = {"src/app.txt": f"{at}\n"}
        message = f"Change {at} (#{at})".encode()
        stream.append(
            b"commit refs/heads/main\ncommitter Ana Ruiz <ana@example.org> %d +0000\ndata %d\n%s\n"
            % (START + at * 10_800, len(message), message)
        )
        for name, text in files.items():
            stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(text.encode()), text.encode()))
    git(directory, "fast-import", "--quiet", stdin=b"".join(stream))
    git(directory, "checkout", "--quiet", "main")
    return directory


def a_role(number: int, version: int) -> str:
    """A role with 20 codes, one of which differs from version to version."""
    codes = sorted({CODES[(number * 7 + at) % 100] for at in range(20)} ^ {CODES[(number + version * 3) % 100]})
    listed = "".join(f"  - {code}\n" for code in codes)
    return f"name: role-{number}\ndescription: Role {number}, as changed {version} times.\npermissions:\n{listed}"


if __name__ == "__main__":
    main()
