"""The options for the URL of the tenant and the connection to it, and the client that they configure."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.cli.help.documented import Section
from reconciler.cli.options import Command, Seconds, bundled, option, without
from reconciler.cli.outside import outside
from reconciler.cli.streams import say
from reconciler.config.connection import KEY_VARIABLE, Connection, read_key, read_tenant_key, url_of
from reconciler.model.errors import CommandLineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.apply.interrupts import Stop
    from reconciler.config.settings import Configuration
    from reconciler.transport import Transport


class ConnectionOptions(NamedTuple):
    """The connection options from the command line and the environment."""

    url: str | None
    api_key_file: Path | None
    timeout: float
    concurrency: int
    allow_http: bool
    ca_file: Path | None
    retry_wait: float
    retry_budget: float

    def settle(self, configuration: Configuration, *, alone: bool = True) -> Connection:
        """Return the connection to use. `alone` says whether the run is about no other tenant.

        Raise `CommandLineError` when the URL or the key is missing or not valid, or when an option or a variable names
        one although the configuration has tenants.
        """
        tenant = configuration.tenant
        if tenant is not None:
            self.leave_to_the_configuration(alone=alone)
        return Connection(
            url=url_of(self.url, configuration.url, allow_http=self.allow_http),
            api_key=read_key(os.environ, self.api_key_file)
            if tenant is None
            else read_tenant_key(os.environ, tenant, configuration.api_key_file, alone=alone),
            timeout=self.timeout,
            concurrency=self.concurrency,
        )

    def leave_to_the_configuration(self, *, alone: bool) -> None:
        """Raise `CommandLineError` for an option or a variable that gives all tenants what each has itself."""
        if self.url:  # a configuration with a tenant that has none is not valid
            message = f"{without('url', '--url')}: each tenant has its own url: in the configuration"
            raise CommandLineError(message)
        if self.api_key_file:
            message = f"{without('api_key_file', '--api-key-file')}: a tenant's key comes from api_key_file: in the"
            raise CommandLineError(f"{message} configuration, or from {KEY_VARIABLE}_<TENANT>")
        if not alone and KEY_VARIABLE in os.environ:
            message = f"{KEY_VARIABLE} is one key, and this run is about several tenants"
            raise CommandLineError(f"{message}; set {KEY_VARIABLE}_<TENANT> for each of them, or write api_key_file:")


def connection_options() -> Callable[[Command], Command]:
    """Return the options of the interface's section "Connection", as `connection`."""
    return bundled(
        "connection",
        ConnectionOptions,
        [
            option(
                "--url",
                section=Section.CONNECTION,
                envvar=["OMNISTREAM_URL"],
                metavar="URL",
                help="Base URL of the API; also url: in the configuration. The key comes from OMNISTREAM_API_KEY.",
            ),
            option(
                "--api-key-file",
                section=Section.CONNECTION,
                envvar=["OMNISTREAM_API_KEY_FILE"],
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Read the API key from FILE.",
            ),
            option(
                "--timeout",
                section=Section.CONNECTION,
                type=Seconds(min=0, min_open=True),
                default=30.0,
                show_default=True,
                metavar="SECONDS",
                help="Maximum time for one request.",
            ),
            option(
                "--concurrency",
                section=Section.CONNECTION,
                type=click.IntRange(1, 32),
                default=8,
                show_default=True,
                metavar="N",
                help="Maximum number of concurrent requests.",
            ),
            option(
                "--allow-http",
                section=Section.CONNECTION,
                is_flag=True,
                help="Allow sending the API key over unencrypted HTTP to a remote host.",
            ),
            option(
                "--ca-file",
                section=Section.CONNECTION,
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Also trust the CA certificates in this PEM file.",
            ),
            retry_wait_option(),
            option(
                "--retry-budget",
                section=Section.CONNECTION,
                type=Seconds(min=0),
                default=120.0,
                show_default=True,
                metavar="SECONDS",
                help="Maximum time for all retries of one request, waits after a 429 included.",
            ),
        ],
    )


def retry_wait_option() -> Callable[[Command], Command]:
    """Return `--retry-wait`, for all commands that talk to a server."""
    return option(
        "--retry-wait",
        section=Section.CONNECTION,
        type=Seconds(min=0),
        default=1.0,
        show_default=True,
        metavar="SECONDS",
        help="Maximum wait before the first retry; doubles with every retry.",
    )


@contextmanager
def transport(
    options: ConnectionOptions, connection: Connection, *, verbose: int = 0, stop: Stop | None = None
) -> Iterator[Transport]:
    """Open the tenant's one HTTP client; `stop` ends a wait between two attempts and prevents every further write."""
    trace(verbose)
    with opener(options, stop)(connection) as opened:
        yield opened


def opener(options: ConnectionOptions, stop: Stop | None = None) -> Callable[[Connection], Transport]:
    """Return what opens the client of a tenant, in any thread. All clients that it opens share one TLS context.

    `stop` ends a wait between two attempts and prevents every further write.
    """
    from reconciler.transport import Transport, Trust
    from reconciler.transport.retry import Retry  # what follows loads httpx, which `validate` does not need

    retry = Retry(base=options.retry_wait, budget=options.retry_budget, sleep=outside().sleep)
    if stop is not None:
        retry = retry._replace(sleep=stop.wait, stopped=stop.is_set)
    trust = Trust(options.ca_file)

    def open_client(connection: Connection) -> Transport:
        return Transport(
            connection.url,
            connection.api_key,
            timeout=connection.timeout,
            concurrency=connection.concurrency,
            trust=trust,
            retry=retry,
        )

    return open_client


class _Said(logging.Handler):
    """Says what is logged as everything else is said: a standard error that cannot be written changes no exit code."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        say(self.format(record), whole=True)


def trace(verbose: int) -> None:
    """Show what the client does: retries with -v, each request with -vv. Never a header or a body."""
    logger = logging.getLogger("reconciler")
    logger.handlers = []
    if verbose:
        handler = _Said()
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        logger.handlers = [handler]
    logger.setLevel({0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG))
