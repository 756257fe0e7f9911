"""A GitHub and a GitLab of the tests' own, over a real socket: as much of them as a comment needs, and their faults."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from reconciler.forge import ForgeTarget
from reconciler.model.secret import Secret
from reconciler.transport.retry import Retry
from tests.scripted_server import Act, Received, ScriptedServer, reply

TOKEN = "ghp_the-token-of-this-test"
BOT = "github-actions[bot]"


@dataclass
class Note:
    """A comment as the forge keeps it."""

    id: int
    author: str | None
    body: str | None


@dataclass
class FakeForge:
    """One thread of comments, with its labels. `faults` are acts by request number, done instead of what is right.

    `after` are acts by request number that replace the answer of a request that was heeded. `known` are the labels of
    the repository by name.
    """

    forge: str = "github"
    user: str | None = BOT
    notes: list[Note] = field(default_factory=list)
    page_size: int = 100
    faults: dict[int, Act] = field(default_factory=dict)
    after: dict[int, Act] = field(default_factory=dict)
    link_host: str | None = None
    labels: list[str] = field(default_factory=list)
    known: dict[str, dict[str, object]] = field(default_factory=dict)
    surprise: Callable[[Received], None] = lambda _: None

    def __post_init__(self) -> None:
        self.server = ScriptedServer(self.answer)

    @property
    def thread(self) -> str:
        return "/repos/o/n/issues/7/comments" if self.forge == "github" else "/projects/42/merge_requests/7/notes"

    @property
    def bodies(self) -> list[str | None]:
        return [note.body for note in self.notes]

    @property
    def writes(self) -> list[str]:
        return [line for line in self.server.paths if not line.startswith("GET")]

    def target(self, author: str | None = None) -> ForgeTarget:
        page = None if self.forge == "github" else "https://gitlab.example/o/n/-/merge_requests/7"
        repository = "o/n" if self.forge == "github" else "42"
        api_url = f"{self.server.url}/api"
        name: Any = self.forge
        return ForgeTarget(name, api_url, repository, 7, Secret(TOKEN), page, author)

    def add(self, author: str | None, body: str | None) -> Note:
        note = Note(len(self.notes) + 101, author, body)
        self.notes.append(note)
        return note

    def answer(self, request: Received) -> Act:
        if request.number in self.faults:
            return self.faults[request.number]
        self.surprise(request)
        act = self.heed(request)
        return self.after.get(request.number, act)

    def heed(self, request: Received) -> Act:
        if not self.is_let_in(request):
            return reply(401, {"message": "Bad credentials"})
        parts = urlsplit(request.path)
        path = parts.path.removeprefix("/api")
        if path == "/user":
            return self.whose()
        if path == self.thread and request.method == "GET":
            return self.listed({name: values[0] for name, values in parse_qs(parts.query).items()})
        if path == self.thread and request.method == "POST":
            return reply(201, self.shown(self.add(self.user or BOT, self.body_of(request))))
        if "/labels" in path or path == self.thread.removesuffix("/notes"):
            return self.labelled(request, unquote(path))
        single = "/repos/o/n/issues/comments/" if self.forge == "github" else f"{self.thread}/"
        found = re.fullmatch(re.escape(single) + r"(\d+)", path)
        note = next((note for note in self.notes if found and note.id == int(found[1])), None)
        if note is None:
            return reply(404, {"message": "Not Found"})
        return self.changed(request, note)

    def labelled(self, request: Received, path: str) -> Act:
        """What both forges do with labels; GitLab makes one that it does not know, GitHub with a colour of its own."""
        body = json.loads(request.body or b"null")
        if self.forge == "gitlab":
            if request.method == "PUT":
                self.put_labels([*filter(None, body.get("add_labels", "").split(","))])
                gone = body.get("remove_labels", "").split(",")
                self.labels[:] = [label for label in self.labels if label not in gone]
            return reply(200, {"iid": 7, "labels": self.labels})
        if path == "/repos/o/n/labels":
            if body["name"] in self.known:
                return reply(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]})
            self.known[body["name"]] = body
            return reply(201, body)
        where, _, name = path.rpartition("/")
        if where == "/repos/o/n/labels":
            return reply(200, self.known[name]) if name in self.known else reply(404, {"message": "Not Found"})
        if request.method == "POST":
            self.put_labels(body["labels"])
        elif request.method == "DELETE":
            if name not in self.labels:
                return reply(404, {"message": "Label does not exist"})
            self.labels.remove(name)
        return reply(200, [{"name": label} for label in self.labels])

    def put_labels(self, names: list[str]) -> None:
        for name in names:
            self.known.setdefault(name, {"name": name, "color": "ededed"})
            if name not in self.labels:
                self.labels.append(name)

    def changed(self, request: Received, note: Note) -> Act:
        if request.method == "DELETE":
            self.notes.remove(note)
            return reply(204)
        assert request.method == ("PATCH" if self.forge == "github" else "PUT")
        note.body = self.body_of(request)
        return reply(200, self.shown(note))

    def is_let_in(self, request: Received) -> bool:
        if self.forge == "github":
            return request.headers.get("authorization") == f"Bearer {TOKEN}"
        return request.headers.get("private-token") == TOKEN

    def whose(self) -> Act:
        if self.user is None or (self.forge == "github" and self.user == BOT):
            return reply(403, {"message": "Resource not accessible by integration"})
        return reply(200, {"login": self.user} if self.forge == "github" else {"username": self.user})

    def listed(self, query: dict[str, str]) -> Act:
        page = int(query.get("page", "1"))
        size = min(int(query["per_page"]), self.page_size)
        headers = {}
        if len(self.notes) > page * size:
            host = self.link_host or self.server.url
            following = f"{host}/api{self.thread}?per_page={query['per_page']}&page={page + 1}"
            headers["Link"] = f'<{host}/first?page=1>; rel="first", <{following}>; rel="next", <{host}>; rel="last"'
        return reply(200, [self.shown(note) for note in self.notes[(page - 1) * size : page * size]], headers)

    def shown(self, note: Note) -> dict[str, object]:
        if self.forge == "github":
            user = {"login": note.author} if note.author else None
            return {"id": note.id, "user": user, "body": note.body, "html_url": f"https://github.example/{note.id}"}
        return {"id": note.id, "author": {"username": note.author}, "body": note.body}

    @staticmethod
    def body_of(request: Received) -> str:
        parsed = json.loads(request.body)
        assert list(parsed) == ["body"]
        return str(parsed["body"])


def at_once(waits: list[float] | None = None, tries: int = 5) -> Retry:
    """The usual policy on a clock that its own waits move: instant, and its budget counts all the same."""
    noted: list[float] = [] if waits is None else waits
    return Retry(tries=tries, sleep=noted.append, clock=lambda: sum(noted), random=lambda: 0.5)
