"""A tenant and role files with some of everything to do, and what has to hold after an apply, whatever went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.apply.journal import read
from reconciler.model.roles import SYSTEM_NAMES
from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole

if TYPE_CHECKING:
    from reconciler.sandbox.server import RunningSandbox
    from tests.faults.proxy import Proxy

State = Mapping[str, tuple[str, frozenset[str]]]

LIVE: State = {
    "equal": ("The same.", frozenset({"contacts.view"})),
    "update-1": ("Old.", frozenset({"contacts.view"})),
    "update-2-old": ("Renamed.", frozenset({"contacts.view"})),
    "update-3": ("Old.", frozenset({"billing.view", "contacts.view"})),
    "delete-1": ("", frozenset({"contacts.view"})),
    "delete-2": ("", frozenset()),
    "delete-3": ("", frozenset({"billing.view"})),
}
DESIRED: State = {
    "equal": ("The same.", frozenset({"contacts.view"})),
    "update-1": ("New.", frozenset({"contacts.view"})),
    "update-2": ("Renamed.", frozenset({"contacts.view"})),
    "update-3": ("Old.", frozenset({"billing.view", "conversations.view"})),
    "create-1": ("New.", frozenset({"agents.view"})),
    "create-2": ("", frozenset()),
    "create-3": ("New.", frozenset({"agents.view", "contacts.view"})),
}
SEED = (*SYSTEM_ROLES, *(SeedRole(name=name, description=d, permissions=tuple(p)) for name, (d, p) in LIVE.items()))


class Result(NamedTuple):
    """What a run of the command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The outcome in JSON."""
        assert self.out.startswith("{"), self
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@dataclass
class World:
    """A sandbox, and a directory with the role files."""

    tenant: RunningSandbox
    directory: Path
    systems: Sequence[object] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        """Put the tenant back to `LIVE`, and write the role files."""
        store = self.tenant.store
        for role in store.roles():
            if not role["is_system"]:
                store.delete(role["id"])
        for name, (description, permissions) in LIVE.items():
            store.create(name, description, permissions)
        self.systems = self._systems()
        (self.directory / "roles.d").mkdir(parents=True)
        for name, (description, permissions) in DESIRED.items():
            lines = [f"name: {name}", f'description: "{description}"', f"permissions: [{', '.join(permissions)}]"]
            lines += ["renamed_from: update-2-old"] if name == "update-2" else []
            (self.directory / "roles.d" / f"{name}.yaml").write_text("\n".join(lines) + "\n")

    @property
    def journal(self) -> Path:
        return self.directory / "journal.jsonl"

    def environment(self, url: str) -> dict[str, str]:
        return {"OMNISTREAM_URL": url, "OMNISTREAM_API_KEY": self.tenant.api_key, "RECONCILER_RETRY_WAIT": "0"}

    def live(self) -> State:
        """The custom roles, looked up behind the API."""
        roles = [role for role in self.tenant.store.roles() if not role["is_system"]]
        assert len({role["name"] for role in roles}) == len(roles), "a role exists twice"
        return {role["name"]: (role["description"], frozenset(role["permissions"])) for role in roles}

    def _systems(self) -> Sequence[object]:
        return [role for role in self.tenant.store.roles() if role["is_system"]]

    def check(self, result: Result, proxy: Proxy) -> None:
        """What has to hold after every apply."""
        self._nothing_that_must_never_be(result, proxy)
        live = self.live()
        match result.code:
            case 0:
                assert live == DESIRED
                assert result.document["converged"] is True
            case 1:
                assert live == LIVE, "exit code 1 says that nothing was written"
            case 6:
                self._told_precisely(result.document, live)
            case _:
                raise AssertionError(result)

    def _nothing_that_must_never_be(self, result: Result, proxy: Proxy) -> None:
        assert "Traceback" not in result.err
        assert "\x1b" not in result.out + result.err
        assert self.tenant.api_key not in result.out + result.err
        if self.journal.exists():
            assert self.tenant.api_key not in self.journal.read_text()
            read(self.journal)
        assert self._systems() == self.systems
        ids = {role["id"] for role in self.tenant.store.roles() if role["is_system"]}
        for request in proxy.writes():
            assert not any(role_id in request.path for role_id in ids)
            assert request.method == "DELETE" or json.loads(request.body).get("name") not in SYSTEM_NAMES
        _no_create_is_repeated_blindly(proxy)

    def _told_precisely(self, document: dict[str, Any], live: State) -> None:
        """Each change is as its outcome says, and nothing that is not as desired goes without mention."""
        assert document["converged"] is False
        for entry in document["outcomes"]:
            name = entry["name"]
            there = name not in live if entry["action"] == "delete" else live.get(name) == DESIRED[name]
            known = entry["reason"] != "not-known"
            assert not known or there is (entry["status"] == "applied" or entry["reason"] == "already-so"), entry
            assert there or entry["error"], entry
        wrong = {name for name in live.keys() | DESIRED.keys() if live.get(name) != DESIRED.get(name)}
        told = {entry["name"] for entry in document["outcomes"] if entry["error"]}
        assert wrong - {"update-2-old"} <= told
        assert document["remaining"]


def _no_create_is_repeated_blindly(proxy: Proxy) -> None:
    """Between two requests to create one role the list was read."""
    open_names: set[str] = set()
    for request in proxy.log:
        if (request.method, request.path) == ("GET", "/api/roles"):
            open_names.clear()
        elif request.method == "POST":
            name = json.loads(request.body)["name"]
            assert name not in open_names, f"{name} was sent twice without a look"
            open_names.add(name)
