"""Decode the body of an answer as its `Content-Encoding` says, and bound the decoded size.

httpx reads only the first member of a gzip body, and treats an unknown encoding as none.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

from reconciler.model.inert import quoted

LARGEST_BODY = 64 * 1024 * 1024
"""Decoded bytes; an answer that is larger is refused (issue "end to end", "Bad input")."""

_LARGEST_ERROR = 64 * 1024
_PIECE = 1024 * 1024
"""So many bytes are decoded at a time: a few compressed bytes may decode to gigabytes."""

_GZIP = frozenset({"gzip", "x-gzip"})  # RFC 9110, section 8.4.1.3
_WHOLE_GZIP = 31  # zlib: the header of gzip, the largest window


class UnreadableError(Exception):
    """The encoding of the body was not requested, or is not the one that its header names."""

    def __init__(self, why: str, status: int) -> None:
        """Store `why`, an inert sentence about the answer, and `status`."""
        super().__init__(why)
        self.status = status


def read(response: httpx.Response, *, reading: bool) -> bytes | None:
    """Return the decoded body; None if it is larger than `LARGEST_BODY`.

    Only the beginning of an error is read. After a write (not `reading`) a complete success is a success, whatever its
    body is. Raise `UnreadableError` when another body cannot be decoded.
    """
    body = bytearray()
    try:
        for chunk in _decoded(response):
            body += chunk
            if response.is_success and len(body) > LARGEST_BODY:
                return None if reading else b""
            if not response.is_success and len(body) > _LARGEST_ERROR:
                break
    except UnreadableError:
        if not response.is_success or not reading:
            return bytes(body)
        raise
    except httpx.HTTPError:
        if response.is_success:
            raise
    return bytes(body)


def _decoded(response: httpx.Response) -> Iterator[bytes]:
    named = response.headers.get("content-encoding", "")
    encodings = [name for name in (part.strip().lower() for part in named.split(",")) if name not in {"", "identity"}]
    if not encodings:
        yield from response.iter_raw()
    elif len(encodings) == 1 and encodings[0] in _GZIP:
        yield from _unzipped(response)
    else:
        for _ in response.iter_raw():  # a write is done once its whole answer has arrived
            if response.is_success:
                continue
            break
        why = f"the answer has the encoding {quoted(named, 60)}, and only gzip was requested"
        raise UnreadableError(f"{why}. hint: check for a proxy that compresses answers", response.status_code)


def _unzipped(response: httpx.Response) -> Iterator[bytes]:
    """Return every member of the gzip, one after the other (RFC 1952, section 2.2), in pieces."""
    member = None
    full = False  # zlib may keep some decoded bytes back after it has read all its input
    try:
        for raw in response.iter_raw():
            left = raw
            while left or full:
                if member is None or _is_over(member):
                    left = left.lstrip(b"\0")  # gzip allows zero padding after a member
                    member = zlib.decompressobj(_WHOLE_GZIP) if left else None
                    continue
                piece = member.decompress(left, _PIECE)
                over = _is_over(member)
                full = len(piece) == _PIECE and not over
                left = member.unused_data if over else member.unconsumed_tail
                yield piece
    except zlib.error:
        raise UnreadableError("the answer is labelled gzip, but is not valid gzip", response.status_code) from None
    if member is not None and not _is_over(member):
        raise UnreadableError("the gzip data of the answer is cut off", response.status_code)


def _is_over(member: zlib._Decompress) -> bool:
    return member.eof
