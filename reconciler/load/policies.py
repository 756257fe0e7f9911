"""Read policy files (`policies.yaml`) as strictly as role files. The format is that of docs/policies.md.

`policy_checks` reads the check of a policy, `waivers` reads the waivers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from reconciler.load.policy_checks import CHECKS, read_check
from reconciler.load.waivers import WaiverReader
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.model.inert import quoted, visible
from reconciler.model.suggestions import did_you_mean
from reconciler.policy.items import Item
from reconciler.policy.rules import Policies, Policy
from reconciler.yamlio.problems import FileProblems
from reconciler.yamlio.reader import ListNode, MappingNode, Node, Scalar, describe, read_documents
from reconciler.yamlio.strict import entries, lacking, text, texts, version
from reconciler.yamlio.text import decode

if TYPE_CHECKING:
    from reconciler.model.days import Day
    from reconciler.policy.rules import Level

_KEYS = ("version", "policies", "waivers")
_POLICY_KEYS = ("id", "why", "level", "roles", "except_roles", *CHECKS)
_LEVELS = ("deny", "warn")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_NOTHING = "write [] or remove the line"


def read_policies(files: Iterable[tuple[str, bytes]], machine_day: Day) -> Policies:
    """Return the policies and waivers of `files`, which are (path as shown, content) pairs.

    A waiver may end at most 366 days after `machine_day`, which is the date of this machine. Raise `InvalidInput` with
    every problem of every file.
    """
    reader = _Reader(machine_day)
    for path, content in files:
        reader.read(path, content)
    reader.problems += reader.waivers.problems_with(reader.policies)
    if reader.problems:
        raise InvalidInput(reader.problems)
    waivers = tuple(draft.waiver for draft in reader.waivers.drafts if draft.waiver)
    return Policies(tuple(reader.policies.values()), waivers, tuple(reader.paths))


class _Reader:
    """Reads the policy files of one run. `policies` are by id."""

    def __init__(self, machine_day: Day) -> None:
        self.policies: dict[str, Policy] = {}
        self.waivers = WaiverReader(machine_day)
        self.problems: list[Finding] = []
        self.paths: list[str] = []

    def read(self, path: str, content: bytes) -> None:
        """Read one file, as far as it can be read."""
        problems = FileProblems(visible(path))
        self.paths.append(path)
        root = _root(content, problems)
        if root is not None:
            found = entries(root, _KEYS, problems)
            if "version" in found:
                version(found["version"][1], problems)
            if len(lacking(["policies", "waivers"], found, root, _KEYS)) == 2:  # noqa: PLR2004 - both
                message = "this file has no policies and no waivers; write policies: [] for a file without policies"
                problems.add(root, "missing-key", message)
            for node in _items(found, "policies", problems):
                self._policy(node, problems)
            for node in _items(found, "waivers", problems):
                if problems.too_many(node):
                    break
                self.waivers.read(node, problems)
        self.problems += problems.found

    def _policy(self, node: Node, problems: FileProblems) -> None:
        if problems.too_many(node):
            return
        if not isinstance(node, MappingNode):
            problems.add(node, "wrong-type", f"a policy must be a mapping with id and a check, found {describe(node)}")
            return
        found = entries(node, _POLICY_KEYS, problems)
        check = read_check(node, found, problems)
        id_ = self._id(node, found, problems)
        why = _why(found["why"][1], problems) if "why" in found else ""
        level = _level(found["level"][1], problems) if "level" in found else "deny"
        roles = _globs(found["roles"][1], "roles", problems) if "roles" in found else None
        never = _globs(found["except_roles"][1], "except_roles", problems) if "except_roles" in found else ()
        if id_ is not None and check is not None:
            place = Place(problems.path, found["id"][1].line, found["id"][1].column)
            self.policies[id_] = Policy(id_, check, place, why, level, roles, never)
        elif id_ is not None:  # so a waiver for it is not a second problem
            self.waivers.broken.add(id_)

    def _id(self, node: MappingNode, found: dict[str, tuple[Scalar, Node]], problems: FileProblems) -> str | None:
        if "id" not in found:
            if lacking(["id"], found, node, _POLICY_KEYS):
                problems.add(node, "missing-key", "this policy has no id; write a short name, such as four-eyes")
            return None
        value = found["id"][1]
        id_ = text(value, "id", problems, nothing="write a short name, such as four-eyes")
        if id_ is None:
            return None
        if not _ID.fullmatch(id_):
            message = f"{quoted(id_, 80)} is not a valid id; use at most 63 of a-z, 0-9 and -, and do not begin with -"
            problems.add(value, "unknown-value", message)
            return None
        if id_ in self.policies:
            first = self.policies[id_].place
            message = f"duplicate policy {id_} (first defined at {first}); rename or remove one of them"
            problems.add(value, "duplicate-policy", message)
            return None
        return id_


def _root(content: bytes, problems: FileProblems) -> MappingNode | None:
    decoded = decode(content, problems)
    documents = [] if decoded is None else list(read_documents(decoded, problems))
    if not documents:
        if not problems.found:
            problems.at(1, 1, "missing-key", "this file is empty; write policies: [] for a file without policies")
        return None
    if len(documents) > 1:
        problems.add(documents[1], "wrong-type", "a policy file must be one document; remove the --- line")
    if not isinstance(documents[0], MappingNode):
        message = f"a policy file must be a mapping with policies or waivers, found {describe(documents[0])}"
        problems.add(documents[0], "wrong-type", message)
        return None
    return documents[0]


def _items(found: dict[str, tuple[Scalar, Node]], key: str, problems: FileProblems) -> list[Node]:
    if key not in found:
        return []
    node = found[key][1]
    if isinstance(node, ListNode):
        return node.items
    texts(node, "an item", problems, nothing=_NOTHING, key=key)  # says what is wrong
    return []


def _why(node: Node, problems: FileProblems) -> str:
    why = text(node, "why", problems, nothing="write a sentence or remove the line")
    return " ".join(why.split()) if why else ""


def _level(node: Node, problems: FileProblems) -> Level:
    word = text(node, "level", problems, nothing="write deny or warn")
    if word is not None and word not in _LEVELS:
        hint = did_you_mean(word, _LEVELS)
        problems.add(node, "unknown-value", f"level must be deny or warn, found {quoted(word, 60)}{hint}")
    return cast("Level", word) if word in _LEVELS else "deny"


def _globs(node: Node, key: str, problems: FileProblems) -> tuple[Item, ...]:
    found = texts(
        node, "a role name or glob pattern", problems, nothing="write a list of names or remove the line", key=key
    )
    if isinstance(node, ListNode) and not node.items:
        problems.add(node, "no-value", "this list is empty; write a role name or a glob pattern, or remove the line")
    return tuple(Item(glob, Place(problems.path, item.line, item.column)) for glob, item in found)
