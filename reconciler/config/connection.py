"""Find the base URL and the API key of the tenant, from options, the environment and the configuration.

The rules are those of docs/interface.md, section "Connection". This module does not know the command line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.config.keys import as_secret, line_in
from reconciler.model.addresses import canonical, is_loopback
from reconciler.model.errors import CommandLineError, FileFailed
from reconciler.model.inert import quoted

if TYPE_CHECKING:
    from reconciler.model.secret import Secret

_NO_URL = (
    "no base URL for the OmniStream API; pass --url, set OMNISTREAM_URL, or add `url:` to reconciler.yaml "
    "(to try things out, start `reconciler sandbox`)"
)


class Connection(NamedTuple):
    """How to reach the tenant. `url` is normalised by `check_url`. `timeout` is in seconds for each request.

    `concurrency` is the maximum number of concurrent requests.
    """

    url: str
    api_key: Secret
    timeout: float = 30.0
    concurrency: int = 8


def url_of(asked: str | None, configured: str | None, *, allow_http: bool) -> str:
    """Return the base URL to use: `asked` (an option or a variable) takes precedence over `configured`.

    Raise `CommandLineError` when there is none, or when `check_url` refuses it.
    """
    url = asked or configured
    if not url:
        raise CommandLineError(_NO_URL)
    return check_url(url, allow_http=allow_http)


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"  # at most 63 octets, RFC 1035, section 2.3.4
_HOST = re.compile(rf"\[[0-9A-Fa-f:.]+\]|{_LABEL}(?:\.{_LABEL})*\.?")
_PORTS = {"https": 443, "http": 80}


def check_url(text: str, *, allow_http: bool) -> str:
    """Return the base URL in one form: scheme and host in lower case, no default port, no slash at its end.

    For example, `HTTPS://API.Example.com:443/v1/` becomes `https://api.example.com/v1`.

    Raise `CommandLineError` when it is not a URL, contains credentials, or would send the key in the clear: over plain
    http to a host that is not a loopback address, unless `allow_http` is true.
    """
    from urllib.parse import urlsplit  # noqa: PLC0415 - needed only with a URL

    shown = _shown(text)
    if "@" in text:
        raise CommandLineError(
            f"the base URL {shown} contains credentials; remove them and pass the API key separately"
        )
    if "://" not in text:
        raise CommandLineError("the base URL has no scheme; write https:// before the host")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise CommandLineError("invalid base URL: expected https://host, or https://host:port") from None
    scheme = parts.scheme
    if scheme not in _PORTS:
        raise CommandLineError(f"the base URL {shown} must start with https:// or http://")
    place = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(place) or not text.isprintable() or re.search(r"[\s\\]", text):
        raise CommandLineError(f"invalid base URL {shown}: expected https://host without spaces")
    if "?" in text or "#" in text:
        raise CommandLineError(f"the base URL {shown} contains a query or fragment; remove all that follows the path")
    if scheme == "http" and not allow_http and not is_loopback(host):
        message = f"the base URL {shown} would send the API key in the clear; use https or pass --allow-http"
        raise CommandLineError(message)
    end = "" if port in {None, _PORTS[scheme]} else f":{port}"
    host = canonical(host)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}{end}{parts.path.rstrip('/')}"


def _shown(text: str) -> str:
    """Return the URL for a message, without user, password, query and fragment, because they may contain a key."""
    bare = re.split(r"[?#]", text.rpartition("@")[2], maxsplit=1)[0]
    return quoted(f"...@{bare}" if "@" in text else bare)


KEY_VARIABLE = "OMNISTREAM_API_KEY"


def read_key(environment: Mapping[str, str], key_file: Path | None) -> Secret:
    """Return the API key from `key_file`, or from `OMNISTREAM_API_KEY` if `key_file` is None.

    Raise `CommandLineError` when there is no key or it is not valid, and `FileFailed` when the file cannot be read. No
    message shows any part of the key.
    """
    if key_file is not None:
        return _valid("the file given with --api-key-file", _key_in(key_file, _GIVEN))
    key = environment.get(KEY_VARIABLE)
    if key is None:
        raise CommandLineError(f"no API key: set {KEY_VARIABLE}, or pass a file that contains it with --api-key-file")
    return _valid(KEY_VARIABLE, key)


_GIVEN = "the file given with --api-key-file or OMNISTREAM_API_KEY_FILE"


class MissingKey(CommandLineError):
    """A tenant has no key in the environment and no file with one."""


def tenant_variable(tenant: str) -> str:
    """Return the variable of a tenant's key: `OMNISTREAM_API_KEY_ACME_TEST` for `acme-test`."""
    return f"{KEY_VARIABLE}_{tenant.upper().replace('-', '_')}"


def read_tenant_key(environment: Mapping[str, str], tenant: str, key_file: Path | None, *, alone: bool) -> Secret:
    """Return the API key of a tenant: from its variable, else from `key_file`, the `api_key_file` of the configuration.

    If it has neither and the run is about it `alone`, its key may be in `OMNISTREAM_API_KEY`. Raise what `read_key`
    raises, and `MissingKey` when there is none.
    """
    variable, shared = tenant_variable(tenant), alone and KEY_VARIABLE in environment
    if variable in environment:
        return _valid(variable, environment[variable])
    if key_file is not None and not (shared and not os.path.lexists(key_file)):
        what = f"the api_key_file of tenant {tenant}"
        return _valid(what, _key_in(key_file, what))
    if shared:
        return _valid(KEY_VARIABLE, environment[KEY_VARIABLE])
    raise MissingKey(f"no API key for tenant {tenant}: set {variable}, or write api_key_file: in the configuration")


def _valid(where: str, key: str) -> Secret:
    """Return the key. Raise `CommandLineError` when it is not valid; `where` says where it is from."""
    if not key:
        raise CommandLineError(f"{where} is empty; it must contain the API key")
    secret = as_secret(key)
    if secret is None:
        message = (
            f"{where} does not contain a valid API key; expected one line of printable ASCII characters without spaces"
        )
        raise CommandLineError(message)
    return secret


def _key_in(path: Path, what: str) -> str:
    """Return the key in a file, which may be a pipe from another program. Raise `FileFailed` when it cannot be read.

    The message calls the file `what` and does not show `path`: users may write the key itself instead of a file name.
    """
    try:
        return line_in(path)
    except OSError as error:
        raise FileFailed(f"cannot read {what}: {error.strerror}; pass a file name, not the key itself") from None
