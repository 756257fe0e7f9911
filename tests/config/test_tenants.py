"""`tenants` of the configuration: what each has, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.config.settings import Configuration, configuration_in, load_configuration
from reconciler.config.tenants import Tenant
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.plan.scope import Scope
from reconciler.policy.items import Item
from reconciler.policy.limits import Limit, Limits
from tests.load.builders import placed
from tests.sentences import Golden, case_of

PATH = Path("reconciler.yaml")


def read(text: str) -> Configuration:
    return configuration_in(text.encode(), PATH)


def problems(text: str) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    return caught.value.findings


def tenant(text: str, name: str = "staging") -> Tenant:
    return read(text).tenants[name]


def at(line: int, column: int) -> Place:
    return Place("reconciler.yaml", line, column)


EXAMPLE = """\
version: 1
roles_dir: roles.d
tenants:
  staging:    {url: https://staging.example, roles_dir: [roles.d, tenants/staging], wave: 1}
  production: {url: https://api-chat.bara.my.id, wave: 2, limits: {max_deletes: {count: 1, percent: 5}}}
"""


def test_the_example_of_the_interface_is_read() -> None:
    configuration = read(EXAMPLE)
    assert list(configuration.tenants) == ["staging", "production"]
    staging, production = configuration.tenants.values()
    assert staging.roles_dirs == (Item("roles.d", at(4, 58)), Item("tenants/staging", at(4, 67)))
    assert (staging.url, staging.wave, staging.limits) == ("https://staging.example", 1, Limits())
    assert production.roles_dirs == (Item("roles.d", at(2, 12)),)
    assert (production.wave, production.limits) == (2, Limits(max_deletes=Limit(1, 5)))


def test_a_tenant_that_says_its_url_alone_has_the_rest_of_the_top_level() -> None:
    top = (
        "roles_dir: [a, b]\nroles: ['!x']\nunmanaged: report\nignore: [i]\nprotect: [p]\nmanage: [m]\nlock: l.yaml\n"
        "api_key_file: 'keys/{tenant}'\njournal: 'logs/{tenant}.jsonl'\nlimits: {max_deletes: {count: 1}}\n"
    )
    found = read(f"{top}tenants: {{staging: {{url: https://x.example}}}}\n").of("staging")
    assert (found.url, found.tenant, found.roles_dirs) == ("https://x.example", "staging", ("a", "b"))
    assert found.roles_dir_places == (at(1, 13), at(1, 16))
    assert found.roles == (Item("!x", at(2, 9)),)
    assert found.scope == Scope("report", ("i",), ("m",))
    assert found.limits == Limits(Limit(1, 25), Limit(20, 25), ("p",))
    assert (found.lock, found.lock_place) == (Path("l.yaml"), at(7, 7))
    assert (found.api_key_file, found.journal) == (Path("keys/staging"), Path("logs/staging.jsonl"))


def test_a_limit_is_that_of_the_top_level_key_by_key() -> None:
    text = (
        "limits: {max_deletes: {count: 1, percent: 2}, max_revokes: {percent: 9}}\n"
        "tenants: {staging: {url: https://x.example, limits: {max_deletes: {percent: 5}}}}\n"
    )
    assert tenant(text).limits == Limits(Limit(1, 5), Limit(20, 9))


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        ("{}", None),
        ("{max_deletes: {count: 1}}", None),
        ("{max_deletes: {count: 1}, max_tenants: {count: 5, percent: 10}}", Limit(5, 10)),
        ("{max_tenants: {count: 5}}", Limit(5)),
        ("{max_tenants: {percent: 10}}", Limit(0, 10)),
    ],
)
def test_a_run_may_change_so_many_tenants(limits: str, limit: Limit | None) -> None:
    assert read(f"limits: {limits}\n{EXAMPLE}").max_tenants == limit


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("limits: {max_tenants: {count: 5}}\n", "unknown-key"),
        (f"limits: {{max_tenants: 5}}\n{EXAMPLE}", "wrong-type"),
        (f"limits: [max_tenants]\n{EXAMPLE}", "wrong-type"),
        ("tenants: {staging: {url: 'https://a.example', limits: {max_tenants: {count: 5}}}}\n", "unknown-key"),
    ],
)
def test_the_limit_on_tenants_is_one_of_the_top_level_beside_tenants(text: str, rule: str) -> None:
    assert [finding.rule for finding in problems(text)] == [rule]


def test_a_limit_whose_name_is_no_text_is_reported_once() -> None:
    assert len(problems(f"limits: {{[max_tenants]: 5}}\n{EXAMPLE}")) == 1


def test_the_default_directory_is_at_the_tenant_that_leaves_it_out() -> None:
    assert tenant("tenants: {staging: {url: https://x.example}}").roles_dirs == (Item("roles.d", at(1, 11)),)


def test_what_a_tenant_names_is_relative_to_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deep").mkdir()
    Path("deep/x.yaml").write_text(
        "tenants: {staging: {url: https://x.example, roles_dir: a, lock: l.yaml, api_key_file: k}}\n"
    )
    found = load_configuration(Path("deep/x.yaml")).of("staging")
    assert (found.roles_dir, found.lock, found.api_key_file) == ("deep/a", Path("deep/l.yaml"), Path("deep/k"))


def test_several_directories_need_no_tenants() -> None:
    found = read("roles_dir: [a, b]")
    assert (found.roles_dirs, found.roles_dir_places) == (("a", "b"), (at(1, 13), at(1, 16)))


def one(values: str) -> str:
    return f"tenants: {{staging: {{url: https://x.example, {values}}}}}"


@pytest.mark.parametrize(
    ("text", "where", "names"),
    [
        ("url: https://a.example\ntenants: {s: {url: https://x.example}}", "1:6 tenant-url", ""),
        ("tenants:\n  a: {url: https://x.example}\n  b: {url: HTTPS://X.example:443/}", "3:12 tenant-url", '"a"'),
        ("tenants: {}", "1:10 no-value", ""),
        ("tenants:", "1:9 wrong-type", ""),
        ("tenants: [a]", "1:10 wrong-type", ""),
        ("tenants: {a: https://x.example}", "1:14 wrong-type", ""),
        ("tenants: {a: {wave: 1}}", "1:11 missing-key", '"a"'),
        ("tenants: {a: {url: x.example}}", "1:20 url", ""),
        ("tenants: {a: {url: no}}", "1:20 needs-quotes", ""),
        ("tenants: {Staging: {url: https://x.example}}", "1:11 unknown-value", '"Staging"'),
        ("tenants: {-a: {url: https://x.example}}", "1:11 unknown-value", '"-a"'),
        ("tenants: {a_b: {url: https://x.example}}", "1:11 unknown-value", '"a_b"'),
        (f"tenants: {{{'a' * 64}: {{url: https://x.example}}}}", "1:11 unknown-value", "aaa"),
        ("tenants: {fleet: {url: https://x.example}}", "1:11 unknown-value", "fleet"),
        ("tenants: {file: {url: https://x.example}}", "1:11 unknown-value", "file"),
        ("tenants: {no: {url: https://x.example}}", "1:11 needs-quotes", '"no"'),
        ("tenants: {a: {url: https://x.example}, a: {url: https://y.example}}", "1:40 duplicate-key", "line 1"),
        (one("colour: red"), "1:45 unknown-key", '"colour"'),
        (one("manage: [a]"), "1:45 unknown-key", '"manage"'),
        (one("wave: 0"), "1:51 out-of-range", "found 0"),
        (one("wave: -1"), "1:51 out-of-range", '"-1"'),
        (one("wave: first"), "1:51 wrong-type", '"first"'),
        (one("roles: a"), "1:52 wrong-type", '"a"'),
        (one("roles: ['!']"), "1:53 unknown-value", '"!"'),
        (one("roles: ['']"), "1:53 unknown-value", '""'),
        (one("roles_dir: []"), "1:56 no-value", ""),
        (one("roles_dir: ['']"), "1:57 unknown-value", '""'),
        (one("roles_dir: [a, '']"), "1:60 unknown-value", '""'),
        (one("roles_dir: [a, a/../a]"), "1:60 roles-dir-twice", '"a/../a"'),
        (one("roles_dir: [a, a/b]"), "1:60 roles-dir-twice", '"a/b" is inside "a"'),
        (one("roles_dir: [a/b, a]"), "1:62 roles-dir-twice", '"a/b" is inside "a"'),
        ("roles_dir: [a, a]\ntenants: {s: {url: https://x.example}}", "1:16 roles-dir-twice", '"a"'),
        (one("lock: ''"), "1:51 unknown-value", '""'),
        (one("limits: {max_deletes: 3}"), "1:67 wrong-type", '"3"'),
        ("api_key_file: k\ntenants: {s: {url: https://x.example}}", "1:15 unknown-value", "{tenant}"),
        ("api_key_file: '{tenant}'", "1:1 unknown-key", "tenants"),
        ("roles: [a]", "1:1 unknown-key", "tenants"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(text: str, where: str, names: str, golden: Golden) -> None:
    (problem,) = problems(text)
    assert placed(problem) == where
    assert names in problem.message
    golden.says("config/tenants", case_of(text), str(problem))


def test_every_problem_is_reported_in_one_run() -> None:
    text = """\
url: https://a.example
roles_dir: [a, a]
api_key_file: k
tenants:
  File: {wave: 0}
  b: {url: https://x.example, colour: red}
  c: {url: https://x.example, roles_dir: [a, a/b]}
"""
    rules = [problem.rule for problem in problems(text)]
    assert rules == [
        "tenant-url", "roles-dir-twice", "unknown-value", "unknown-value", "missing-key", "out-of-range",
        "unknown-key", "tenant-url", "roles-dir-twice",
    ]  # fmt: skip


def test_a_file_full_of_problems_is_not_read_to_its_end() -> None:
    text = "tenants:\n" + "".join(f"  t{number}: {{}}\n" for number in range(2000))
    assert any(problem.rule == "too-many" for problem in problems(text))


# ----------------------------------------------------------------------------------------------------------------- law

GLOBS = st.lists(st.sampled_from(["a", "b*", "vendor-*"]), max_size=2)
DIRECTORIES = st.lists(
    st.sampled_from(["roles.d", "tenants/a", "tenants/b", "more"]), min_size=1, max_size=3, unique=True
)
LIMITS = st.fixed_dictionaries(
    {},
    optional={
        key: st.fixed_dictionaries(
            {}, optional={"count": st.integers(0, 99), "percent": st.sampled_from([0, 12.5, 100])}
        )
        for key in ("max_deletes", "max_revokes")
    },
)
SHARED = {
    "roles_dir": st.one_of(st.just("roles.d"), DIRECTORIES),
    "unmanaged": st.sampled_from(["delete", "report"]),
    "ignore": GLOBS,
    "protect": GLOBS,
    "limits": LIMITS,
    "lock": st.sampled_from(["l.yaml", "locks/x.yaml"]),
}
TOP = st.fixed_dictionaries(
    {},
    optional={
        **SHARED,
        "journal": st.sampled_from(["j.jsonl", "logs/{tenant}.jsonl"]),
        "manage": GLOBS,
        "policies": st.sampled_from(["p.yaml", ["p.yaml", "more/*.yaml"]]),
    },
)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).filter(
    lambda name: name not in {"fleet", "file", "no", "on", "off", "yes", "true", "false", "null", "y", "n"}
)
TENANTS = st.dictionaries(
    NAMES, st.fixed_dictionaries({}, optional={**SHARED, "wave": st.integers(1, 9)}), min_size=1, max_size=4
)


def merged(top: dict[str, Any], own: dict[str, Any], name: str) -> dict[str, Any]:
    """The configuration that somebody would write for this tenant alone."""
    both = {**top, **own}
    limits: dict[str, dict[str, Any]] = {}
    for source in (top, own):
        for key, values in source.get("limits", {}).items():
            limits.setdefault(key, {}).update(values)
    both["limits"] = limits
    if "journal" in both:
        both["journal"] = both["journal"].replace("{tenant}", name)
    both.pop("wave", None)
    return both


def without_places(configuration: Configuration) -> Configuration:
    lock_place = configuration.lock_place and at(1, 1)
    items = configuration.policies and tuple(Item(item.text, at(1, 1)) for item in configuration.policies)
    return configuration._replace(roles_dir_places=(), lock_place=lock_place, policies=items, tenant=None, whole=None)


@given(top=TOP, tenants=TENANTS)
def test_a_tenant_has_the_configuration_that_one_without_tenants_would_have(
    top: dict[str, Any], tenants: dict[str, dict[str, Any]]
) -> None:
    urls = {name: f"https://{name.rstrip('-')}-{number}.example" for number, name in enumerate(tenants)}
    own = {name: {"url": urls[name], **values} for name, values in tenants.items()}
    configuration = read(yaml.safe_dump({**top, "tenants": own}))
    for name, values in own.items():
        alone = read(yaml.safe_dump(merged(top, values, name)))
        assert without_places(configuration.of(name)) == without_places(alone)
        assert configuration.of(name).whole is configuration
