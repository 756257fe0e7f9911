from __future__ import annotations

from reconciler.watch.health import Beat, alive, ready


def test_an_operator_is_alive_while_a_pass_began_within_three_waits() -> None:
    assert alive([Beat(wait=10, began=100)], now=130)
    assert not alive([Beat(wait=10, began=100)], now=130.1)


def test_an_operator_that_has_begun_no_pass_is_not_alive() -> None:
    assert not alive([Beat(wait=10)], now=0)


def test_of_several_tenants_the_worst_decides_whether_the_operator_is_alive() -> None:
    assert alive([Beat(wait=10, began=100), Beat(wait=10, began=101)], now=130)
    assert not alive([Beat(wait=10, began=99), Beat(wait=10, began=101)], now=130)


def test_an_operator_is_ready_once_a_pass_has_read_both_sides() -> None:
    assert not ready([Beat(wait=10, began=100)])
    assert ready([Beat(wait=10, began=100, read=True)])


def test_a_tenant_that_is_down_does_not_hold_back_the_others() -> None:
    assert ready([Beat(wait=10), Beat(wait=10, read=True)])
