"""Starting and stopping: as a process that is interrupted, and in a thread of a test."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from reconciler.model.errors import CommandLineError, Failed
from reconciler.sandbox.guard import new_key, read_only_key
from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import Greeting, running_sandbox, serve
from tests.ended import ended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from reconciler.sandbox.server import serve
db, seed, key = (word or None for word in sys.argv[1:])
show = lambda greeting: print(*greeting.lines(), sep="\\n", flush=True)
serve(port=0, db=db and Path(db), seed=seed and Path(seed), api_key=key, announce=show)
print("returned")
"""
LAST_LINE = "# Ctrl-C stops it."
SEED = '{"roles": [{"name": "greeter", "permissions": ["messages.send"]}]}'


class Served(NamedTuple):
    process: subprocess.Popen[str]
    lines: list[str]

    def exported(self, name: str) -> str:
        return next(line.partition("=")[2] for line in self.lines if line.startswith(f"export {name}="))

    def stopped_by(self, number: int) -> tuple[int, str, str]:
        """Exit code, the rest of standard output, standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@contextmanager
def served(*, db: Path | str = "", seed: Path | str = "", key: str = "") -> Iterator[Served]:
    command = [sys.executable, "-c", PROGRAM, str(db), str(seed), key]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)) as process:
        try:
            assert process.stdout
            lines: list[str] = []
            while not lines or lines[-1] != LAST_LINE:
                lines.append(process.stdout.readline().rstrip("\n"))
                assert lines[-1], process.communicate(timeout=20)
            yield Served(process, lines)
        finally:
            process.terminate()


def test_two_lines_to_paste_are_printed_and_the_rest_are_comments() -> None:
    with served() as running:
        pasted = [line for line in running.lines if not line.startswith("#")]

    assert len(pasted) == 2
    assert re.fullmatch(r"export OMNISTREAM_URL=http://127\.0\.0\.1:\d+", pasted[0])
    assert re.fullmatch(r"export OMNISTREAM_API_KEY=sk_sandbox_[\w-]+", pasted[1])


def test_what_was_pasted_works_at_once() -> None:
    with served() as running:
        answer = httpx.get(
            f"{running.exported('OMNISTREAM_URL')}/api/roles",
            headers={"X-API-Key": running.exported("OMNISTREAM_API_KEY")},
        )

    assert answer.status_code == 200
    assert len(answer.json()) == 12


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_it_without_a_word_even_with_a_connection_open(number: int) -> None:
    with served() as running, httpx.Client() as client:
        assert client.get(f"{running.exported('OMNISTREAM_URL')}/docs").status_code == 200
        outcome = running.stopped_by(number)

    assert outcome == (0, "returned\n", "")


def test_a_request_that_never_ends_does_not_hold_it_up() -> None:
    with served() as running:
        url = httpx.URL(running.exported("OMNISTREAM_URL"))
        with socket.create_connection((url.host, url.port or 0)) as connection:
            connection.sendall(b"POST /api/roles HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            code, out, _ = running.stopped_by(signal.SIGINT)

    assert (code, out) == (0, "returned\n")


def test_a_key_of_ones_own_is_used() -> None:
    with served(key="sk_mine") as running:
        assert running.exported("OMNISTREAM_API_KEY") == "sk_mine"


def test_the_printed_read_only_key_reads_and_does_not_write() -> None:
    with served() as running:
        (key,) = re.findall(r"sk_sandbox_ro_\w+", "\n".join(running.lines))
        url = f"{running.exported('OMNISTREAM_URL')}/api/roles"
        answers = [httpx.request(method, url, headers={"X-API-Key": key}).status_code for method in ("GET", "POST")]

    assert answers == [200, 403]


def test_a_seed_is_used_once_for_one_file(tmp_path: Path) -> None:
    seed, db = tmp_path / "seed.json", tmp_path / "tenant.db"
    seed.write_text(SEED, encoding="utf-8")

    with served(seed=seed, db=db) as first:
        assert first.stopped_by(signal.SIGTERM) == (0, "returned\n", "")
    with served(seed=seed, db=db, key="sk_mine") as second:
        names = [
            role["name"]
            for role in httpx.get(
                f"{second.exported('OMNISTREAM_URL')}/api/roles", headers={"X-API-Key": "sk_mine"}
            ).json()
        ]

    assert names == ["admin", "agent", "supervisor", "greeter"]
    assert second.lines[0] == f"# {db} already holds roles, so the seed is not used"
    assert not any("so the seed is not used" in line for line in first.lines)


def test_a_port_that_is_taken_is_an_error() -> None:
    with running_sandbox() as sandbox:
        port = httpx.URL(sandbox.url).port
        assert port
        with pytest.raises(Failed, match=rf"cannot listen on 127\.0\.0\.1:{port}: .* choose another --port"):
            serve(port=port, db=None, seed=None, api_key=None, announce=print)


def test_the_signal_handlers_are_given_back_when_it_fails() -> None:
    before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    with running_sandbox() as sandbox, pytest.raises(Failed):
        serve(port=httpx.URL(sandbox.url).port or 0, db=None, seed=None, api_key=None, announce=print)

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_key_that_cannot_be_one_is_an_error_before_anything_starts() -> None:
    with pytest.raises(CommandLineError):
        serve(port=0, db=None, seed=None, api_key="two words", announce=print)


def test_an_interrupt_before_it_serves_stops_it_too() -> None:
    greetings: list[Greeting] = []

    def interrupted(greeting: Greeting) -> None:
        greetings.append(greeting)
        signal.raise_signal(signal.SIGTERM)

    serve(port=0, db=None, seed=None, api_key=None, announce=interrupted)

    assert len(greetings) == 1


def test_it_runs_beside_a_test_with_roles_and_key_of_the_tests_own(tmp_path: Path) -> None:
    roles = [*SYSTEM_ROLES, SeedRole(name="greeter", permissions=("messages.send",), agents=2)]
    with running_sandbox(seed=roles, db=tmp_path / "tenant.db", api_key="sk_test") as sandbox:
        answer = httpx.get(f"{sandbox.url}/api/roles", headers={"X-API-Key": "sk_test"})

        assert [role["name"] for role in answer.json()] == ["admin", "agent", "supervisor", "greeter"]
        assert sandbox.store.holders()[answer.json()[-1]["id"]] == 2
    assert (tmp_path / "tenant.db").exists()


def test_it_runs_beside_a_test_with_a_seed_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "seed.json").write_text(SEED, encoding="utf-8")
    with running_sandbox(seed=tmp_path / "seed.json") as sandbox:
        assert sandbox.store.roles()[-1]["name"] == "greeter"


def test_it_is_gone_after_the_block() -> None:
    with running_sandbox() as sandbox:
        pass

    with pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.url)


@pytest.mark.parametrize("module", ["fastapi", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(module: str) -> None:
    program = (
        f"import sys\nsys.modules[{module!r}] = None\n"
        "from reconciler.model.errors import Failed\n"
        "try:\n    import reconciler.sandbox.server\n"
        "except Failed as error:\n    print(error)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.startswith("the sandbox needs FastAPI and uvicorn (")
    assert answer.stdout.endswith("): install reconciler[sandbox]\n")


def test_the_package_itself_loads_neither_fastapi_nor_uvicorn() -> None:
    program = "import sys, reconciler.sandbox; print({'fastapi', 'uvicorn', 'pydantic'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout == "set()\n"


def test_no_line_of_the_greeting_is_broken_by_a_terminal_of_80_columns() -> None:
    key = new_key()
    greeting = Greeting("http://127.0.0.1:65535", key, read_only_key(key))
    assert max(map(len, greeting.lines())) <= 80
