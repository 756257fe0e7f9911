"""Read the configuration `reconciler.yaml`.

It is checked as strictly as role files, by the same functions. Rules and defaults are those of docs/interface.md,
sections "Configuration" and "Connection".
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal, NamedTuple, cast

from reconciler.config.connection import check_url
from reconciler.load.walk import LOCK_FILE, read_bytes
from reconciler.model.errors import CommandLineError, InvalidInput
from reconciler.model.findings import Place
from reconciler.model.inert import quoted, visible
from reconciler.model.suggestions import did_you_mean
from reconciler.plan.scope import Scope
from reconciler.policy.items import Item
from reconciler.policy.limits import Limit, Limits
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.reader import ListNode, MappingNode, Node, Scalar, describe, read_documents
from reconciler.yamlio.strict import entries, text, texts, version
from reconciler.yamlio.text import decode

DEFAULT_FILE = "reconciler.yaml"
DEFAULT_ROLES_DIR = "roles.d"
DEFAULT_POLICIES = "policies.yaml"
DEFAULT_REVIEWS = "reviews.yaml"

_KEYS = (
    "version",
    "url",
    "roles_dir",
    "journal",
    "manage",
    "unmanaged",
    "lock",
    "policies",
    "reviews",
    "ignore",
    "protect",
    "limits",
)
_LIMITS = ("max_deletes", "max_revokes")
_UNMANAGED = ("delete", "report")
_WHOLE = re.compile(r"[0-9]{1,12}")
_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_MOST_PERCENT = 100


class Configuration(NamedTuple):
    """The content of `reconciler.yaml`. Defaults are here, in `Scope` and in `Limits`. `path` is None without a file.

    `url` is as written; `check_url` decides later, with the options, whether plain http is allowed. `roles_dir`,
    `journal`, `lock`, `policies` and `reviews` are relative to the file in YAML, and relative to the working directory
    here. `lock_place` and `reviews_place` are where the file names these; None if they are the defaults, which may be
    missing. `policies` has files and globs with their places; None means the default file, which may be missing.
    """

    url: str | None = None
    roles_dir: str = DEFAULT_ROLES_DIR
    journal: Path | None = None
    scope: Scope = Scope()
    limits: Limits = Limits()
    lock: Path = Path(LOCK_FILE)
    lock_place: Place | None = None
    path: Path | None = None
    policies: tuple[Item, ...] | None = None
    reviews: Path = Path(DEFAULT_REVIEWS)
    reviews_place: Place | None = None

    @property
    def default_policies(self) -> str:
        """Return the path of the policy file that is read, if it exists, without the key `policies`."""
        return DEFAULT_POLICIES if self.path is None else beside(self.path, DEFAULT_POLICIES)


def load_configuration(path: Path | None) -> Configuration:
    """Return the configuration in `path`, or in `./reconciler.yaml` if `path` is None, or the defaults without a file.

    Raise `InvalidInput` with every problem of the file, also when the file in `path` cannot be read.
    """
    if path is None and not os.path.lexists(DEFAULT_FILE):
        return Configuration()
    path = path or Path(DEFAULT_FILE)
    problems = FileProblems(visible(path.as_posix()))
    content = read_bytes(os.fspath(path), problems)
    if content is None:
        raise InvalidInput(problems.found)
    return configuration_in(content, path)


def configuration_in(content: bytes, path: Path) -> Configuration:
    """Return the configuration with this content. Raise `InvalidInput` with every problem."""
    problems = FileProblems(visible(path.as_posix()))
    configuration = _configuration(content, path, problems)
    if problems.found or configuration is None:
        raise InvalidInput(problems.found)
    return configuration


def _configuration(content: bytes, path: Path, problems: FileProblems) -> Configuration | None:
    decoded = decode(content, problems)
    documents = [] if decoded is None else list(read_documents(decoded, problems))
    if len(documents) > 1:
        problems.add(
            documents[1], "wrong-type", "the configuration must be one document; remove this one and its --- line"
        )
    if not documents:
        return _defaults(path)
    if not isinstance(documents[0], MappingNode):
        problems.add(documents[0], "wrong-type", f"the configuration must be a mapping, found {describe(documents[0])}")
        return None
    found = {key: value for key, (_, value) in entries(documents[0], _KEYS, problems).items()}
    if "version" in found:
        version(found["version"], problems)
    return Configuration(
        url=_url(found["url"], problems) if "url" in found else None,
        roles_dir=beside(path, _place(found, "roles_dir", "directory", problems) or DEFAULT_ROLES_DIR),
        journal=Path(beside(path, journal)) if (journal := _place(found, "journal", "file", problems)) else None,
        scope=Scope(
            _unmanaged(found["unmanaged"], problems) if "unmanaged" in found else "delete",
            _patterns(found["ignore"], problems) if "ignore" in found else (),
            _patterns(found["manage"], problems) if "manage" in found else Scope().manage,
        ),
        lock=Path(beside(path, _place(found, "lock", "file", problems) or LOCK_FILE)),
        lock_place=_named_at(found, "lock", problems),
        limits=_limits(
            found.get("limits"), _patterns(found["protect"], problems) if "protect" in found else (), problems
        ),
        path=path,
        policies=_policies(found["policies"], path, problems) if "policies" in found else None,
        reviews=Path(beside(path, _place(found, "reviews", "file", problems) or DEFAULT_REVIEWS)),
        reviews_place=_named_at(found, "reviews", problems),
    )


def _defaults(path: Path) -> Configuration:
    """Return the configuration of an empty file `path`."""
    return Configuration(
        roles_dir=beside(path, DEFAULT_ROLES_DIR),
        lock=Path(beside(path, LOCK_FILE)),
        path=path,
        reviews=Path(beside(path, DEFAULT_REVIEWS)),
    )


def _named_at(found: dict[str, Node], key: str, problems: FileProblems) -> Place | None:
    """Return where the file names another file under `key`, or None without `key`."""
    return Place(problems.path, found[key].line, found[key].column) if key in found else None


def _policies(node: Node, path: Path, problems: FileProblems) -> tuple[Item, ...]:
    """Return the files and globs under `policies`, which is one of them or a list of them."""
    if isinstance(node, Scalar):
        name = text(node, "policies", problems, nothing="write a file or remove the line")
        found: list[tuple[str, Node]] = [] if name is None else [(name, node)]
    else:
        found = texts(node, "a policy file", problems, nothing="write a file or remove the line")
        if isinstance(node, ListNode) and not node.items:
            problems.add(node, "no-value", "policies has no file; write a file or a glob, or remove the line")
    for name, item in found:
        if not name or "\0" in name:
            problems.add(item, "unknown-value", f"policies {quoted(name)} is not a valid file name")
    return tuple(Item(beside(path, name), Place(problems.path, item.line, item.column)) for name, item in found)


def _url(node: Node, problems: FileProblems) -> str | None:
    url = text(node, "url", problems, nothing="write the base URL or remove the line")
    if url is not None:
        try:
            check_url(url, allow_http=True)
        except CommandLineError as error:
            problems.add(node, "url", str(error))
    return url


def _place(found: dict[str, Node], key: str, kind: str, problems: FileProblems) -> str | None:
    """Return the path under `key` as written, or None without `key`. `kind` is `directory` or `file`."""
    if key not in found:
        return None
    path = text(found[key], key, problems, nothing=f"write the path of a {kind} or remove the line")
    if path == "" or (path and "\0" in path):
        problems.add(found[key], "unknown-value", f"{key} {quoted(path)} is not a valid {kind} name")
    return path


def beside(configuration: Path, name: str) -> str:
    """Return the path of `name` from the working directory; `name` is relative to the configuration's directory."""
    if configuration.parent == Path() or os.path.isabs(name):  # noqa: PTH117 - a name, not a Path
        return name
    joined = os.path.join(configuration.parent, name)  # noqa: PTH118 - likewise
    short = os.path.normpath(joined)
    # If `a` is a symlink, `a/..` may be another directory than the one that contains `a`.
    return short if os.path.realpath(short) == os.path.realpath(joined) else joined


def _unmanaged(node: Node, problems: FileProblems) -> Literal["delete", "report"]:
    word = text(node, "unmanaged", problems, nothing="write delete or report")
    if word in _UNMANAGED:
        return cast("Literal['delete', 'report']", word)
    if word is not None:
        hint = did_you_mean(word, _UNMANAGED)
        problems.add(node, "unknown-value", f"unmanaged must be delete or report, found {quoted(word, 60)}{hint}")
    return "report"


def _patterns(node: Node, problems: FileProblems) -> tuple[str, ...]:
    """Return the glob patterns. An empty pattern is allowed: it only matches a live role with an empty name."""
    return tuple(pattern for pattern, _ in texts(node, "a pattern", problems, nothing="write [] or remove the line"))


def _limits(node: Node | None, protect: tuple[str, ...], problems: FileProblems) -> Limits:
    if node is None:
        return Limits(protect=protect)
    default = Limits()
    found = _pairs(node, _LIMITS, "limits must be a mapping of max_deletes and max_revokes", problems)
    return Limits(
        _limit(found.get("max_deletes"), default.max_deletes, problems),
        _limit(found.get("max_revokes"), default.max_revokes, problems),
        protect,
    )


def _limit(node: Node | None, default: Limit, problems: FileProblems) -> Limit:
    """Return the limit. A missing count or percentage keeps its default."""
    found = (
        {}
        if node is None
        else _pairs(node, ("count", "percent"), "a limit must be a mapping such as {count: 3, percent: 25}", problems)
    )
    count, percent = float(default.count), default.percent
    if "count" in found:
        count = _number(found["count"], "count", _WHOLE, "a whole number from 0", problems)
    if "percent" in found:
        percent = _number(found["percent"], "percent", _DECIMAL, "a number from 0 to 100", problems)
        if percent > _MOST_PERCENT:
            problems.add(found["percent"], "out-of-range", f"percent must be a number from 0 to 100, found {percent:g}")
    return Limit(int(count), percent)


def _pairs(node: Node, known: tuple[str, ...], what: str, problems: FileProblems) -> dict[str, Node]:
    if not isinstance(node, MappingNode):
        problems.add(node, "wrong-type", f"{what}, found {describe(node)}")
        return {}
    return {key: value for key, (_, value) in entries(node, known, problems).items()}


def _number(node: Node, key: str, pattern: re.Pattern[str], what: str, problems: FileProblems) -> float:
    """Return the number, which must be in digits, or 0 with the reason in `problems`."""
    if not isinstance(node, Scalar) or not pattern.fullmatch(node.value):
        negative = isinstance(node, Scalar) and node.value.startswith("-") and pattern.fullmatch(node.value[1:])
        rule: Literal["out-of-range", "wrong-type"] = "out-of-range" if negative else "wrong-type"
        problems.add(node, rule, f"{key} must be {what}, found {describe(node)}")
        return 0
    if not node.plain:
        problems.add(node, "wrong-type", f"{key} must be {what}, found a string; write {node.value} without quotes")
    return float(node.value)
