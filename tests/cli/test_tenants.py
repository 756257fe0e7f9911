"""Which tenants a run is about, by its options and the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from reconciler.cli.options import FilesOptions
from reconciler.cli.registry import cli
from reconciler.cli.tenants import Several, by_target, chosen, one
from reconciler.config.settings import Configuration, configuration_in
from reconciler.model.errors import CommandLineError
from tests.sentences import Golden

NAMES = ("acme", "acme-test", "globex")


def configuration(*names: str) -> Configuration:
    lines = "".join(f"  {name}: {{url: https://{name}.example}}\n" for name in names)
    return configuration_in(f"tenants:\n{lines}".encode() if names else b"version: 1", Path("reconciler.yaml"))


def asked(*tenants: str, every: bool = False, roles_dir: str | None = None) -> FilesOptions:
    return FilesOptions(None, roles_dir, tenants, every)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (asked("acme"), "acme"),
        (asked("acme", "acme"), Several(("acme",))),
        (asked("globex", "acme"), Several(("acme", "globex"))),
        (asked("glob*"), Several(("globex",))),
        (asked("acme*"), Several(("acme", "acme-test"))),
        (asked("acme?test", "globex"), Several(("acme-test", "globex"))),
        (asked("[ag]*"), Several(NAMES)),
        (asked(every=True), Several(NAMES)),
    ],
)
def test_the_options_choose_tenants_in_the_order_of_the_configuration(
    options: FilesOptions, expected: Several | str
) -> None:
    assert chosen(options, configuration(*NAMES)) == expected


def test_a_configuration_without_tenants_needs_no_choice() -> None:
    assert chosen(asked(roles_dir="x"), configuration()) is None
    assert one(asked(), configuration()) == configuration()


def test_without_a_choice_only_some_commands_take_all() -> None:
    assert chosen(asked(), configuration(*NAMES), otherwise_all=True) == Several(NAMES)
    assert chosen(asked("acme"), configuration(*NAMES), otherwise_all=True) == "acme"


def test_one_tenant_has_its_own_configuration() -> None:
    found = one(asked("globex"), configuration(*NAMES))
    assert (found.tenant, found.url, dict(found.tenants)) == ("globex", "https://globex.example", {})


@pytest.mark.parametrize(
    ("case", "options", "names"),
    [
        ("none is named", asked(), NAMES),
        ("none of many is named", asked(), tuple(f"t{number}" for number in range(25))),
        ("an unknown name", asked("acne"), NAMES),
        ("an unknown name that is like no other", asked("staging"), NAMES),
        ("a glob without a match", asked("x*"), NAMES),
        ("both", asked("acme", every=True), NAMES),
        ("a directory", asked("acme", roles_dir="x"), NAMES),
        ("a tenant without tenants", asked("acme"), ()),
        ("all without tenants", asked(every=True), ()),
        ("several", asked("acme*"), NAMES),
        ("all", asked(every=True), NAMES),
    ],
)
def test_what_does_not_fit_is_an_error_of_the_command_line(
    case: str, options: FilesOptions, names: tuple[str, ...], golden: Golden
) -> None:
    with pytest.raises(CommandLineError) as caught:
        one(options, configuration(*names))
    golden.says("cli/tenants", case, str(caught.value))


def test_a_shell_completes_the_names_of_tenants(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "tenants: {acme: {url: https://x.example}, acme-test: {url: https://y.example}, z: {url: https://z.example}}"
    )
    shell = BashComplete(cli, {}, "reconciler", "_RECONCILER_COMPLETE")
    found = shell.get_completions(["plan", "--config", str(path), "--tenant"], "ac")
    assert [item.value for item in found] == ["acme", "acme-test"]


def test_a_named_tenant_is_not_looked_for_in_a_journal() -> None:
    whole = configuration("acme", "globex")
    assert by_target(asked("acme"), ["https://globex.example"], whole) == asked("acme")
    assert by_target(asked(), ["https://globex.example"], configuration()) == asked()
    assert by_target(asked(), ["https://globex.example"], whole) == asked("globex")
