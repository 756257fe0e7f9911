"""What a run is told beside its role files: the configuration `reconciler.yaml`, and how to reach the tenant.

The configuration is read with the strictness of role files and by the same functions. Rules and defaults are the
interface's, sections "Configuration" and "Connection".
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping as Environment
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from reconciler.load.walk import read_bytes
from reconciler.model.addresses import canonical, is_loopback
from reconciler.model.errors import CommandLineError, FileFailed, InvalidInput
from reconciler.model.inert import quoted, visible
from reconciler.model.secret import Secret
from reconciler.plan.scope import Scope
from reconciler.policy.limits import Limit, Limits
from reconciler.yamlio.reader import Mapping, Node, Scalar, describe, read_documents
from reconciler.yamlio.report import Report
from reconciler.yamlio.strict import did_you_mean, entries, text, texts
from reconciler.yamlio.text import decode

DEFAULT_FILE = "reconciler.yaml"
DEFAULT_ROLES_DIR = "roles.d"

_KEYS = ("version", "url", "roles_dir", "journal", "manage", "unmanaged", "ignore", "protect", "limits")
_LIMITS = ("max_deletes", "max_revokes")
_UNMANAGED = ("delete", "report")
_WHOLE = re.compile(r"[0-9]{1,12}")
_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_MOST_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Configuration:
    """What `reconciler.yaml` says; the defaults stand here, in `Scope` and in `Limits`. `path` is None without a file.

    `url` is as it was written. Whether plain http is allowed is for `check_url` to say, once the options are known.
    `roles_dir` and `journal` are relative to the file in which they stand, and here as a user would type them from the
    working directory.
    """

    url: str | None = None
    roles_dir: str = DEFAULT_ROLES_DIR
    journal: Path | None = None
    scope: Scope = Scope()
    limits: Limits = Limits()
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the tenant. `url` is normalised by `check_url`; `timeout` is in seconds for each request.

    `concurrency` is how many requests may be in flight, `ca_file` a PEM file of certificates that are trusted too.
    """

    url: str
    api_key: Secret
    timeout: float = 30.0
    concurrency: int = 8
    ca_file: Path | None = None


def load_configuration(path: Path | None) -> Configuration:
    """The configuration in `path`; without one, in `reconciler.yaml` here; without that, the defaults.

    Raises `InvalidInput` with every problem of the file, and where a file that was named cannot be read.
    """
    if path is None and not os.path.lexists(DEFAULT_FILE):
        return Configuration()
    path = path or Path(DEFAULT_FILE)
    report = Report(visible(path.as_posix()))
    content = read_bytes(os.fspath(path), report)
    configuration = _configuration(content, path, report) if content is not None else None
    if report.problems or configuration is None:
        raise InvalidInput(tuple(report.problems))
    return configuration


def _configuration(content: bytes, path: Path, report: Report) -> Configuration | None:
    decoded = decode(content, report)
    documents = [] if decoded is None else list(read_documents(decoded, report))
    if len(documents) > 1:
        report.add(documents[1], "wrong-type", "the configuration is one document: take this one and its --- line out")
    if not documents:
        return Configuration(roles_dir=beside(path, DEFAULT_ROLES_DIR), path=path)
    if not isinstance(documents[0], Mapping):
        report.add(documents[0], "wrong-type", f"the configuration is a mapping, and this is {describe(documents[0])}")
        return None
    found = {key: value for key, (_, value) in entries(documents[0], _KEYS, report).items()}
    if "version" in found:
        _version(found["version"], report)
    return Configuration(
        url=_url(found["url"], report) if "url" in found else None,
        roles_dir=beside(path, _place(found, "roles_dir", "directory", report) or DEFAULT_ROLES_DIR),
        journal=Path(beside(path, journal)) if (journal := _place(found, "journal", "file", report)) else None,
        scope=Scope(
            _unmanaged(found["unmanaged"], report) if "unmanaged" in found else "delete",
            _patterns(found["ignore"], report) if "ignore" in found else (),
            _patterns(found["manage"], report) if "manage" in found else Scope().manage,
        ),
        limits=_limits(found.get("limits"), _patterns(found["protect"], report) if "protect" in found else (), report),
        path=path,
    )


def _version(node: Node, report: Report) -> None:
    if not (isinstance(node, Scalar) and node.plain and node.value == "1"):
        quotes = ", without quotes" if isinstance(node, Scalar) and node.value == "1" else ""
        known = f"this reconciler knows version: 1 only{quotes}"
        report.add(node, "unknown-value", f"version is {describe(node)}, and {known}")


def _url(node: Node, report: Report) -> str | None:
    url = text(node, "url", report, nothing="write the base URL or take the line out")
    if url is not None:
        try:
            check_url(url, allow_http=True)
        except CommandLineError as error:
            report.add(node, "url", str(error))
    return url


def _place(found: dict[str, Node], key: str, kind: str, report: Report) -> str | None:
    """The path under `key`, which names a directory or a file, as it was written."""
    if key not in found:
        return None
    path = text(found[key], key, report, nothing=f"write a {kind} or take the line out")
    if path == "" or (path and "\0" in path):
        report.add(found[key], "unknown-value", f"{key} {quoted(path)} names no {kind}")
    return path


def beside(configuration: Path, name: str) -> str:
    """The path `name`, which is relative to the configuration's directory, as seen from the working directory."""
    if configuration.parent == Path() or os.path.isabs(name):  # noqa: PTH117 - a name, not a Path
        return name
    joined = os.path.join(configuration.parent, name)  # noqa: PTH118 - likewise
    short = os.path.normpath(joined)
    # Behind a link, `a/..` need not be where `a` is.
    return short if os.path.realpath(short) == os.path.realpath(joined) else joined


def _unmanaged(node: Node, report: Report) -> Literal["delete", "report"]:
    word = text(node, "unmanaged", report, nothing="write delete or report")
    if word in _UNMANAGED:
        return cast("Literal['delete', 'report']", word)
    if word is not None:
        hint = did_you_mean(word, _UNMANAGED)
        report.add(node, "unknown-value", f"unmanaged is delete or report, and this is {quoted(word, 60)}{hint}")
    return "report"


def _patterns(node: Node, report: Report) -> tuple[str, ...]:
    """Glob patterns. The empty one is fine: it matches a live role whose name is blank, and no other."""
    return tuple(pattern for pattern, _ in texts(node, "a pattern", report, nothing="write [] or take the line out"))


def _limits(node: Node | None, protect: tuple[str, ...], report: Report) -> Limits:
    if node is None:
        return Limits(protect=protect)
    default = Limits()
    found = _pairs(node, _LIMITS, "limits holds max_deletes and max_revokes", report)
    return Limits(
        _limit(found.get("max_deletes"), default.max_deletes, report),
        _limit(found.get("max_revokes"), default.max_revokes, report),
        protect,
    )


def _limit(node: Node | None, default: Limit, report: Report) -> Limit:
    """A limit; what is not written keeps its default."""
    found = {} if node is None else _pairs(node, ("count", "percent"), "a limit reads {count: 3, percent: 25}", report)
    count, percent = float(default.count), default.percent
    if "count" in found:
        count = _number(found["count"], "count", _WHOLE, "a whole number", report)
    if "percent" in found:
        percent = _number(found["percent"], "percent", _DECIMAL, "a number from 0 to 100", report)
        if percent > _MOST_PERCENT:
            report.add(found["percent"], "out-of-range", f"percent is a number from 0 to 100, and this is {percent:g}")
    return Limit(int(count), percent)


def _pairs(node: Node, known: tuple[str, ...], what: str, report: Report) -> dict[str, Node]:
    if not isinstance(node, Mapping):
        report.add(node, "wrong-type", f"{what}, and this is {describe(node)}")
        return {}
    return {key: value for key, (_, value) in entries(node, known, report).items()}


def _number(node: Node, key: str, pattern: re.Pattern[str], what: str, report: Report) -> float:
    """The number, written in digits; 0 with the reason in `report` where it is none."""
    if not isinstance(node, Scalar) or not pattern.fullmatch(node.value):
        negative = isinstance(node, Scalar) and node.value.startswith("-") and pattern.fullmatch(node.value[1:])
        rule: Literal["out-of-range", "wrong-type"] = "out-of-range" if negative else "wrong-type"
        report.add(
            node, rule, f"{key} is {what}{' and not negative' if negative else ''}, and this is {describe(node)}"
        )
        return 0
    if not node.plain:
        report.add(node, "wrong-type", f"{key} is {what}, and this is a text: write {node.value} without quotes")
    return float(node.value)


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"  # at most 63 octets, RFC 1035, section 2.3.4
_HOST = re.compile(rf"\[[0-9A-Fa-f:.]+\]|{_LABEL}(?:\.{_LABEL})*\.?")
_PORTS = {"https": 443, "http": 80}


def check_url(text: str, *, allow_http: bool) -> str:
    """The base URL in one form: scheme and host in lower case, no default port, no slash at its end.

    Raises `CommandLineError` where it is no URL, holds credentials, or would send the key in the clear: over plain http
    to a host that is no loopback address, unless `allow_http`.
    """
    from urllib.parse import urlsplit  # noqa: PLC0415 - needed only with a URL

    shown = _shown(text)
    if "@" in text:
        raise CommandLineError(f"the base URL {shown} holds credentials; remove them: the API key has its own option")
    if "://" not in text:
        raise CommandLineError("the base URL has no scheme; write https:// before the host")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise CommandLineError("invalid base URL: expected https://host, or https://host:port") from None
    scheme = parts.scheme
    if scheme not in _PORTS:
        raise CommandLineError(f"the base URL {shown} is neither https nor http")
    place = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(place) or not text.isprintable() or re.search(r"[\s\\]", text):
        raise CommandLineError(f"invalid base URL {shown}: expected https://host without spaces")
    if "?" in text or "#" in text:
        raise CommandLineError(f"the base URL {shown} holds a query or a fragment; end it after the path")
    if scheme == "http" and not allow_http and not is_loopback(host):
        message = f"the base URL {shown} would send the API key in the clear; use https or pass --allow-http"
        raise CommandLineError(message)
    end = "" if port in {None, _PORTS[scheme]} else f":{port}"
    host = canonical(host)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}{end}{parts.path.rstrip('/')}"


def _shown(text: str) -> str:
    """The URL for a message: without user, password, query and fragment, where people put keys by mistake."""
    bare = re.split(r"[?#]", text.rpartition("@")[2], maxsplit=1)[0]
    return quoted(f"...@{bare}" if "@" in text else bare)


KEY_VARIABLE = "OMNISTREAM_API_KEY"
_MOST_KEY_BYTES = 65_536
_KEY = re.compile("[\x21-\x7e]+")  # what a field of an HTTP header may hold (RFC 9110, section 5.5), blanks aside


def read_key(environment: Environment[str, str], key_file: Path | None) -> Secret:
    """The API key: from `key_file` where one is named, otherwise from `OMNISTREAM_API_KEY`.

    Raises `CommandLineError` where there is none or it cannot be one, and `FileFailed` where the file cannot be read.
    No message shows any of it.
    """
    if key_file is None:
        where, key = KEY_VARIABLE, environment.get(KEY_VARIABLE)
        if key is None:
            raise CommandLineError(f"no API key: set {KEY_VARIABLE}, or name a file that holds it with --api-key-file")
    else:
        where, key = "the file that --api-key-file names", _key_in(key_file)
    if not key:
        raise CommandLineError(f"{where} is empty: it has to hold the API key")
    if not _KEY.fullmatch(key):
        message = f"{where} holds no API key: a key is one line of printable ASCII characters without blanks"
        raise CommandLineError(message)
    return Secret(key)


def _key_in(path: Path) -> str:
    """The file's text without the line break at its end. A pipe will do: the key may come from another program.

    No message repeats the name: people put the key itself where the name belongs.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_KEY_BYTES)
    except OSError as error:
        raise FileFailed(
            f"cannot read the file that --api-key-file or OMNISTREAM_API_KEY_FILE names: {error.strerror}; "
            "the option takes a file name, not the key itself"
        ) from None
    return content.decode("latin-1").removesuffix("\n").removesuffix("\r")
