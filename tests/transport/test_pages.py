from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from reconciler.api.reader import Reader
from reconciler.model.errors import BadAnswer
from reconciler.model.secret import Secret
from reconciler.transport import Transport
from reconciler.transport.pages import next_link
from tests.scripted_server import ScriptedServer, reply
from tests.transport.talking import INSTANT

ROLES = [{"id": str(uuid.UUID(int=n)), "name": f"r{n}", "is_system": False} for n in range(3)]
CODES = [{"code": f"a.{n}", "name": "x", "category": "a"} for n in range(3)]


def roles(reader: Reader) -> object:
    return reader.list_roles()


def permissions(reader: Reader) -> object:
    return reader.list_permissions()


def read(headers: dict[str, str], what: Callable[[Reader], object], body: object) -> object:
    with (
        ScriptedServer([reply(200, body, headers)]) as server,
        Transport(server.url, Secret("a-key"), retry=INSTANT) as transport,
    ):
        return what(Reader(transport))


@pytest.mark.parametrize(("what", "body"), [(roles, ROLES), (permissions, CODES)], ids=["roles", "permissions"])
@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Link": '<https://x/api/roles?page=2>; rel="next"'}, "a Link header points to a next page"),
        ({"X-Total-Count": "4"}, "the header X-Total-Count says 4 and the list holds 3"),
        ({"Total": "4"}, "the header Total says 4 and the list holds 3"),
        ({"x-total": "152"}, "the header X-Total says 152 and the list holds 3"),
        ({"Content-Range": "items 0-2/10"}, "the header Content-Range says 10 and the list holds 3"),
        ({"X-Total-Pages": "2"}, "the header X-Total-Pages says 2 pages"),
        ({"X-Next-Page": "2"}, "the header X-Next-Page names a next page"),
        ({"X-Has-More": "true"}, "the header X-Has-More says that there is more"),
    ],
)
def test_a_list_that_says_there_is_more_is_never_the_whole(
    headers: dict[str, str], said: str, what: Callable[[Reader], object], body: object
) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(headers, what, body)
    assert said in str(caught.value)
    assert str(caught.value).endswith("pagination is not supported, and a part is not taken for the whole")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Link": '<https://x/api/roles>; rel="self", </next>; rel=last; title="rel=next"'},
        {"X-Total-Count": "3"},
        {"X-Total-Count": "many"},
        {"Content-Range": "items 0-2/3"},
        {"Content-Range": "items 0-2/*"},
        {"X-Total-Pages": "1", "X-Next-Page": "", "X-Has-More": "false"},
    ],
)
def test_a_list_that_says_that_it_is_the_whole_is_taken(headers: dict[str, str]) -> None:
    assert len(str(read(headers, roles, ROLES))) > 0


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<a>; rel="next"', "a"),
        ("<a>; rel=next", "a"),
        ("<a>;rel=NEXT", "a"),
        ('<a>; REL = "Next"', "a"),
        ('<a>; rel="last next"', "a"),
        ('<a>; title="x, <y>; z"; rel="next"', "a"),
        ('<a?b=1,2;3>; rel="prev", <c?d=4,5;6>; rel="next"', "c?d=4,5;6"),
        ('<a>; rel="first",<b>;rel=next;title=x', "b"),
        ("<a>; title*=UTF-8''x; rel=next", "a"),
        ('<a>; crossorigin; rel="next"', "a"),
        ('<a>; rel="nextish"', None),
        ('<a>; title="; rel=next"', None),
        ('<a>; rel="prev"', None),
        ("", None),
    ],
)
def test_a_link_to_the_next_page_is_found_in_every_form_of_the_header(header: str, target: str | None) -> None:
    assert next_link(header) == target
