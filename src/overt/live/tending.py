"""What a live session does once a minute besides: what is due here and elsewhere is destroyed.

Other deployments are tended to in a thread of its own, so that a long destruction keeps nobody at
a desk waiting. The session's own alerts may come due while it lives, if its authority keeps them
for less than it lasts (R11): those are the session's thread's, which holds the ledger.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Self

from overt.errors import DestructionFailed, OvertError
from overt.live.caretaker import tend
from overt.live.keeping import destroy_due
from overt.records.retention import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from overt.live.open_deployment import OpenDeployment

EVERY_S = 60.0


class Tending:
    """Use it in `with` while a session lives.

    Args:
        one: the deployment that is live.
    """

    def __init__(self, one: OpenDeployment) -> None:
        self._one = one
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._looked_s = one.instance.clock.monotonic()
        self._thread = threading.Thread(target=self._elsewhere, name="tending", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def second(self, say: Callable[[str], None]) -> None:
        """Asked by the session's thread about every second.

        Args:
            say: told of each thing done or failed, here or elsewhere.

        Raises:
            LedgerFailed: if a destruction cannot be recorded.
        """
        while not self._said.empty():
            say(self._said.get())
        now_s = self._one.instance.clock.monotonic()
        if now_s - self._looked_s >= EVERY_S:
            self._looked_s = now_s
            self._here(say)

    def _here(self, say: Callable[[str], None]) -> None:
        """Destroy alerts of this deployment whose hour has come (R11)."""
        one, instance = self._one, self._one.instance
        soon = instance.clock.now() + AHEAD
        if not any(row.deployment == one.id for row in instance.alerts.due(soon)):
            return
        try:
            destroyed = destroy_due(one)
        except DestructionFailed as failed:  # recorded, tried again in a minute, and loud (N13)
            say(failed.line)
        else:
            if destroyed:
                say(f"{one.id}: {len(destroyed)} destroyed, with certificates")

    def _elsewhere(self) -> None:
        while not self._stopping.wait(EVERY_S):
            try:
                tend(self._one.instance, self._said.put, besides=self._one.id)
            except OvertError as error:
                self._said.put(error.line)
