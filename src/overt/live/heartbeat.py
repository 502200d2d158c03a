"""Three times in memory that a worker and its watchdog share.

The watchdog must see that a worker hangs without the worker's help, so nothing here waits,
locks, or passes through the worker's own messages.
"""

from __future__ import annotations

import mmap
import os
from typing import Self

_LOOPED, _PROGRESSED, _CAPTURED = range(3)
_BYTES = 64


class Heartbeat:
    """Monotonic seconds, the machine's; 0 before anything happened.

    Args:
        descriptor: of the shared memory; this object closes it.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _BYTES)
        self._times = memoryview(self._memory).cast("d")

    @classmethod
    def create(cls) -> Self:
        """New shared memory, on no disk."""
        descriptor = os.memfd_create("overt-heartbeat", os.MFD_CLOEXEC)
        os.ftruncate(descriptor, _BYTES)
        return cls(descriptor)

    @property
    def looped(self) -> float:
        """When the worker's loop last came round."""
        return self._times[_LOOPED]

    @looped.setter
    def looped(self, at_s: float) -> None:
        self._times[_LOOPED] = at_s

    @property
    def progressed(self) -> float:
        """When the source last gave a frame, or was known to be waited for on purpose."""
        return self._times[_PROGRESSED]

    @progressed.setter
    def progressed(self, at_s: float) -> None:
        self._times[_PROGRESSED] = at_s

    @property
    def captured(self) -> float:
        """When the newest frame was captured."""
        return self._times[_CAPTURED]

    @captured.setter
    def captured(self, at_s: float) -> None:
        self._times[_CAPTURED] = at_s

    def close(self) -> None:
        """Let go of the memory. Safe to call twice."""
        if self.descriptor >= 0:
            self._times.release()
            self._memory.close()
            os.close(self.descriptor)
            self.descriptor = -1
