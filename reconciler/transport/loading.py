"""Load httpx without the libraries that reconciler does not use, because loading takes most of the time of `plan`.

httpx loads rich and pygments for its own command line, and httpcore loads trio for its asynchronous half, when these
are installed. Both work without them; without pygments, httpx does not load rich either.
"""

from __future__ import annotations

from reconciler.imports import without

with without("pygments", "trio"):
    import httpcore  # noqa: F401 - loaded for later imports
    import httpx  # noqa: F401 - likewise
