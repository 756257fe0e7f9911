"""The configuration, the base URL and the API key."""

from __future__ import annotations

import json
import os
import pickle
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.config.connection import Connection, check_url, read_key
from reconciler.config.keys import LONGEST
from reconciler.config.settings import Configuration, load_configuration
from reconciler.model.errors import CommandLineError, FileFailed, InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.plan.scope import Scope
from reconciler.policy.limits import Limit, Limits
from tests.load.builders import placed
from tests.sentences import Golden, case_of

KEY = "k3y-that-nobody-may-see"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(here: Path, text: str | bytes) -> Configuration:
    path = here / "reconciler.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_configuration(None)


def problems(here: Path, text: str | bytes) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInput) as caught:
        configure(here, text)
    return caught.value.findings


def said(here: Path, text: str | bytes) -> list[str]:
    return [str(problem) for problem in problems(here, text)]


# ------------------------------------------------------------------------------------------------------- configuration


@pytest.mark.usefixtures("here")
def test_without_a_file_the_defaults_of_the_interface_hold() -> None:
    configuration = load_configuration(None)
    assert configuration == Configuration()
    assert configuration.roles_dir == "roles.d"
    assert configuration.url is None
    assert configuration.scope == Scope("delete", ())
    assert configuration.limits == Limits(Limit(3, 25), Limit(20, 25), ())
    assert configuration.path is None


def test_the_example_of_the_interface_is_read(here: Path) -> None:
    text = """
version: 1
url: https://api-chat.bara.my.id
roles_dir: roles.d         # relative to this file; `--roles-dir` is relative to the working directory
journal: journal.jsonl     # where `apply` records what it does, as `--journal`; relative to this file; none by default
manage: ["*"]              # glob patterns of the names that these files are about
unmanaged: delete          # delete | report: what a plan does with unmanaged roles
ignore: ["vendor-*"]       # glob patterns of live roles that are left alone and not reported as unmanaged
protect: ["billing-admin"] # glob patterns of roles that are never deleted: such a delete is shown as refused
limits:                    # a plan beyond a limit is refused as a whole before the first write
  max_deletes: {count: 3, percent: 25}     # roles deleted; refused when above both
  max_revokes: {count: 20, percent: 25}    # (role, permission) pairs taken away from roles, deleted ones included
"""
    assert configure(here, text) == Configuration(
        url="https://api-chat.bara.my.id",
        journal=Path("journal.jsonl"),
        scope=Scope("delete", ("vendor-*",)),
        limits=Limits(protect=("billing-admin",)),
        path=Path("reconciler.yaml"),
    )


def test_every_value_can_be_set(here: Path) -> None:
    text = (
        "roles_dir: access/roles\njournal: access/log\nmanage: [ours-*]\nunmanaged: report\nprotect: [a, 'b*']\n"
        "limits:\n  max_deletes: {count: 0, percent: 0}\n  max_revokes: {count: 7, percent: 12.5}\n"
    )
    configuration = configure(here, text)
    assert configuration.roles_dir == "access/roles"
    assert configuration.journal == Path("access/log")
    assert configuration.scope == Scope("report", (), ("ours-*",))
    assert configuration.limits == Limits(Limit(0, 0), Limit(7, 12.5), ("a", "b*"))


def test_a_limit_that_is_written_in_part_keeps_the_rest_of_its_default(here: Path) -> None:
    assert configure(here, "limits: {max_deletes: {count: 9}}").limits == Limits(max_deletes=Limit(9, 25))
    assert configure(here, "limits: {max_revokes: {percent: 100}}").limits == Limits(max_revokes=Limit(20, 100))
    assert configure(here, "limits: {}").limits == Limits()


def test_a_file_with_comments_alone_changes_nothing(here: Path) -> None:
    assert configure(here, "# later\n") == Configuration(path=Path("reconciler.yaml"))


def test_a_file_can_be_named(here: Path) -> None:
    (here / "other.yaml").write_text("roles_dir: x\n")
    (here / "reconciler.yaml").write_text("roles_dir: y\n")
    assert load_configuration(Path("other.yaml")).roles_dir == "x"


@pytest.mark.parametrize("text", ["roles_dir: roles.d\njournal: j.jsonl\n", "journal: ./j.jsonl\n"])
def test_what_a_configuration_names_is_relative_to_it(here: Path, text: str) -> None:
    (here / "staging").mkdir()
    (here / "staging" / "x.yaml").write_text(text)
    configuration = load_configuration(Path("staging/x.yaml"))
    assert (configuration.roles_dir, configuration.journal) == ("staging/roles.d", Path("staging/j.jsonl"))


def test_so_is_the_default_of_an_empty_one(here: Path) -> None:
    (here / "staging").mkdir()
    (here / "staging" / "x.yaml").write_text("")
    assert load_configuration(Path("staging/x.yaml")).roles_dir == "staging/roles.d"


def test_a_path_is_as_short_as_a_user_would_type_it(here: Path) -> None:
    (here / "envs" / "prod").mkdir(parents=True)
    (here / "envs" / "prod" / "x.yaml").write_text("roles_dir: ../../roles.d\n")
    assert load_configuration(Path("envs/prod/x.yaml")).roles_dir == "roles.d"


def test_behind_a_link_the_way_back_is_another_one(here: Path) -> None:
    (here / "deep" / "real").mkdir(parents=True)
    (here / "link").symlink_to("deep/real")
    (here / "link" / "x.yaml").write_text("roles_dir: ../roles.d\n")
    assert load_configuration(Path("link/x.yaml")).roles_dir == "link/../roles.d"


def test_the_reviews_are_beside_the_configuration_unless_it_names_them(here: Path) -> None:
    (here / "staging").mkdir()
    for text, expected, place in (
        ("", "staging/reviews.yaml", None),
        ("version: 1\n", "staging/reviews.yaml", None),
        ("reviews: ../access/r.yaml\n", "access/r.yaml", Place("staging/x.yaml", 1, 10)),
    ):
        (here / "staging" / "x.yaml").write_text(text)
        configuration = load_configuration(Path("staging/x.yaml"))
        assert (configuration.reviews, configuration.reviews_place) == (Path(expected), place)
    assert Configuration().reviews == Path("reviews.yaml")


def test_an_absolute_path_stays_as_it_is(here: Path) -> None:
    (here / "staging").mkdir()
    (here / "staging" / "x.yaml").write_text("roles_dir: /srv/roles.d\n")
    assert load_configuration(Path("staging/x.yaml")).roles_dir == "/srv/roles.d"


def test_a_pattern_may_be_empty_for_a_live_role_whose_name_is_blank(here: Path) -> None:
    assert configure(here, "ignore: [\"\", ' ']\n").scope.ignore == ("", " ")


def test_a_named_file_that_is_missing_is_an_error(here: Path, golden: Golden) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_configuration(Path("gone.yaml"))
    golden.says("config/settings", "a named file that is missing", str(caught.value))
    assert not (here / "gone.yaml").exists()


def test_a_link_that_leads_nowhere_is_no_missing_file(here: Path) -> None:
    (here / "reconciler.yaml").symlink_to("gone")
    with pytest.raises(InvalidInput, match=r"^reconciler\.yaml:1:1: .*No such file or directory$"):
        load_configuration(None)


def test_a_directory_is_no_configuration(here: Path) -> None:
    (here / "reconciler.yaml").mkdir()
    with pytest.raises(InvalidInput, match=r"^reconciler\.yaml:1:1: .*Is a directory$"):
        load_configuration(None)


def test_plain_http_is_left_to_the_options(here: Path) -> None:
    assert configure(here, "url: http://api.example.com").url == "http://api.example.com"


@pytest.mark.parametrize(
    ("text", "where", "names"),
    [
        ("version: 2", "1:10 unknown-value", '"2"'),
        ('version: "1"', "1:10 unknown-value", "version: 1"),
        ("version: [1]", "1:10 unknown-value", ""),
        ("limit: {}", "1:1 unknown-key", '"limits"'),
        ("url: https://x\nurl: y", "2:1 duplicate-key", "line 1"),
        ("roles_dir: no", "1:12 needs-quotes", '"no"'),
        ("roles_dir: ''", "1:12 unknown-value", '""'),
        ('roles_dir: "a\\0b"', "1:12 unknown-value", '"a\\x00b"'),
        ("journal: ''", "1:10 unknown-value", '""'),
        ("journal:", "1:9 no-value", ""),
        ("manage: ours", "1:9 wrong-type", ""),
        ("reviews: [a.yaml]", "1:10 wrong-type", ""),
        ("reviews: ''", "1:10 unknown-value", '""'),
        ("roles_dir:", "1:11 no-value", ""),
        ("url: yes", "1:6 needs-quotes", '"yes"'),
        ("url: api.example.com", "1:6 url", ""),
        ("url: https://a:b@example.com", "1:6 url", '"...@example.com"'),
        ("unmanaged: remove", "1:12 unknown-value", '"remove"'),
        ("unmanaged: Report", "1:12 unknown-value", 'did you mean "report"'),
        ("unmanaged: no", "1:12 needs-quotes", ""),
        ("ignore: vendor-*", "1:9 wrong-type", '"vendor-*"'),
        ("ignore:", "1:8 no-value", ""),
        ("ignore: [*-x]", "1:10 unknown-alias", "*-x"),
        ("protect: [1]", "1:11 needs-quotes", '"1"'),
        ("protect: [[a]]", "1:11 wrong-type", ""),
        ("limits: 3", "1:9 wrong-type", '"3"'),
        ("limits: {max_delete: {}}", "1:10 unknown-key", '"max_deletes"'),
        ("limits: {max_deletes: 3}", "1:23 wrong-type", '"3"'),
        ("limits: {max_deletes: {percnt: 3}}", "1:24 unknown-key", '"percent"'),
        ("limits: {max_deletes: {count: -1}}", "1:31 out-of-range", '"-1"'),
        ("limits: {max_deletes: {count: 1.5}}", "1:31 wrong-type", '"1.5"'),
        ("limits: {max_deletes: {count: 010}}", "1:31 wrong-type", "write 10"),
        ("limits: {max_deletes: {percent: 05.5}}", "1:33 wrong-type", "write 5.5"),
        ("limits: {max_deletes: {count: all}}", "1:31 wrong-type", '"all"'),
        ("limits: {max_deletes: {count: '3'}}", "1:31 wrong-type", "write 3"),
        ("limits: {max_deletes: {count: [3]}}", "1:31 wrong-type", ""),
        ("limits: {max_deletes: {count: }}", "1:31 wrong-type", "no value"),
        ("limits: {max_deletes: {percent: 101}}", "1:33 out-of-range", "101"),
        ("limits: {max_deletes: {percent: -3}}", "1:33 out-of-range", '"-3"'),
        ("limits: {max_deletes: {percent: .nan}}", "1:33 wrong-type", '".nan"'),
        ("limits: {max_deletes: {percent: 25%}}", "1:33 wrong-type", '"25%"'),
        ("- version: 1", "1:1 wrong-type", ""),
        ("version: 1\n---\nversion: 1", "3:1 wrong-type", ""),
        ("version: [", "2:1 yaml-syntax", ""),
        (b"url: \xff", "1:6 not-utf8", "0xff"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(
    here: Path, text: str | bytes, where: str, names: str, golden: Golden
) -> None:
    (problem,) = problems(here, text)
    assert problem.place is not None
    assert (problem.place.path, placed(problem)) == ("reconciler.yaml", where)
    assert names in problem.message
    golden.says("config/settings", case_of(text), str(problem))


def test_every_problem_is_reported_in_one_run(here: Path) -> None:
    text = "version: 3\nignore: x\nlimits: {max_deletes: {count: x, percent: y}, max_revokes: 3}\ncolour: red\n"
    assert len(said(here, text)) == 6


# ------------------------------------------------------------------------------------------------------------ base URL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://api-chat.bara.my.id", "https://api-chat.bara.my.id"),
        ("HTTPS://API-Chat.Bara.my.id/", "https://api-chat.bara.my.id"),
        ("https://example.com:443/base//", "https://example.com/base"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://LOCALHOST:8000/", "http://localhost:8000"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://[::1]:9", "http://[::1]:9"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ("https://[2001:0db8:0:0:0:0:0:1]:8443", "https://[2001:db8::1]:8443"),
        ("http://[0:0:0:0:0:0:0:1]:80", "http://[::1]"),
        ("http://[::ffff:127.0.0.1]:9", "http://127.0.0.1:9"),
        ("http://127.1", "http://127.0.0.1"),
        ("http://0x7f.1", "http://127.0.0.1"),
        ("http://LocalHost.:9", "http://localhost.:9"),
    ],
)
def test_a_base_url_is_brought_into_one_form(text: str, expected: str) -> None:
    assert check_url(text, allow_http=False) == expected
    assert check_url(expected, allow_http=False) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.example.com",
        "localhost:8000",
        "ftp://example.com",
        "https://",
        "https:///path",
        "https://exa mple.com",
        "https://example.com/a b",
        "https://example.com\\evil",
        "https://example.com/\x1b[31m",
        "https://example.com:port",
        "https://example.com:99999",
        "https://[::1",
        "https://bücher.example",
        "https://-x.example",
        "https://a..example",
        f"https://{'a' * 64}.example",
        "https://example.com/?a=b",
        "https://example.com/#x",
        "https://example.com?",
    ],
)
def test_what_is_no_base_url_is_an_error(text: str, golden: Golden) -> None:
    with pytest.raises(CommandLineError) as caught:
        check_url(text, allow_http=True)
    assert str(caught.value).isprintable()
    golden.says("config/url", case_of(text) or "nothing", str(caught.value))


@pytest.mark.parametrize(
    "text", ["https://me:s3cret@example.com", "me:s3cret@example.com", "https://s3cret@h@example.com"]
)
def test_credentials_in_a_url_are_an_error_that_does_not_show_them(text: str, golden: Golden) -> None:
    with pytest.raises(CommandLineError) as caught:
        check_url(text, allow_http=True)
    assert '"...@example.com"' in str(caught.value)
    assert "s3cret" not in str(caught.value)
    golden.says("config/url", "credentials", str(caught.value))


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "10.0.0.1",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "0.0.0.0",  # noqa: S104 - nothing listens there
        "[::2]",
        "[::ffff:10.0.0.1]",
        "127.1.example.com",
    ],
)
def test_plain_http_goes_to_loopback_addresses_alone_unless_it_is_allowed(host: str, golden: Golden) -> None:
    with pytest.raises(CommandLineError, match="--allow-http") as caught:
        check_url(f"http://{host}", allow_http=False)
    golden.says("config/url", "plain http", str(caught.value), host=host)
    check_url(f"http://{host}", allow_http=True)


@given(st.text())
def test_no_text_raises_anything_but_a_command_line_error(text: str) -> None:
    for candidate in (text, f"https://{text}", f"https://example.com{text}"):
        try:
            url = check_url(candidate, allow_http=False)
        except CommandLineError:
            continue
        assert url.isprintable()
        assert check_url(url, allow_http=False) == url


# ------------------------------------------------------------------------------------------------------------- API key


def test_the_key_comes_from_the_environment() -> None:
    assert read_key({"OMNISTREAM_API_KEY": KEY}, None).get_secret_value() == KEY


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_key_file_that_is_named_comes_first(tmp_path: Path, end: str) -> None:
    path = tmp_path / "key"
    path.write_text(KEY + end, newline="")
    assert read_key({"OMNISTREAM_API_KEY": "another"}, path).get_secret_value() == KEY


def test_a_key_can_come_through_a_pipe() -> None:
    read, write = os.pipe()
    os.write(write, f"{KEY}\n".encode())
    os.close(write)
    assert read_key({}, Path(f"/dev/fd/{read}")).get_secret_value() == KEY
    os.close(read)


@pytest.mark.parametrize("longer", [0, 1, 1_000_000])
def test_a_key_file_may_be_as_long_as_a_key_and_its_line_end(tmp_path: Path, longer: int) -> None:
    path = tmp_path / "key"
    path.write_text("k" * (LONGEST + longer) + "\r\n", newline="")
    if longer:
        with pytest.raises(CommandLineError, match="does not contain a valid API key"):
            read_key({}, path)
    else:
        assert read_key({}, path).get_secret_value() == "k" * LONGEST


def test_without_a_key_the_message_says_how_to_give_one(golden: Golden) -> None:
    with pytest.raises(CommandLineError, match=r"OMNISTREAM_API_KEY.* --api-key-file") as caught:
        read_key({}, None)
    golden.says("config/key", "no key", str(caught.value))


@pytest.mark.parametrize("key", ["", "\n"])
def test_an_empty_key_is_an_error(tmp_path: Path, key: str, golden: Golden) -> None:
    path = tmp_path / "key"
    path.write_text(key)
    with pytest.raises(CommandLineError, match="--api-key-file") as caught:
        read_key({}, path)
    golden.says("config/key", "an empty file", str(caught.value))
    with pytest.raises(CommandLineError, match="OMNISTREAM_API_KEY") as caught:
        read_key({"OMNISTREAM_API_KEY": ""}, None)
    golden.says("config/key", "an empty variable", str(caught.value))


@pytest.mark.parametrize("extra", ["é", "\0", "\x1b", "\nX-Other: 1", "\n\n", " ", "\t", "\x7f"])
def test_what_can_be_no_key_is_an_error_that_does_not_show_it(tmp_path: Path, extra: str, golden: Golden) -> None:
    path = tmp_path / "key"
    path.write_text(KEY + extra, newline="")
    for kind, environment, file in (("file", {}, path), ("variable", {"OMNISTREAM_API_KEY": KEY + extra}, None)):
        with pytest.raises(CommandLineError) as caught:
            read_key(environment, file)
        assert KEY not in "".join(traceback.format_exception(caught.value))
        golden.says("config/key", f"a {kind} that holds no key", str(caught.value))


def test_a_key_file_that_cannot_be_read_is_a_failure(tmp_path: Path, golden: Golden) -> None:
    with pytest.raises(FileFailed, match="No such file") as caught:
        read_key({}, tmp_path / "gone")
    golden.says("config/key", "a file that is missing", str(caught.value))
    with pytest.raises(FileFailed, match="Is a directory"):
        read_key({}, tmp_path)


def test_a_key_that_stands_where_a_files_name_belongs_is_not_repeated() -> None:
    with pytest.raises(FileFailed) as caught:
        read_key({}, Path(KEY))
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url",
    [
        f"https://example.com?api_key={KEY}",
        f"https://example.com#{KEY}",
        f"https://{KEY}@example.com",
        f"https://me:{KEY}@example.com/?a=b",
        f"https://me@example.com/?a={KEY}@b",
        f"ftp://example.com/?a={KEY}",
        f"http://example.com?a={KEY}#b",
        f"https://exa mple.com?a={KEY}",
        f"https://example.com:{KEY}",
        f"me:{KEY}",
        KEY,
    ],
)
def test_a_key_that_is_put_into_the_url_is_not_repeated(here: Path, url: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        check_url(url, allow_http=True)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in "".join(said(here, f"url: {json.dumps(url)}"))


def test_a_connection_does_not_show_its_key() -> None:
    connection = Connection("https://example.com", read_key({"OMNISTREAM_API_KEY": KEY}, None))
    assert KEY not in repr(connection)
    assert KEY not in str(connection)
    assert (connection.timeout, connection.concurrency) == (30.0, 8)
    assert pickle.loads(pickle.dumps(Configuration())) == Configuration()  # noqa: S301 - our own bytes


def test_the_journal_is_found_beside_the_configuration(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "reconciler.yaml").write_text("journal: log/j.jsonl\n")
    assert load_configuration(Path("sub/reconciler.yaml")).journal == Path("sub/log/j.jsonl")
    assert configure(here, "version: 1\n").journal is None


@pytest.mark.parametrize("text", ['journal: ""', 'journal: "a\\0b"'])
def test_a_journal_is_a_file_name(here: Path, text: str) -> None:
    assert [problem.rule for problem in problems(here, text)] == ["unknown-value"]


def test_a_file_that_is_too_long_for_a_key_is_refused_and_not_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("k" * 65_536 + "\r\n")
    assert len(read_key({}, path).get_secret_value()) == 65_536
    path.write_text("k" * 65_537)
    with pytest.raises(CommandLineError, match="--api-key-file"):
        read_key({}, path)


def test_the_lock_is_found_beside_the_configuration(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "reconciler.yaml").write_text("version: 1\nlock: locks/tenant.yaml\n")
    configuration = load_configuration(Path("sub/reconciler.yaml"))
    assert configuration.lock == Path("sub/locks/tenant.yaml")
    assert str(configuration.lock_place) == "sub/reconciler.yaml:2:7"
    default = configure(here, "version: 1\n")
    assert (default.lock, default.lock_place) == (Path("permissions.lock.yaml"), None)
