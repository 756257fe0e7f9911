"""The HTTP client, and the only package that uses httpx. Each tenant has one client.

The client bounds, counts and classifies every request. `Transport.request` returns an `Answer` with a 2xx status, or
raises one of the errors of `reconciler.model.errors`.
"""

import reconciler.transport.loading  # noqa: F401 - before anything else loads httpx
from reconciler.transport.answers import Answer
from reconciler.transport.client import Transport
from reconciler.transport.tls import Trust

__all__ = ["Answer", "Transport", "Trust"]
