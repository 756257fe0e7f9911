"""The server's own words in the body of a failure, as the usual frameworks write them, made harmless."""

from __future__ import annotations

import json
import re
from html import unescape
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.model.inert import quoted, visible

if TYPE_CHECKING:
    from reconciler.transport.redaction import Redaction

LONGEST_REASON = 300
"""The most characters of a server's message that are shown."""

_KEYS = (
    "error", "title", "message", "error_description", "detail", "msg", "reason", "errors", "fault",
    "errorMessage", "error_message", "messages", "details", "violations", "non_field_errors",
)  # fmt: skip
"""Keys of messages: RFC 9457, RFC 6749 (5.2), Spring, NestJS, FastAPI, Laravel, Django, ASP.NET."""

_PLACES = ("loc", "field", "path", "propertyPath", "property")
_ALONE = frozenset({"status", "statusCode", "code", "timestamp", "traceId", "type", "instance", "success", "ok"})
_DEEPEST = 4
_HTML = re.compile(
    r"(?>(?:<\?xml[^<>]*\?>\s*|<!--.*?-->\s*)*)<(?:!doctype\s+html|html|head|title|body|h\d|p|div|center|br)\b",
    re.IGNORECASE | re.DOTALL,
)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,200})", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:!--.{0,1000}?--|[^<>]*)>", re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.{0,2000}?)\]\]>", re.DOTALL)
_READ = 4096
"""The characters searched for secrets: more than are shown, so no secret is cut in two."""

_PHRASES = frozenset(status.phrase.lower() for status in HTTPStatus)


def reason_in(body: bytes, redaction: Redaction) -> str:
    """Return the server's message from JSON, XML, plain text or the title of an HTML page: inert, cut, maybe empty.

    Secrets are hidden in the text as it came, and again in the decoded text.
    """
    text = _decoded(body).strip()
    text = redaction(text) if len(text) <= _READ else redaction.plain(text)
    if _HTML.match(text):
        title = _TITLE.search(text)
        named = f" titled {quoted(redaction(unescape(title[1]).strip()))}" if title else ""
        return f"an HTML page{named}, possibly from a proxy"
    if text.startswith("<"):
        found = _of_xml(text)
    else:
        try:
            found = _message(json.loads(text))
        except (ValueError, RecursionError):
            found = text
    shown = visible(redaction(" ".join(found.split())[:_READ]))
    return shown if len(shown) <= LONGEST_REASON else f"{shown[: LONGEST_REASON - 1]}…"


def _decoded(body: bytes) -> str:
    r"""Return the text, read as UTF-8 or as its byte order mark or zero bytes indicate (JSON in UTF-16)."""
    encoding = json.detect_encoding(body) if b"\0" in body[:4] or body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    if encoding != "utf-8" and len(body) % 2 == 0 and len(body) > 2:  # noqa: PLR2004 - more than the mark alone
        return body.decode(encoding, "replace")
    return body.decode("utf-8-sig", "replace")


def _of_xml(text: str) -> str:
    """Return the text between the tags."""
    bare = unescape(_MARKUP.sub(" ", _CDATA.sub(r"\1", text)))
    return " ".join(bare.split()) or "an XML document without text"


def _message(value: object, depth: int = 0) -> str:
    """Return the message in the shapes of frameworks: a string, an object with known keys, a list of problems."""
    if isinstance(value, str):
        return value
    if depth < _DEEPEST and isinstance(value, list):
        return "; ".join(_message(item, depth + 1) for item in value)
    if depth < _DEEPEST and isinstance(value, dict):
        return _of_object(value, depth)
    return json.dumps(value)


def _of_object(value: dict[str, object], depth: int) -> str:
    """Return the values of known keys; without one, the fields with their problems, as Django writes them."""
    found = [_message(value[key], depth + 1) for key in _KEYS if value.get(key) and _says(value[key])]
    if found:
        return _place(value) + _joined(_telling(found))
    fields = {key: item for key, item in value.items() if key not in _ALONE}
    if fields and all(_is_problem(item, depth) for item in fields.values()):
        return "; ".join(f"{key}: {_message(item, depth + 1)}" for key, item in fields.items())
    return json.dumps(value)


def _is_problem(value: object, depth: int) -> bool:
    """Return whether `value` may be a problem of a field: `["is taken"]`, or a sentence; a word below `errors`."""
    return bool(value) and (isinstance(value, list) or (isinstance(value, str) and (depth > 0 or " " in value)))


def _says(value: object) -> bool:
    """Return whether `value` may contain words: `true` and 40012 do not."""
    return not isinstance(value, bool | int | float)


def _telling(found: list[str]) -> list[str]:
    """Return the most useful messages: sentences, else words, else the name of a status."""
    other = [text for text in found if text.strip().rstrip(".").lower() not in _PHRASES]
    sentences = [text for text in other if len(text.split()) > 1]
    return sentences or other[:1] or found[:1]


def _joined(messages: list[str]) -> str:
    """Return the messages in order, each once: a title, then its details."""
    kept: list[str] = []
    for text in messages:
        if not any(text.lower() in other.lower() for other in kept):
            kept = [*(other for other in kept if other.lower() not in text.lower()), text]
    return ": ".join([text.rstrip(".") for text in kept[:-1]] + kept[-1:])


def _place(value: dict[str, object]) -> str:
    """Return the place of the problem: FastAPI has `{"loc": ["body", "name"], "msg": "..."}`, others `field`."""
    for key in _PLACES:
        place = value.get(key)
        if isinstance(place, list):
            return ".".join(str(part) for part in place) + ": "
        if isinstance(place, str) and place and not place.startswith("/"):
            return f"{place}: "
    return ""
