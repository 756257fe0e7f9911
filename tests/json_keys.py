"""Every report in JSON as the commands print it, and the keys in it, in the notation of docs/interface.md."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

from reconciler.cli.boundary import run
from reconciler.cli.outside import Outside
from tests.builders import an_id
from tests.documents import session
from tests.ended import ended
from tests.fake_time import FakeTime
from tests.forge.fakes import TOKEN, FakeForge
from tests.scripted_server import Act, Received, ScriptedServer, reply

ROLE = {"name", "description", "permissions"}

TITLES = (
    "The plan in JSON",
    "The plans of several tenants in JSON",
    "The outcome in JSON",
    "The outcomes of several tenants in JSON",
    "The problems in JSON",
    "The answer of why in JSON",
    "The answer of who in JSON",
    "The report in JSON",
    "The reviews in JSON",
    "The export in JSON",
    "The adoption in JSON",
    "The catalogue in JSON",
    "The lock in JSON",
    "The comment in JSON",
    "The tenants in JSON",
    "The lines of watch in JSON",
    "The sandbox in JSON",
    "The demo in JSON",
    "The help in JSON",
    "The version in JSON",
    "The journal",
)
"""The headings below which docs/interface.md lists the keys of a report."""

_FIRST = {
    "a.yaml": "name: night-shift\npermissions: [contacts.view, messages.send: {until: 2020-01-02}]\n",
    "b.yaml": "name: knowledge-editor\npermissions: [knowledge.view, knowledge.delete]\n",
    "c.yaml": "name: late-shift\npermissions: [contacts.view]\nrenamed_from: shift-lead\n",
}
_EDITED = {
    "a.yaml": "name: night-shift\ndescription: Edited.\n"
    "permissions: [contacts.view, messages.send: {until: 2020-01-01}, reports.view: {until: 2099-12-31, reason: r}]\n",
    "b.yaml": "name: knowledge-editor\npermissions: [knowledge.view]\n",
    "d.yaml": "name: new-role\npermissions: [contacts.view]\n",
    "e.yaml": "name: integrations-engineer\ndescription: Edited.\npermissions: [automation.manage, automation.view, "
    "channels.view, integrations.install, integrations.manage, integrations.view, settings.view, webhooks.manage, "
    "webhooks.replay, webhooks.view]\n",
}
_REPORTING = "unmanaged: report\nignore: [temp-export]\n"
_PROTECTING = "protect: [temp-export]\nlimits: {max_deletes: {count: 99}, max_revokes: {count: 999}}\n"
_DELETING = "limits: {max_deletes: {count: 99}, max_revokes: {count: 999}}\n"

_POLICIES = """\
policies:
  - id: reports
    cannot: [reports.view]
waivers:
  - {policy: reports, role: night-shift, codes: [reports.view], reason: OPS-1, until: TODAY}
"""


def keys_of(documents: Iterable[object]) -> set[str]:
    """Return the keys of all documents together; a key that is null or empty in one may hold more in another."""
    found = {path for document in documents for path in _paths(document, "")}
    return {path for path in found if not any(other.startswith((f"{path}.", f"{path}[")) for other in found)}


def _paths(value: object, path: str) -> Iterator[str]:
    if path.endswith(("<tenant>.summary", "<tenant>.outcome")):  # those of a plan and of an apply, listed there
        yield path
    elif isinstance(value, dict) and value and value.keys() != ROLE:
        for key, inner in value.items():
            name = "<code>" if "." in key else "<tenant>" if path == "tenants" else key
            yield from _paths(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        for entry in value:
            yield from _paths(entry, f"{path}[]")
    else:
        yield path


def printed_reports() -> dict[str, list[object]]:
    """Run every command that prints JSON, on a tenant of its own; return what it printed, by heading."""
    adoptions = _adoptions()
    of_several = _of_several()
    with session():
        _commit(_FIRST)
        _write("roles.d", _EDITED)
        _write(".", {"policies.yaml": _POLICIES.replace("TODAY", f"{datetime.now(UTC):%Y-%m-%d}")})
        plans = [_run("plan", "--base", "HEAD")]
        for configuration in (_REPORTING, _PROTECTING, _DELETING):
            Path("reconciler.yaml").write_text(configuration, encoding="utf-8")
            plans.append(_run("plan", "--base", "HEAD", "--out", "plan.json"))
        plans.append(_run("diff"))
        plan, tenants, checked = _of_a_tenant()
        plans.append(plan)
        plans.append(_run("plan", "--only", "revokes"))
        exported = [_run("export"), _run("export", "--dir", "elsewhere"), _export_of_what_no_file_can_hold()]
        catalogue = [_run("permissions")]
        lock = _locks(plans)
        comment = [_comment()]
        outcome = [_run("apply", "plan.json", "--yes", "--journal", "journal.jsonl")]
        journal = [json.loads(line) for line in Path("journal.jsonl").read_text(encoding="utf-8").splitlines()]
        plans.append(_run("undo", "journal.jsonl"))
        answers = _answers()
        _run("lock", "--force")
        problems = [_run("validate", "--coverage"), checked]
        reviews = [_run("review")]
        _write("roles.d", {"bad.yaml": "nmae: x\n"})
        problems.append(_run("validate"))
        reports = (
            plans,
            [of_several[0]],
            outcome,
            [of_several[1]],
            problems,
            *answers,
            reviews,
            exported,
            adoptions,
            catalogue,
            lock,
            comment,
            [tenants],
            _watched(),
            [_sandbox()],
            [_run("demo")],
            [_run("help")],
            [_run("version")],
            journal,
        )
    return dict(zip(TITLES, reports, strict=True))


def _of_a_tenant() -> tuple[object, object, object]:
    """Print a plan of one of two tenants with two directories, the list of tenants, and their problems."""
    before = Path("reconciler.yaml").read_text(encoding="utf-8")
    url = os.environ.pop("OMNISTREAM_URL")
    _write("over", {"a.yaml": "name: night-shift\ndescription: 'x '\npermissions: [contacts.view]\n"})
    _write("over", {"b.yaml": "name: reporter\npermissions: [reports.view]\n"})
    tenant = f"{{url: '{url}', roles_dir: [roles.d, over]}}"
    Path("reconciler.yaml").write_text(
        f"{_DELETING}tenants: {{staging: {tenant}, other: {{url: 'https://x.example'}}}}\n", encoding="utf-8"
    )
    printed = _run("plan", "--tenant", "staging"), _run("tenants"), _run("validate")
    os.environ["OMNISTREAM_URL"] = url
    Path("reconciler.yaml").write_text(before, encoding="utf-8")
    return printed


def _of_several() -> tuple[object, object]:
    """Print the plans of two tenants, of which one does not answer, and what becomes of them."""
    with session():
        _write("roles.d", _EDITED)
        url, key = os.environ.pop("OMNISTREAM_URL"), os.environ.pop("OMNISTREAM_API_KEY")
        tenants = f"tenants: {{staging: {{url: '{url}'}}, other: {{url: 'http://127.0.0.1:9', wave: 2}}}}\n"
        Path("reconciler.yaml").write_text(f"{_DELETING}api_key_file: '{{tenant}}.key'\n{tenants}", encoding="utf-8")
        Path("staging.key").write_text(key, encoding="utf-8")
        found = _run("plan", "--all"), _run("apply", "--all", "--yes")
        os.environ |= {"OMNISTREAM_URL": url, "OMNISTREAM_API_KEY": key}
    return found


def _answers() -> tuple[list[object], ...]:
    """What `why`, `who` and `report` say about an edit, a set and the past."""
    whys = [_run("why", "night-shift", "contacts.view"), _run("why", "late-shift", "--journal", "journal.jsonl")]
    return whys, [_run("who", "contacts.view")], [_run("report", "--since", "2020-01-01", "--journal", "journal.jsonl")]


def _commit(files: dict[str, str]) -> None:
    _write("roles.d", files)
    for command in ("init --quiet", "add .", "commit --quiet --message first"):
        subprocess.run(["git", *command.split()], check=True)


def _write(directory: str, files: dict[str, str]) -> None:
    Path(directory).mkdir(exist_ok=True)
    for name, text in files.items():
        Path(directory, name).write_text(text, encoding="utf-8")


def _run(*arguments: str) -> object:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        run([*arguments, "--format", "json"])
    assert out.getvalue(), err.getvalue()
    return json.loads(out.getvalue())


def _locks(plans: list[object]) -> list[object]:
    """Print a first lock, then what can change; also plans with these changes, which go to `plans`."""
    lock = Path("permissions.lock.yaml")
    found = [_run("lock", "--check")]
    _run("lock")
    text = lock.read_text(encoding="utf-8").replace("  contacts.merge:", "  contacts.join:")
    elsewhere = text.replace("url: ", "url: https://elsewhere.example.org/")
    for changed in (text.replace("name: Export contacts", "name: Take contacts"), elsewhere):
        lock.write_text(changed, encoding="utf-8")
        found.append(_run("lock", "--check"))
        plans.append(_run("plan"))
    lock.unlink()
    return found


def _adoptions() -> list[object]:
    """Print what is edited and what is listed, and what is left for the hand."""
    with session():
        _commit({"a.yaml": "name: night-shift\npermissions: [reports.view]\n", "c.yaml": _FIRST["c.yaml"]})
        return [_run("adopt", "--check", *names) for names in ((), ("night-shift",))]


def _comment() -> object:
    Path("token").write_text(TOKEN, encoding="utf-8")
    place = ("--forge", "github", "--repository", "o/n", "--number", "7", "--token-file", "token")
    forge = FakeForge()
    with forge.server:
        return _run("comment", "plan.json", "--label", *place, "--api-url", f"{forge.server.url}/api")


def _export_of_what_no_file_can_hold() -> object:
    def answer(request: Received) -> Act:
        names = ("admin", " ") if request.path == "/api/roles" else ()
        return reply(body=[{"id": an_id(name), "name": name, "is_system": False, "permissions": []} for name in names])

    with ScriptedServer(answer) as server:
        return _run("export", "--url", server.url)


def _watched() -> list[object]:
    """Print the lines of one pass, on role files that are valid again, and those of one tenant that does not answer."""
    Path("roles.d", "bad.yaml").unlink()
    Path("several.yaml").write_text("tenants: {other: {url: 'http://127.0.0.1:9'}}\n", encoding="utf-8")
    out = io.StringIO()
    with redirect_stdout(out):
        run(["watch", "--log-format", "json"], outside=Outside(watch=FakeTime(passes=1).surroundings))
        url, key = os.environ.pop("OMNISTREAM_URL"), os.environ.pop("OMNISTREAM_API_KEY")
        several = ["watch", "--log-format", "json", "--config", "several.yaml", "--all"]
        run(several, outside=Outside(watch=FakeTime(passes=1).surroundings))
        os.environ |= {"OMNISTREAM_URL": url, "OMNISTREAM_API_KEY": key}
    return [json.loads(line) for line in out.getvalue().splitlines()]


def _sandbox() -> object:
    command = [sys.executable, "-m", "reconciler", "sandbox", "--port", "0", "--format", "json"]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout
        lines = iter(process.stdout.readline, "}\n")
        return json.loads("".join([*lines, "}"]))
