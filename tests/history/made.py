"""Histories of role files that nobody wrote: what people do to them, in any order, with branches and slow clocks."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from reconciler.model.days import Day
from tests.repository import Repository, a_lock_file

CODES = ("a.view", "a.edit", "b.view", "b.edit", "c.send")
NAMES = ("clerk", "lead", "nurse", "porter", "guard")
SETS = ("basics", "extras")
AUTHORS = ("Ana Ruiz", "Jon Berg", "Mia Chen")
PATTERNS = ("a.*", "b.*", '"*.view"')
START = Day(2026, 1, 1)
TODAY = Day(2026, 11, 29)
ENDS = tuple(START + timedelta(days=days) for days in (0, 20, 45, 90, 150, 400))
BROKEN = ("name: [\n", "- a list\n", "", "name: clerk\n", "name: \x00\npermissions: []\n", "set: basics\nname: x\n")
OTHER = {"README.md": b"x", "roles.d/notes.txt": b"x", "roles.d/.hidden.yaml": b"-", "roles.data/a.yaml": b"-"}


class Commit(NamedTuple):
    """One commit with all files of its tree. `parents` are places in the list of commits."""

    parents: tuple[int, ...]
    files: Mapping[str, bytes]
    day: Day
    author: str


class Role(NamedTuple):
    """A role or a set, before it is written: items may be codes, patterns, or codes with an end."""

    items: tuple[str, ...]
    include: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    file: str = "a"
    note: int = 0

    def text(self, name: str) -> str:
        """The document, with another comment for another note."""
        lists = {"include": self.include, "except": self.excepted, "renamed_from": self.earlier}
        more = "".join(f"{key}: [{', '.join(value)}]\n" for key, value in lists.items() if value)
        listed = "".join(f"  - {item}\n" for item in self.items)
        key = "set" if name in SETS else "name"
        given = f"permissions:\n{listed}" if listed else "permissions: []\n"
        return f"# {self.note}\n{key}: {name}\n{more}{given}"


class Tree(NamedTuple):
    """What a commit holds. `odd` are files as they are."""

    roles: Mapping[str, Role]
    lock: frozenset[str] | None
    odd: Mapping[str, bytes]

    def files(self) -> dict[str, bytes]:
        """Every file by path."""
        texts: dict[str, list[str]] = {}
        for name, role in self.roles.items():
            texts.setdefault(f"roles.d/{role.file}.yaml", []).append(role.text(name))
        found = {path: "---\n".join(documents).encode() for path, documents in texts.items()}
        if self.lock is not None:
            found["lock.yaml"] = a_lock_file(*self.lock).encode()
        return {**found, **self.odd}


class Making:
    """One run of a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - the same history for the same seed
        self.commits: list[Commit] = []
        self.trees: list[Tree] = []
        self.day = START

    def made(self) -> list[Commit]:
        """The commits; the last one is HEAD."""
        start = Tree({name: self.role() for name in self.some(NAMES)}, frozenset(CODES), {})
        tip = self.commit((), start)
        for _ in range(self.random.randrange(3, 14)):
            tip = self.merged(tip) if self.random.random() < 0.2 else self.commit((tip,), self.changed(self.trees[tip]))
        return self.commits

    def commit(self, parents: tuple[int, ...], tree: Tree) -> int:
        self.day += timedelta(days=self.random.choice((0, 0, 1, 3, 10, 30, 30, -20)))
        day = Day(2031, 1, 1) if self.random.random() < 0.03 else self.day
        self.commits.append(Commit(parents, tree.files(), day, self.random.choice(AUTHORS)))
        self.trees.append(tree)
        return len(self.commits) - 1

    def merged(self, tip: int) -> int:
        """Commits on a branch from somewhere in the past, maybe with a merge of their own, and their merge."""
        side = self.random.randrange(len(self.commits))
        for _ in range(self.random.randrange(1, 4)):
            side = self.commit((side,), self.changed(self.trees[side]))
        ours, theirs = self.trees[tip], self.trees[side]
        if self.random.random() < 0.3:
            side = self.commit((side, tip), theirs)
        mixed = Tree({**ours.roles, **theirs.roles}, ours.lock, {**theirs.odd, **ours.odd})
        return self.commit((tip, side), self.random.choice((ours, theirs, mixed, self.changed(mixed))))

    def changed(self, tree: Tree) -> Tree:
        """The tree after somebody's work of a day."""
        for _ in range(self.random.choice((1, 1, 2, 3))):
            tree = self.random.choice(self.changes())(tree)
        return tree

    def changes(self) -> tuple[Callable[[Tree], Tree], ...]:
        often = (self.edit, self.edit, self.edit, self.rename, self.rename, self.create)
        return (
            *often,
            self.remove,
            self.move,
            self.reformat,
            self.chain,
            self.sets,
            self.locked,
            self.odd,
            self.repair,
        )

    def some(self, of: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.random.sample(of, self.random.randrange(len(of))))

    def role(self) -> Role:
        return Role(tuple(map(self.item, self.some(CODES))), file=self.random.choice("abcd"))

    def item(self, code: str) -> str:
        return f"{code}: {{until: {self.random.choice(ENDS)}}}" if self.random.random() < 0.25 else code

    def one(self, tree: Tree) -> str | None:
        """The name of a role or set of the tree."""
        return self.random.choice(sorted(tree.roles)) if tree.roles else None

    def edit(self, tree: Tree) -> Tree:
        name = self.one(tree)
        if name is None:
            return tree
        role = tree.roles[name]._replace(items=tuple(map(self.item, self.some(CODES))))
        if self.random.random() < 0.15:
            role = role._replace(items=(*role.items, self.random.choice(PATTERNS)))
        if self.random.random() < 0.15 and name not in SETS:
            role = role._replace(include=self.some(SETS), excepted=self.some(CODES)[:1])
        return tree._replace(roles={**tree.roles, name: role})

    def create(self, tree: Tree) -> Tree:
        return tree._replace(roles={**tree.roles, self.random.choice(NAMES): self.role()})

    def remove(self, tree: Tree) -> Tree:
        gone = {self.one(tree)} if self.random.random() < 0.8 else set(tree.roles)
        return tree._replace(roles={name: role for name, role in tree.roles.items() if name not in gone})

    def rename(self, tree: Tree) -> Tree:
        """Mostly with the key; sometimes the earlier name stays, or the new one is in use."""
        before, name = self.one(tree), self.random.choice(NAMES)
        if before in (None, name) or before in SETS:
            return tree
        earlier = (before, *self.some(NAMES)[:1]) if self.random.random() < 0.85 else ()
        roles = {**tree.roles, name: tree.roles[before]._replace(earlier=tuple(e for e in earlier if e != name))}
        if self.random.random() < 0.85:
            del roles[before]
        return tree._replace(roles=roles)

    def chain(self, tree: Tree) -> Tree:
        """Every role of a row takes the name of the next one."""
        row = self.random.sample(NAMES, self.random.randrange(2, 5))
        moved = {
            after: tree.roles[before]._replace(earlier=(before,))
            for before, after in pairwise(row)
            if before in tree.roles
        }
        stays = self.random.random() < 0.2
        kept = {name: role for name, role in tree.roles.items() if stays or name not in row}
        return tree._replace(roles=kept | moved)

    def move(self, tree: Tree) -> Tree:
        name = self.one(tree)
        if name is None:
            return tree
        role = tree.roles[name]._replace(file=self.random.choice(("a", "b", "team/a", "team/c", ".off/a", "odd name")))
        return tree._replace(roles={**tree.roles, name: role})

    def reformat(self, tree: Tree) -> Tree:
        names = self.random.sample(sorted(tree.roles), len(tree.roles))
        note = self.random.randrange(9)
        return tree._replace(roles={name: tree.roles[name]._replace(note=note) for name in names})

    def sets(self, tree: Tree) -> Tree:
        """A set comes, or a role includes those that there are."""
        roles = dict(tree.roles)
        if self.random.random() < 0.5:
            roles[self.random.choice(SETS)] = self.role()
        there = tuple(name for name in SETS if name in roles)
        users = [name for name in roles if name not in SETS and self.random.random() < 0.4]
        return tree._replace(roles=roles | {name: roles[name]._replace(include=there) for name in users})

    def locked(self, tree: Tree) -> Tree:
        if self.random.random() < 0.2:
            return tree._replace(lock=None)
        return tree._replace(lock=frozenset(CODES) - set(self.some(CODES)[:1]))

    def odd(self, tree: Tree) -> Tree:
        """Something beside the roles, or something broken."""
        path = self.random.choice([*OTHER, *OTHER, "roles.d/broken.yaml", "lock.yaml"])
        content = OTHER.get(path, self.random.choice(BROKEN).encode())
        return tree._replace(odd={**tree.odd, path: content + b"#" * self.random.randrange(3)})

    def repair(self, tree: Tree) -> Tree:
        """What is broken goes, and so does what includes, excepts and earlier names would break."""
        plain = {name: role._replace(include=(), excepted=(), earlier=()) for name, role in tree.roles.items()}
        return Tree(plain, frozenset(CODES), {})


def imported(repository: Repository, commits: list[Commit]) -> list[str]:
    """Write the commits into the repository as the branch `main`, and return their hashes."""
    stream = [b"reset refs/heads/main\n\n"]
    for at, commit in enumerate(commits):
        message = f"Change {at}".encode()
        seconds = (commit.day - Day(1970, 1, 1)).days * 86_400 + 40_000
        who = f"{commit.author} <{commit.author.split(maxsplit=1)[0]}@example.org> {seconds} +0000".encode()
        stream.append(b"commit refs/heads/main\nmark :%d\nauthor %s\ncommitter %s\n" % (at + 1, who, who))
        stream.append(b"data %d\n%s\n" % (len(message), message))
        words = [b"from", *[b"merge"] * len(commit.parents)]
        stream += [b"%s :%d\n" % (word, parent + 1) for word, parent in zip(words, commit.parents, strict=False)]
        stream.append(b"deleteall\n")
        for path, content in commit.files.items():
            stream.append(b'M 100644 inline "%s"\ndata %d\n%s\n' % (path.encode(), len(content), content))
        stream.append(b"\n")
    stream += [b"get-mark :%d\n" % (at + 1) for at in range(len(commits))]
    return repository.git("fast-import", "--quiet", "--force", stdin=b"".join(stream)).split()
