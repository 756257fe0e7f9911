"""Loads httpx without its unused parts, since `plan` spends most of its time on loading.

httpx loads rich and pygments for a command line of its own, and httpcore loads trio for its asynchronous half, wherever
these happen to be installed. Both do without where they are not; without pygments httpx does not ask for rich either.
"""

from __future__ import annotations

from reconciler.imports import without

with without("pygments", "trio"):
    import httpcore  # noqa: F401 - loaded for those who import it next
    import httpx  # noqa: F401
