"""What the history of access costs: `why` and `report` over 5,000 commits, against the work that git and YAML ask for.

    python benchmarks/history.py

1,700 of the commits change one of 60 roles. The floor is a process that asks for one `git log --raw` and one
`git cat-file --batch` of the same blobs, and reads each of them once.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import RECONCILER, Task, command, exponent, medians, peak_mib, row
from reconciler.load.loaded import read_file
from reconciler.load.role import DocumentReader
from reconciler.yamlio.problems import FileProblems

COMMITS = 5_000
TOUCHING = 1_700
CODES = [f"category{at % 12}.action{at}" for at in range(120)]
START = 1_700_000_000
"""The time of the first commit; each comes three hours after the one before."""


class Shape(NamedTuple):
    """How many roles a repository has, and how many codes each."""

    roles: int
    codes: int


USUAL = Shape(60, 20)
WIDE = Shape(300, 100)


def main() -> None:
    """Print one row for each goal."""
    if "--floor" in sys.argv:
        floor(Path.cwd())
        return
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        repository = a_repository(top / "usual", COMMITS, TOUCHING, USUAL)
        tasks = {"why": why(repository), "floor": command(sys.executable, __file__, "--floor", cwd=repository)}
        seconds = medians(tasks, 5)
        ratio = seconds["why"] / seconds["floor"]
        row("why over 5,000 commits / git log, cat-file and reading each blob once", ratio, 1.5)
        sizes = [1_250, 2_500, 5_000, 10_000]
        made_of = {size: a_repository(top / str(size), size, size * TOUCHING // COMMITS, USUAL) for size in sizes}
        grown = medians({str(size): why(path) for size, path in made_of.items()}, 3)
        start = medians({"start": command(RECONCILER, "--version")}, 5)["start"]
        row("growth of why over commits", exponent(sizes, [grown[str(size)] - start for size in sizes]), 1.2, "exp")
        wide = a_repository(top / "wide", COMMITS, TOUCHING, WIDE)
        report = [RECONCILER, "report", "--format", "html", "--output", str(top / "report.html")]
        seconds = medians({"why": why(wide), "report": command(*report, cwd=wide)}, 3)
        row("report of 300 roles x 100 codes / why", seconds["report"] / seconds["why"], 2)
        row("memory of report of 300 roles x 100 codes", peak_mib(*report, cwd=wide), 200, "MiB")


def why(repository: Path) -> Task:
    """A task that asks for everything that happened to one role."""
    return command(RECONCILER, "why", "role-7", cwd=repository)


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
    return subprocess.run(["git", *arguments], cwd=repository, input=stdin, capture_output=True, check=True).stdout  # noqa: S607 - the git of the user


def a_repository(directory: Path, commits: int, touching: int, shape: Shape) -> Path:
    """A repository of so many commits, of which so many change a role file, made with `git fast-import`."""
    directory.mkdir(parents=True)
    git(directory, "init", "--quiet", "--initial-branch", "main")
    every = commits / touching
    versions = dict.fromkeys(range(shape.roles), 0)
    stream: list[bytes] = []
    done = 0.0
    for at in range(commits):
        files: dict[str, str] = {}
        if at == 0:
            files = {f"roles.d/role-{number}.yaml": a_role(number, 0, shape.codes) for number in range(shape.roles)}
        elif at >= done + every:
            done += every
            number = at % shape.roles
            versions[number] += 1
            files = {f"roles.d/role-{number}.yaml": a_role(number, versions[number], shape.codes)}
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


def a_role(number: int, version: int, size: int) -> str:
    """A role with so many codes, one of which differs from version to version."""
    codes = sorted(
        {CODES[(number * 7 + at) % len(CODES)] for at in range(size)} ^ {CODES[(number + version * 3) % len(CODES)]}
    )
    listed = "".join(f"  - {code}\n" for code in codes)
    return f"name: role-{number}\ndescription: Role {number}, as changed {version} times.\npermissions:\n{listed}"


if __name__ == "__main__":
    main()
