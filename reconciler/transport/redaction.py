"""Hide a key in a server's text, in every form in which servers repeat one.

A framework quotes a header like any other text: with the escapes of JSON, HTML or a URL, or as the base64 or hex of its
bytes. So each character of a key is matched in all of its spellings, mixed ones included.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import cached_property

HIDDEN = "[secret]"

_SHORTEST = 6
"""A base64 or hex form with fewer characters than this could match something else, so it is not matched."""

_SHORTEST_WORD = 8
"""Minimum length of a key that is matched in upper and lower case too."""

_NAMED = {
    "!": "excl", '"': "quot", "#": "num", "$": "dollar", "%": "percnt", "&": "amp", "'": "apos", "(": "lpar",
    ")": "rpar", "*": "ast|midast", "+": "plus", ",": "comma", ".": "period", "/": "sol", ":": "colon", ";": "semi",
    "<": "lt", "=": "equals", ">": "gt", "?": "quest", "@": "commat", "[": "lsqb|lbrack", "\\": "bsol",
    "]": "rsqb|rbrack", "^": "Hat", "_": "lowbar|UnderBar", "`": "grave|DiacriticalGrave", "{": "lcub|lbrace",
    "|": "verbar|vert|VerticalLine", "}": "rcub|rbrace",
}  # fmt: skip
"""HTML Living Standard, "Named character references": those for characters that a header's value may contain."""


class Redaction:
    """Removes known secrets from text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Hide each of `secrets`, printable ASCII, longest first; ignore empty ones."""
        self._secrets = sorted({*secrets} - {""}, key=len, reverse=True)

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        """Return the patterns. They are compiled on first use, because that is slow and only an error needs them."""
        return [pattern for secret in self._secrets for pattern in _patterns(secret)]

    def __call__(self, text: str) -> str:
        """Return `text` with `[secret]` in place of each secret, in every form."""
        for pattern in self._patterns:
            text = pattern.sub(HIDDEN, text)
        return text

    def plain(self, text: str) -> str:
        """Return `text` without the literal secrets: fast, for long text that is decoded later."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


def _patterns(secret: str) -> list[re.Pattern[str]]:
    flags = re.IGNORECASE if len(secret) >= _SHORTEST_WORD else re.NOFLAG
    patterns = [re.compile(_spelled(secret), flags)]
    hexed = secret.encode().hex()
    if len(hexed) >= _SHORTEST:
        patterns.append(re.compile("[ :-]?".join(hexed[at : at + 2] for at in range(0, len(hexed), 2)), re.IGNORECASE))
    encoded = [text for text in _base64(secret.encode()) if len(text) >= _SHORTEST]
    if encoded:
        forms = [_spelled(form) for text in encoded for form in (text, text.translate(_URL_SAFE))]
        patterns.append(re.compile(rf"(?:{'|'.join(dict.fromkeys(forms))})[A-Za-z0-9+/_-]{{0,2}}={{0,2}}"))
    return patterns


_URL_SAFE = str.maketrans("+/", "-_")


def _base64(secret: bytes) -> list[str]:
    """Return what the base64 of any text that contains `secret` must contain, one for each start offset modulo 3."""
    found = []
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + secret).decode("ascii").rstrip("=")
        first = (0, 2, 3)[shift]  # these characters include bits from before the secret
        whole = (shift + len(secret)) * 8 // 6  # the character after these includes bits from behind the secret
        found.append(text[first:whole])
    return found


def _spelled(text: str) -> str:
    return "".join(_any_spelling(character) for character in text)


def _any_spelling(character: str) -> str:
    """Return a pattern for one character: itself, or its form in JSON, JavaScript, HTML, a URL, quoted-printable."""
    point = ord(character)
    digits = f"{point:02x}"
    either = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)
    named = f"|(?:{_NAMED[character]});?" if character in _NAMED else ""
    forms = [
        rf"\\{{1,8}}(?:u\{{?0{{0,6}}{either}\}}?|[xX]{either}|0?{point:03o})",
        rf"%(?:25){{0,3}}(?:u00)?{either}",
        rf"&(?:amp;){{0,3}}(?:#0{{0,6}}{point};?|#[xX]0{{0,6}}{either};?{named})",
        f"={either}",
        rf"\\{{0,8}}{re.escape(character)}",  # last, or the x of \x78 would count as part of the key
    ]
    return f"(?:{'|'.join(forms)})"
