"""Turn an HTTP answer that is not a success into an error, with the server's own message as inert text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from reconciler.model.errors import ApiFailed, NotFound, Overloaded, Rejected
from reconciler.model.inert import quoted
from reconciler.transport.redaction import NOTHING, Redaction
from reconciler.transport.waits import asked_wait
from reconciler.transport.words import LONGEST_WORDS, words

_OF_CREDENTIALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})
_NO_REASON = 1
_OF_RIGHTS = re.compile(
    r"(?i)permi|forbidden|unauthori[sz]ed|not authori[sz]ed|access (?:is )?denied|no access|privilege|scope|credential"
    r"|insufficient|\bkey\b|token|not allowed"
)
_OF_OTHERS = re.compile(r"(?i)\bIP\b|address|allow[- ]?list|maintenance|in use|assigned|\bagents\.")
_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `headers` has lower-case names, `body` is decoded, `attempts` is the number of tries."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    attempts: int = 1


def failure(
    answer: Answer, *, operation: str, advice: Mapping[int, str], redaction: Redaction = NOTHING
) -> ApiFailed | None:
    """Return the error that `answer` means, or None for a 2xx.

    `operation` completes the sentence "could not ..."; `advice` maps a status to what the user should check.
    408, 429 and 5xx are `Overloaded`, 404 is `NotFound`, other 4xx are `Rejected`. A redirect is `Rejected` too: the
    client does not follow it, because that would send the API key to the redirect's target.
    """
    status = answer.status
    if 200 <= status < 300:  # noqa: PLR2004 - any 2xx is success (the contract, "assumed")
        return None
    said = words(answer.body, redaction)
    hint = f"; {advice[status]}" if status in advice and _fits(status, said) else ""
    sentence = said.rstrip(".") if hint else said
    message = f"could not {operation}: the server answered {named(status)}{_colon(sentence)}{hint}"
    wait = asked_wait(status, answer.headers)
    if 300 <= status < 400:  # noqa: PLR2004 - RFC 9110, section 15.4
        return Rejected(f"could not {operation}: {_redirect(answer, redaction)}", status=status, detail=said)
    if status in _AGAIN or status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
        return Overloaded(message, status=status, detail=said, retry_after=wait)
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(message, status=status, detail=said)
    return Rejected(message, status=status, detail=said, retry_after=wait)


def _fits(status: int, said: str) -> bool:
    """Return whether advice about the key fits what the server `said`.

    It does not fit when the server gives another reason, or names the permission itself. A 401 is always about
    credentials (RFC 9110, section 15.5.2). A single word does not count as a reason.
    """
    if status in _OF_CREDENTIALS or len(said.split()) <= _NO_REASON or said.startswith("an HTML page"):
        return True
    return _OF_RIGHTS.search(said) is not None and _OF_OTHERS.search(said) is None


def named(status: int) -> str:
    """Return `404 Not Found`, or only the number when the status has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _redirect(answer: Answer, redaction: Redaction) -> str:
    location = redaction.plain(answer.headers.get("location", "")).partition("?")[0].partition("#")[0]
    target = quoted(redaction(location), LONGEST_WORDS) if location else "nowhere"
    return (
        f"the server answered {named(answer.status)} and points to {target}; redirects are not followed: "
        "check the base URL"
    )


def _colon(said: str) -> str:
    return f": {said}" if said else " with an empty body"
