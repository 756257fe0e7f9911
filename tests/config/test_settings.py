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

from reconciler.config.settings import Configuration, Connection, check_url, load_configuration, read_key
from reconciler.model.errors import CommandLineError, FileFailed, InvalidInput
from reconciler.plan.scope import Scope
from reconciler.policy.limits import Limit, Limits

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


def said(here: Path, text: str | bytes) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        configure(here, text)
    return [str(problem) for problem in caught.value.problems]


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


def test_an_absolute_path_stays_as_it_is(here: Path) -> None:
    (here / "staging").mkdir()
    (here / "staging" / "x.yaml").write_text("roles_dir: /srv/roles.d\n")
    assert load_configuration(Path("staging/x.yaml")).roles_dir == "/srv/roles.d"


def test_a_pattern_may_be_empty_for_a_live_role_whose_name_is_blank(here: Path) -> None:
    assert configure(here, "ignore: [\"\", ' ']\n").scope.ignore == ("", " ")


def test_a_named_file_that_is_missing_is_an_error(here: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^gone\.yaml:1:1: cannot be read: No such file or directory$"):
        load_configuration(Path("gone.yaml"))
    assert not (here / "gone.yaml").exists()


def test_a_link_that_leads_nowhere_is_no_missing_file(here: Path) -> None:
    (here / "reconciler.yaml").symlink_to("gone")
    with pytest.raises(InvalidInput, match=r"^reconciler\.yaml:1:1: cannot be read: No such file or directory$"):
        load_configuration(None)


def test_a_directory_is_no_configuration(here: Path) -> None:
    (here / "reconciler.yaml").mkdir()
    with pytest.raises(InvalidInput, match=r"^reconciler\.yaml:1:1: cannot be read: Is a directory$"):
        load_configuration(None)


def test_plain_http_is_left_to_the_options(here: Path) -> None:
    assert configure(here, "url: http://api.example.com").url == "http://api.example.com"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 2", '1:10: version is "2", and this reconciler knows version: 1 only'),
        ('version: "1"', "knows version: 1 only, without quotes"),
        ("version: [1]", "version is a list, and"),
        ("limit: {}", '1:1: unknown key "limit"; did you mean "limits"?'),
        ("url: https://x\nurl: y", '2:1: key "url" stands here again; first in line 1'),
        ("roles_dir: no", '1:12: roles_dir is a text, and YAML reads no without quotes as true or false: write "no"'),
        ("roles_dir: ''", '1:12: roles_dir "" names no directory'),
        ('roles_dir: "a\\0b"', '1:12: roles_dir "a\\x00b" names no directory'),
        ("journal: ''", '1:10: journal "" names no file'),
        ("journal:", "journal has no value: write a file or take the line out"),
        ("manage: ours", "a list is wanted here"),
        ("roles_dir:", "roles_dir has no value: write a directory or take the line out"),
        ("url: yes", 'url is a text, and YAML reads yes without quotes as true or false: write "yes" in quotes'),
        ("url: api.example.com", "1:6: the base URL has no scheme; write https:// before the host"),
        ("url: https://a:b@example.com", '1:6: the base URL "...@example.com" holds credentials'),
        ("unmanaged: remove", '1:12: unmanaged is delete or report, and this is "remove"'),
        ("unmanaged: Report", 'unmanaged is delete or report, and this is "Report"; did you mean "report"?'),
        ("unmanaged: no", "unmanaged is a text, and YAML reads no without quotes as true or false"),
        ("ignore: vendor-*", '1:9: a list is wanted here, and this is "vendor-*": write [...] or - ...'),
        ("ignore:", "1:8: this list has no value: write [] or take the line out"),
        ("ignore: [*-x]", "1:10: alias *-x names no anchor before it; a text that starts with * is written in quotes"),
        ("protect: [1]", '1:11: a pattern is a text, and YAML reads 1 without quotes as a number: write "1" in quotes'),
        ("protect: [[a]]", "1:11: a pattern is a text, and this is a list"),
        ("limits: 3", '1:9: limits holds max_deletes and max_revokes, and this is "3"'),
        ("limits: {max_delete: {}}", '1:10: unknown key "max_delete"; did you mean "max_deletes"?'),
        ("limits: {max_deletes: 3}", '1:23: a limit reads {count: 3, percent: 25}, and this is "3"'),
        ("limits: {max_deletes: {percnt: 3}}", '1:24: unknown key "percnt"; did you mean "percent"?'),
        ("limits: {max_deletes: {count: -1}}", 'count is a whole number and not negative, and this is "-1"'),
        ("limits: {max_deletes: {count: 1.5}}", 'count is a whole number, and this is "1.5"'),
        ("limits: {max_deletes: {count: all}}", 'count is a whole number, and this is "all"'),
        ("limits: {max_deletes: {count: '3'}}", "count is a whole number, and this is a text: write 3 without quotes"),
        ("limits: {max_deletes: {count: [3]}}", "count is a whole number, and this is a list"),
        ("limits: {max_deletes: {count: }}", 'count is a whole number, and this is ""'),
        ("limits: {max_deletes: {percent: 101}}", "percent is a number from 0 to 100, and this is 101"),
        (
            "limits: {max_deletes: {percent: -3}}",
            'percent is a number from 0 to 100 and not negative, and this is "-3"',
        ),
        ("limits: {max_deletes: {percent: .nan}}", 'percent is a number from 0 to 100, and this is ".nan"'),
        ("limits: {max_deletes: {percent: 25%}}", 'percent is a number from 0 to 100, and this is "25%"'),
        ("- version: 1", "1:1: the configuration is a mapping, and this is a list"),
        ("version: 1\n---\nversion: 1", "3:1: the configuration is one document: take this one and its --- line out"),
        ("version: [", "not valid YAML"),
        (b"url: \xff", "1:6: not UTF-8: byte 0xff at offset 5"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(here: Path, text: str | bytes, expected: str) -> None:
    (message,) = said(here, text)
    assert message.startswith("reconciler.yaml:")
    assert expected in message


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
    ("text", "expected"),
    [
        ("", "the base URL has no scheme; write https:// before the host"),
        ("api.example.com", "has no scheme"),
        ("localhost:8000", "has no scheme"),
        ("ftp://example.com", "is neither https nor http"),
        ("https://", "expected https://host without spaces"),
        ("https:///path", "invalid base URL"),
        ("https://exa mple.com", "invalid base URL"),
        ("https://example.com/a b", "invalid base URL"),
        ("https://example.com\\evil", "invalid base URL"),
        ("https://example.com/\x1b[31m", "https://example.com/\\x1b[31m"),
        ("https://example.com:port", "invalid base URL: expected https://host, or https://host:port"),
        ("https://example.com:99999", "invalid base URL: expected https://host, or https://host:port"),
        ("https://[::1", "invalid base URL: expected https://host, or https://host:port"),
        ("https://bücher.example", "invalid base URL"),
        ("https://-x.example", "invalid base URL"),
        ("https://a..example", "invalid base URL"),
        (f"https://{'a' * 64}.example", "invalid base URL"),
        ("https://example.com/?a=b", "holds a query or a fragment; end it after the path"),
        ("https://example.com/#x", "holds a query or a fragment"),
        ("https://example.com?", "holds a query or a fragment"),
    ],
)
def test_what_is_no_base_url_is_an_error(text: str, expected: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        check_url(text, allow_http=True)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "text", ["https://me:s3cret@example.com", "me:s3cret@example.com", "https://s3cret@h@example.com"]
)
def test_credentials_in_a_url_are_an_error_that_does_not_show_them(text: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        check_url(text, allow_http=True)
    assert str(caught.value) == (
        'the base URL "...@example.com" holds credentials; remove them: the API key has its own option'
    )


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
def test_plain_http_goes_to_loopback_addresses_alone_unless_it_is_allowed(host: str) -> None:
    with pytest.raises(CommandLineError, match="would send the API key in the clear; use https or pass --allow-http"):
        check_url(f"http://{host}", allow_http=False)
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


def test_without_a_key_the_message_says_how_to_give_one() -> None:
    with pytest.raises(CommandLineError, match="no API key: set OMNISTREAM_API_KEY, or name a file that holds it with"):
        read_key({}, None)


@pytest.mark.parametrize("key", ["", "\n"])
def test_an_empty_key_is_an_error(tmp_path: Path, key: str) -> None:
    path = tmp_path / "key"
    path.write_text(key)
    with pytest.raises(CommandLineError, match=r"^the file that --api-key-file names is empty"):
        read_key({}, path)
    with pytest.raises(CommandLineError, match=r"^OMNISTREAM_API_KEY is empty: it has to hold the API key$"):
        read_key({"OMNISTREAM_API_KEY": ""}, None)


@pytest.mark.parametrize("extra", ["é", "\0", "\x1b", "\nX-Other: 1", "\n\n", " ", "\t", "\x7f"])
def test_what_can_be_no_key_is_an_error_that_does_not_show_it(tmp_path: Path, extra: str) -> None:
    path = tmp_path / "key"
    path.write_text(KEY + extra, newline="")
    for environment, file in (({}, path), ({"OMNISTREAM_API_KEY": KEY + extra}, None)):
        with pytest.raises(CommandLineError, match="holds no API key: a key is one line of printable ASCII") as caught:
            read_key(environment, file)
        assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_key_file_that_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(FileFailed, match=r"cannot read the file that --api-key-file .* names: No such file"):
        read_key({}, tmp_path / "gone")
    with pytest.raises(FileFailed, match=r"cannot read the file that .* names: Is a directory"):
        read_key({}, tmp_path)


def test_a_key_that_stands_where_a_files_name_belongs_is_not_repeated() -> None:
    with pytest.raises(FileFailed, match="the option takes a file name, not the key itself") as caught:
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
    assert (connection.timeout, connection.concurrency, connection.ca_file) == (30.0, 8, None)
    assert pickle.loads(pickle.dumps(Configuration())) == Configuration()  # noqa: S301 - our own bytes


def test_the_journal_is_found_beside_the_configuration(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "reconciler.yaml").write_text("journal: log/j.jsonl\n")
    assert load_configuration(Path("sub/reconciler.yaml")).journal == Path("sub/log/j.jsonl")
    assert configure(here, "version: 1\n").journal is None


@pytest.mark.parametrize("text", ['journal: ""', 'journal: "a\\0b"'])
def test_a_journal_is_a_file_name(here: Path, text: str) -> None:
    assert any("names no file" in line for line in said(here, text))
