"""The REST API of both forges: JSON, pages by `Link` headers (RFC 8288), and rate limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler.model.errors import BadAnswer, Overloaded, Rejected
from reconciler.transport.pages import next_link

if TYPE_CHECKING:
    from reconciler.transport import Answer, Transport

MOST_PAGES = 100
"""So many pages of a hundred comments are read; a server with more repeats its pages."""

_QUERY = re.compile(r"[\w=&%.+-]+", re.ASCII)
_SECONDS_UNSAID = 60.0
"""GitHub, "Rate limits for the REST API": without headers that say more, wait at least a minute."""


class Rest:
    """Sends each request once; the caller retries the whole. `advice` has a hint for each status."""

    def __init__(self, transport: Transport, advice: Mapping[int, str]) -> None:
        """Send requests through `transport`."""
        self._transport = transport
        self._advice = advice

    def send(self, method: str, path: str, *, operation: str, body: object = None) -> Answer:
        """Send one request. A 403 for a rate limit is `Overloaded`, as a 429 is: it was not carried out."""
        try:
            return self._transport.request(method, path, operation=operation, json=body, idempotent=False)
        except Rejected as error:
            if error.status == HTTPStatus.FORBIDDEN and _is_rate_limit(error):
                wait = _SECONDS_UNSAID if error.retry_after is None else error.retry_after
                raise Overloaded(str(error), status=error.status, detail=error.detail, retry_after=wait) from None
            error.hint = self._advice.get(error.status, error.hint)
            raise

    def get(self, path: str, *, operation: str) -> dict[str, Any]:
        """Return one object."""
        return as_object(self.send("GET", path, operation=operation), operation)

    def pages(self, path: str, *, operation: str) -> Iterator[dict[str, Any]]:
        """Return every object of a list, page by page; `path` already has a query."""
        following, page = path, 0
        while following:
            page += 1
            if page > MOST_PAGES:
                raise BadAnswer(f"could not {operation}: there are more than {MOST_PAGES} pages", status=HTTPStatus.OK)
            answer = self.send("GET", following, operation=operation)
            yield from _as_list(answer, operation)
            following = _next(answer, path, operation)


def as_object(answer: Answer, operation: str) -> dict[str, Any]:
    """Return the answer's object. Raise `BadAnswer` when it is not an object."""
    found = _parsed(answer)
    if not isinstance(found, dict):
        raise BadAnswer(f"could not {operation}: the answer is not a JSON object", status=answer.status)
    return found


def text_of(item: Mapping[str, Any], key: str, operation: str) -> str:
    """Return the string under `key` of an answer. Raise `BadAnswer` when there is none."""
    found = item.get(key)
    if not isinstance(found, str):
        raise BadAnswer(f"could not {operation}: the answer has no {key}", status=HTTPStatus.OK)
    return found


def _as_list(answer: Answer, operation: str) -> list[dict[str, Any]]:
    found = _parsed(answer)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise BadAnswer(f"could not {operation}: the answer is not a JSON list of objects", status=answer.status)
    return found


def _parsed(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _next(answer: Answer, path: str, operation: str) -> str:
    """Return the path of the next page, empty after the last one.

    Only the query of the link is used: behind a proxy the rest may name another host.
    """
    found = next_link(answer.headers.get("link", ""))
    if found is None:
        return ""
    query = urlsplit(found).query
    if not _QUERY.fullmatch(query):
        raise BadAnswer(f"could not {operation}: the link to the next page is not valid", status=answer.status)
    return f"{path.partition('?')[0]}?{query}"


def _is_rate_limit(error: Rejected) -> bool:
    return error.retry_after is not None or "rate limit" in error.detail.lower()
