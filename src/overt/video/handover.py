"""Handing items from a thread that makes them to one that uses them."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(ABC, Generic[T]):
    """A bounded place between one producer and one consumer, either of which can stop it.

    The producer calls `put` for each item and `end` once. The consumer calls `take` until there
    is no more, and `close` whenever it has had enough. Items are never None.
    """

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._closed = False
        self._error: BaseException | None = None

    @property
    def closed(self) -> bool:
        """Whether the consumer wants no more."""
        return self._closed

    def put(self, item: T) -> bool:
        """Offer an item.

        Returns:
            False if the consumer wants no more; the item is then thrown away.
        """
        with self._changed:
            self._make_room()
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    @abstractmethod
    def _make_room(self) -> None:
        """Wait or drop until an item fits. Called with the lock held."""

    def end(self, error: BaseException | None = None) -> None:
        """Say that no more items come, and why if that is a fault."""
        with self._changed:
            self._ended = True
            self._error = error
            self._changed.notify_all()

    def take(self, timeout_s: float | None = None) -> T | None:
        """The next item; waits for one.

        Args:
            timeout_s: seconds to wait at most; None for as long as it takes.

        Returns:
            None once the producer has ended and everything was taken, or after `close`.

        Raises:
            TimeoutError: if nothing came in time.
            BaseException: what the producer ended with, once everything before it was taken.
        """
        with self._changed:
            settled = self._changed.wait_for(
                lambda: self._items or self._ended or self._closed, timeout_s
            )
            if self._closed:
                return None
            if self._items:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
            if not settled:
                raise TimeoutError
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            return None

    def close(self) -> None:
        """Throw away what waits, and wake both sides. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()
