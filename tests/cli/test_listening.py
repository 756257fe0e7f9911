from __future__ import annotations

import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import httpx
import pytest

from reconciler.cli.boundary import run
from reconciler.cli.listening import listen_option, listening
from reconciler.cli.outside import Outside
from reconciler.watch.server import Address
from tests.fake_time import FakeTime
from tests.faults.proxy import Proxy, serving
from tests.sentences import Golden
from tests.watch.reports import AT, a_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Workspace
    from tests.scripted_server import Received

HERE = Address("127.0.0.1", 0)


def parsed(*arguments: str) -> Address | None:
    """What the option makes of these arguments; None where the command line was wrong."""
    given = []

    @click.command("watch")
    @listen_option()
    def command(*, listen: Address | None) -> int:
        given.append(listen)
        return 0

    assert run(list(arguments), command) == (0 if given else 64)
    return given[0] if given else None


def test_the_option_is_an_address() -> None:
    assert parsed("--listen", "[::1]:0") == Address("::1", 0)
    assert parsed() is None


def test_an_option_that_is_no_address_is_a_mistake(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    assert parsed("--listen", ":9464") is None
    golden.says("cli/listening", "an address without a host", capsys.readouterr().err)


def test_what_the_loop_tells_is_served_where_it_says() -> None:
    with listening(HERE, every=300) as found:
        assert found.url is not None
        (observer,) = found.observers
        assert httpx.get(f"{found.url}/readyz").status_code == 503
        observer.began(AT)
        observer.ended(a_report("drift"))
        assert httpx.get(f"{found.url}/healthz").status_code == 200
        assert httpx.get(f"{found.url}/readyz").status_code == 200
        assert 'reconciler_passes_total{result="drift"} 1.0' in httpx.get(f"{found.url}/metrics").text


def test_each_tenant_has_an_observer() -> None:
    with listening(HERE, 300, ("staging", "production")) as found:
        assert [each.tenant for each in found.observers] == ["staging", "production"]
        assert 'reconciler_fights{tenant="staging"} 0.0' in httpx.get(f"{found.url}/metrics").text


def test_without_an_address_nothing_is_served() -> None:
    with listening(None, 300) as found:
        assert found == ((), None)


def test_without_the_extra_the_command_line_is_wrong() -> None:
    program = (
        "import sys\nsys.modules['prometheus_client'] = None\n"
        "from reconciler.cli.listening import listening\n"
        "from reconciler.model.errors import ReconcilerError\n"
        "from reconciler.watch.server import Address\n"
        "try:\n    listening(Address('127.0.0.1', 0), 1).__enter__()\n"
        "except ReconcilerError as error:\n    print(error.exit_code, error)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.startswith("64 ")
    assert said.endswith("pip install 'reconciler[watch]'\n")


def watched(workspace: Workspace, passes: int, *arguments: str) -> tuple[list[str], list[dict[str, float]]]:
    """Run the operator for some passes. Return its lines, and what each path answers after each pass."""
    lines: list[str] = []
    found: list[dict[str, float]] = []

    def look() -> None:
        lines.extend(workspace.capture.readouterr().out.splitlines())
        (url,) = re.findall(r"metrics on (\S+)$", lines[0])
        pages = {path: httpx.get(f"{url}/{path}") for path in ("healthz", "readyz")}
        text = httpx.get(f"{url}/metrics").text
        numbers = re.findall(r"^reconciler_(\S+) (\S+)$", text, re.MULTILINE)
        found.append({name: page.status_code for name, page in pages.items()} | {name: float(v) for name, v in numbers})

    time = FakeTime(passes=passes, ended_a_pass=look)
    outside = Outside(watch=time.surroundings, today=time.today)
    workspace.run("watch", "--listen", "127.0.0.1:0", *arguments, outside=outside)
    return lines, found


def test_the_operator_names_the_port_that_it_took(workspace: Workspace) -> None:
    (started, *_), _ = watched(workspace, 1)
    assert re.search(r" started: http://\S+, every 5m, reports only, metrics on http://127\.0\.0\.1:[1-9]\d*$", started)


def test_the_numbers_are_those_of_the_pass(workspace: Workspace) -> None:
    _, (found,) = watched(workspace, 1)
    assert (found["healthz"], found["readyz"]) == (200, 200)
    assert found['passes_total{result="drift"}'] == 1
    # support-lead is missing with two codes, billing-clerk lacks one and has another, temp-role is in no file
    assert (found['drift_codes{direction="narrower"}'], found['drift_codes{direction="wider"}']) == (3, 2)
    assert [found[f'changes{{action="{each}"}}'] for each in ("create", "update", "delete")] == [1, 1, 1]
    assert found['writes_total{action="update",status="applied"}'] == 0
    assert found["last_success_timestamp_seconds"] == FakeTime().now().timestamp()


def test_what_is_healed_is_counted_and_no_longer_left(workspace: Workspace) -> None:
    _, (found,) = watched(workspace, 1, "--heal", "revokes", "--journal", "journal.jsonl")
    assert found['passes_total{result="applied"}'] == 1
    assert found['writes_total{action="update",status="applied"}'] == 1
    assert found['drift_codes{direction="wider"}'] == 1  # of temp-role, which healing cannot delete


def test_an_operator_that_cannot_read_is_alive_and_not_ready(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNISTREAM_API_KEY", "sk_wrong_key")
    _, (first, *_, last) = watched(workspace, 5)
    for found in (first, last):
        assert (found["healthz"], found["readyz"]) == (200, 503)
    assert last['passes_total{result="failed"}'] == 5
    assert last["last_success_timestamp_seconds"] == 0


def test_a_port_in_use_is_exit_code_1(workspace: Workspace, golden: Golden) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = workspace.run("watch", "--listen", f"127.0.0.1:{port}")
    assert (done.code, done.out) == (1, "")
    golden.says("cli/listening", "a port in use", done.err, port=port)


def seen_during_passes(workspace: Workspace, time: FakeTime, look: Callable[[str], int | str]) -> list[int | str]:
    """What `look` finds at the base URL while the roles are read, in each pass."""
    urls: list[str] = []
    seen: list[int | str] = []

    def before_forwarding(request: Received) -> None:
        urls.extend(re.findall(r"metrics on (\S+)$", workspace.capture.readouterr().out, re.MULTILINE))
        if request.path == "/api/roles":
            seen.append(look(urls[0]))

    outside = Outside(watch=time.surroundings, today=time.today)
    with serving(Proxy(workspace.tenant.url, before_forwarding=before_forwarding)) as api:
        workspace.run("watch", "--listen", "127.0.0.1:0", "--url", api, outside=outside)
    return seen


def test_a_scrape_in_the_middle_of_a_pass_sees_the_passes_before(workspace: Workspace) -> None:
    def passes(url: str) -> str:
        text = httpx.get(f"{url}/metrics").text
        return text.partition("\nreconciler_pass_seconds_count ")[2].partition("\n")[0]

    assert seen_during_passes(workspace, FakeTime(passes=3), passes) == ["0.0", "1.0", "2.0"]


def test_a_pass_that_hangs_for_three_waits_is_not_healthy(workspace: Workspace) -> None:
    time = FakeTime(passes=1)

    def after_three_waits(url: str) -> int:
        time.pass_by(901)
        return httpx.get(f"{url}/healthz").status_code

    assert seen_during_passes(workspace, time, after_three_waits) == [503]
