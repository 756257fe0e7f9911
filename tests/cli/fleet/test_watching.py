"""`reconciler watch` of three tenants, each on a real socket. Its clock is a number."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import httpx
import pytest

from reconciler.cli.connection import ConnectionOptions
from reconciler.cli.fleet.watching import Shelves
from reconciler.cli.options import FilesOptions, LimitOptions
from reconciler.cli.outside import Outside
from reconciler.cli.watching import Asked
from tests.cli.tenants import Fleet, three_tenants
from tests.fake_time import FakeTime

if TYPE_CHECKING:
    from tests.cli.conftest import Result
    from tests.sentences import Golden

HEAL = ("--heal", "revokes", "--journal", "{tenant}.jsonl", "--max-revokes", "99")
NAMES = ["staging", "acme", "beta"]
Steps = Mapping[int, Callable[[], object]]


@dataclass
class Watched:
    """Three tenants in sync with the files, but for temp-role, which is in no file."""

    fleet: Fleet
    time: FakeTime = field(default_factory=FakeTime)

    def watch(self, *arguments: str, passes: int = 1, between: Steps | None = None) -> Result:
        """Run until so many rests have ended. At the end of rest n, counted from 1, `between[n]` is done."""
        time = self.time
        time.rested.clear()
        time.summons.clear()

        def ended() -> None:
            (between or {}).get(len(time.rested), lambda: None)()

        time.passes, time.ended_a_pass = passes, ended
        return self.fleet.run("watch", *arguments, outside=Outside(today=time.today, watch=time.surroundings))

    def lines(self, *arguments: str, **settings: Any) -> dict[str, list[dict[str, Any]]]:  # noqa: ANN401 - as `watch`
        """The lines by tenant, between `started` and `stopped`; the run must end well."""
        result = self.watch(*arguments, "--log-format", "json", **settings)
        assert result.code == 0, result
        found: dict[str, list[dict[str, Any]]] = {}
        for line in map(json.loads, result.out.splitlines()):
            found.setdefault(line["tenant"], []).append(line)
        for name, (first, *middle, last) in found.items():
            assert (first["event"], last["event"]) == ("started", "stopped")
            found[name] = middle
        return found

    def events(self, *arguments: str, **settings: Any) -> dict[str, list[str]]:  # noqa: ANN401 - as `watch`
        """The events by tenant, between `started` and `stopped`."""
        found = self.lines(*arguments, **settings)
        return {name: [line["event"] for line in lines] for name, lines in found.items()}

    def all_say(self, *events: str) -> dict[str, list[str]]:
        """These events for each tenant."""
        return {name: list(events) for name in self.fleet.tenants}

    def give(self, name: str, *codes: str) -> None:
        """What somebody does in OmniStream to billing-clerk of one tenant."""
        store = self.fleet.tenants[name].store
        store.update(self.fleet.id_of(name, "billing-clerk"), {"permissions": ["billing.view", *codes]})


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Watched]:
    with three_tenants(tmp_path, monkeypatch, capsys) as fleet:
        fleet.want("billing-clerk", "billing.view", description="Old")
        (tmp_path / "roles.d" / "support-lead.yaml").unlink()
        found = Watched(fleet)
        for name in fleet.tenants:
            found.give(name)
        yield found


def test_each_line_begins_with_its_tenant(watched: Watched, golden: Golden) -> None:
    watched.give("acme", "billing.manage")
    result = watched.watch("--all", *HEAL, passes=2)
    assert (result.code, result.err) == (0, "")
    urls = {name: sandbox.url for name, sandbox in watched.fleet.tenants.items()}
    golden.says("watch/several", "one tenant is healed", result.out, **urls)
    assert [path.name for path in sorted(Path().glob("*.jsonl"))] == ["acme.jsonl", "beta.jsonl", "staging.jsonl"]


def test_the_lines_of_json_name_the_tenant(watched: Watched) -> None:
    assert watched.events("--all") == watched.all_say("drift")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [(["--tenant", "*a"], ["beta"]), (["--tenant", "staging", "--tenant", "b*"], ["staging", "beta"])],
)
def test_some_tenants_are_watched(watched: Watched, arguments: list[str], names: list[str]) -> None:
    assert list(watched.events(*arguments)) == names


def test_the_journal_of_the_configuration_is_one_for_each_tenant(watched: Watched) -> None:
    watched.fleet.configure("journal: 'kept/{tenant}.jsonl'")
    Path("kept").mkdir()
    watched.give("beta", "billing.manage")
    assert watched.events("--all", "--apply", "--max-deletes", "9") == watched.all_say("applied")
    assert len(list(Path("kept").iterdir())) == 3


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["--all", "--heal", "revokes", "--journal", "one.jsonl"], {}),
        (["--all", "--apply"], {}),
        (["--all", "--url", "https://x.example"], {}),
        (["--all"], {"OMNISTREAM_API_KEY": "sk_key"}),
        (["--all", "--tenant", "acme"], {}),
        (["--tenant", "nope*"], {}),
        ([], {}),
    ],
)
def test_what_cannot_be_run_is_a_wrong_command_line(
    watched: Watched, arguments: list[str], variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = watched.watch(*arguments)
    assert (result.code, result.out) == (64, "")
    golden.says("watch/several", f"watch {' '.join([*variables, *arguments])}", result.err)


def test_a_journal_of_the_configuration_that_is_one_for_all_is_a_wrong_command_line(
    watched: Watched, golden: Golden
) -> None:
    watched.fleet.configure("journal: one.jsonl")
    result = watched.watch("--all", "--apply")
    assert (result.code, result.out) == (64, "")
    golden.says("watch/several", "one journal in the configuration", result.err)


def test_a_journal_that_another_operator_uses_ends_the_run_with_1(watched: Watched) -> None:
    codes = []
    other = Watched(watched.fleet)
    watched.watch("--tenant", "acme", *HEAL, between={1: lambda: codes.append(other.watch("--all", *HEAL).code)})
    assert codes == [1]


def test_a_tenant_that_fails_leaves_the_others_alone(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMNISTREAM_API_KEY_ACME")
    watched.fleet.configure(beta="http://far.example")
    watched.give("staging", "billing.manage")
    found = watched.lines("--all", *HEAL, passes=2)
    assert [line["event"] for line in found["staging"]] == ["applied", "drift"]
    for name, words in (("acme", "OMNISTREAM_API_KEY_ACME"), ("beta", "http://far.example")):
        (line,) = found[name]
        assert line["event"] == "failed"
        assert words in line["message"]


def test_a_tenant_that_changes_or_goes_is_refused_until_it_is_back(watched: Watched, golden: Golden) -> None:
    fleet = watched.fleet
    text = fleet.configure().read_text()
    key = f"api_key_file: {fleet.write('acme.key', fleet.tenants['acme'].api_key).name}, url"
    without_beta = "\n".join(line for line in text.splitlines() if "beta" not in line)
    changed = without_beta.replace(fleet.tenants["staging"].url, "https://other.example").replace(
        "acme: {url", f"acme: {{{key}"
    )
    found = watched.lines(
        "--all",
        passes=3,
        between={
            1: lambda: fleet.write("reconciler.yaml", f"{changed}\n  fresh: {{url: 'https://fresh.example'}}\n"),
            2: lambda: fleet.write("reconciler.yaml", text),
        },
    )
    assert list(found) == NAMES
    for name, lines in found.items():
        assert [line["event"] for line in lines] == ["drift", "refused", "drift"]
        golden.says("watch/several", f"{name} is changed", lines[1]["message"], url=fleet.tenants[name].url)


def test_files_are_read_again_and_not_called_right_when_they_are_not(watched: Watched) -> None:
    fleet = watched.fleet
    lines = watched.lines(
        "--all",
        passes=4,
        between={
            1: lambda: fleet.want("billing-clerk", "billing.manage", description="Old"),
            2: lambda: fleet.write("reconciler.yaml", "tenants: 3\n"),
            3: fleet.configure,
        },
    )
    for name in NAMES:
        assert [line["event"] for line in lines[name]] == ["drift", "drift", "invalid", "drift"]
        assert lines[name][1]["digest"] != lines[name][0]["digest"]


def test_sighup_is_a_pass_of_each_at_once(watched: Watched) -> None:
    def call() -> None:
        for name in NAMES:
            watched.give(name, "billing.manage")
        watched.time.summons.hang_up()
        watched.time.pass_by(-300)

    assert watched.events("--all", *HEAL, passes=2, between={1: call}) == watched.all_say("drift", "applied")


def test_metrics_have_the_tenant_and_the_worst_one_decides_about_health(watched: Watched) -> None:
    found: list[tuple[str, int, int]] = []

    def look() -> None:
        (url, *_) = re.findall(r"metrics on (\S+)$", watched.fleet.capture.readouterr().out, re.MULTILINE)
        found.append(
            (
                httpx.get(f"{url}/metrics").text,
                httpx.get(f"{url}/healthz").status_code,
                httpx.get(f"{url}/readyz").status_code,
            )
        )

    watched.watch("--all", "--listen", "127.0.0.1:0", between={1: look})
    ((text, healthy, ready),) = found
    assert (healthy, ready) == (200, 200)
    for name in NAMES:
        assert f'reconciler_passes_total{{result="drift",tenant="{name}"}} 1.0' in text


def test_files_that_change_while_they_are_read_fail_the_pass(watched: Watched) -> None:
    time, edits = watched.time, itertools.count()

    def edit() -> float:
        if not time.rested:  # each look at the clock in the first passes, also the one before files are read
            watched.fleet.want("billing-clerk", "billing.view", description=f"Old {next(edits)}")
        return time.seconds

    time.passes = 2
    surroundings = time.surroundings._replace(monotonic=edit)
    result = watched.fleet.run("watch", "--all", outside=Outside(today=time.today, watch=surroundings))
    events = re.findall(r"^\w+ \S+ (failed|drift)", result.out, re.MULTILINE)
    assert events == ["failed"] * 3 + ["drift"] * 3


# --- what is read once


@pytest.fixture
def shelves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Shelves, FakeTime]]:
    monkeypatch.chdir(tmp_path)
    time = FakeTime()
    connection = ConnectionOptions(None, None, 30.0, 8, False, None, 0.0, 0.0)  # noqa: FBT003 - a tuple
    asked = Asked(FilesOptions(), connection, LimitOptions(None, None))
    with click.Context(click.Command("watch"), obj=Outside(today=time.today)):
        yield Shelves(asked, 300, lambda: time.seconds, time.summons), time


def test_what_was_read_is_kept_while_nothing_changes_for_one_interval(shelves: tuple[Shelves, FakeTime]) -> None:
    shared, time = shelves
    Path("roles.d").mkdir()
    path = Path("roles.d/a.yaml")
    path.write_text("a")
    with shared.entered():
        first = shared.fit([path.parent])
        time.pass_by(299)
        assert shared.fit([path.parent, Path("other.yaml")]) is first
        path.write_text("ab")
        assert (second := shared.fit([path.parent])) is not first
        shutil.copy(path, "roles.d/b.yaml")
        assert (third := shared.fit([path.parent])) is not second
        time.pass_by(300)
        assert (fourth := shared.fit([path.parent])) is not third
        shared.forget()
        assert shared.fit([path.parent]) is not fourth
