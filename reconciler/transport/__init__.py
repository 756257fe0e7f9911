"""HTTP, and the one home of httpx: one client for each tenant, with every request bounded, counted and classified.

`Transport.request` returns an `Answer` with a 2xx status, or raises an error of `reconciler.model.errors`.
"""

import reconciler.transport.loading  # noqa: F401 - before anything else loads httpx
from reconciler.transport.answers import Answer
from reconciler.transport.client import Transport

__all__ = ["Answer", "Transport"]
