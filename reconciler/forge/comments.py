"""The comment of a plan, found by its invisible marker and its author, and updated in place.

After any number of runs a thread has one comment for each part of the plan: a part that differs is updated, a missing
one is created, a surplus one is deleted. If nothing differs, nothing is sent.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from reconciler.model.errors import NotFound
from reconciler.model.inert import visible
from reconciler.model.secret import Secret

if TYPE_CHECKING:
    from reconciler.forge.target import ForgeTarget
    from reconciler.forge.thread import Comment, Thread
    from reconciler.transport import Transport
    from reconciler.transport.retry import Retry

_MARKER = re.compile(r"<!-- reconciler:([0-9a-f]{16}):([1-9]\d{0,5}) -->")


@dataclass(frozen=True, slots=True)
class Result:
    """The result for the comment; `url` is that of its first part, inert, None if unknown."""

    status: Literal["created", "updated", "unchanged"]
    url: str | None


@dataclass(slots=True)
class _Done:
    """The requests to the forge so far, over all attempts: one whose answer was lost may have been carried out."""

    actions: set[Literal["create", "update", "delete"]] = field(default_factory=set)

    @property
    def status(self) -> Literal["created", "updated", "unchanged"]:
        if not self.actions:
            return "unchanged"
        return "created" if self.actions == {"create"} else "updated"


def key_of(target: str, roles_dir: str) -> str:
    """Return the key of one tenant and one directory, which tells their comment from others in the same thread."""
    return hashlib.sha256(f"{target}\0{roles_dir}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def put_comment(target: ForgeTarget, bodies: Sequence[str], key: str, *, retry: Retry | None = None) -> Result:
    """Make `bodies`, at least one, the comments of `key` in the target's thread, in this order.

    After a temporary failure (a rate limit, 5xx, no answer) the whole attempt is repeated, starting with the reading of
    the thread, so nothing is written twice. Raise `Failed` when the retries do not help; no message contains the token.
    """
    done = _Done()
    with opened(target, retry) as transport:
        thread = _thread(transport, target)
        url, _ = transport.retry.call(lambda: _bring_up_to_date(thread, bodies, key, done))
    return Result(done.status, None if url is None else visible(url))


def opened(target: ForgeTarget, retry: Retry | None) -> Transport:
    """Return the way to the forge of `target`, with its token."""
    from reconciler.transport import Transport, Trust  # noqa: PLC0415 - loads httpx

    headers, secrets = _headers(target)
    return Transport(target.api_url, headers=headers, secrets=secrets, trust=Trust(target.ca_file), retry=retry)


def _thread(transport: Transport, target: ForgeTarget) -> Thread:
    from reconciler.forge import github, gitlab  # noqa: PLC0415 - with the transport

    return github.Issue(transport, target) if target.forge == "github" else gitlab.MergeRequest(transport, target)


def _headers(target: ForgeTarget) -> tuple[dict[str, str], dict[str, Secret]]:
    if target.forge == "gitlab":
        return {}, {"PRIVATE-TOKEN": target.token}
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    return headers, {"Authorization": Secret(f"Bearer {target.token.get_secret_value()}")}


def _bring_up_to_date(thread: Thread, bodies: Sequence[str], key: str, done: _Done) -> str | None:
    """Make one attempt; return the address of the first part."""
    mine = _mine(thread, key)
    urls = []
    for part, body in enumerate(bodies, start=1):
        text = f"<!-- reconciler:{key}:{part} -->\n{body}"
        there = mine[part].pop(0) if mine[part] else None
        urls.append(_put(thread, there, text, done).url)
    for comment in [comment for left in mine.values() for comment in left]:
        done.actions.add("delete")
        try:
            thread.delete(comment)
        except NotFound:
            continue  # already deleted
    return urls[0]


def _put(thread: Thread, there: Comment | None, text: str, done: _Done) -> Comment:
    if there is not None:
        if _same(there.body, text):
            return there
        done.actions.add("update")
        try:
            return thread.update(there, text)
        except NotFound:
            pass  # deleted since the thread was read
    done.actions.add("create")
    return thread.create(text)


def _mine(thread: Thread, key: str) -> defaultdict[int, list[Comment]]:
    """Return our earlier comments by part, oldest first. The author counts too: anyone can write a marker."""
    me = thread.me().casefold()
    found: defaultdict[int, list[Comment]] = defaultdict(list)
    for comment in thread.comments():
        marker = _MARKER.match(comment.body)
        if marker and marker[1] == key and comment.author.casefold() == me:
            found[int(marker[2])].append(comment)
    for comments in found.values():
        comments.sort(key=lambda comment: comment.id)
    return found


def _same(there: str, text: str) -> bool:
    """Return whether the bodies are equal: forges may change line ends, and spaces at the start and end."""
    return there.replace("\r\n", "\n").strip() == text.strip()
