from __future__ import annotations

import copy
import logging
import pickle
import traceback
from dataclasses import dataclass

import pytest

from reconciler.model.secret import Secret

TEXT = "hunter2-hunter2"
SECRET = Secret(TEXT)


@dataclass(frozen=True)
class Holder:
    key: Secret


@pytest.mark.parametrize(
    "shown", [str(SECRET), repr(SECRET), f"{SECRET}", f"{SECRET!s:>40}", repr([SECRET]), repr(Holder(SECRET))]
)
def test_a_secret_shows_asterisks(shown: str) -> None:
    assert "**********" in shown
    assert "hunter2" not in shown


def test_a_secret_shows_itself_to_who_asks_for_it() -> None:
    assert SECRET.get_secret_value() == TEXT


def test_a_secret_is_not_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("reconciler").warning("%s %r", SECRET, Holder(SECRET))
    assert "hunter2" not in caplog.text


def test_a_secret_is_not_in_a_traceback_that_shows_local_variables() -> None:
    def fail(key: Secret) -> None:
        raise ValueError(key)

    with pytest.raises(ValueError, match=r"\*") as caught:
        fail(SECRET)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert not [line for line in shown.format() if "key = " in line and "hunter2" in line]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("write", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_written_down(write: object) -> None:
    assert callable(write)
    with pytest.raises(TypeError, match="not written down"):
        write(SECRET)


def test_secrets_of_one_text_are_equal() -> None:
    assert Secret("a") == Secret("a")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"
