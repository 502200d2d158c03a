"""Several frames looked at once: order, bounds, faults and ends."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from overt.errors import BadModel, BadVideo, Misuse
from overt.faces.ahead import LookAhead, looked_ahead
from overt.values import CameraId, Frame, FrameId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CAMERA = CameraId("gate")
IMAGE = np.zeros((2, 2, 3), np.uint8)


def frame(number: int) -> Frame:
    return Frame(FrameId(CAMERA, number), IMAGE, number * 0.04, 0.0)


def numbers(frames: LookAhead[int]) -> list[tuple[int, int]]:
    return [(frame.id.index, found) for frame, found in frames]


def number_of(frame: Frame) -> int:
    return frame.id.index


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_order_is_kept_when_looks_take_unequal_time(threads: int) -> None:
    def slow_at_first(frame: Frame) -> int:
        time.sleep(0.03 if frame.id.index % 3 == 0 else 0)
        return frame.id.index * 10

    with LookAhead(iter(map(frame, range(20))), [slow_at_first] * threads) as ahead:
        assert numbers(ahead) == [(n, n * 10) for n in range(20)]


def test_two_looks_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=5)

    def meet(frame: Frame) -> int:
        both.wait()  # breaks unless the other thread gets here too
        return frame.id.index

    with LookAhead(iter(map(frame, range(4))), [meet, meet]) as ahead:
        assert len(numbers(ahead)) == 4


def test_never_takes_more_frames_than_there_are_looks() -> None:
    taken: list[int] = []

    def frames() -> Iterator[Frame]:
        for n in range(50):
            taken.append(n)
            yield frame(n)

    with LookAhead(frames(), [number_of] * 3) as ahead:
        time.sleep(0.1)
        assert taken == [0, 1, 2]
        for handed_on, _ in enumerate(ahead, start=1):
            time.sleep(0.005)
            assert len(taken) <= handed_on + 3
    assert taken == list(range(50))


def test_a_source_that_ends_in_a_fault_is_read_to_its_end_first() -> None:
    def frames() -> Iterator[Frame]:
        yield from map(frame, range(5))
        msg = "gone"
        raise BadVideo(msg)

    seen = []
    with pytest.raises(BadVideo, match="gone"), LookAhead(frames(), [number_of] * 2) as ahead:
        seen.extend(number for _, number in ahead)
    assert seen == [0, 1, 2, 3, 4]


def test_a_fault_of_a_look_comes_in_its_place_and_ends_all() -> None:
    def fails_at_three(frame: Frame) -> int:
        if frame.id.index == 3:
            msg = "no such batch"
            raise BadModel(msg)
        return frame.id.index

    seen = []
    endless = map(frame, itertools.count())
    ahead = LookAhead(endless, [fails_at_three] * 2)
    with pytest.raises(BadModel, match="no such batch"), ahead:
        seen.extend(number for _, number in ahead)
    assert seen == [0, 1, 2]
    assert not any(thread.is_alive() for thread in ahead._threads)


def test_leaving_early_ends_every_thread() -> None:
    with LookAhead(map(frame, itertools.count()), [number_of] * 2) as ahead:
        for _, number in ahead:
            if number == 7:
                break
    assert not any(thread.is_alive() for thread in ahead._threads)
    assert numbers(ahead) == []


def test_closing_does_not_wait_for_a_source_that_gives_nothing() -> None:
    answer = threading.Event()

    def frames() -> Iterator[Frame]:
        yield frame(0)
        answer.wait(10)

    ahead = LookAhead(frames(), [number_of] * 2)
    assert next(iter(ahead))[1] == 0
    began = time.monotonic()
    ahead.close()
    assert time.monotonic() - began < 1
    answer.set()
    for thread in ahead._threads:
        thread.join(5)
        assert not thread.is_alive()


def test_each_thread_has_a_look_of_its_own() -> None:
    def guarded() -> Callable[[Frame], int]:
        busy = threading.Lock()

        def look(frame: Frame) -> int:
            assert busy.acquire(blocking=False)  # two at once would share a network's buffers
            time.sleep(0.002)
            busy.release()
            return frame.id.index

        return look

    with LookAhead(iter(map(frame, range(30))), [guarded(), guarded()]) as ahead:
        assert len(numbers(ahead)) == 30


def test_no_look_is_misuse() -> None:
    with pytest.raises(Misuse, match="at least one"):
        LookAhead(iter(()), [])


def test_a_consumer_with_other_things_to_do_does_not_wait_for_ever() -> None:
    looking, go = threading.Event(), threading.Event()

    def slow(frame: Frame) -> int:
        looking.set()
        go.wait(5)
        return frame.id.index

    with LookAhead(iter([frame(0)]), [slow]) as ahead:
        assert looking.wait(5)
        with pytest.raises(TimeoutError):
            ahead.take(0.01)
        assert not ahead.waits_for_source  # it waits for the look
        go.set()
        answer = ahead.take(5)
        assert answer is not None
        assert answer[1] == 0
        assert ahead.take(5) is None
        assert ahead.take(5) is None  # and stays at its end


def test_waiting_for_the_source_is_told_from_waiting_for_a_look() -> None:
    asked, more = threading.Event(), threading.Event()

    def frames() -> Iterator[Frame]:
        yield frame(0)
        asked.set()
        more.wait(5)

    with LookAhead(frames(), [number_of, number_of]) as ahead:
        assert ahead.take(5) is not None
        assert asked.wait(5)
        assert ahead.waits_for_source
        more.set()


@pytest.mark.parametrize("looks", [[], [number_of], [number_of, number_of]])
def test_without_a_look_frames_come_as_they_are(looks: list[Callable[[Frame], int]]) -> None:
    with looked_ahead(iter(map(frame, range(5))), looks) as frames:
        found = [(one.id.index, what) for one, what in frames]
    assert found == [(n, n if looks else None) for n in range(5)]
