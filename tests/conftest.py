"""What holds for every test: how hypothesis searches, here and in CI."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline anywhere: how long one example takes says more about the machine than about the code.
settings.register_profile("default", deadline=None)
# In CI a red run must be red again when it is repeated, so the examples are the same in each run.
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "default")
