"""A worker as its session sees it: started, listened to, and killed at need."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from overt.live.heartbeat import Heartbeat
from overt.live.wire import ROOM_BYTES, BadMessage, Unframer, decode
from overt.live.worker_spec import environment_for
from overt.values import CameraId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.live.messages import Message
    from overt.live.worker_spec import WorkerSpec

PIPE_BYTES = 1 << 20
KILL_S = 2.0


class WorkerProcess:
    """One worker's process, its heartbeat and its pipe.

    It runs in a session of its own, so that Ctrl-C in a terminal reaches Overt alone, and as a
    fresh interpreter (`overt.live.worker_start`), so that nothing of this process's memory
    is in it. Start it in a thread that outlives it: it is killed when that thread ends.

    Args:
        spec: what it is told.
    """

    def __init__(self, spec: WorkerSpec) -> None:
        self.heartbeat = Heartbeat.create()
        self._camera = CameraId(spec.camera)
        self._unframer = Unframer()
        self.messages, theirs = os.pipe2(os.O_CLOEXEC)
        """Descriptor to wait on; -1 once all was read."""
        with contextlib.suppress(OSError):  # a limit for all of a user's pipes may be reached
            fcntl.fcntl(self.messages, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(self.messages, False)
        told = spec.model_copy(
            update={
                "parent": os.getpid(),
                "messages": theirs,
                "heartbeat": self.heartbeat.descriptor,
            }
        )
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this process id
                [sys.executable, "-P", "-m", "overt.live.worker_start", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                # FFmpeg may say an address, and so a password.
                stderr=None if os.environ.get("OVERT_WORKER_STDERR") else subprocess.DEVNULL,
                pass_fds=(theirs, self.heartbeat.descriptor),
                start_new_session=True,
                env=environment_for(spec, os.environ),
            )
        except OSError:
            os.close(self.messages)
            self.heartbeat.close()
            raise
        finally:
            os.close(theirs)
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it may be dead already, which is seen later
                self._process.stdin.write(told.model_dump_json().encode() + b"\n")
                self._process.stdin.flush()

    @property
    def id(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def ended(self) -> str | None:
        """How it ended, or None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def read(self, most_bytes: int) -> Iterator[Message]:
        """Messages that wait, without waiting for more.

        Args:
            most_bytes: to read, about; the rest stays in the pipe, and the worker waits.

        Raises:
            BadMessage: if it sent what is no message.
        """
        taken = 0
        while self.messages >= 0:
            while (body := self._unframer.next()) is not None:
                try:
                    yield decode(body, self._camera)
                except BadMessage:
                    body[:] = bytes(len(body))
                    raise
            if taken >= most_bytes:
                return
            try:
                count = os.readv(self.messages, [self._unframer.room()[:ROOM_BYTES]])
            except BlockingIOError:
                return
            if not count:
                os.close(self.messages)
                self.messages = -1
                return
            taken += count
            self._unframer.took(count)

    def ask_to_end(self) -> None:
        """Let it finish what it is saying and end by itself."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def kill(self) -> None:
        """End it and all that it started, at once. Safe to call twice."""
        if self._process.returncode is None:  # else its number may be another's by now
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):  # a driver may hold it
                self._process.wait(KILL_S)

    def close(self) -> None:
        """Kill it and let go of everything."""
        self.kill()
        self.ask_to_end()
        if self.messages >= 0:
            os.close(self.messages)
            self.messages = -1
        self._unframer.close()
        self.heartbeat.close()
