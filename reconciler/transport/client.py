"""The client: sends a request, reads the whole answer within its bounds, and retries as the policy says."""

from __future__ import annotations

import json as jsonlib
import logging
import time
from collections.abc import Mapping
from contextlib import closing
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import httpcore
import httpx

from reconciler import __version__
from reconciler.model.errors import ApiFailed, BadAnswer, Failed, NotSent
from reconciler.model.inert import visible
from reconciler.transport.address import base_url, checked
from reconciler.transport.answers import Answer
from reconciler.transport.bodies import LARGEST_BODY, UnreadableError, read
from reconciler.transport.deadline import BoundedBackend, Cut, within
from reconciler.transport.failures import PROXY_LOGIN, Way, no_answer
from reconciler.transport.pool import PooledTransport
from reconciler.transport.proxies import proxy_for
from reconciler.transport.redaction import Redaction
from reconciler.transport.retry import Retry
from reconciler.transport.throttle import Throttle
from reconciler.transport.tls import Trust

if TYPE_CHECKING:
    from reconciler.model.secret import Secret
    from reconciler.transport.throttle import Slot

_TOO_MANY_REQUESTS = 429
_NO_ADVICE: Mapping[int, str] = {}

_log = logging.getLogger("reconciler.http")


class _Request(NamedTuple):
    method: str
    path: str
    operation: str
    content: bytes | None
    advice: Mapping[int, str]


class Transport:
    """The HTTP client of one tenant or one forge. Threads can share it.

    It does not follow redirects, always verifies certificates, and reads no credentials from a netrc file. It takes the
    proxy from the environment (`HTTPS_PROXY`, `NO_PROXY`, ...), but never uses one for a loopback address.
    """

    def __init__(
        self,
        url: str,
        api_key: Secret | None = None,
        *,
        timeout: float = 30.0,
        concurrency: int = 8,
        trust: Trust | None = None,
        retry: Retry | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Mapping[str, Secret] | None = None,
    ) -> None:
        """Create the client and send nothing.

        `url` is the base URL that precedes every path. `api_key` is sent as `X-API-Key` (the contract), `secrets` are
        other headers that contain a key, `headers` are those that do not. `timeout` bounds each request as a whole, in
        seconds, connecting and reading included. `concurrency` bounds the requests in flight (1 to 32). `trust` says
        which CAs are trusted, the usual ones by default; clients of one run share it.
        Once `retry.stopped` returns true, no more writes are sent, including those that wait for a slot, and what is
        read has `retry.patience` seconds more at most.

        Raise `CommandLineError` when the base URL or a header is not valid, `FileFailed` when a CA file is unusable.
        """
        base = base_url(url)
        trust = trust or Trust()
        hidden = {"X-API-Key": api_key, **(secrets or {})}
        private = checked({name: secret.get_secret_value() for name, secret in hidden.items() if secret is not None})
        proxy = proxy_for(base)
        keys = [value.removeprefix("Bearer ") for value in private.values()]
        self.redaction = Redaction([*keys, *(proxy.secrets if proxy else ())])
        self._way = Way(
            visible(base.netloc.decode("ascii")),
            timeout,
            self.redaction,
            proxy.shown if proxy else None,
            tls_proxy=proxy is not None and proxy.url.scheme == "https",
            base=visible(str(base).rstrip("/")),
        )
        self._retry = retry or Retry()
        self._throttle = Throttle(concurrency, self._retry.clock)
        self._base = str(base).rstrip("/")
        self._headers = {
            "User-Agent": f"reconciler/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            **checked(headers or {}),
            **private,
        }
        self._advice = {407: PROXY_LOGIN} if proxy else {}
        self._http = PooledTransport(
            BoundedBackend(httpcore.SyncBackend()),
            trust=trust.context(base.scheme),
            connections=self._throttle.limit,
            proxy=proxy.for_httpx(lambda: trust.context("https")) if proxy else None,
        )

    def __enter__(self) -> Self:
        """Return the client for a `with` block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        self.close()

    def __repr__(self) -> str:
        """Return the class and the host, without secrets."""
        return f"Transport({self._way.host!r})"

    @property
    def retry(self) -> Retry:
        """Return the retry policy of the requests."""
        return self._retry

    @property
    def base(self) -> str:
        """Return the base URL as it is shown: inert, without a slash at its end."""
        return self._way.base

    def close(self) -> None:
        """Close every connection, and send nothing more. A request in flight ends first, and this does not wait."""
        self._http.close()

    def reason(self, answer: Answer) -> str:
        """Return the server's reason in an answer, also in a success, inert and without any of the keys."""
        from reconciler.transport.reasons import reason_in  # noqa: PLC0415 - most runs need none

        return reason_in(answer.body, self.redaction)

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        json: object = None,
        idempotent: bool = True,
        advice: Mapping[int, str] = _NO_ADVICE,
    ) -> Answer:
        """Send one request and return its answer, whose status is 2xx.

        `path` starts with a slash and may carry a query; it must be quoted already. `operation` completes the sentence
        "could not ...", already inert. `json` is sent as the body. Only an `idempotent` request is retried after
        `Overloaded` or `Unreachable`. `advice` has a hint for each status.

        Raise `Overloaded`, `Rejected`, `NotFound`, `BadAnswer` or `Unreachable` when it fails, and a plain `Failed`
        when a certificate is not trusted; `attempts` is set on each.
        """
        if not path.startswith("/"):
            raise ValueError(path)  # an internal error: a full URL would send the key to another host
        content = None if json is None else jsonlib.dumps(json, separators=(",", ":")).encode("ascii")
        request = _Request(method, path, operation, content, advice)
        tries = 0

        def once() -> Answer:
            nonlocal tries
            tries += 1
            return self._send(request, tries)

        if not idempotent:
            return once()
        answer, attempts = self._retry.call(once)
        return Answer(answer.status, answer.headers, answer.body, attempts)

    def _wait_for_the_server(self) -> None:
        """Wait until the moment that the server named; a stop ends the wait."""
        seconds = self._throttle.closed_for()
        if seconds > 0:
            self._retry.sleep(seconds)

    def _send(self, request: _Request, attempt: int) -> Answer:
        self._wait_for_the_server()
        with self._throttle.slot() as slot:
            self._wait_for_the_server()  # the server may have named one while this request waited for its slot
            if request.method != "GET" and self._retry.stopped():
                raise NotSent(f"could not {request.operation}: interrupted before the request was sent")
            if self._http.closed:
                raise Failed(f"could not {request.operation}: this client is closed")
            began = time.monotonic()
            outcome = self._exchange(request)
            status = outcome.status if isinstance(outcome, Answer) else "no answer"
            _log.debug(
                "%s %s: %s in %.0f ms, attempt %d",
                request.method,
                visible(request.path.partition("?")[0]),
                status,
                (time.monotonic() - began) * 1000,
                attempt,
            )
            if isinstance(outcome, Failed):
                raise outcome
            if not outcome.is_success:
                raise self._refused(outcome, request, slot)
            slot.succeeded()
            return outcome

    def _refused(self, answer: Answer, request: _Request, slot: Slot) -> ApiFailed:
        """Return the error for an answer that is not a success, and slow down if the server asks for it."""
        from reconciler.transport.refusals import failure  # noqa: PLC0415 - most runs meet none

        advice = {**self._advice, **request.advice}
        error = failure(
            answer, operation=request.operation, advice=advice, redaction=self.redaction, base=self._way.base
        )
        if error.status == _TOO_MANY_REQUESTS:
            slot.throttled()
            if error.retry_after and error.retry_after <= self._retry.budget:
                self._throttle.close(error.retry_after)
        return error

    def _exchange(self, request: _Request) -> Answer | Failed:
        """Return the answer, or the failure: raised, it would carry httpx's error, whose request holds the key."""
        cut = Cut(self._retry.stopped, self._retry.patience) if request.method == "GET" else None
        typed = {} if request.content is None else {"Content-Type": "application/json"}
        asked = httpx.Request(
            request.method,
            self._base + request.path,
            headers={**self._headers, **typed},
            content=request.content,
            extensions={"timeout": httpx.Timeout(self._way.timeout).as_dict()},
        )
        try:
            with within(self._way.timeout, cut), closing(self._http.handle_request(asked)) as response:
                body = read(response, reading=request.method == "GET")
        except UnreadableError as error:
            why = self.redaction(str(error))
            return BadAnswer(f"could not {request.operation}: {why}", status=error.status)
        except httpx.HTTPError as error:
            return no_answer(error, operation=request.operation, way=self._way)
        if body is None:
            return BadAnswer(
                f"could not {request.operation}: the answer is larger than {LARGEST_BODY // 2**20} MiB",
                status=response.status_code,
            )
        return Answer(response.status_code, response.headers, body)
