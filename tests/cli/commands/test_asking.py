"""What `apply` asks on a terminal, and what each answer does."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.asking import CTRL_D, PATIENCE, asking

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

QUESTION = "Apply these 3 changes? [y/N]:"  # and a blank, which some versions of click write elsewhere


def test_a_yes_applies(workspace: Workspace) -> None:
    with asking(workspace, QUESTION, "apply") as apply:
        os.write(apply.keyboard, b"y\n")
        code, err = apply.end()
        assert code == 0
        assert sorted(err.splitlines()) == [
            "+ support-lead: created",
            "- temp-role: deleted",
            "~ billing-clerk: updated",
        ]
    assert sorted(workspace.live()) == ["billing-clerk", "support-lead"]


@pytest.mark.parametrize("answer", ["n\n", "\n", CTRL_D], ids=["no", "return", "end of input"])
def test_any_other_answer_is_a_missing_confirmation(workspace: Workspace, answer: str) -> None:
    before = workspace.live()
    with asking(workspace, QUESTION, "apply") as apply:
        os.write(apply.keyboard, answer.encode())
        code, err = apply.end()
    assert (code, err) == (4, "reconciler: not confirmed; nothing was written")
    assert workspace.live() == before


@pytest.mark.parametrize(("answer", "code"), [(" Yes ", 0), ("NO", 4)])
def test_an_answer_that_is_neither_yes_nor_no_is_asked_for_again(workspace: Workspace, answer: str, code: int) -> None:
    with asking(workspace, QUESTION, "apply") as apply:
        os.write(apply.keyboard, f"maybe\n{answer}\n".encode())
        ended_with, err = apply.end()
    assert ended_with == code
    assert err.startswith(f"Answer y for yes, or n for no.\n{QUESTION}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_instead_of_an_answer_writes_nothing(workspace: Workspace, number: signal.Signals) -> None:
    before = workspace.live()
    with asking(workspace, QUESTION, "apply") as apply:
        apply.interrupt(number)
        code, err = apply.end()
    assert (code, err) == (130, "reconciler: interrupted; nothing was written to the tenant")
    assert workspace.live() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_message_of_an_interrupt_begins_a_line_below_the_question(
    workspace: Workspace, number: signal.Signals
) -> None:
    with asking(workspace, QUESTION, "apply") as apply:
        apply.interrupt(number)
        _, err = apply.process.communicate(timeout=PATIENCE)
    assert err.lstrip(b" ").startswith(b"\nreconciler: ")
