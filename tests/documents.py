"""The documents as programs: what their blocks say is done in a temporary directory, and what they show is compared.

`python -m tests.documents` writes what was found into the documents; `tests/test_docs.py` says when that is needed.

- A `console` block holds lines `$ command`, each followed by what the command prints, standard error included.
- A `yaml` block whose first line is a comment with a path is written to that path.
- A comment `<!-- before: ... -->` holds commands of which nothing is shown; `<!-- a new directory -->` starts afresh;
  `<!-- tenant: ... -->` names the roles of the tenant there; `<!-- in the checkout -->` does the commands here instead.
- After `<!-- table: rules -->` comes the table of the kinds of problem, after `<!-- layers -->` the layers that
  import-linter holds. `<!-- commands -->`, `<!-- exit codes -->`, `<!-- options: ... -->` and `<!-- examples: ... -->`,
  each up to `<!-- end -->`, hold what `tests/reference.py` makes from the command line.

A sandbox of its own stands behind each directory. What differs in each run (ports, ids, keys, digests, times, and
which of several changes ends first) is written in one form, in the document and in what was found.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.cli.boundary import run
from reconciler.model.rules import RULES
from reconciler.sandbox.seed import DEFAULT_SEED
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests import manual
from tests.reference import command_table, example_block, exit_code_table, option_block

ROOT = Path(__file__).parent.parent
DOCUMENTS = (
    "CONTRIBUTING.md",
    "README.md",
    "docs/access-reviews.md",
    "docs/adopting.md",
    "docs/architecture.md",
    "docs/evidence.md",
    "docs/interface.md",
    "docs/operating.md",
    "docs/policies.md",
    "docs/review.md",
    "docs/role-files.md",
)
"""Those whose blocks are run or filled in."""

NEW_DIRECTORY = "<!-- a new directory -->\n"
BLOCK = re.compile(
    r"^<!-- before: *(?P<before>.*?)-->$|^(?P<fence>`{3,4})(?P<kind>console|yaml)\n(?P<body>.*?)^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)
_TENANT = re.compile(r"^<!-- tenant: (.*) -->$", re.MULTILINE)
_CHECKOUT = "<!-- in the checkout -->\n"
_PATH = re.compile(r"# (\S+\.ya?ml)\n")
_RULES = re.compile(r"<!-- table: rules -->\n\n(?:\|.*\n)*")
_LAYERS = re.compile(r"<!-- layers -->\n\n```text\n.*?^```\n", re.DOTALL | re.MULTILINE)
_REFERENCE = re.compile(
    r"<!-- (commands|exit codes|(?P<kind>options|examples): (?P<name>\w+)) -->\n.*?<!-- end -->\n", re.DOTALL
)
_COMMAND = re.compile(r"^\$ (.*)\n", re.MULTILINE)
_FOREIGN = (
    "RECONCILER_",
    "OMNISTREAM_",
    "GITHUB_",
    "GITLAB_",
    "CI",
    "MAKE",
    "MFLAGS",
    "NO_COLOR",
    "FORCE_COLOR",
    "GIT_",
)
_ONE_FORM = (
    (re.compile(r"# adopted \d{4}-\d\d-\d\d"), "# adopted 2026-11-25"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://127.0.0.1:8080"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "3f0b8f0e-5f5e-4d5c-9f1a-6d1f0c2b7a91"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:..."),
    (re.compile(r"sk_sandbox_ro_[0-9a-f]+"), "sk_sandbox_ro_..."),
    (re.compile(r"sk_sandbox_(?!ro_)[\w-]+"), "sk_sandbox_..."),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"), "2026-11-23T10:00:00Z"),
    (re.compile(r'"reconciler_version": "[^"]+"'), '"reconciler_version": "0.1.0"'),
    (re.compile(re.escape(str(ROOT))), "/path/to/reconciler"),
)

_FIRST_COMMIT = "4f6c1d0f3b1e9a7c5d2e8b4a6f0c3d1e7b9a5c20"
_COMMIT = re.compile(r"(?<![\w-])([0-9a-f]{12})([0-9a-f]{28})?(?![\w-])")
"""The hash of a commit, whole or in short; no end of an id."""

_PROGRESS = re.compile(r"(?:^[~+-] .+: (?:created|updated|deleted)\n){2,}", re.MULTILINE)
"""What `apply` says as each change ends; changes are made side by side, so their order is by chance."""


def in_one_form(text: str) -> str:
    """`text` without what differs in each run. Different commits stay different in it."""
    for pattern, form in _ONE_FORM:
        text = pattern.sub(form, text)
    text = _with_other_hashes(text)
    return _PROGRESS.sub(lambda lines: "".join(sorted(lines[0].splitlines(keepends=True))), text)


def _with_other_hashes(text: str) -> str:
    """`text` with a hash by its number in place of each commit's: the first of a text is the same in all texts."""
    hashes: dict[str, str] = {}

    def other(found: re.Match[str]) -> str:
        number = len(hashes)
        instead = hashes.setdefault(
            found[1], hashlib.sha1(b"%d" % number, usedforsecurity=False).hexdigest() if number else _FIRST_COMMIT
        )
        return instead if found[2] else instead[:12]

    return _COMMIT.sub(other, text)


def as_found(text: str) -> str:
    """A document with what its commands print now, in one form."""
    text = _REFERENCE.sub(_reference, _LAYERS.sub(_layers, _RULES.sub(_rules, text)))
    return NEW_DIRECTORY.join(_chapter_as_found(chapter) for chapter in text.split(NEW_DIRECTORY))


def _rules(_: re.Match[str]) -> str:
    rows = "".join(f"| `{rule}` | {sentence} |\n" for rule, sentence in sorted(RULES.items()))
    return f"<!-- table: rules -->\n\n| rule | what holds |\n| --- | --- |\n{rows}"


def _layers(_: re.Match[str]) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (each["layers"] for each in project["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    return "<!-- layers -->\n\n```text\n{}\n```\n".format("\n".join(layers))


def _reference(mark: re.Match[str]) -> str:
    match mark["kind"]:
        case "options":
            body = option_block(mark["name"])
        case "examples":
            body = example_block(mark["name"])
        case _:
            body = command_table() if mark[1] == "commands" else exit_code_table()
    return f"<!-- {mark[1]} -->\n\n{body}\n<!-- end -->\n"


def _chapter_as_found(chapter: str) -> str:
    if not BLOCK.search(chapter):
        return in_one_form(chapter)
    named = _TENANT.search(chapter)
    with session(named[1].split() if named else None, ROOT if _CHECKOUT in chapter else None) as found:
        return in_one_form(BLOCK.sub(found.block, chapter))


class Session:
    """A terminal in a directory of its own."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._code = 0

    def block(self, block: re.Match[str]) -> str:
        """Do what a block says; its text with what was found."""
        if block["kind"] == "console":
            return f"{block['fence']}console\n{self._console(block['body'])}{block['fence']}"
        if block["kind"] == "yaml":
            self._file(block["body"])
        else:
            subprocess.run(["bash", "-euc", block["before"]], check=True)
        return block[0]

    def _file(self, body: str) -> None:
        named = _PATH.match(body)
        if named is not None:
            path = Path(named[1])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")

    def _console(self, body: str) -> str:
        return "".join(f"$ {command}\n{self._printed(command)}" for command in _COMMAND.findall(body))

    def _printed(self, command: str) -> str:
        if command == "echo $?":
            return f"{self._code}\n"
        if command == "reconciler sandbox":
            return self._sandbox()
        if not command.startswith("reconciler ") or re.search(r"[|<>;]", command):
            done = subprocess.run(
                ["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
            )
            self._code = done.returncode
            return done.stdout
        printed = io.StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            self._code = run(shlex.split(command, comments=True)[1:])
        return printed.getvalue()

    def _sandbox(self) -> str:
        """Start the command itself, on a port that is free; its two `export` lines hold from here on."""
        started = self._stack.enter_context(
            subprocess.Popen(["reconciler", "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True)
        )
        self._stack.callback(started.terminate)
        assert started.stdout is not None
        lines = []
        for line in started.stdout:
            lines.append(line)
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                os.environ[name] = value
            if "Ctrl-C" in line:
                break
        return "".join(lines)


@contextmanager
def session(roles: Collection[str] | None = None, directory: Path | None = None) -> Iterator[Session]:
    """A terminal in a new directory, or in `directory`, with nothing in its environment that changes what is printed.

    Of the sandbox's usual custom roles, its tenant has those that `roles` names, or all of them.
    """
    seed = [role for role in DEFAULT_SEED if roles is None or role.is_system or role.name in roles]
    with ExitStack() as stack:
        where = directory or stack.enter_context(TemporaryDirectory())
        stack.enter_context(_environment(stack.enter_context(running_sandbox(seed=seed))))
        stack.enter_context(chdir(where))
        yield Session(stack)


@contextmanager
def _environment(tenant: RunningSandbox) -> Iterator[None]:
    before = dict(os.environ)
    for name in before:
        if name.startswith(_FOREIGN):
            del os.environ[name]
    os.environ.update(
        {
            "COLUMNS": "80",
            "GIT_AUTHOR_EMAIL": "writer@example.org",
            "GIT_AUTHOR_NAME": "Writer",
            "GIT_COMMITTER_EMAIL": "writer@example.org",
            "GIT_COMMITTER_NAME": "Writer",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "OMNISTREAM_API_KEY": tenant.api_key,
            "OMNISTREAM_URL": tenant.url,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{before.get('PATH', '')}",
            "RECONCILER_RETRY_WAIT": "0",
            "RECONCILER_CONCURRENCY": "1",  # changes end in the order in which they start, on every machine
            "REPOSITORY": str(ROOT),
        }
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def write() -> None:
    """Bring every document up to date, then the man pages, which are made from some of them."""
    for name in DOCUMENTS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        path.write_text(as_found(text), encoding="utf-8")
    manual.write()


if __name__ == "__main__":
    write()
