"""Frames → (frame, what was found in it), strictly in order, with a few in work at once.

A detector's network gains little from a second thread, and much from a second frame: inference
engines hold no Python lock while they compute. So each thread here has a detector of its own and
takes the next frame when it is free; the answers are handed on in the order of the frames.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from overt.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from overt.values import Frame

Found = TypeVar("Found")

_JOIN_S = 5.0


class LookAhead(Generic[Found]):
    """Looks at frame after frame, several at once. Use it in `with`, and iterate it once.

    Never more frames than there are looks are taken and not yet handed on. Before a live source,
    whose `frames` give the newest one when asked, a frame so waits at most while those before it
    are dealt with, and no frame waits in a queue.

    Args:
        frames: asked by one thread at a time, never by the consumer's.
        looks: what to do with a frame, one for each thread; no two may share a network or a
            buffer, since they run at the same time.

    Raises:
        Misuse: if there is no look.
    """

    def __init__(self, frames: Iterator[Frame], looks: Sequence[Callable[[Frame], Found]]) -> None:
        if not looks:
            msg = "at least one detector is needed"
            raise Misuse(msg)
        self._frames = frames
        self._limit = len(looks)
        self._changed = threading.Condition()
        self._taken = 0
        self._handed_on = 0
        self._done: dict[int, tuple[Frame, Found] | BaseException | None] = {}
        """By the frame's number; None stands at the end of the frames."""
        self._over = False
        """Whether no more frames are taken."""
        self._closed = False
        self._in_source: threading.Thread | None = None
        # A source may never answer; that must not keep the program alive.
        self._threads = [
            threading.Thread(target=self._work, args=(look,), name=f"look {n}", daemon=True)
            for n, look in enumerate(looks)
        ]
        for thread in self._threads:
            thread.start()

    def __iter__(self) -> Iterator[tuple[Frame, Found]]:
        """Every frame with what was found, in order, until the frames end or this is closed.

        Raises:
            BaseException: what the source or a look raised, after every frame before it.
        """
        while (answer := self.take()) is not None:
            yield answer

    def take(self, timeout_s: float | None = None) -> tuple[Frame, Found] | None:
        """The next frame with what was found; None once the frames ended or this is closed.

        Args:
            timeout_s: seconds to wait for it, for a consumer that has other things to do.

        Raises:
            TimeoutError: if there was none in time.
            BaseException: what the source or a look raised, after every frame before it.
        """
        with self._changed:
            here = self._changed.wait_for(
                lambda: self._handed_on in self._done or self._closed, timeout_s
            )
            if not here:
                raise TimeoutError
            if self._closed:
                return None
            answer = self._done.pop(self._handed_on)
            self._handed_on += 1
            self._changed.notify_all()
        if answer is None or isinstance(answer, BaseException):
            self.close()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def waits_for_source(self) -> bool:
        """Whether nothing is being looked at: any frame that is still to come is the source's."""
        with self._changed:
            asked = self._in_source is not None
            return self._taken - self._handed_on - len(self._done) == asked

    def close(self) -> None:
        """Take no more frames and forget those in work. Safe to call twice.

        A thread that waits for a frame ends when the source answers or is closed.
        """
        with self._changed:
            self._over = self._closed = True
            self._done.clear()
            self._changed.notify_all()
            waiting = self._in_source
        for thread in self._threads:
            if thread is not waiting and thread is not threading.current_thread():
                thread.join(_JOIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _work(self, look: Callable[[Frame], Found]) -> None:
        """One thread: take a frame, look at it, lay the answer down under the frame's number."""
        while (took := self._take()) is not None:
            number, frame = took
            answer: tuple[Frame, Found] | BaseException
            try:
                answer = (frame, look(frame))
            except BaseException as error:  # noqa: BLE001 - the consumer must hear of it
                answer = error
            self._lay_down(number, answer)

    def _take(self) -> tuple[int, Frame] | None:
        """The next frame and its number, once there is room; None when there are no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._may_ask)
            if self._over:
                return None
            number = self._taken
            self._taken += 1
            self._in_source = threading.current_thread()
        end: BaseException | None = None
        try:
            frame = next(self._frames, None)
        except BaseException as error:  # noqa: BLE001 - as above
            frame, end = None, error
        with self._changed:
            self._in_source = None
            self._over |= frame is None
            self._changed.notify_all()
        if frame is not None:
            return number, frame
        self._lay_down(number, end)
        return None

    @property
    def _may_ask(self) -> bool:
        """Whether nobody else is asking for a frame, and one more may be in work."""
        return self._in_source is None and self._taken - self._handed_on < self._limit

    def _lay_down(self, number: int, answer: tuple[Frame, Found] | BaseException | None) -> None:
        with self._changed:
            if not self._closed:
                self._done[number] = answer
            self._changed.notify_all()


@contextmanager
def looked_ahead(
    frames: Iterator[Frame], looks: Sequence[Callable[[Frame], Found]]
) -> Iterator[Iterator[tuple[Frame, Found | None]]]:
    """Frames with what was found ahead in each; with None where there are no looks."""
    if not looks:
        yield ((frame, None) for frame in frames)
        return
    with LookAhead(frames, looks) as ahead:
        yield iter(ahead)
