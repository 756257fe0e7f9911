from __future__ import annotations

from reconciler.model.catalogue import Lock
from tests.builders import TARGET, a_catalogue


def test_patterns_match_every_code_of_a_lock_that_is_not_withdrawn() -> None:
    lock = Lock("permissions.lock.yaml", TARGET, a_catalogue("a.view", "a.edit"), frozenset({"a.edit"}))
    assert lock.grantable == {"a.view"}
