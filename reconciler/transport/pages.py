"""Whether a list has more entries, by the headers of its answer: a link to the next page, or a total."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINK = re.compile(r"""<([^>]*)>((?:\s*;\s*(?:[^\s;,="<>]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"<>]*))?)?)*)""")
_PARAMETER = re.compile(r""";\s*([^\s;,="<>]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"<>]*)))?""")
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_RANGE = re.compile(r"/\s*([0-9]{1,15})\s*$", re.ASCII)

TOTALS = (
    "x-total-count", "x-total", "total", "total-count", "x-wp-total", "x-pagination-total", "x-pagination-total-count",
    "pagination-total-count", "pagination-count", "x-total-items", "x-total-results",
)  # fmt: skip
"""The total number of entries. No standard has one; these are of Rails, GitLab, Laravel, WordPress and others."""

_PAGES = ("x-total-pages", "total-pages", "x-wp-totalpages", "x-pagination-page-count", "pagination-page-count")
_NEXT = ("x-next-page", "x-next-cursor", "x-pagination-next-page")
_MORE = ("x-has-more", "x-has-next", "x-has-next-page", "x-pagination-has-next")


def next_link(header: str) -> str | None:
    """Return the target of the link to the next page in any spelling (RFC 8288, section 3), None without one."""
    for target, parameters in _LINK.findall(header):
        for name, in_quotes, bare in _PARAMETER.findall(parameters):
            if name.lower() == "rel" and "next" in (in_quotes or bare).lower().split():
                return str(target)
    return None


def more_than(count: int, headers: Mapping[str, str]) -> str | None:
    """Return why a list of `count` entries is not complete, by its headers (names in lower case); None if it is."""
    if next_link(headers.get("link", "")) is not None:
        return "a Link header points to a next page"
    for name in TOTALS:
        total = max((int(number) for number in _NUMBER.findall(headers.get(name, ""))), default=0)
        if total > count:
            return f"the header {_written(name)} says {total}, and the list has {count}"
    in_range = _RANGE.search(headers.get("content-range", ""))
    if in_range and int(in_range[1]) > count:
        return f"the header Content-Range says {in_range[1]}, and the list has {count}"
    return _of_pages(headers)


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


def _written(name: str) -> str:
    """Return the name in its usual spelling: `X-Total-Count`."""
    return name.title()
