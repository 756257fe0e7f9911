"""The lines of docs/pipelines.md that switch completion on, in the shells that they are for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.runner import ROOT

# `compadd` and `_describe` are where zsh's completion system takes candidates; here they print them.
ZSH = """
autoload -Uz compinit && compinit -D -u
{line}
[[ $_comps[reconciler] == _reconciler_completion ]] || exit 9
compadd() {{ print -rl -- "${{(@P)@[-1]}}" }}
_describe() {{ print -rl -- "${{(@P)3}}" }}
words=({words}) CURRENT={count}
_reconciler_completion
"""
BASH = """
{line}
complete -p reconciler >/dev/null
COMP_WORDS=({words}) COMP_CWORD=$(({count} - 1)) COMPREPLY=()
_reconciler_completion reconciler
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
FISH = """
{line}
complete --do-complete "{line_so_far}"
"""


def documented(shell: str) -> str:
    """What the page tells people to put into the shell's start-up file."""
    page = (ROOT / "docs" / "pipelines.md").read_text()
    found = re.search(rf"^\| {shell} \| `[^`]+` \| `([^`]+)` \|$", page, re.MULTILINE)
    assert found, f"docs/pipelines.md has no line for {shell}"
    return found[1].replace("\\|", "|")


def completed(shell: str, line_so_far: str, where: Path = ROOT) -> list[str]:
    """What the shell offers in `where`, without the descriptions that zsh and fish show beside it."""
    if shutil.which(shell) is None:
        if os.environ.get("RECONCILER_REQUIRE_SHELLS"):
            pytest.fail(f"{shell} is not installed, and RECONCILER_REQUIRE_SHELLS is set")
        pytest.skip(f"{shell} is not installed")
    command, script = SHELLS[shell]
    words = line_so_far.split(" ")
    text = script.format(
        line=documented(shell),
        words=" ".join(f"'{word}'" for word in words),
        count=len(words),
        line_so_far=line_so_far,
    )
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [*command, "-c", text], cwd=where, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [re.split(r"[:\t]", line)[0] for line in done.stdout.splitlines() if line]


SHELLS = {
    "bash": (["bash", "--noprofile", "--norc"], BASH),
    "zsh": (["zsh", "-f"], ZSH),
    "fish": (["fish", "--no-config"], FISH),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_command_is_completed(shell: str) -> None:
    assert completed(shell, "reconciler pl") == ["plan"]


@pytest.mark.parametrize("shell", SHELLS)
def test_an_option_is_completed(shell: str) -> None:
    assert completed(shell, "reconciler apply --j") == ["--journal"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_choice_is_completed(shell: str) -> None:
    assert completed(shell, "reconciler plan --format mark") == ["markdown"]


@pytest.mark.parametrize("shell", SHELLS)
def test_values_are_completed_with_their_commas_spaces_and_directories(shell: str, tmp_path: Path) -> None:
    (tmp_path / "roles.d").mkdir()
    (tmp_path / "roles.d" / "a.yaml").write_text("name: night, late shift\n", encoding="utf-8")
    (tmp_path / "roles.d" / "broken.yaml").write_text("name: [\n", encoding="utf-8")
    (tmp_path / "plans").mkdir()
    (tmp_path / "plan.json").touch()
    (tmp_path / "plan.txt").touch()
    assert completed(shell, "reconciler why n", tmp_path) == ["night, late shift"]
    plans = completed(shell, "reconciler apply plan", tmp_path)
    # bash sees for itself that it is a directory, and adds the slash
    assert sorted(plans) == ["plan.json", "plans" if shell == "bash" else "plans/"]
