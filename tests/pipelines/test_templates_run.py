"""The command lines of the templates, run in this process where their pods and units would run them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from reconciler.cli.boundary import run
from reconciler.cli.outside import Outside
from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests.fake_time import FakeTime
from tests.pipelines.test_kubernetes import PODS_BY_NAME
from tests.pipelines.test_systemd import SERVICE, command_of


class Pod:
    """The volumes of a pod below one directory, with a checkout as git-sync makes it."""

    def __init__(self, directory: Path, tenant: RunningSandbox) -> None:
        self.directory = directory
        self.tenant = tenant
        for name in ("git", "journal", "key"):
            (directory / name).mkdir()
        self.rotate(tenant.api_key)

    @property
    def journal(self) -> str:
        return (self.directory / "journal" / "journal.jsonl").read_text()

    def rotate(self, key: str) -> None:
        """Put another key where the Secret is mounted."""
        (self.directory / "key" / "api-key").write_text(f"{key}\n")

    def sync(self, revision: str, *codes: str) -> None:
        """Check out a revision whose role file gives these codes, move the link to it, and remove the one before."""
        link, root = self.directory / "git" / "current", self.directory / "git" / ".worktrees"
        before = link.resolve() if link.exists() else None
        (root / revision / "roles.d").mkdir(parents=True)
        (root / revision / "roles.d" / "lead.yaml").write_text(f"name: lead\npermissions: [{', '.join(codes)}]\n")
        (root / revision / "reconciler.yaml").write_text("version: 1\n")
        new = link.with_name("new")
        new.symlink_to(root / revision)
        new.rename(link)
        if before is not None:
            shutil.rmtree(before)

    def run(self, arguments: list[str], outside: Outside | None = None) -> int:
        """Run the container's command line with its paths below the directory, on a port that is free."""
        moved = [each.replace("=/", f"={self.directory}/").replace("0.0.0.0:9464", "127.0.0.1:0") for each in arguments]
        return run(moved, outside=outside)

    def live(self) -> set[str]:
        (lead,) = (role for role in self.tenant.store.roles() if role["name"] == "lead")
        return set(lead["permissions"])


@pytest.fixture
def pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pod]:
    lead = SeedRole(name="lead", permissions=("contacts.view", "contacts.export"))
    with running_sandbox(seed=(*SYSTEM_ROLES, lead)) as tenant:
        made = Pod(tmp_path, tenant)
        monkeypatch.chdir(tmp_path / "git")
        monkeypatch.setenv("OMNISTREAM_URL", tenant.url)
        monkeypatch.setenv("RECONCILER_RETRY_WAIT", "0")
        yield made


def passing(*steps: Callable[[], object]) -> Outside:
    """An operator that makes a pass, then does a step, and so on, and ends after the last step."""
    left = list(steps)

    def ended_a_pass() -> None:
        left.pop(0)()

    time = FakeTime(passes=len(steps), ended_a_pass=ended_a_pass)
    return Outside(watch=time.surroundings, today=time.today)


def test_the_cron_job_revokes_what_the_files_do_not_give(pod: Pod) -> None:
    pod.sync("0123abcd", "contacts.view", "agents.view")
    assert pod.run(PODS_BY_NAME["cronjob.yaml CronJob"]["containers"][0]["args"]) == 0
    assert pod.live() == {"contacts.view"}
    assert "contacts.export" in pod.journal


def test_the_deployment_follows_git_sync_and_a_rotated_key(pod: Pod, capsys: pytest.CaptureFixture[str]) -> None:
    def grant_more() -> None:
        pod.sync("4567ef01", "agents.view")
        pod.rotate("sk_revoked")

    pod.sync("0123abcd", "contacts.view")
    outside = passing(grant_more, lambda: pod.rotate(pod.tenant.api_key), lambda: None, lambda: None)
    assert pod.run(PODS_BY_NAME["deployment.yaml Deployment"]["containers"][0]["args"], outside) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["event"] for each in events] == ["started", "applied", "failed", "applied", "drift", "stopped"]
    assert pod.live() == set()  # what the second revision gives waits for a person
    assert "http://127.0.0.1:" in events[0]["message"]


def test_the_probes_of_the_deployment_hold_after_the_first_pass(pod: Pod, capsys: pytest.CaptureFixture[str]) -> None:
    container = PODS_BY_NAME["deployment.yaml Deployment"]["containers"][0]
    found: list[int] = []

    def probe() -> None:
        url = json.loads(capsys.readouterr().out.splitlines()[0])["message"].rpartition(" ")[2]
        paths = [container[name]["httpGet"]["path"] for name in ("livenessProbe", "readinessProbe")]
        found.extend(httpx.get(f"{url}{path}").status_code for path in paths)

    pod.sync("0123abcd", "contacts.view")
    pod.run(container["args"], passing(probe))
    assert found == [200, 200]


def test_the_command_of_the_unit_heals(pod: Pod, capsys: pytest.CaptureFixture[str]) -> None:
    pod.sync("0123abcd", "contacts.view")
    places = {"/var/lib/reconciler": "journal", "/etc/reconciler": "key"}
    words = " ".join(command_of(SERVICE)[1:]).replace("--listen 127.0.0.1:9464", "--listen 127.0.0.1:0")
    for path, name in places.items():
        words = words.replace(path, str(pod.directory / name))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(pod.directory / "git" / "current")
        assert run(words.split(), outside=passing(lambda: None)) == 0
    assert " applied: lead - contacts.export\n" in capsys.readouterr().out
    assert "contacts.export" in pod.journal


def test_the_deployment_runs_for_one_tenant_as_the_page_says(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/operating.md: one argument more, one less, no OMNISTREAM_URL, and a key named like the tenant."""
    pod.sync("0123abcd", "contacts.view")
    keys, url = pod.directory / "key", pod.tenant.url
    (pod.directory / "git" / "current" / "reconciler.yaml").write_text(
        f"version: 1\napi_key_file: {keys}/{{tenant}}\ntenants:\n  production: {{url: '{url}'}}\n"
    )
    (keys / "api-key").rename(keys / "production")
    monkeypatch.delenv("OMNISTREAM_URL")
    arguments = PODS_BY_NAME["deployment.yaml Deployment"]["containers"][0]["args"]
    kept = [each for each in arguments if not each.startswith("--api-key-file")]
    assert pod.run([*kept, "--tenant=production"], passing(lambda: None)) == 0
    assert pod.live() == {"contacts.view"}
    assert "contacts.export" in pod.journal
