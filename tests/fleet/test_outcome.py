"""How an apply to several tenants ended: one exit code, one document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.outcome import TenantEnd, counts, document, exit_code, not_started, worst
from reconciler.model.errors import ExitCode

DONE, FAILED, STALE, REFUSED = ExitCode.DONE, ExitCode.FAILED, ExitCode.STALE, ExitCode.REFUSED
APPLIED = TenantEnd("applied", 1, "applied", written=True)
UNCHANGED = TenantEnd("unchanged", 1, "unchanged")

ends = st.lists(
    st.one_of(
        st.just(APPLIED),
        st.just(UNCHANGED),
        st.sampled_from([FAILED, STALE, REFUSED, ExitCode.INVALID, ExitCode.COMMAND_LINE]).map(
            lambda code: TenantEnd("failed", 1, "failed", code)
        ),
        st.just(TenantEnd("partly", 1, "failed", ExitCode.PARTLY_APPLIED, written=True)),
        st.just(not_started("later", 2, "wave 1 did not converge")),
    ),
    max_size=6,
)


def failed(code: ExitCode, *, written: bool = False) -> TenantEnd:
    return TenantEnd("bad", 1, "failed", code, written)


def test_all_done_is_0() -> None:
    assert exit_code([APPLIED, UNCHANGED], interrupted=False) == DONE
    assert exit_code([], interrupted=False) == DONE


def test_one_tenant_written_to_and_another_that_did_not_end_in_0_is_6() -> None:
    assert exit_code([APPLIED, failed(REFUSED)], interrupted=False) == ExitCode.PARTLY_APPLIED
    assert exit_code([failed(ExitCode.PARTLY_APPLIED, written=True)], interrupted=False) == ExitCode.PARTLY_APPLIED
    assert exit_code([APPLIED, not_started("b", 2, "why")], interrupted=False) == ExitCode.PARTLY_APPLIED


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([FAILED, STALE, REFUSED], STALE),
        ([FAILED, REFUSED, ExitCode.INVALID], REFUSED),
        ([ExitCode.COMMAND_LINE, ExitCode.INVALID], ExitCode.INVALID),
        ([FAILED, ExitCode.COMMAND_LINE], ExitCode.COMMAND_LINE),
        ([ExitCode.CHANGES, FAILED], FAILED),
        ([DONE, ExitCode.CHANGES], ExitCode.CHANGES),
    ],
)
def test_where_nothing_was_written_the_worst_code_counts(codes: list[ExitCode], expected: ExitCode) -> None:
    assert worst(codes) == expected
    assert exit_code([failed(code) for code in codes], interrupted=False) == expected


def test_a_tenant_that_was_never_started_counts_as_1() -> None:
    assert exit_code([UNCHANGED, not_started("b", 2, "why")], interrupted=False) == FAILED


def test_a_signal_that_left_work_undone_is_130_whatever_was_written() -> None:
    assert exit_code([APPLIED, not_started("b", 2, "why")], interrupted=True) == ExitCode.INTERRUPTED
    assert exit_code([APPLIED, failed(ExitCode.INTERRUPTED)], interrupted=True) == ExitCode.INTERRUPTED


def test_a_tenant_that_was_interrupted_is_130_for_the_whole_run() -> None:
    assert exit_code([APPLIED, failed(ExitCode.INTERRUPTED)], interrupted=False) == ExitCode.INTERRUPTED


def test_a_signal_after_the_last_tenant_changes_nothing() -> None:
    assert exit_code([APPLIED, UNCHANGED], interrupted=True) == DONE


def test_what_kept_a_wave_from_starting_counts_too() -> None:
    ends = [UNCHANGED, not_started("b", 2, "too many tenants")]
    assert exit_code(ends, interrupted=False, held=REFUSED) == REFUSED


def test_a_defect_is_told_before_all_else() -> None:
    assert exit_code([APPLIED, failed(ExitCode.DEFECT)], interrupted=True) == ExitCode.DEFECT


@pytest.mark.parametrize("interrupted", [False, True])
@given(some=ends)
def test_the_code_is_0_exactly_when_every_tenant_converged(some: list[TenantEnd], *, interrupted: bool) -> None:
    assert (exit_code(some, interrupted=interrupted) == DONE) == all(end.converged for end in some)


@given(ends)
def test_a_code_that_promises_that_nothing_was_written_is_kept(some: list[TenantEnd]) -> None:
    code = exit_code(some, interrupted=False)
    if code not in {DONE, ExitCode.PARTLY_APPLIED}:
        assert not any(end.written for end in some)


def test_the_document_is_that_of_the_interface() -> None:
    end = TenantEnd("staging", 1, "applied", written=True, outcome={"converged": True})
    assert document([not_started("production", 2, "staging did not converge"), end]) == {
        "format_version": "1.0",
        "tenants": {
            "production": {
                "exit_code": 1,
                "wave": 2,
                "status": "not_started",
                "outcome": None,
                "error": "staging did not converge",
            },
            "staging": {
                "exit_code": 0,
                "wave": 1,
                "status": "applied",
                "outcome": {"converged": True},
                "error": None,
            },
        },
        "summary": {"applied": 1, "unchanged": 0, "failed": 0, "not_started": 1},
        "converged": False,
    }


def test_the_counts_have_every_status() -> None:
    assert counts([]) == {"applied": 0, "unchanged": 0, "failed": 0, "not_started": 0}
