"""The lines of docs/pipelines.md that switch completion on, in the shells that they are for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

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

# For a shell at a terminal: it says when it listens, and Ctrl-T shows the line as it is.
ZSH_AT_A_TERMINAL = """
stty rows 24 columns 100
autoload -Uz compinit && compinit -D -u
{line}
PS1="ready:"
show() {{ print -r -- "<$BUFFER>" }}
zle -N show
bindkey '^T' show
"""
BASH_AT_A_TERMINAL = """
stty rows 24 columns 100
{line}
PS1="ready:"
bind -x '"\\C-t": echo "<$READLINE_LINE>"'
"""
FISH_AT_A_TERMINAL = """
stty rows 24 columns 100
{line}
function fish_prompt; echo ready:; end
function fish_greeting; end
bind \\ct 'echo "<"(commandline)">"'
"""


def documented(shell: str) -> str:
    """What the page tells people to put into the shell's start-up file."""
    page = (ROOT / "docs" / "pipelines.md").read_text()
    found = re.search(rf"^\| {shell} \| `[^`]+` \| `([^`]+)` \|$", page, re.MULTILINE)
    assert found, f"docs/pipelines.md has no line for {shell}"
    return found[1].replace("\\|", "|")


def need(shell: str) -> None:
    """Skip the test without this shell."""
    if shutil.which(shell) is None:
        if os.environ.get("RECONCILER_REQUIRE_SHELLS"):
            pytest.fail(f"{shell} is not installed, and RECONCILER_REQUIRE_SHELLS is set")
        pytest.skip(f"{shell} is not installed")


def environment() -> dict[str, str]:
    """Variables with which a shell finds the command."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def completed(shell: str, line_so_far: str, where: Path = ROOT) -> list[str]:
    """What the shell offers in `where`, without the descriptions that zsh and fish show beside it."""
    need(shell)
    command, script = SHELLS[shell]
    words = line_so_far.split(" ")
    text = script.format(
        line=documented(shell),
        words=" ".join(f"'{word}'" for word in words),
        count=len(words),
        line_so_far=line_so_far,
    )
    done = subprocess.run(
        [*command, "-c", text], cwd=where, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [re.split(r"[:\t]", line)[0] for line in done.stdout.splitlines() if line]


SHELLS = {
    "bash": (["bash", "--noprofile", "--norc"], BASH),
    "zsh": (["zsh", "-f"], ZSH),
    "fish": (["fish", "--no-config"], FISH),
}

AT_A_TERMINAL = {
    "bash": (["bash", "--noprofile", "--rcfile", "{file}"], BASH_AT_A_TERMINAL),
    "zsh": (["zsh", "-d"], ZSH_AT_A_TERMINAL),
    "fish": (["fish", "--no-config", "--init-command", "source {file}"], FISH_AT_A_TERMINAL),
}


def after_tab(shell: str, line_so_far: str, where: Path) -> str:
    """The command line that Tab makes of another one, in a shell at a terminal."""
    need(shell)
    command, script = AT_A_TERMINAL[shell]
    file = where / ".zshrc"
    file.write_text(script.format(line=documented(shell)), encoding="utf-8")
    at_a_terminal = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])"]
    variables = environment() | {"ZDOTDIR": str(where), "HOME": str(where), "TERM": "xterm"}
    with subprocess.Popen(
        [*at_a_terminal, *(part.format(file=file) for part in command)],
        cwd=where,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdin
        assert running.stdout
        shown = until(rb"ready:", running.stdout)
        running.stdin.write(f"{line_so_far}\t\x14".encode())
        running.stdin.flush()
        shown = until(rb"<(.*?)>", running.stdout)
        running.stdin.write(b"\x15exit\n")
        running.stdin.close()
        running.stdout.read()
    return shown


def until(pattern: bytes, stream: IO[bytes]) -> str:
    """Read until the stream has shown the pattern, and return its last group."""
    shown = b""
    while not (found := re.search(pattern, shown)):
        read = os.read(stream.fileno(), 4096)
        assert read, shown.decode()
        shown += read
    return found[found.lastindex or 0].decode()


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


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line_so_far", "line"),
    [
        ("reconciler plan --format=js", "reconciler plan --format=json"),
        ("reconciler plan --config=x --roles-dir=ro", "reconciler plan --config=x --roles-dir=roles.d/"),
        ("reconciler report --journal=jo", "reconciler report --journal=journal.jsonl"),
        ("reconciler why --roles-dir=roles.d ni", "reconciler why --roles-dir=roles.d night-shift"),
    ],
)
def test_a_value_behind_an_equals_sign_is_completed_and_its_option_stays(
    shell: str, line_so_far: str, line: str, tmp_path: Path
) -> None:
    (tmp_path / "roles.d").mkdir()
    (tmp_path / "roles.d" / "a.yaml").write_text("name: night-shift\n", encoding="utf-8")
    (tmp_path / "journal.jsonl").touch()
    assert after_tab(shell, line_so_far, tmp_path).rstrip() == line


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line_so_far", "line"),
    [
        ("reconciler why x", r"reconciler why x\$\(id\)"),
        ("reconciler why y", r"reconciler why y\;id"),
        ("reconciler why z", r"reconciler why z\'q"),
        ("reconciler why n", r"reconciler why night\ shift"),
    ],
)
def test_a_name_that_a_shell_would_act_on_is_quoted(shell: str, line_so_far: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "roles.d").mkdir()
    names = ["x$(id)", "y;id", '"z\'q"', "night shift"]
    for number, name in enumerate(names):
        (tmp_path / "roles.d" / f"{number}.yaml").write_text(f"name: {name}\n", encoding="utf-8")
    assert after_tab(shell, line_so_far, tmp_path).rstrip() == line
