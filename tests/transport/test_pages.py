from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from reconciler.api.reader import Reader
from reconciler.model.errors import BadAnswer
from reconciler.model.secret import Secret
from reconciler.transport import Transport
from reconciler.transport.pages import next_link
from tests.scripted_server import ScriptedServer, reply
from tests.transport.talking import INSTANT

if TYPE_CHECKING:
    from tests.sentences import Golden

ROLES = [{"id": str(uuid.UUID(int=n)), "name": f"r{n}", "is_system": False} for n in range(3)]
CODES = [{"code": f"a.{n}", "name": "x", "category": "a"} for n in range(3)]


def roles(reader: Reader) -> object:
    return reader.list_roles()


def permissions(reader: Reader) -> object:
    return reader.list_permissions()


def read(headers: dict[str, str], what: Callable[[Reader], object], body: object, status: int = 200) -> object:
    with (
        ScriptedServer([reply(status, body, headers)]) as server,
        Transport(server.url, Secret("a-key"), retry=INSTANT) as transport,
    ):
        return what(Reader(transport))


@pytest.mark.parametrize(("what", "body"), [(roles, ROLES), (permissions, CODES)], ids=["roles", "permissions"])
@pytest.mark.parametrize(
    ("headers", "names"),
    [
        ({"Link": '<https://x/api/roles?page=2>; rel="next"'}, ["Link"]),
        ({"X-Total-Count": "4"}, ["X-Total-Count", "4", "3"]),
        ({"Total": "4"}, ["Total", "4", "3"]),
        ({"x-total": "152"}, ["X-Total", "152", "3"]),
        ({"Content-Range": "items 0-2/10"}, ["Content-Range", "10", "3"]),
        ({"X-Total-Pages": "2"}, ["X-Total-Pages", "2"]),
        ({"X-Next-Page": "2"}, ["X-Next-Page"]),
        ({"X-Has-More": "true"}, ["X-Has-More"]),
        ({"X-Total-Records": "4"}, ["X-Total-Records", "4", "3"]),
        ({"Items-Total": "4"}, ["Items-Total", "4", "3"]),
        ({"Pagination-Count": "4"}, ["Pagination-Count", "4", "3"]),
        ({"X-Continuation-Token": "eyJwIjoyfQ"}, ["X-Continuation-Token"]),
        ({"X-Pagination": '{"TotalCount": 4, "PageSize": 3}'}, ["X-Pagination"]),
        ({"Pagination": '{"currentPage": 1, "totalPages": 2}'}, ["Pagination"]),
    ],
)
def test_a_list_that_says_there_is_more_is_never_the_whole(
    headers: dict[str, str], names: list[str], what: Callable[[Reader], object], body: object, golden: Golden
) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(headers, what, body)
    assert all(name in str(caught.value) for name in names)
    golden.says("transport/pages", f"{what.__name__}, {names[0]}", str(caught.value))


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
        {"X-Total-Time": "152", "X-Total-Count": "3"},
        {"X-Pagination": '{"TotalCount": 3, "PageSize": 20, "TotalPages": 1, "HasNext": false, "next": null}'},
        {"Pagination": '{"total": 3, "nextPage": 0, "next": ""}'},
        {"X-Pagination": "page=1", "Pagination": "[1]"},
        {"X-Pagination": "[" * 3000, "Pagination": '{"next": ' + '{"href": ' * 600 + "1" + "}" * 601},
        {"Pagination": '{"totalItems": 3, "totalItemsPerPage": 20, "totalPerPage": 20, "pageTotal": 3}'},
        {"Pagination": '{"total_pages": 1, "total_on_page": 3, "grandTotal": 500, "TotalSize": 12345}'},
        {"Pagination": '{"totalPages": 1, "hasNext": false, "nextPage": 1}'},
        {"Pagination": '{"next": "null", "nextLink": [], "nextUrl": {"href": null}}'},
        {"Pagination": '{"total": 1e400, "links": {"self": 1}}'},
        {"X-Total": "0.482", "X-Next-Cursor": "undefined", "X-Next-Page": "-1", "X-Total-Count": "3, 3"},
    ],
)
def test_a_list_that_says_that_it_is_the_whole_is_taken(headers: dict[str, str]) -> None:
    assert len(str(read(headers, roles, ROLES))) > 0


@pytest.mark.parametrize(
    "value",
    [
        '{"HasNext": true}',
        '{"nextPageLink": "/api/roles?page=2"}',
        '{"items_total": 4}',
        '{"page": 1, "nextPage": 2}',
        '{"total": "152"}',
        '{"total": 152.0}',
        '{"next": {"href": "/api/roles?page=2"}}',
        '{"links": {"next": "/api/roles?page=2"}}',
        '{"total_pages": 2}',
    ],
)
def test_a_header_with_a_json_object_says_in_many_ways_that_there_is_more(value: str) -> None:
    with pytest.raises(BadAnswer, match="X-Pagination"):
        read({"X-Pagination": value}, roles, ROLES)


def test_a_list_with_the_status_of_a_part_is_never_the_whole(golden: Golden) -> None:
    with pytest.raises(BadAnswer, match="206") as caught:
        read({"Content-Range": "items 0-2/*"}, roles, ROLES, status=206)
    golden.says("transport/pages", "roles, 206", str(caught.value))


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
