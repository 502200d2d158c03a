from __future__ import annotations

from overt.live.allowance import Allowance


def test_so_many_at_once_and_so_many_a_second_to_go_on_with() -> None:
    allowance = Allowance(per_s=10.0, at_once=3.0)
    assert [allowance.take(100.0) for _ in range(5)] == [True, True, True, False, False]
    # Being refused costs nothing of what comes later.
    assert [allowance.take(100.25) for _ in range(4)] == [True, True, False, False]
    assert [allowance.take(1_000.0) for _ in range(5)] == [True, True, True, False, False]


def test_asking_takes_nothing_and_time_that_goes_back_gives_nothing() -> None:
    allowance = Allowance(per_s=1.0, at_once=1.0)
    assert [allowance.any_left(5.0) for _ in range(3)] == [True] * 3
    assert allowance.take(5.0)
    assert not allowance.any_left(4.0)
    assert not allowance.any_left(5.5)
    assert allowance.any_left(6.1)
