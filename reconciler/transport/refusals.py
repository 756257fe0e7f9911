"""What an answer other than a success means, and the server's own words in it, as harmless data."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.model.errors import ApiFailed, NotFound, Overloaded, Rejected
from reconciler.model.inert import quoted
from reconciler.transport import causes
from reconciler.transport.reasons import LONGEST_REASON, reason_in
from reconciler.transport.waits import asked_wait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.transport.answers import Answer
    from reconciler.transport.redaction import Redaction

_BY_DEFINITION = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, HTTPStatus.NOT_FOUND})
_NO_REASON = 1
_OF_RIGHTS = re.compile(
    r"(?i)permi|forbidden|unauthori[sz]ed|not authori[sz]ed|access (?:is )?denied|no access|privilege|scope|credential"
    r"|insufficient|\bkey\b|token|not allowed"
)
_OF_OTHERS = re.compile(r"(?i)\bIP\b|address|allow[- ]?list|maintenance|in use|assigned|\bagents\.")
_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


def failure(answer: Answer, *, operation: str, advice: Mapping[int, str], redaction: Redaction, base: str) -> ApiFailed:
    """Return the error for `answer`, which is not a success.

    `operation` completes the sentence "could not ..."; `advice` has a hint for each status; `base` is the base URL.
    408, 429 and 5xx are `Overloaded`, 404 is `NotFound`, other 4xx are `Rejected`. A redirect is `Rejected` too:
    reconciler does not follow it, since the API key would go to the host that it names.
    """
    status = answer.status
    said = reason_in(answer.body, redaction)
    hint = advice[status] if status in advice and _fits(status, said) else ""
    if status == HTTPStatus.BAD_REQUEST:
        hint = hint or causes.of_bad_request(base, said)
    sentence = said.rstrip(".") if hint else said
    message = f"could not {operation}: the server answered {named(status)}{_colon(sentence, status)}"
    wait = asked_wait(status, answer.headers)
    if 300 <= status < 400:  # noqa: PLR2004 - RFC 9110, section 15.4
        target = redaction.plain(answer.headers.get("location", "")).partition("?")[0].partition("#")[0]
        why = _redirect(status, target, redaction)
        hint = causes.of_redirect(base, target)
        return Rejected(f"could not {operation}: {why}", status=status, detail=said, hint=hint)
    if status in _AGAIN or status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
        return Overloaded(message, status=status, detail=said, retry_after=wait, hint=hint)
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(message, status=status, detail=said, hint=hint)
    return Rejected(message, status=status, detail=said, retry_after=wait, hint=hint)


def _fits(status: int, said: str) -> bool:
    """Return whether advice fits what the server `said`: advice about the key, or about a list that is not found.

    It does not if the server gives another reason or names the permission itself. A 401 is about credentials by its
    definition (RFC 9110, section 15.5.2), a 404 about a URL, and a single word is not a reason.
    """
    if status in _BY_DEFINITION or len(said.split()) <= _NO_REASON or said.startswith("an HTML page"):
        return True
    return _OF_RIGHTS.search(said) is not None and _OF_OTHERS.search(said) is None


def named(status: int) -> str:
    """Return `404 Not Found`, or the number alone if it has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _redirect(status: int, target: str, redaction: Redaction) -> str:
    shown = f"a redirect to {quoted(redaction(target), LONGEST_REASON)}" if target else "a redirect without a target"
    return f"the server answered {named(status)}, {shown}; redirects are not followed"


def _colon(said: str, status: int) -> str:
    """Return the server's words after a colon, unless they are only the name of the status again."""
    if not said:
        return " with an empty body"
    return "" if f"{status} {said.rstrip('.')}".lower() == named(status).lower() else f": {said}"
