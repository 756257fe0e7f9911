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
            total = max((int(number) for number in _NUMBER.findall(value)), default=0)
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
        found = _NUMBER.fullmatch(headers.get(name, "").strip())
        if found and int(found[0]) > 1:
            return f"the header {_written(name)} says {int(found[0])} pages"
    for name in _NEXT:
        if headers.get(name, "").strip().lower() not in {"", "0", "null", "none", "false"}:
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
        except ValueError:
            continue
        if isinstance(found, dict) and any(_says_more(key, value, count) for key, value in found.items()):
            return f"the header {_written(name)} says that there is more"
    return None


def _says_more(key: str, value: object, count: int) -> bool:
    """Return whether a member of such an object says that there is more: `{"TotalCount": 152, "HasNext": true}`."""
    word = re.sub("[^a-z]", "", key.lower())
    if isinstance(value, bool):
        return value and word.startswith(("hasnext", "hasmore"))
    if isinstance(value, int):
        is_total = word.startswith("total") or word.endswith("total")
        return (is_total and value > (1 if "page" in word else count)) or (word.startswith("next") and value > 0)
    return isinstance(value, str) and value != "" and word.startswith("next")


def _written(name: str) -> str:
    """Return the name in its usual spelling: `X-Total-Count`."""
    return name.title()
