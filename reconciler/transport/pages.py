"""Whether a list has more entries, by its answer: a link to the next page, a total, or a status that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_LINK = re.compile(r"""<([^>]*)>((?:\s*;\s*(?:[^\s;,="<>]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"<>]*))?)?)*)""")
_PARAMETER = re.compile(r""";\s*([^\s;,="<>]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"<>]*)))?""")
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_RANGE = re.compile(r"/\s*([0-9]{1,15})\s*$", re.ASCII)

_TOTAL = "total"
_OF_ENTRIES = frozenset(
    {
        "x", "wp", "pagination", "collection", "total", "count", "items", "elements", "entries", "objects", "records",
        "resources", "results", "rows", "roles", "permissions",
    }
)  # fmt: skip
"""The words of a header that has the total number of entries.

No standard has one: Rails, GitLab, Laravel, WordPress, Spring and others each have their own, such as `X-Total-Count`.
A header with another word, such as `X-Total-Time`, is about something else.
"""

_COUNTS = frozenset({"pagination-count", "x-pagination-count"})
_PAGES = (
    "x-total-pages", "total-pages", "x-wp-totalpages", "x-pagination-page-count", "pagination-page-count",
    "x-pagination-total-pages",
)  # fmt: skip
_NEXT = (
    "x-next-page", "x-next-cursor", "x-pagination-next-page", "next-page", "next-cursor", "x-next-page-token",
    "next-page-token", "x-next-token", "x-continuation-token", "x-ms-continuation", "x-ms-continuationtoken",
)  # fmt: skip
_MORE = ("x-has-more", "x-has-next", "x-has-next-page", "x-pagination-has-next")
_IN_ONE = ("x-pagination", "pagination")
"""Headers with all of this in one JSON object, as services on ASP.NET send it."""
_ALL_ENTRIES = frozenset(
    {"total", *(f"total{word}" for word in _OF_ENTRIES), *(f"{word}total" for word in _OF_ENTRIES)}
)
_ALL_PAGES = frozenset({"totalpages", "totalpagecount", "totalpagescount", "pagestotal"})
_NO_PAGE = frozenset({"", "0", "-1", "null", "none", "false", "undefined", "[]"})

_PARTIAL_CONTENT = 206


def next_link(header: str) -> str | None:
    """Return the target of the link to the next page in any spelling (RFC 8288, section 3), None without one."""
    for target, parameters in _LINK.findall(header):
        for name, in_quotes, bare in _PARAMETER.findall(parameters):
            if name.lower() == "rel" and "next" in (in_quotes or bare).lower().split():
                return str(target)
    return None


def more_than(count: int, headers: Mapping[str, str], status: int = 200) -> str | None:
    """Return why a list of `count` entries is not complete, None if it is.

    Its headers (names in lower case) and its `status` decide.
    """
    if next_link(headers.get("link", "")) is not None:
        return "a Link header points to a next page"
    for name, value in headers.items():
        if _is_total(name):
            total = max(map(_number, value.split(",")))  # a proxy may join the header with itself
            if total > count:
                return f"the header {_written(name)} says {total}, and the list has {count}"
    in_range = _RANGE.search(headers.get("content-range", ""))
    if in_range and int(in_range[1]) > count:
        return f"the header Content-Range says {in_range[1]}, and the list has {count}"
    if status == _PARTIAL_CONTENT:  # no range was requested
        return "the status 206 Partial Content says that this is a part of the list"
    return _of_pages(headers) or _of_one_object(count, headers)


def _is_total(name: str) -> bool:
    words = name.split("-")
    return name in _COUNTS or (_TOTAL in words and _OF_ENTRIES.issuperset(words))


def _of_pages(headers: Mapping[str, str]) -> str | None:
    for name in _PAGES:
        pages = _number(headers.get(name, ""))
        if pages > 1:
            return f"the header {_written(name)} says {pages} pages"
    for name in _NEXT:
        if _is_page(headers.get(name, "")):
            return f"the header {_written(name)} names a next page"
    for name in _MORE:
        if headers.get(name, "").strip().lower() in {"true", "1", "yes"}:
            return f"the header {_written(name)} says that there is more"
    return None


def _of_one_object(count: int, headers: Mapping[str, str]) -> str | None:
    """Return why the list is not complete by a header that holds a JSON object, None if it is."""
    for name in _IN_ONE:
        try:
            found = json.loads(headers.get(name, "null"))
            more = isinstance(found, dict) and _says_more(_by_word(found), count)
        except (ValueError, RecursionError):
            continue
        if more:
            return f"the header {_written(name)} says that there is more"
    return None


def _says_more(found: Mapping[str, object], count: int) -> bool:
    """Return whether such an object says that there is more: `{"TotalCount": 152, "HasNext": true}`."""
    if any(word in _ALL_ENTRIES and _number(value) > count for word, value in found.items()):
        return True
    if any(word in _ALL_PAGES and _number(value) > 1 for word, value in found.items()):
        return True
    said = [value for word, value in found.items() if word.startswith(("hasnext", "hasmore"))]
    if said:  # the last page may have its own number as that of the next one
        return True in said
    links = found.get("links")
    named = [*found.items(), *(_by_word(links).items() if isinstance(links, dict) else ())]
    return any(word.startswith("next") and _is_page(value) for word, value in named)


def _by_word(found: Mapping[str, object]) -> dict[str, object]:
    return {re.sub("[^a-z]", "", key.lower()): value for key, value in found.items()}


def _number(value: object) -> int:
    """Return the number that a header or a member of an object has, and 0 for any other value."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    found = _NUMBER.fullmatch(str(value).strip())
    return int(found[0]) if found else 0


def _is_page(value: object) -> bool:
    """Return whether the value names a page: a number, a cursor, an address, or an object with its address."""
    if isinstance(value, dict):
        return any(_is_page(value.get(key)) for key in ("href", "url"))
    return str(value).strip().lower() not in _NO_PAGE


def _written(name: str) -> str:
    """Return the name in its usual spelling: `X-Total-Count`."""
    return name.title()
