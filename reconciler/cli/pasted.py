"""Hide an API key that a user pasted in place of a file name or another argument, so no output repeats it."""

from __future__ import annotations

import os

_KEY = "OMNISTREAM_API_KEY"
"""The variable of the key, and how those of tenants' keys start."""
_KEY_FILE = "OMNISTREAM_API_KEY_FILE"
_SHORTEST_KEY = 8
"""In characters. A shorter key, as in tests, may be part of an ordinary word."""


def keyless(text: str) -> str:
    """Return `text` with `[secret]` in place of each key of the environment."""
    variables = (name for name in os.environ if name.startswith(_KEY) and name != _KEY_FILE)
    keys = {os.environ[name].strip() for name in variables}
    for key in sorted(keys, key=len, reverse=True):  # one may be a part of another one
        text = text.replace(key, "[secret]") if len(key) >= _SHORTEST_KEY else text
    return text
