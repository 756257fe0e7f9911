"""The contract's operations and the sandbox's errors, over a real socket."""

from __future__ import annotations

import json
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.sandbox.catalogue import CATALOGUE
from reconciler.sandbox.server import running_sandbox
from reconciler.sandbox.store import Declined

if TYPE_CHECKING:
    from reconciler.sandbox.server import RunningSandbox

JSON = {"Content-Type": "application/json"}
NOBODY = "/api/roles/00000000-0000-4000-8000-000000000000"


def new_role(api: httpx.Client, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - what a body may hold
    answer = api.post("/api/roles", json={"name": f"role-{uuid.uuid4()}", "permissions": []} | fields)
    assert answer.status_code == 201, answer.text
    role: dict[str, Any] = answer.json()
    return role


def error(answer: httpx.Response) -> tuple[int, str]:
    """Status and message; that the shape is `{"error": "..."}` and nothing else is checked on the way."""
    body = answer.json()
    assert list(body) == ["error"]
    assert isinstance(body["error"], str)
    return answer.status_code, body["error"]


def test_a_fresh_tenant_has_three_system_roles(sandbox: RunningSandbox, reader: httpx.Client) -> None:
    roles = reader.get("/api/roles").json()

    assert [role["name"] for role in roles if role["is_system"]] == ["admin", "agent", "supervisor"]
    assert roles == sandbox.store.roles()


def test_a_role_is_created_read_changed_and_deleted(api: httpx.Client) -> None:
    role = new_role(api, description="Says hello.", permissions=["messages.send"])
    place = f"/api/roles/{role['id']}"
    assert api.get(place).json() == role

    changed = api.patch(place, json={"permissions": ["contacts.view"]}).json()
    assert (changed["description"], changed["permissions"]) == ("Says hello.", ["contacts.view"])

    gone = api.delete(place)
    assert (gone.status_code, gone.json()) == (200, {"message": "The role is gone.", "role_id": role["id"]})
    assert error(api.get(place))[0] == 404


def test_the_catalogue_is_answered_in_its_order(reader: httpx.Client) -> None:
    assert reader.get("/api/permissions").json() == list(CATALOGUE)


@pytest.mark.parametrize("path", ["/api/roles", "/api/permissions", NOBODY, "/api/nothing"])
def test_without_a_key_nothing_below_api_answers(sandbox: RunningSandbox, path: str) -> None:
    assert error(httpx.get(sandbox.url + path)) == (401, "The header X-API-Key is missing.")


@pytest.mark.parametrize("key", ["", "sk_sandbox_wrong", "ключ"])
def test_a_key_that_is_not_known_is_refused(sandbox: RunningSandbox, key: str) -> None:
    answer = httpx.get(f"{sandbox.url}/api/roles", headers={b"X-API-Key": key.encode()})

    assert error(answer) == (401, "The API key is not known.")


def test_a_key_is_asked_for_before_a_body_is_looked_at(sandbox: RunningSandbox) -> None:
    assert error(httpx.post(f"{sandbox.url}/api/roles", content=b"{", headers=JSON))[0] == 401


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/roles"), ("PATCH", NOBODY), ("DELETE", NOBODY)])
def test_a_read_only_key_cannot_write(reader: httpx.Client, method: str, path: str) -> None:
    assert error(reader.request(method, path)) == (403, "The API key lacks the permission agents.manage.")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_id_that_is_no_uuid_is_refused(api: httpx.Client, method: str) -> None:
    status, message = error(api.request(method, "/api/roles/support-lead", json={}))

    assert status == 422
    assert message.startswith("path.id: Input should be a valid UUID")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_id_is_not_found(api: httpx.Client, method: str) -> None:
    assert error(api.request(method, NOBODY, json={}))[0] == 404


def test_an_id_is_found_in_capital_letters_too(api: httpx.Client) -> None:
    role = new_role(api)

    assert api.get(f"/api/roles/{role['id'].upper()}").json() == role


def test_what_breaks_a_rule_is_answered_with_its_status_and_message(api: httpx.Client) -> None:
    assert error(api.post("/api/roles", json={"name": "Admin", "permissions": []})) == (
        422,
        'The name "admin" is reserved for a system role.',
    )


@pytest.mark.parametrize("field", ["name", "description", "permissions"])
def test_a_patch_with_null_is_refused_rather_than_taken_as_left_out(api: httpx.Client, field: str) -> None:
    role = new_role(api)

    status, message = error(api.patch(f"/api/roles/{role['id']}", json={field: None}))

    assert status == 422
    assert message.startswith(f"body.{field}: ")


def test_every_field_that_is_wrong_is_named(api: httpx.Client) -> None:
    status, message = error(api.post("/api/roles", json={"name": 1, "permissions": "billing.view"}))

    assert status == 422
    assert message == "body.name: Input should be a valid string; body.permissions: Input should be a valid list"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"name":', id="cut off"),
        pytest.param(b"\xff\xfe\xfd", id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="nested too deeply"),
        pytest.param(b'{"name": 1' + b"0" * 6000 + b', "permissions": []}', id="a number of 6000 digits"),
        pytest.param(b'{"name": NaN, "permissions": []}', id="not a number"),
        pytest.param(b'{"name": "\\ud800", "permissions": []}', id="a lone surrogate as a name"),
        pytest.param(b'{"name": "a", "permissions": ["\\udfff"]}', id="a lone surrogate as a code"),
        pytest.param(b'{"name": "a", "permissions": [], "description": "\\ud800"}', id="a lone surrogate as text"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_body_that_cannot_be_read_is_the_callers_error(api: httpx.Client, method: str, body: bytes) -> None:
    path = "/api/roles" if method == "POST" else NOBODY

    assert error(api.request(method, path, content=body, headers=JSON))[0] in {400, 422}


def test_a_body_of_another_kind_is_refused(api: httpx.Client) -> None:
    assert error(api.post("/api/roles", data={"name": "a"}))[0] == 422


def test_a_body_of_more_than_a_mebibyte_is_refused(api: httpx.Client) -> None:
    assert error(api.post("/api/roles", content=b" " * (1024 * 1024 + 1), headers=JSON)) == (
        413,
        "The body is larger than 1048576 bytes.",
    )


def test_a_body_of_a_mebibyte_in_pieces_is_taken(api: httpx.Client) -> None:
    body = json.dumps({"name": f"role-{uuid.uuid4()}", "permissions": []}).encode().ljust(1024 * 1024)
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))

    assert api.post("/api/roles", content=pieces, headers=JSON).status_code == 201


@pytest.mark.parametrize("name", ["\x1b]0;owned\x07", "a\u202eb", "nul\x00nul", "zero\u200bwidth", "日本語", "🦊"])
def test_a_name_of_any_characters_comes_back_as_it_was_given(api: httpx.Client, name: str) -> None:
    role = new_role(api, name=name, description=f"<b>{name}</b>\n")

    assert (role["name"], role["description"]) == (name, f"<b>{name}</b>\n")
    api.delete(f"/api/roles/{role['id']}")


def test_a_path_that_is_not_there_is_not_found(api: httpx.Client) -> None:
    assert error(api.get("/api/agents")) == (404, "Not Found.")


def test_a_path_with_one_more_slash_is_not_redirected(api: httpx.Client) -> None:
    assert error(api.get("/api/roles/"))[0] == 404


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api/roles", "GET, POST"), (NOBODY, "DELETE, GET, PATCH"), ("/api/permissions", "GET")],
)
def test_a_method_that_is_not_there_is_refused_with_those_that_are(api: httpx.Client, path: str, allowed: str) -> None:
    answer = api.put(path)

    assert error(answer) == (405, "Method Not Allowed.")
    assert answer.headers["Allow"] == allowed


def test_a_database_that_fails_is_said_so() -> None:
    with running_sandbox(api_key="sk_test") as sandbox:
        sandbox.store.close()
        answer = httpx.get(f"{sandbox.url}/api/roles", headers={"X-API-Key": "sk_test"})

    assert error(answer) == (503, "The sandbox's database failed: Cannot operate on a closed database.")


def test_of_many_creates_of_one_name_at_once_one_is_done(sandbox: RunningSandbox, api: httpx.Client) -> None:
    body = {"name": "in-a-hurry", "permissions": []}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post("/api/roles", json=body).status_code, range(40)))

    assert sorted(answers) == [201, *[409] * 39]
    assert [role["name"] for role in sandbox.store.roles()].count("in-a-hurry") == 1


def test_a_role_that_is_changed_by_many_at_once_is_always_one_of_their_wishes(api: httpx.Client) -> None:
    place = f"/api/roles/{new_role(api, description='0', permissions=['billing.view'])['id']}"
    codes = {str(number): [entry["code"] for entry in CATALOGUE[number : number + 5]] for number in range(1, 41)}

    def change(number: str) -> tuple[int, dict[str, Any]]:
        answer = api.patch(place, json={"description": number, "permissions": codes[number]})
        return answer.status_code, api.get(place).json()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(change, codes))

    assert {status for status, _ in answers} == {200}
    assert all(seen["permissions"] == codes[seen["description"]] for _, seen in answers)


def test_half_a_body_is_not_acted_on_even_when_it_looks_whole(sandbox: RunningSandbox, api: httpx.Client) -> None:
    host, port = httpx.URL(sandbox.url).host, httpx.URL(sandbox.url).port
    assert port
    with socket.create_connection((host, port)) as connection:
        connection.sendall(
            f"POST /api/roles HTTP/1.1\r\nHost: x\r\nX-API-Key: {sandbox.api_key}\r\n"
            'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name":"cut-off","permissions":[]}'.encode()
        )

    assert api.get("/api/roles").status_code == 200
    assert not any(role["name"] == "cut-off" for role in sandbox.store.roles())


def test_a_role_can_be_hired_for_behind_the_api(sandbox: RunningSandbox, api: httpx.Client) -> None:
    role = new_role(api)
    sandbox.store.hire(role["id"])

    status, message = error(api.delete(f"/api/roles/{role['id']}"))

    assert status == 409
    assert message.startswith("1 agent still has the role")
    with pytest.raises(Declined):
        sandbox.store.delete(role["id"])
