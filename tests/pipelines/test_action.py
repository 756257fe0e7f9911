from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.sandbox.seed import SYSTEM_ROLES, SeedRole
from reconciler.sandbox.server import RunningSandbox, running_sandbox
from tests.forge.fakes import TOKEN, FakeForge
from tests.pipelines.runner import ACTION, ROOT, Finished, Runner, load

SEED = (*SYSTEM_ROLES, SeedRole(name="billing-clerk", permissions=("billing.view",)))


@pytest.fixture
def tenant() -> Iterator[RunningSandbox]:
    with running_sandbox(seed=SEED) as running:
        yield running


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return a_runner(tmp_path)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """One plan, shared by the tests that only look at it, since each takes a while."""
    with running_sandbox(seed=SEED) as running:
        done = plan(a_runner(tmp_path_factory.mktemp("planned")), running, artifact="roles-plan")
    return replace(done, key=running.api_key)


def a_runner(directory: Path) -> Runner:
    """`roles.d` wants support-lead, which is not live, and billing-clerk, which is."""
    (directory / "workspace").mkdir()
    (directory / "temp").mkdir()
    runner = Runner(directory / "workspace", directory / "temp")
    want(runner, "support-lead", "conversations.view")
    want(runner, "billing-clerk", "billing.view")
    return runner


def want(runner: Runner, name: str, *codes: str, directory: str = "roles.d") -> None:
    path = runner.workspace / directory / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"name: {name}\npermissions: [{', '.join(codes)}]\n")


def plan(runner: Runner, tenant: RunningSandbox, **inputs: str) -> Finished:
    return runner.run(version="installed", command="plan", url=tenant.url, api_key=tenant.api_key, **inputs)


def apply(runner: Runner, tenant: RunningSandbox, **inputs: str) -> Finished:
    return runner.run(version="installed", command="apply", url=tenant.url, api_key=tenant.api_key, **inputs)


def changes_of(done: Finished) -> list[dict[str, object]]:
    changes: list[dict[str, object]] = json.loads(Path(done.outputs["plan-file"]).read_text())["changes"]
    return changes


def live_names(tenant: RunningSandbox) -> set[str]:
    return {str(role["name"]) for role in tenant.store.roles() if not role["is_system"]}


class TestPlan:
    def test_says_what_would_change_in_its_outputs(self, planned: Finished) -> None:
        assert not planned.failed
        assert (planned.outputs["changes"], planned.outputs["verdict"]) == ("1", "widens")
        assert re.fullmatch("sha256:[0-9a-f]{64}", planned.outputs["digest"])
        assert [change["name"] for change in changes_of(planned)] == ["support-lead"]

    def test_shows_the_plan_in_the_log_and_in_the_summary(self, planned: Finished) -> None:
        assert "# support-lead will be created" in planned.log
        assert "conversations.view" in planned.summary

    def test_marks_lines_outside_of_where_commands_are_stopped(self, planned: Finished) -> None:
        token = re.search("::stop-commands::([0-9a-f]{32})\n", planned.log)
        assert token
        data, _, commands = planned.log.partition(f"::{token[1]}::\n")
        assert "file=roles.d/support-lead.yaml" in commands
        assert "::notice" not in data
        assert "::warning" not in data

    def test_keeps_plan_and_html(self, planned: Finished) -> None:
        (kept,) = planned.kept
        assert (kept.name, sorted(kept.files)) == ("roles-plan", ["plan.html", "plan.json"])
        assert "<html" in kept.files["plan.html"]

    def test_the_key_is_nowhere(self, planned: Finished) -> None:
        everything = [planned.log, planned.summary, *planned.outputs.values(), *planned.kept[0].files.values()]
        assert planned.key
        assert not [text for text in everything if planned.key in text]

    def test_without_changes_says_so(self, runner: Runner, tenant: RunningSandbox) -> None:
        (runner.workspace / "roles.d" / "support-lead.yaml").unlink()
        done = plan(runner, tenant)
        assert (done.failed, done.outputs["changes"], done.outputs["verdict"]) == (False, "0", "neutral")
        assert "No changes. Live roles match roles.d." in done.log

    def test_beyond_a_limit_fails_and_shows_the_plan_all_the_same(self, runner: Runner, tenant: RunningSandbox) -> None:
        (runner.workspace / "reconciler.yaml").write_text(
            "version: 1\nlimits:\n  max_deletes: {count: 0, percent: 0}\n  max_revokes: {count: 0, percent: 0}\n"
        )
        (runner.workspace / "roles.d" / "billing-clerk.yaml").unlink()
        done = plan(runner, tenant)
        assert done.failed
        assert "max_deletes" in done.log
        assert "billing-clerk" in done.summary
        assert sorted(done.kept[0].files) == ["plan.html", "plan.json"]

    def test_of_invalid_files_fails_and_marks_the_place(self, runner: Runner, tenant: RunningSandbox) -> None:
        (runner.workspace / "roles.d" / "support-lead.yaml").write_text("name: no\npermissions: []\n")
        done = plan(runner, tenant)
        assert done.failed
        assert re.search(r"^::error .*file=roles\.d/support-lead\.yaml,line=1", done.log, re.MULTILINE)
        assert done.outputs["plan-file"] == ""

    def test_without_a_key_fails_and_says_why(self, runner: Runner, tenant: RunningSandbox) -> None:
        done = runner.run(version="installed", command="plan", url=tenant.url)
        assert done.failed
        assert "no API key: set OMNISTREAM_API_KEY" in done.log
        assert done.ran == ["Install reconciler", "Run reconciler", "Keep plan, HTML and journal", "Pass or fail"]

    def test_takes_the_url_from_the_configuration(self, runner: Runner, tenant: RunningSandbox) -> None:
        (runner.workspace / "reconciler.yaml").write_text(f"version: 1\nurl: {tenant.url}\n")
        done = runner.run(version="installed", command="plan", api_key=tenant.api_key)
        assert done.outputs["changes"] == "1"

    def test_takes_another_directory(self, runner: Runner, tenant: RunningSandbox) -> None:
        want(runner, "billing-clerk", "billing.view", directory="other roles")
        assert plan(runner, tenant, roles_dir="other roles").outputs["changes"] == "0"

    def test_tells_edits_from_drift(self, runner: Runner, tenant: RunningSandbox) -> None:
        commit_as_main(runner.workspace)
        want(runner, "support-lead", "conversations.view", "contacts.view")
        (runner.workspace / "roles.d" / "billing-clerk.yaml").unlink()
        done = plan(runner, tenant, base="main")
        assert {change["name"]: change["origin"] for change in changes_of(done)} == {
            "billing-clerk": "edit",
            "support-lead": "both",
        }

    def test_a_name_that_looks_like_a_command_stays_text(self, runner: Runner, tenant: RunningSandbox) -> None:
        tenant.store.create("::set-output name=x::y", "::error::pwned\n::error::twice", ["contacts.view"])
        done = plan(runner, tenant)
        token = re.search("::stop-commands::([0-9a-f]{32})\n", done.log)
        assert token
        before, _, rest = done.log.partition(token[0])
        data, _, after = rest.partition(f"::{token[1]}::\n")
        assert "::set-output name=x::y" in data
        commands = [line for line in f"{before}{after}".splitlines() if line.lstrip().startswith("::")]
        assert [line for line in commands if not re.match("::(notice|warning) ", line)] == []
        assert done.outputs["changes"] == "2"


def commit_as_main(directory: Path) -> None:
    name = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], [*name, "commit", "-q", "-m", "Base"]):
        subprocess.run(["git", *arguments], cwd=directory, check=True)


class TestComment:
    @pytest.fixture
    def forge(self, runner: Runner, tmp_path: Path) -> Iterator[FakeForge]:
        forge = FakeForge()
        event = tmp_path / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 7}}))
        with forge.server:
            runner.environment |= {
                "GITHUB_API_URL": f"{forge.server.url}/api",
                "GITHUB_REPOSITORY": "o/n",
                "GITHUB_EVENT_PATH": str(event),
            }
            yield forge

    def test_is_put_on_the_pull_request_once_and_kept_up_to_date(
        self, runner: Runner, tenant: RunningSandbox, forge: FakeForge
    ) -> None:
        forge.labels.append("bug")
        first = plan(runner, tenant, comment="true", token=TOKEN)
        assert not first.failed, first.log
        assert "support-lead" in str(forge.bodies)
        assert forge.labels == ["bug"]
        want(runner, "billing-clerk", "billing.view", "billing.manage")
        second = plan(runner, tenant, comment="true", label="true", token=TOKEN)
        assert forge.labels == ["bug", f"access: {second.outputs['verdict']}"]
        (body,) = forge.bodies
        assert "billing.manage" in str(body)
        assert TOKEN not in first.log + second.log

    def test_of_a_diff_is_another_one(self, runner: Runner, tenant: RunningSandbox, forge: FakeForge) -> None:
        commit_as_main(runner.workspace)
        want(runner, "billing-clerk", "billing.view", "billing.manage")
        compared = diff(runner, "main", comment="true", token=TOKEN)
        assert not compared.failed, compared.log
        plan(runner, tenant, comment="true", token=TOKEN)
        first, second = map(str, forge.bodies)
        assert "Access change of `roles.d` since" in first
        assert "Plan for" in second

    def test_shows_a_refused_plan_too(self, runner: Runner, tenant: RunningSandbox, forge: FakeForge) -> None:
        (runner.workspace / "reconciler.yaml").write_text("version: 1\nprotect: [billing-clerk]\n")
        (runner.workspace / "roles.d" / "billing-clerk.yaml").unlink()
        done = plan(runner, tenant, comment="true", token=TOKEN)
        assert done.failed
        assert "billing-clerk" in str(forge.bodies)

    def test_one_that_fails_fails_the_job_and_hides_nothing(
        self, runner: Runner, tenant: RunningSandbox, forge: FakeForge
    ) -> None:
        done = plan(runner, tenant, comment="true", token="not-the-token")
        assert done.failed
        assert forge.notes == []
        assert "401" in done.log
        assert "# support-lead will be created" in done.log
        assert sorted(done.kept[0].files) == ["plan.html", "plan.json"]

    def test_is_not_made_unless_asked_for(self, runner: Runner, tenant: RunningSandbox, forge: FakeForge) -> None:
        plan(runner, tenant)
        assert forge.server.received == []


class TestUnmanaged:
    def test_roles_that_stay_are_counted_and_marked(self, runner: Runner, tenant: RunningSandbox) -> None:
        (runner.workspace / "reconciler.yaml").write_text("version: 1\nunmanaged: report\n")
        tenant.store.create("shadow-admin", "", ["agents.manage"])
        done = plan(runner, tenant)
        assert not done.failed, done.log
        assert (done.outputs["changes"], done.outputs["unmanaged"]) == ("1", "1")
        assert "::warning title=Unmanaged%3A shadow-admin::" in done.log

    def test_none_that_stays_is_none(self, planned: Finished) -> None:
        assert planned.outputs["unmanaged"] == "0"


class TestUnknownCode:
    @pytest.mark.parametrize("command", ["plan", "apply"])
    def test_is_marked_at_its_line(self, runner: Runner, tenant: RunningSandbox, command: str) -> None:
        """The commonest mistake in a role file, which `validate` cannot find."""
        want(runner, "support-lead", "contacts.exprot")
        done = runner.run(version="installed", command=command, url=tenant.url, api_key=tenant.api_key)
        assert done.failed
        assert live_names(tenant) == {"billing-clerk"}
        marks = [line for line in done.log.splitlines() if line.startswith("::error ")]
        assert len(marks) == 1, done.log
        assert marks[0].startswith("::error file=roles.d/support-lead.yaml,line=2,col=15,title=unknown-code::")


class TestApply:
    def test_says_in_its_own_words_that_the_plan_is_missing(self, runner: Runner, tenant: RunningSandbox) -> None:
        done = apply(runner, tenant, plan="no-such-plan.json")
        assert done.failed
        assert "cp:" not in done.log
        assert "no-such-plan.json" in done.log
        token = re.search("::stop-commands::([0-9a-f]{32})\n", done.log)
        assert token
        assert f"::{token[1]}::\n" in done.log
        assert live_names(tenant) == {"billing-clerk"}

    def test_does_what_the_files_say_and_keeps_the_journal(self, runner: Runner, tenant: RunningSandbox) -> None:
        done = apply(runner, tenant, artifact="roles-journal")
        assert not done.failed, done.log
        assert live_names(tenant) == {"billing-clerk", "support-lead"}
        assert "support-lead" in done.kept[0].files["journal.jsonl"]
        assert "support-lead" in done.summary

    def test_carries_out_a_saved_plan_and_nothing_else(self, runner: Runner, tenant: RunningSandbox) -> None:
        planned = plan(runner, tenant)
        done = apply(runner, tenant, plan=planned.outputs["plan-file"])
        assert not done.failed, done.log
        assert live_names(tenant) == {"billing-clerk", "support-lead"}
        assert done.outputs["digest"] == planned.outputs["digest"]
        assert sorted(done.kept[0].files) == ["journal.jsonl", "plan.json"]

    def test_refuses_a_saved_plan_of_other_files(self, runner: Runner, tenant: RunningSandbox) -> None:
        planned = plan(runner, tenant)
        want(runner, "one-more", "contacts.view")
        done = apply(runner, tenant, plan=planned.outputs["plan-file"])
        assert done.failed
        assert live_names(tenant) == {"billing-clerk"}

    def test_that_fails_keeps_the_journal_all_the_same(self, runner: Runner, tenant: RunningSandbox) -> None:
        held = tenant.store.create("held-role", "", ["contacts.view"])
        tenant.store.hire(str(held["id"]))
        done = apply(runner, tenant)
        assert done.failed
        assert live_names(tenant) == {"billing-clerk", "support-lead", "held-role"}
        assert "held-role" in done.kept[0].files["journal.jsonl"]


class TestValidate:
    def test_passes_without_url_and_key(self, runner: Runner) -> None:
        done = runner.run(version="installed", command="validate")
        assert not done.failed, done.log

    def test_fails_and_marks_each_problem(self, runner: Runner) -> None:
        (runner.workspace / "roles.d" / "support-lead.yaml").write_text("name: no\npermissions: []\n")
        done = runner.run(version="installed", command="validate")
        assert done.failed
        assert "::error " in done.log


class TestInputs:
    def test_another_command_is_refused(self, runner: Runner) -> None:
        done = runner.run(version="installed", command="demo; touch pwned")
        assert done.failed
        assert "validate, plan, diff, apply or lock" in done.log
        assert not (runner.workspace / "pwned").exists()

    def test_values_with_shell_syntax_stay_values(self, runner: Runner, tenant: RunningSandbox) -> None:
        hostile = "$(touch pwned)`touch pwned`; touch pwned #"
        plan(runner, tenant, roles_dir=hostile, base=hostile)
        diff(runner, hostile, roles_dir=hostile)
        apply(runner, tenant, plan=hostile)
        assert not list(runner.workspace.glob("**/pwned"))

    def test_an_installed_version_has_to_be_there(self, runner: Runner, tmp_path: Path) -> None:
        (tmp_path / "bin").mkdir()
        for program in ("bash", "mktemp"):
            found = subprocess.run(["which", program], capture_output=True, text=True, check=True).stdout.strip()
            (tmp_path / "bin" / program).symlink_to(found)
        runner.environment["PATH"] = str(tmp_path / "bin")
        done = runner.run(version="installed", command="validate")
        assert done.failed
        assert "::error::no reconciler is on the PATH" in done.log
        assert done.ran == ["Install reconciler"]

    def test_no_script_holds_an_expression(self) -> None:
        scripts = [step["run"] for step in load(ACTION)["runs"]["steps"] if "run" in step]
        assert scripts
        assert [script for script in scripts if "${{" in script] == []


class TestDiff:
    @pytest.fixture
    def edited(self, runner: Runner) -> Runner:
        commit_as_main(runner.workspace)
        want(runner, "support-lead", "conversations.view", "contacts.view")
        return runner

    def test_needs_no_url_and_no_key_and_shows_what_a_plan_shows(self, edited: Runner) -> None:
        done = diff(edited, "main", artifact="roles-diff")
        assert not done.failed, done.log
        assert (done.outputs["changes"], done.outputs["unmanaged"], done.outputs["verdict"]) == ("1", "0", "widens")
        assert "Access change of roles.d since " in done.log
        assert "contacts.view" in done.summary
        assert re.search("^::warning file=roles.d/support-lead.yaml,line=2,", done.log, re.MULTILINE)
        (kept,) = done.kept
        assert (kept.name, sorted(kept.files)) == ("roles-diff", ["plan.html", "plan.json"])

    def test_that_is_refused_fails_and_shows_the_edit_all_the_same(self, edited: Runner) -> None:
        (edited.workspace / "reconciler.yaml").write_text("version: 1\nprotect: [billing-clerk]\n")
        (edited.workspace / "roles.d" / "billing-clerk.yaml").unlink()
        done = diff(edited, "main")
        assert done.failed
        assert "::error title=Refused::" in done.log
        assert "billing-clerk" in done.summary

    def test_of_invalid_files_fails_and_marks_the_place(self, edited: Runner) -> None:
        want(edited, "support-lead", "contacts")
        done = diff(edited, "main")
        assert done.failed
        assert re.search(r"^::error file=roles\.d/support-lead\.yaml,line=2", done.log, re.MULTILINE)

    def test_of_an_invalid_base_fails_and_says_so_without_a_line(self, runner: Runner) -> None:
        want(runner, "support-lead", "contacts")
        commit_as_main(runner.workspace)
        want(runner, "support-lead", "contacts.view")
        done = diff(runner, "main")
        assert done.failed
        assert re.search(r"^::error title=malformed-code::.*at the merge base", done.log, re.MULTILINE)

    def test_without_a_base_is_refused(self, edited: Runner) -> None:
        done = diff(edited, "")
        assert done.failed
        assert "the command diff needs the input base" in done.log


def diff(runner: Runner, base: str, **inputs: str) -> Finished:
    return runner.run(version="installed", command="diff", base=base, **inputs)


class TestLock:
    def test_passes_where_the_lock_is_up_to_date(self, runner: Runner, tenant: RunningSandbox) -> None:
        shutil.copy(ROOT / "permissions.lock.yaml", runner.workspace)
        assert not lock(runner, tenant).failed

    def test_fails_where_it_is_not_and_says_what_changed(self, runner: Runner, tenant: RunningSandbox) -> None:
        done = lock(runner, tenant)
        assert done.failed
        assert "permissions.lock.yaml does not exist" in done.log
        assert not (runner.workspace / "permissions.lock.yaml").exists()

    def test_marks_a_lock_that_is_not_valid(self, runner: Runner, tenant: RunningSandbox) -> None:
        (runner.workspace / "permissions.lock.yaml").write_text("version: 2\n")
        done = lock(runner, tenant)
        assert done.failed
        assert "::error file=permissions.lock.yaml,line=1," in done.log


def lock(runner: Runner, tenant: RunningSandbox) -> Finished:
    return runner.run(version="installed", command="lock", url=tenant.url, api_key=tenant.read_only_key)
