from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from html.entities import html5
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.transport.reasons import reason_in
from reconciler.transport.redaction import Redaction
from tests.scripted_server import reply
from tests.transport.talking import failure

KEYS = ["plainkey123456", "ab/cd+EF12==", 'q"uote\\back', "amp&lt<gt>x'y", "per%cent%41x", "sk_live-7f.3a~"]
_ENTITIES = {character: name for name, character in html5.items() if name.endswith(";") and len(character) == 1}


def named(key: str) -> str:
    return "".join(f"&{_ENTITIES[c]}" if not c.isalnum() and c in _ENTITIES else c for c in key)


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": lambda key: json.dumps(key)[1:-1],
    "json of PHP": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "json, all as code points": lambda key: "".join(f"\\u{ord(c):04X}" for c in key),
    "json twice": lambda key: json.dumps(json.dumps(key))[3:-3],
    "json of .NET": lambda key: "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in key),
    "upper case": str.upper,
    "lower case": str.lower,
    "percent": lambda key: quote(key, safe=""),
    "percent, all": lambda key: "".join(f"%{ord(c):02x}" for c in key),
    "percent twice": lambda key: quote(quote(key, safe=""), safe=""),
    "html": html.escape,
    "html twice": lambda key: html.escape(html.escape(key)),
    "html decimal": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "html hexadecimal": lambda key: "".join(f"&#x{ord(c):X};" for c in key),
    "html names": named,
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64, one in": lambda key: base64.b64encode(f"u{key}".encode()).decode(),
    "base64, two in": lambda key: base64.b64encode(f"u:{key}:x".encode()).decode(),
    "base64 of URLs": lambda key: base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "base64 in a URL": lambda key: quote(base64.b64encode(key.encode()).decode(), safe=""),
    "hex": lambda key: key.encode().hex(),
    "HEX": lambda key: key.encode().hex().upper(),
    "hex with colons": lambda key: key.encode().hex(":"),
    "octal": lambda key: "".join(f"\\{ord(c):03o}" for c in key),
    "quoted-printable": lambda key: "".join(f"={ord(c):02X}" for c in key),
}


def pieces(key: str, form: str) -> list[str]:
    """What must not be shown: the key, and the middle of the form."""
    return [key.lower(), form[4:-4].lower()]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_hidden_in_each_form_in_which_a_server_may_repeat_it(key: str, form: str) -> None:
    written = FORMS[form](key)
    for body in (
        f'{{"error": "invalid key {written}."}}',
        f"invalid key {written}.",
        f"<html><title>bad key {written}.</title></html>",
        f"<Error><Message>bad key {written}.</Message></Error>",
        f'{{"errors": [{{"loc": ["header", "{written}"], "msg": "x"}}]}}',
    ):
        said = reason_in(body.encode(), Redaction([key])).replace("\\\\", "\\").replace('\\"', '"').lower()
        assert [piece for piece in pieces(key, written) if piece in said] == []


@given(
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="\\"), min_size=6, max_size=50),
    st.data(),
)
def test_a_key_whose_characters_are_escaped_each_in_its_own_way_is_hidden(key: str, data: st.DataObject) -> None:
    ways = ["{0}", "\\u{1:04x}", "\\x{1:02x}", "%{1:02X}", "&#{1};", "&#x{1:x};", "\\{0}"]
    written = "".join(data.draw(st.sampled_from(ways)).format(c, ord(c)) for c in key)
    assert Redaction([key])(f"<{written}>") == "<[secret]>"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_a_key_is_hidden_whatever_the_encoding_of_the_text(encoding: str) -> None:
    body = '{"error": "invalid key plainkey123456"}'.encode(encoding)
    assert reason_in(body, Redaction(["plainkey123456"])) == "invalid key [secret]"


def test_a_key_that_straddles_the_end_of_what_is_shown_is_hidden_whole() -> None:
    said = reason_in(b"x" * 290 + b"plainkey123456", Redaction(["plainkey123456"]))
    assert said == "x" * 290 + "[secret]"


def test_of_a_short_key_only_its_spellings_are_hidden() -> None:
    assert Redaction(["abc"])("abc \\u0061bc YWJj") == "[secret] [secret] YWJj"
    assert Redaction(["ab"])("ab 6162") == "[secret] 6162"


def test_of_two_keys_the_longer_is_hidden_first() -> None:
    assert Redaction(["key-one", "key-one-two", ""])("key-one-two, key-one") == "[secret], [secret]"


def test_an_error_shows_the_key_neither_in_its_message_nor_in_its_detail() -> None:
    error = failure(reply(401, rb'{"error": "no key \u006bey\u002Dthat-must-never-be-seen"}'))
    assert str(error) == "could not list the roles: the server answered 401 Unauthorized: no key [secret]"
    assert getattr(error, "detail", None) == "no key [secret]"


def test_a_redirect_hides_an_escaped_key() -> None:
    location = "/login/" + quote("key-that-must-never-be-seen").replace("-", "%2D")
    assert '"/login/[secret]"' in str(failure(reply(302, headers={"Location": location})))
