"""What an answer that is no success means, and the server's own words in it, as data that can do no harm."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from reconciler.errors import ApiFailed, NotFound, Overloaded, Rejected
from reconciler.inert import quoted, visible
from reconciler.retry import seconds_of

LONGEST_WORDS = 300
"""So many characters of a server's message are shown."""

_KEYS = ("error", "message", "detail", "msg", "title", "errors")
_DEEPEST = 4
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_EPOCH = re.compile(r"\d{1,12}", re.ASCII)
RATE_HEADERS = ("retry-after", "x-ratelimit-remaining", "x-ratelimit-reset")
"""The headers of a failure that say when to ask again."""

_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` has lower-case names, `body` is decoded, `attempts` counts the tries it took."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    attempts: int = 1


def failure(answer: Answer, *, operation: str, advice: Mapping[int, str]) -> ApiFailed | None:
    """The error that `answer` stands for; None for a 2xx.

    `operation` completes the sentence "could not ..."; `advice` says, by status, what somebody should look at.
    408, 429 and 5xx are `Overloaded`, 404 is `NotFound`, other 4xx are `Rejected`. A redirect is `Rejected` too: it is
    not followed, since the API key would follow it to wherever it points.
    """
    status = answer.status
    if 200 <= status < 300:  # noqa: PLR2004 - any 2xx is success (the contract, "assumed")
        return None
    said = words(answer.body)
    hint = f"; {advice[status]}" if status in advice else ""
    sentence = said.rstrip(".") if hint else said
    message = f"could not {operation}: the server answered {named(status)}{_colon(sentence)}{hint}"
    wait = _asked_wait(answer.headers)
    if 300 <= status < 400:  # noqa: PLR2004 - RFC 9110, section 15.4
        return Rejected(f"could not {operation}: {_redirect(answer)}", status=status, detail=said)
    if status in _AGAIN or status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
        return Overloaded(message, status=status, detail=said, retry_after=wait)
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(message, status=status, detail=said)
    return Rejected(message, status=status, detail=said, retry_after=wait)


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """For how many seconds the server asks to be left alone, None where it does not.

    By `Retry-After`, or by `X-RateLimit-Reset` (seconds since the epoch) once `X-RateLimit-Remaining` is 0, as forges
    say it (GitHub, "Rate limits for the REST API"), with status 403 too.
    """
    reset = headers.get("x-ratelimit-reset", "")
    if "retry-after" not in headers and headers.get("x-ratelimit-remaining") == "0" and _EPOCH.fullmatch(reset):
        return max(0.0, float(reset) - time.time())
    return seconds_of(headers.get("retry-after"))


def named(status: int) -> str:
    """`404 Not Found`, or the number alone where it has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def words(body: bytes) -> str:
    """The server's message, from JSON, plain text or the title of an HTML page: inert, cut, empty where none is."""
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        title = _TITLE.search(text)
        return "an HTML page, perhaps of a proxy" + (f", titled {quoted(title[1].strip())}" if title else "")
    try:
        found = _message(json.loads(text))
    except (ValueError, RecursionError):
        found = text
    shown = visible(" ".join(found.split()))
    return shown if len(shown) <= LONGEST_WORDS else f"{shown[: LONGEST_WORDS - 1]}…"


def _message(value: object, depth: int = 0) -> str:
    """The message in the shapes that frameworks use: a string, an object with a known key, a list of problems."""
    if isinstance(value, str):
        return value
    if depth < _DEEPEST and isinstance(value, list):
        return "; ".join(_message(item, depth + 1) for item in value)
    if depth < _DEEPEST and isinstance(value, dict):
        found = [_message(value[key], depth + 1) for key in _KEYS if value.get(key)]
        place = value.get("loc")  # FastAPI: [{"loc": ["body", "name"], "msg": "..."}]
        where = ".".join(str(part) for part in place) + ": " if isinstance(place, list) else ""
        if found:
            return where + found[0]
    return json.dumps(value)


def _redirect(answer: Answer) -> str:
    location = answer.headers.get("location", "").partition("?")[0].partition("#")[0]
    target = quoted(location, LONGEST_WORDS) if location else "nowhere"
    return (
        f"the server answered {named(answer.status)} and points to {target}; redirects are not followed: "
        "check the base URL"
    )


def _colon(said: str) -> str:
    return f": {said}" if said else " with an empty body"
