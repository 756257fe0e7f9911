from __future__ import annotations

import subprocess
import sys

import click
import httpx
import pytest

from reconciler.cli.boundary import run
from reconciler.cli.listening import listen_option, listening
from reconciler.watch.server import Address
from tests.sentences import Golden
from tests.watch.reports import AT, a_report

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
