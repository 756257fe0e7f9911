"""What a shell is offered for a value, asked for here; tests/pipelines/test_completion.py asks real shells."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reconciler.cli.boundary import run
from reconciler.cli.completion.shells import Bash, Fish, Zsh
from reconciler.cli.registry import COMMANDS, cli

LOCK = """\
version: 1
url: https://tenant.example
permissions:
  billing.refund:
    name: "Refund: all"
    id: a
  contacts.view:
    name: View contacts
    id: b
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str = "") -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def offered(line: str) -> list[str]:
    """What is offered for the last word of a command line; a shell sees the kind of a value too."""
    *words, incomplete = line.split(" ")
    found = Bash(cli, {}, "reconciler", "_RECONCILER_COMPLETE").get_completions(words[1:], incomplete)
    return [each.value if each.type in ("plain", "path") else f"<{each.type}>" for each in found]


def test_a_command_is_offered_with_its_line_in_the_help_and_an_option_of_the_program_by_its_name() -> None:
    assert offered("reconciler ") == list(COMMANDS)
    assert offered("reconciler p") == ["plan", "permissions"]
    assert offered("reconciler --d") == ["--directory"]
    zsh = Zsh(cli, {}, "reconciler", "_RECONCILER_COMPLETE")
    assert zsh.get_completions([], "pl")[0].help == COMMANDS["plan"].about


def some_roles() -> None:
    write("roles.d/a.yaml", "# name: no\nname: billing-clerk  # note\npermissions: [billing.view, contacts.view]\n")
    write("roles.d/deep/b.yml", "name: 'night shift'\npermissions:\n  - reports.view\n---\nname: \"late\"\n")
    write("roles.d/.hidden/c.yaml", "name: hidden\n")
    write("roles.d/.d.yaml", "name: hidden\n")
    write("roles.d/e.txt", "name: other\n")


@pytest.mark.parametrize("command", ["why", "review", "adopt", "export"])
def test_the_roles_are_those_of_the_role_files(command: str) -> None:
    some_roles()
    assert offered(f"reconciler {command} ") == ["billing-clerk", "late", "night shift"]
    assert offered(f"reconciler {command} b") == ["billing-clerk"]


def test_files_with_the_line_ends_of_windows_are_read_too() -> None:
    write("roles.d/a.yaml", 'name: "night shift"\r\npermissions: [a.view]\r\n')
    write("permissions.lock.yaml", LOCK.replace("\n", "\r\n"))
    assert offered("reconciler why ") == ["night shift"]
    assert offered("reconciler who ") == ["billing.refund", "contacts.view"]


def test_a_role_is_not_offered_twice() -> None:
    some_roles()
    assert offered("reconciler adopt billing-clerk late ") == ["night shift"]


@pytest.mark.parametrize("text", ["name: [", "\tname: x", "\x00\xff", "name: \x1b[31mred\n", "name:\n", ""])
def test_a_broken_role_file_offers_nothing_and_hides_no_other(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    write("roles.d/broken.yaml", text)
    write("roles.d/good.yaml", "name: good\n")
    assert "good" in offered("reconciler why ")
    assert not [each for each in offered("reconciler why ") if not each.isprintable()]
    assert capsys.readouterr() == ("", "")


def test_a_role_file_that_cannot_be_read_offers_nothing() -> None:
    write("roles.d/good.yaml", "name: good\n")
    Path("roles.d/away.yaml").symlink_to("nowhere")
    assert offered("reconciler why ") == ["good"]


def test_without_any_file_nothing_is_offered() -> None:
    assert offered("reconciler why ") == []
    assert offered("reconciler who ") == []


def test_the_directory_of_role_files_is_the_one_that_is_given_or_configured() -> None:
    write("access/a.yaml", "name: configured\n")
    write("other/a.yaml", "name: given\n")
    write("reconciler.yaml", "roles_dir: access\n")
    assert offered("reconciler why ") == ["configured"]
    assert offered("reconciler why --roles-dir other ") == ["given"]
    write("elsewhere/reconciler.yaml", "roles_dir: ../other\n")
    assert offered("reconciler why --config elsewhere/reconciler.yaml ") == ["given"]


def test_with_tenants_the_roles_are_those_of_the_tenant_that_is_named() -> None:
    write("one/a.yaml", "name: first\n")
    write("two/a.yaml", "name: second\n")
    tenants = "{one: {url: 'https://a.example', roles_dir: one}, two: {url: 'https://b.example', roles_dir: two}}"
    write("reconciler.yaml", f"roles_dir: one\ntenants: {tenants}\n")
    assert offered("reconciler why --tenant two ") == ["second"]
    assert offered("reconciler why --tenant ") == ["one", "two"]
    assert offered("reconciler why ") == ["first"]
    assert offered("reconciler why --tenant none ") == ["first"]


@pytest.mark.parametrize("configuration", ["nmae: x\n", "roles_dir: [", "tenants: {}\n"])
def test_with_a_broken_configuration_nothing_is_offered(configuration: str, capsys: pytest.CaptureFixture[str]) -> None:
    some_roles()
    write("reconciler.yaml", configuration)
    assert offered("reconciler why ") == offered("reconciler who ") == offered("reconciler why --tenant ") == []
    assert capsys.readouterr() == ("", "")


def test_codes_are_those_of_the_lock_with_their_names() -> None:
    some_roles()
    write("permissions.lock.yaml", LOCK)
    assert offered("reconciler who ") == ["billing.refund", "contacts.view"]
    assert offered("reconciler why billing-clerk c") == ["contacts.view"]
    zsh = Zsh(cli, {}, "reconciler", "_RECONCILER_COMPLETE")
    assert zsh.format_completion(zsh.get_completions(["who"], "b")[0]) == "plain\nbilling.refund\nRefund: all"


def test_without_a_lock_codes_are_those_of_the_role_files() -> None:
    some_roles()
    assert offered("reconciler who ") == ["billing.view", "contacts.view", "reports.view"]


def test_permissions_also_offers_categories() -> None:
    write("permissions.lock.yaml", LOCK)
    assert offered("reconciler permissions ") == ["billing", "billing.refund", "contacts", "contacts.view"]


@pytest.mark.parametrize("line", ["plan --base ", "adopt --base ", "who --at ", "diff "])
def test_a_ref_is_a_branch_or_a_tag(line: str) -> None:
    for command in ("init -q -b main", "commit -q --allow-empty -m first", "branch side", "tag v1"):
        identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", *identity, *command.split()], check=True)
    assert offered(f"reconciler {line}") == ["main", "side", "v1"]
    assert offered(f"reconciler {line}s") == ["side"]


def test_outside_of_a_repository_and_without_git_no_ref_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert offered("reconciler diff ") == []
    monkeypatch.setenv("PATH", "")
    assert offered("reconciler diff ") == []


@pytest.mark.parametrize("command", ["show", "apply", "comment"])
def test_a_plan_is_a_json_file_or_in_a_directory(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("plan.json", "plan.txt", ".hidden.json", "plans/a.json", "plans/b.yaml"):
        write(name)
    assert offered(f"reconciler {command} ") == ["plan.json", "plans/"]
    assert offered(f"reconciler {command} plans/") == ["plans/a.json"]
    assert offered(f"reconciler {command} .h") == [".hidden.json"]
    monkeypatch.setenv("HOME", str(Path.cwd()))
    assert offered(f"reconciler {command} ~/plan") == ["~/plan.json", "~/plans/"]


def test_a_journal_is_a_jsonl_file() -> None:
    write("plan.json")
    write("journal.jsonl")
    assert offered("reconciler undo ") == ["journal.jsonl"]
    assert offered("reconciler why x --journal ") == ["journal.jsonl"]


def test_where_there_is_no_such_file_the_shell_offers_any() -> None:
    write("notes.txt")
    assert offered("reconciler undo n") == ["<file>"]


@pytest.mark.parametrize("word", ["none/", "~nobody-of-this-name/"])
def test_in_a_directory_that_is_not_there_nothing_is_offered(word: str) -> None:
    assert offered(f"reconciler show {word}") == []


def test_what_is_offered_is_that_of_the_directory_of_the_run() -> None:
    write("there/roles.d/a.yaml", "name: there\n")
    write("there/permissions.lock.yaml", LOCK)
    write("there/plan.json")
    assert offered("reconciler -C there why ") == ["there"]
    assert offered("reconciler --directory there who b") == ["billing.refund"]
    assert offered("reconciler -C there show ") == ["plan.json", "roles.d/"]
    write("there/other.yaml", "roles_dir: roles.d\n")
    assert offered("reconciler -C there why --config other.yaml ") == ["there"]


@pytest.mark.parametrize("line", ["plan --roles-dir ", "export --dir ", "-C "])
def test_for_a_directory_the_shell_offers_directories(line: str) -> None:
    assert offered(f"reconciler {line}") == ["<dir>"]


def test_help_offers_commands_and_topics() -> None:
    assert offered("reconciler help ex") == ["exit-codes", "export"]
    assert set(COMMANDS) < set(offered("reconciler help "))


def test_bash_and_fish_read_a_value_with_a_comma() -> None:
    some_roles()
    write("roles.d/c.yaml", "name: a, b\n")
    for shell, line in ((Bash, "plain,a, b"), (Fish, "plain,a, b")):
        asked = shell(cli, {}, "reconciler", "_RECONCILER_COMPLETE")
        assert asked.format_completion(asked.get_completions(["why"], "a")[0]) == line


def test_fish_shows_what_a_value_is_behind_a_tab() -> None:
    fish = Fish(cli, {}, "reconciler", "_RECONCILER_COMPLETE")
    assert fish.format_completion(fish.get_completions(["help"], "envir")[0]).startswith("plain,environment\tVariables")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_of_a_shell_is_ours(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_RECONCILER_COMPLETE", f"{shell}_source")
    with pytest.raises(SystemExit) as ended:
        run([])
    assert ended.value.code == 0
    assert "2>/dev/null" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "at", "before", "last"),
    [
        ("reconciler plan --format = js", 4, ["plan"], "--format=js"),
        ("reconciler plan --format =", 3, ["plan"], "--format="),
        ("reconciler plan --format =", 4, ["plan", "--format="], ""),
        ("reconciler why --tenant = a = b nig", 7, ["why", "--tenant=a=b"], "nig"),
        ("reconciler why = x", 3, ["why", "="], "x"),
        ("reconciler pl", 1, [], "pl"),
    ],
)
def test_an_option_and_its_value_are_one_word_although_bash_gives_three(
    words: str, at: int, before: list[str], last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMP_WORDS", words.replace(" ", "\n"))
    monkeypatch.setenv("COMP_CWORD", str(at))
    assert Bash(cli, {}, "reconciler", "_RECONCILER_COMPLETE").get_completion_args() == (before, last)
