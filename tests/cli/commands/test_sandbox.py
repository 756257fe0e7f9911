"""`reconciler sandbox`, as the process that a user starts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import pytest

from tests.cli.conftest import Workspace
from tests.ended import ended
from tests.sentences import Golden


def test_the_printed_lines_are_all_that_another_terminal_needs() -> None:
    command = [sys.executable, "-m", "reconciler", "sandbox", "--port", "0"]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(6)]
        exported = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines if "export" in line)
        answer = httpx.get(
            f"{exported['OMNISTREAM_URL']}/api/roles", headers={"X-API-Key": exported["OMNISTREAM_API_KEY"]}
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert answer.status_code == 200


def test_they_can_be_had_as_json() -> None:
    command = [sys.executable, "-m", "reconciler", "sandbox", "--port", "0", "--format", "json", "--api-key", "sk_1"]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout
        document = json.loads("".join(process.stdout.readline() for _ in range(7)))
        process.terminate()
        assert process.wait(30) == 0
    assert document["api_key"] == "sk_1"


@pytest.mark.parametrize("option", ["--port=70000", "--api-key=two words"])
def test_what_cannot_be_served_is_a_wrong_command_line(workspace: Workspace, option: str) -> None:
    assert workspace.run("sandbox", option).code == 64


def test_a_port_that_is_taken_fails_with_what_to_do(workspace: Workspace, golden: Golden) -> None:
    port = workspace.tenant.url.rpartition(":")[2]
    result = workspace.run("sandbox", "--port", port)
    assert result.code == 1
    golden.says("cli/messages", "a port that is taken", result.err, port=port)
