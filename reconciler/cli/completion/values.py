"""What a shell offers for a value: names of roles, codes, git refs, saved plans and journals. Offline, without a key.

A key press waits for it, so files are searched for lines of the usual form instead of being read as YAML. A shell has
no place for an error: a file that cannot be read offers nothing.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.errors import ReconcilerError
from reconciler.reading import MIB, content_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import click
    from click.shell_completion import CompletionItem

    from reconciler.config.settings import Configuration

_NAME = re.compile(r"^name:[ \t]+(?P<quote>[\"']?)(?P<name>[^#\n]+?)(?P=quote)[ \t]*(?:#.*)?$", re.MULTILINE)
_ITEM = re.compile(r"(?:^[ \t]*-[ \t]+|[\[,][ \t]*)[\"']?(?P<code>[\w-]+(?:\.[\w-]+)+)", re.MULTILINE)
_LOCKED = re.compile(r"^  (?P<code>[\w-]+(?:\.[\w-]+)+):\n    name: (?P<name>.*)$", re.MULTILINE)
_MOST = 4 * MIB
PATH = "path"
"""The type of an item that is a file or a directory of which the shell knows what to do with a space or a slash."""


class _Directory(NamedTuple):
    """Where a completed command line will run: the directory of `--directory`, and the files that it names."""

    top: Path
    config: Path | None
    roles_dir: str | None
    tenants: tuple[str, ...]

    @classmethod
    def of(cls, ctx: click.Context) -> _Directory:
        """Return that of the options that are there already."""
        given = ctx.params
        top = Path(ctx.find_root().params.get("directory") or ".")
        config = given.get("config")
        return cls(top, config and top / config, given.get("roles_dir"), given.get("tenants") or ())

    def configuration(self) -> Configuration | None:
        """Return the configuration, or None if it cannot be read. Its paths are relative to where the shell is."""
        from reconciler.config.settings import DEFAULT_FILE, Configuration, load_configuration

        path = self.config or self.top / DEFAULT_FILE
        if not (self.config or path.exists()):
            usual = Configuration()
            return usual._replace(roles_dirs=(str(self.top / usual.roles_dir),), lock=self.top / usual.lock)
        try:
            whole = load_configuration(path)
        except ReconcilerError:
            return None
        return whole.of(self.tenants[0]) if self.tenants and self.tenants[0] in whole.tenants else whole

    def role_files(self) -> Iterator[str]:
        """Yield the text of each role file that can be read."""
        for directory in self._directories():
            for path, below, files in os.walk(directory):
                below[:] = [name for name in below if not name.startswith(".")]
                for name in files:
                    if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                        yield _text(Path(path, name))

    def _directories(self) -> Iterable[Path]:
        if self.roles_dir:
            return [self.top / self.roles_dir]
        found = self.configuration()
        return list(map(Path, found.roles_dirs)) if found else []

    def lock(self) -> str:
        """Return the text of the lock, or an empty string without one."""
        found = self.configuration()
        return _text(found.lock) if found else ""


def _text(path: Path) -> str:
    try:
        return content_of(path, _MOST).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return ""


def _items(found: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    """Return what begins like `incomplete`, sorted. What a terminal cannot show is not offered."""
    shown = {value: about for value, about in found if value.startswith(incomplete) and value.isprintable()}
    return [_item(value, about=shown[value]) for value in sorted(shown)]


def _item(value: str, kind: str = "plain", about: str = "") -> CompletionItem:
    from click.shell_completion import CompletionItem  # only a shell needs it

    return CompletionItem(value, kind, about or None)


def topics(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the commands and the topics that have a help."""
    del ctx, param
    from reconciler.cli.help.topics import TOPICS
    from reconciler.cli.registry import COMMANDS

    return _items([(name, each.about) for table in (COMMANDS, TOPICS) for name, each in table.items()], incomplete)


def roles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the roles of the role files; of several values, those that are not there yet."""
    given = ctx.params.get(param.name or "") or ()
    texts = _Directory.of(ctx).role_files()
    names = {each["name"] for text in texts for each in _NAME.finditer(text)}
    return _items([(name, "") for name in names if name not in given], incomplete)


def tenants(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the tenants of the configuration."""
    del param
    found = _Directory.of(ctx).configuration()
    return _items([(name, "") for name in (found.tenants if found else ())], incomplete)


def codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the codes of the lock with their names, or else those of the role files."""
    del param
    return _items(_codes(ctx), incomplete)


def words(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer codes, and the categories that they begin with."""
    del param
    found = _codes(ctx)
    categories = {code.partition(".")[0] for code, _ in found}
    return _items([*found, *((category, "") for category in categories)], incomplete)


def _codes(ctx: click.Context) -> list[tuple[str, str]]:
    directory = _Directory.of(ctx)
    locked = [(each["code"], each["name"].strip("\"'")) for each in _LOCKED.finditer(directory.lock())]
    return locked or [(each["code"], "") for text in directory.role_files() for each in _ITEM.finditer(text)]


def refs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the branches and tags of the repository, those of its remotes too."""
    del param
    from reconciler.git.program import nearest, run_git

    command = ("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
    try:
        answer = run_git("git", nearest(_Directory.of(ctx).top), *command)
    except OSError:
        return []
    return _items([(each, "") for each in answer.stdout.decode(errors="replace").split()], incomplete)


def plans(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the files that can be a saved plan, and directories."""
    del param
    return _files(ctx, incomplete, ".json")


def journals(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the files that can be a journal, and directories."""
    del param
    return _files(ctx, incomplete, ".jsonl")


def _files(ctx: click.Context, incomplete: str, ending: str) -> list[CompletionItem]:
    """Return the files with this ending and the directories; any file if there are none of either."""
    directory, begin = os.path.split(incomplete)
    try:
        with os.scandir(_Directory.of(ctx).top / Path(directory).expanduser()) as entries:
            there = [(each.name, each.is_dir()) for each in entries]
    except (OSError, RuntimeError):  # RuntimeError: the home directory of an unknown user
        return []
    found = sorted(
        f"{name}/" if is_directory else name
        for name, is_directory in there
        if name.startswith(begin) and begin + name[:1] != "." and name.isprintable()
        if is_directory or name.endswith(ending)
    )
    paths = [_item(os.path.join(directory, name), PATH) for name in found]  # noqa: PTH118 - `~` and `./` stay
    return paths or [_item(incomplete, "file")]


def directories(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell offer directories."""
    del ctx, param
    return [_item(incomplete, "dir")]
