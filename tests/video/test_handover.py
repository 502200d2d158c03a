"""Frames from one thread to another: bounded, in order, no wake-up lost."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.video.in_order import InOrder
from overt.video.newest import NewestOnly

if TYPE_CHECKING:
    from collections.abc import Callable

    from overt.video.handover import Handover

KINDS = [NewestOnly[int], lambda: InOrder[int](1), lambda: InOrder[int](3)]


def take_all(handover: Handover[int]) -> list[int]:
    taken = []
    while (item := handover.take(10)) is not None:
        taken.append(item)
    return taken


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


@given(st.lists(st.sampled_from(["put", "take"]), max_size=60))
def test_only_the_newest_is_kept(steps: list[str]) -> None:
    newest: NewestOnly[int] = NewestOnly()
    waiting: deque[int] = deque(maxlen=1)
    puts = taken = 0
    for step in steps:
        if step == "put":
            puts += 1
            waiting.append(puts)
            assert newest.put(puts)
        elif waiting:
            assert newest.take(0) == waiting.pop()
            taken += 1
        else:
            with pytest.raises(TimeoutError):
                newest.take(0)
        assert newest.dropped == puts - taken - len(waiting)


def test_the_producer_of_newest_only_never_waits() -> None:
    newest: NewestOnly[bytes] = NewestOnly()
    for _ in range(10_000):
        newest.put(bytes(1_000_000))  # ten gigabytes, were they kept
    assert newest.dropped == 9_999


@pytest.mark.parametrize("rest_s", [0.0, 0.0002])
def test_no_item_is_lost_or_doubled_under_stress(rest_s: float) -> None:
    newest: NewestOnly[int] = NewestOnly()

    def produce() -> None:
        for item in range(1, 5_001):
            newest.put(item)
            if rest_s and item % 50 == 0:
                time.sleep(rest_s)
        newest.end()

    producer = in_thread(produce)
    taken = take_all(newest)
    producer.join(10)
    assert taken == sorted(set(taken))
    assert taken[-1] == 5_000  # the last one is never dropped
    assert len(taken) + newest.dropped == 5_000


@pytest.mark.parametrize("limit", [1, 2])
def test_in_order_loses_nothing_and_stays_bounded(limit: int) -> None:
    queue: InOrder[int] = InOrder(limit)
    most = 0

    def produce() -> None:
        nonlocal most
        for item in range(1, 3_001):
            queue.put(item)
            most = max(most, len(queue._items))
        queue.end()

    producer = in_thread(produce)
    assert take_all(queue) == list(range(1, 3_001))
    producer.join(10)
    assert most <= limit


def test_each_item_wakes_a_waiting_consumer() -> None:
    """Ping-pong: one lost wake-up and neither side moves again."""
    there: NewestOnly[int] = NewestOnly()
    back: NewestOnly[int] = NewestOnly()

    def echo() -> None:
        while (item := there.take(10)) is not None:
            back.put(item)

    echoer = in_thread(echo)
    for item in range(1, 2_001):
        there.put(item)
        assert back.take(10) == item
    there.end()
    echoer.join(10)
    assert not echoer.is_alive()


@pytest.mark.parametrize("make", KINDS)
def test_the_producers_error_comes_after_its_items(make: Callable[[], Handover[int]]) -> None:
    handover = make()
    handover.put(7)
    handover.end(OSError("unplugged"))
    assert handover.take(0) == 7
    with pytest.raises(OSError, match="unplugged"):
        handover.take(0)
    assert handover.take(0) is None


@pytest.mark.parametrize("make", KINDS)
def test_close_wakes_a_waiting_consumer(make: Callable[[], Handover[int]]) -> None:
    handover = make()
    taken: list[int | None] = []
    consumer = in_thread(lambda: taken.append(handover.take()))
    time.sleep(0.02)
    assert consumer.is_alive()
    handover.close()
    consumer.join(5)
    assert taken == [None]


def test_close_wakes_a_waiting_producer() -> None:
    queue: InOrder[int] = InOrder(1)
    queue.put(1)
    answers: list[bool] = []
    producer = in_thread(lambda: answers.append(queue.put(2)))
    time.sleep(0.02)
    assert producer.is_alive()
    queue.close()
    producer.join(5)
    assert answers == [False]


@pytest.mark.parametrize("make", KINDS)
def test_nothing_comes_after_close(make: Callable[[], Handover[int]]) -> None:
    handover = make()
    handover.put(1)
    handover.close()
    handover.close()
    assert handover.closed
    assert handover.take(0) is None
    assert not handover.put(2)
    handover.end(OSError("late"))
    assert handover.take(0) is None
    assert not handover._items
