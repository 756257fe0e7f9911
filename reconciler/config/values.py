"""Read the values of the configuration: what its top level and its tenants have in common.

Each function returns the valid part of a value, and adds what is wrong to `problems`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from reconciler.config.connection import check_url
from reconciler.model.errors import CommandLineError
from reconciler.model.findings import Place
from reconciler.model.inert import quoted
from reconciler.model.suggestions import did_you_mean
from reconciler.policy.items import Item
from reconciler.policy.limits import Limit, Limits
from reconciler.yamlio.reader import ListNode, MappingNode, Node, Scalar, describe
from reconciler.yamlio.strict import entries, text, texts

if TYPE_CHECKING:
    from reconciler.yamlio.problems import FileProblems

MAX_TENANTS = "max_tenants"
_LIMITS = ("max_deletes", "max_revokes")
_UNMANAGED = ("delete", "report")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,11}")  # YAML 1.1 reads 010 as 8
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,12})?")
_MOST_PERCENT = 100


def read_url(node: Node, problems: FileProblems) -> str | None:
    """Return a base URL as it is written, None if it is not a string."""
    url = text(node, "url", problems, nothing="write the base URL or remove the line")
    if url is not None:
        try:
            check_url(url, allow_http=True)
        except CommandLineError as error:
            problems.add(node, "url", str(error))
    return url


def read_path(found: Mapping[str, Node], key: str, problems: FileProblems) -> str | None:
    """Return the path of a file under `key` as written, or None without `key`."""
    if key not in found:
        return None
    path = text(found[key], key, problems, nothing="write the path of a file or remove the line")
    if path == "" or (path and "\0" in path):
        problems.add(found[key], "unknown-value", f"{key} {quoted(path)} is not a valid file name")
    return path


def named_at(found: Mapping[str, Node], key: str, problems: FileProblems) -> Place | None:
    """Return where the file names another file under `key`, or None without `key`."""
    return Place(problems.path, found[key].line, found[key].column) if key in found else None


def beside(configuration: Path, name: str) -> str:
    """Return the path of `name` from the working directory; `name` is relative to the configuration's directory."""
    if configuration.parent == Path() or os.path.isabs(name):  # noqa: PTH117 - a name, not a Path
        return name
    joined = os.path.join(configuration.parent, name)  # noqa: PTH118 - likewise
    short = os.path.normpath(joined)
    # If `a` is a symlink, `a/..` may be another directory than the one that contains `a`.
    return short if os.path.realpath(short) == os.path.realpath(joined) else joined


def read_unmanaged(node: Node, problems: FileProblems) -> Literal["delete", "report"]:
    """Return what a plan does with unmanaged roles."""
    word = text(node, "unmanaged", problems, nothing="write delete or report")
    if word in _UNMANAGED:
        return cast("Literal['delete', 'report']", word)
    if word is not None:
        hint = did_you_mean(word, _UNMANAGED)
        problems.add(node, "unknown-value", f"unmanaged must be delete or report, found {quoted(word, 60)}{hint}")
    return "report"


def read_patterns(node: Node, key: str, problems: FileProblems) -> tuple[str, ...]:
    """Return the glob patterns under `key`. An empty pattern is allowed: it matches only an empty name."""
    found = texts(node, "a pattern", problems, nothing="write [] or remove the line", key=key)
    return tuple(pattern for pattern, _ in found)


def read_limits(
    node: Node | None,
    protect: tuple[str, ...],
    problems: FileProblems,
    default: Limits = Limits(),
    *,
    of_run: bool = False,
) -> Limits:
    """Return the limits of one tenant. What is left out, also of one limit, is that of `default`.

    `of_run` says that the limit on tenants of a run, `max_tenants`, may be beside them.
    """
    found = (
        {}
        if node is None
        else _pairs(
            node,
            (*_LIMITS, MAX_TENANTS) if of_run else _LIMITS,
            "limits must be a mapping of max_deletes and max_revokes",
            problems,
        )
    )
    return Limits(
        _limit(found.get("max_deletes"), default.max_deletes, problems),
        _limit(found.get("max_revokes"), default.max_revokes, problems),
        protect,
    )


def read_max_tenants(node: Node, problems: FileProblems) -> tuple[Node | None, Limit | None]:
    """Return the limit on tenants that one run may change, and where it is; None for both without it.

    What `limits` is otherwise, `read_limits` checks. A percentage that is left out does not count, nor does a count.
    """
    pairs = node.pairs if isinstance(node, MappingNode) else ()
    for key, value in pairs:
        if isinstance(key, Scalar) and key.value == MAX_TENANTS:
            return key, _limit(value, Limit(0), problems)
    return None, None


def _limit(node: Node | None, default: Limit, problems: FileProblems) -> Limit:
    """Return a limit in the configuration. A missing count or percentage keeps its default."""
    found = (
        {}
        if node is None
        else _pairs(node, ("count", "percent"), "a limit must be a mapping such as {count: 3, percent: 25}", problems)
    )
    count, percent = float(default.count), default.percent
    if "count" in found:
        count = whole_number(found["count"], "count", 0, problems)
    if "percent" in found:
        percent = _number(found["percent"], "percent", _DECIMAL, "a number from 0 to 100", problems)
        if percent > _MOST_PERCENT:
            problems.add(found["percent"], "out-of-range", f"percent must be a number from 0 to 100, found {percent:g}")
    return Limit(int(count), percent)


def whole_number(node: Node, key: str, least: int, problems: FileProblems) -> int:
    """Return a whole number that is not below `least`, which is 0 or 1."""
    number = int(_number(node, key, _WHOLE, f"a whole number from {least}", problems))
    if isinstance(node, Scalar) and _WHOLE.fullmatch(node.value) and number < least:
        problems.add(node, "out-of-range", f"{key} must be a whole number from {least}, found {number}")
    return max(number, least)


def read_files(
    node: Node, key: str, path: Path, problems: FileProblems, *, kind: Literal["file", "directory"] = "file"
) -> tuple[Item, ...]:
    """Return the paths under `key`, which is one of them or a list of them, relative to the working directory."""
    if isinstance(node, Scalar):
        name = text(node, key, problems, nothing=f"{_write(kind)} or remove the line")
        found: list[tuple[str, Node]] = [] if name is None else [(name, node)]
    else:
        what = "a policy file" if key == "policies" else "a directory"
        found = texts(node, what, problems, nothing=f"{_write(kind)} or remove the line", key=key)
        if isinstance(node, ListNode) and not node.items:
            what = "write a file or a glob" if kind == "file" else _write(kind)
            problems.add(node, "no-value", f"{key} has no {kind}; {what}, or remove the line")
    for name, item in found:
        if not name or "\0" in name:
            problems.add(item, "unknown-value", f"{key} {quoted(name)} is not a valid {kind} name")
    return tuple(Item(beside(path, name), Place(problems.path, item.line, item.column)) for name, item in found)


def _write(kind: Literal["file", "directory"]) -> str:
    return "write a file" if kind == "file" else "write the path of a directory"


def read_directories(node: Node, path: Path, problems: FileProblems) -> tuple[Item, ...]:
    """Return the directories of role files under `roles_dir`: one, or a list without one twice or inside another."""
    found = read_files(node, "roles_dir", path, problems, kind="directory")
    real = [os.path.realpath(item.text) if item.text and "\0" not in item.text else "" for item in found]
    for at, item in enumerate(found):
        message = next(filter(None, (_clash(found, real, before, at) for before in range(at))), None)
        if message:
            problems.at(item.place.line, item.place.column, "roles-dir-twice", message)
    return found


def _clash(found: Sequence[Item], real: Sequence[str], before: int, at: int) -> str:
    """Return why two directories cannot be in one list, or an empty string. `real` has their paths without links."""
    if not (real[before] and real[at]):  # a name that is not valid, which is reported
        return ""
    first, second = quoted(found[before].text), quoted(found[at].text)
    if real[before] == real[at]:
        return f"{second} is the same directory as {first}; remove one of them"
    shared = os.path.commonpath([real[before], real[at]])
    if shared not in (real[before], real[at]):
        return ""
    inner, outer = (second, first) if shared == real[before] else (first, second)
    return f"{inner} is inside {outer}, so its files would be read twice; move one of them"


def read_choice(node: Node, problems: FileProblems) -> tuple[Item, ...]:
    """Return the globs under `roles` that choose roles. One that starts with `!` excludes what it matches."""
    found = texts(node, "a glob", problems, nothing="write a list of globs or remove the line", key="roles")
    for glob, item in found:
        if not glob.removeprefix("!"):
            problems.add(item, "unknown-value", f"{quoted(glob)} is not a glob of role names")
    return tuple(Item(glob, Place(problems.path, item.line, item.column)) for glob, item in found)


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
        short = node.value.lstrip("0") if isinstance(node, Scalar) else ""
        hint = f"; write {short} without a leading zero" if pattern.fullmatch(short) else ""
        problems.add(node, rule, f"{key} must be {what}, found {describe(node)}{hint}")
        return 0
    if not node.plain:
        problems.add(node, "wrong-type", f"{key} must be {what}, found a string; write {node.value} without quotes")
    return float(node.value)
