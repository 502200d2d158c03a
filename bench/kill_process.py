"""A session host as a process of its own, started ahead of its turn, killed at any moment."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from overt.errors import Misuse

HOST = Path(__file__).with_name("kill_host.py")
TOKEN = "OVERT_KILL_NINE"  # noqa: S105 - marks the processes of one host
START_S = 120.0
GONE_S = 10.0
"""Workers are killed by the kernel as their session dies; so long is waited for that."""


class Host:
    """One process, in a group of its own.

    Args:
        home: of the instance.
        key: file that unlocks it.
    """

    def __init__(self, home: Path, key: Path) -> None:
        self.token = secrets.token_hex(8)
        self.news: list[dict[str, Any]] = []
        """What it said, in order."""
        self._ready = threading.Event()
        paths = [str(HOST.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._errors = (home.parent / f"host-{self.token}.err").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, str(HOST), str(home), str(key)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            start_new_session=True,
            env={**os.environ, TOKEN: self.token, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def tell(self, **what: Any) -> None:
        """Say what to do, once it is ready."""
        if not self._ready.wait(START_S) or self.process.stdin is None:
            msg = f"the host did not start: {self.errors}"
            raise Misuse(msg)
        with contextlib.suppress(OSError):
            self.process.stdin.write(json.dumps(what) + "\n")
            self.process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL to its whole group."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """Kill it if it lives, and let go of what it said."""
        self.kill()
        self._listening.join()
        for stream in (self.process.stdin, self.process.stdout, self._errors):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    @property
    def was_killed(self) -> bool:
        """Whether it ended so."""
        return self.process.poll() == -signal.SIGKILL

    def finished(self, most_s: float) -> bool:
        """Whether it ended by itself in time."""
        try:
            self.process.wait(most_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def orphans(self) -> list[int]:
        """Processes that it started and that outlive it by too long."""
        until_s = time.monotonic() + GONE_S
        while (left := _marked(self.token)) and time.monotonic() < until_s:
            time.sleep(0.05)
        return left

    def said(self, what: str) -> dict[str, Any] | None:
        """The last news of a kind."""
        return next((one for one in reversed(self.news) if one["news"] == what), None)

    @property
    def errors(self) -> str:
        """What it wrote on standard error; nothing once it is closed."""
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        return self._errors.read()

    def _listen(self) -> None:
        if self.process.stdout is None:
            return
        for line in self.process.stdout:
            with contextlib.suppress(ValueError):  # the last line may be cut short
                self.news.append(json.loads(line))
            self._ready.set()


def _marked(token: str) -> list[int]:
    """Processes with a token in their environment, other than those already dead."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if f"{TOKEN}={token}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found
