"""The operator under a real Prometheus: its alert fires while the API is down, and resolves after it is back."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
import yaml

from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests.ended import ended
from tests.faults.proxy import Proxy, serving
from tests.pipelines.outside import installed
from tests.pipelines.test_alerts import RULES
from tests.scripted_server import reply

PATIENCE = 60.0  # seconds; a machine that does nothing else needs five for the whole test
OFTEN = "500ms"  # also how long a scrape may take, on a machine that does much else


LEAD = SeedRole(name="lead", permissions=("contacts.view",))


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def free_port() -> int:
    """Prometheus does not say which port it took, so it is given one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def hurried_rules() -> str:
    """The rule on the age of the last success as it is, with seconds in place of minutes."""
    document = yaml.safe_load(RULES.read_text())
    (group,) = document["groups"]
    (rule,) = (each for each in group["rules"] if each["alert"] == "ReconcilerNoSuccess")
    hurried = {**rule, "expr": rule["expr"].replace("> 1800", "> 2"), "for": "200ms"}
    assert hurried["expr"] != rule["expr"]
    return yaml.safe_dump({"groups": [{"name": "hurried", "rules": [hurried]}]})


@contextmanager
def prometheus(directory: Path, target: str) -> Iterator[str]:
    """Yield the base URL of a Prometheus that scrapes the target."""
    address = f"127.0.0.1:{free_port()}"
    (directory / "rules.yaml").write_text(hurried_rules())
    configuration = {
        "global": {"scrape_interval": OFTEN, "scrape_timeout": OFTEN, "evaluation_interval": OFTEN},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [{"job_name": "reconciler", "static_configs": [{"targets": [target]}]}],
    }
    (directory / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    program = installed("prometheus", "prometheus")
    settings = (f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data")
    command = [program, *settings, f"--web.listen-address={address}"]
    with (
        (directory / "prometheus.log").open("wb") as log,
        ended(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)),
    ):
        url = f"http://{address}"
        until(lambda: ready(url), "Prometheus did not start")
        yield url


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready").status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False


def firing(url: str) -> bool:
    alerts = httpx.get(f"{url}/api/v1/alerts").json()["data"]["alerts"]
    return [each["labels"]["alertname"] for each in alerts if each["state"] == "firing"] == ["ReconcilerNoSuccess"]


def scraped(url: str, series: str) -> float:
    """The last value of a series that Prometheus has; 0 where it has none yet."""
    found = httpx.get(f"{url}/api/v1/query", params={"query": series}).json()["data"]["result"]
    return float(found[0]["value"][1]) if found else 0.0


@contextmanager
def operator(directory: Path, tenant: RunningSandbox, url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield an operator that compares the tenant behind `url` each second, and where its metrics are."""
    (directory / "roles.d").mkdir()
    (directory / "roles.d" / "lead.yaml").write_text("name: lead\npermissions: [contacts.view]\n")
    settings = {"OMNISTREAM_URL": url, "OMNISTREAM_API_KEY": tenant.read_only_key, "RECONCILER_RETRY_BUDGET": "0"}
    inherited = {name: os.environ[name] for name in os.environ if name.startswith(("COV", "COVERAGE"))}
    command = [sys.executable, "-m", "reconciler", "watch", "--every", "1s", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=directory, env=inherited | settings, stdout=subprocess.PIPE, text=True)
    with ended(process):
        assert process.stdout is not None
        (target,) = re.findall(r"metrics on http://(\S+)", process.stdout.readline())
        yield process, target


def test_the_alert_fires_while_the_api_is_down_and_resolves_after_it_is_back(tmp_path: Path) -> None:
    installed("prometheus", "prometheus")
    with (
        running_sandbox(seed=(*SYSTEM_ROLES, LEAD)) as tenant,
        serving(proxy := Proxy(tenant.url)) as api,
        operator(tmp_path, tenant, api) as (process, target),
        prometheus(tmp_path, target) as url,
    ):
        until(lambda: scraped(url, 'reconciler_passes_total{result="in_sync"}') >= 1, "no good pass was scraped")
        until(lambda: not firing(url), "the alert fires without a reason")
        proxy.shape = lambda _: reply(503, {"detail": "down"})
        until(lambda: firing(url), "the alert did not fire")
        assert scraped(url, 'reconciler_passes_total{result="failed"}') >= 1
        proxy.shape = lambda whole: whole
        process.send_signal(signal.SIGHUP)  # do not wait out the longer waits after failures
        until(lambda: not firing(url), "the alert did not resolve")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
