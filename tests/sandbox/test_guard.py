"""The keys of a sandbox."""

from __future__ import annotations

import pytest

from reconciler.model.errors import CommandLineError
from reconciler.sandbox.guard import checked_key, keys_for, new_key, read_only_key


def test_a_new_key_is_random_and_can_be_used() -> None:
    assert new_key() != new_key()
    assert new_key().startswith("sk_sandbox_")
    assert checked_key(key := new_key()) == key


def test_one_key_has_always_the_same_read_only_key() -> None:
    assert read_only_key("sk_one") == read_only_key("sk_one") != read_only_key("sk_two")
    assert "sk_one" not in read_only_key("sk_one")


def test_the_read_only_key_lacks_the_right_to_write() -> None:
    assert keys_for("sk_one") == {
        "sk_one": {"agents.view", "agents.manage"},
        read_only_key("sk_one"): {"agents.view"},
    }


@pytest.mark.parametrize("key", ["", "two words", "a\nb", "ключ", "$(reboot)", "é"])
def test_a_key_that_could_not_be_pasted_or_sent_is_refused(key: str) -> None:
    with pytest.raises(CommandLineError, match="--api-key takes letters, digits"):
        checked_key(key)
