"""The option `--listen`: metrics and probes beside the loop."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import click

from reconciler.cli.options import option
from reconciler.model.inert import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.cli.options import Command
    from reconciler.watch.observed import Observed
    from reconciler.watch.server import Address


def _address(ctx: click.Context, param: click.Parameter, value: str | None) -> Address | None:
    if value is None:
        return None
    from reconciler.watch.server import read_address

    address = read_address(value)
    if address is None:
        message = f"{quoted(value)} is not HOST:PORT; write an address such as 127.0.0.1:9464 or [::1]:9464"
        raise click.BadParameter(message, ctx=ctx, param=param)
    return address


def listen_option() -> Callable[[Command], Command]:
    """Return `--listen`."""
    return option(
        "--listen",
        callback=_address,
        metavar="HOST:PORT",
        help="Serve /metrics, /healthz and /readyz there; port 0 picks a free one. Needs reconciler[watch].",
    )


class Listening(NamedTuple):
    """What the loop tells of its passes, one observer for each tenant in order, and the base URL that shows it."""

    observers: tuple[Observed, ...] = ()
    url: str | None = None


@contextmanager
def listening(
    address: Address | None,
    every: float,
    tenants: Sequence[str | None] = (None,),
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Listening]:
    """Serve metrics and probes while the block runs; without an address, do nothing. `every` is in seconds.

    Raise `CommandLineError` without the extra `watch`, and `Failed` when it cannot listen there.
    """
    if address is None:
        yield Listening()
        return
    from reconciler.watch.observed import Observed, pages  # prometheus-client is an extra
    from reconciler.watch.server import serving

    observers = tuple(Observed(every, tenant, monotonic) for tenant in tenants)
    with serving(address, pages(observers, monotonic)) as where:
        yield Listening(observers, where.url)
