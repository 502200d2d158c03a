"""Does one step of the store again and again, each time killed one call of the system later.

    python dying.py FOLDER OPERATION

FOLDER/start is copied to FOLDER/0, FOLDER/1, … In each copy a process of its own does the
operation and is killed (SIGKILL) before its nth call, or half-way through a write. It ends with
the first that lives to finish. Not a test by itself: test_killed.py looks at what is left.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overt.store.keys import InstanceKey, signing_key
from overt.store.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = InstanceKey(b"k" * 32)
NEW = [b"new %d" % number for number in range(50)]


def write(folder: Path, name: str) -> None:
    with Vault(folder, KEY).write("D-1/list", name) as writer:
        for record in NEW:
            writer.append(record)


OPERATIONS: dict[str, Callable[[Path], object]] = {
    "make": lambda folder: Vault(folder, KEY).make("D-2/list"),
    "write": lambda folder: write(folder, "new"),
    "replace": lambda folder: write(folder, "faces"),
    "destroy": lambda folder: Vault(folder, KEY).destroy("D-1/list"),
    "sign": lambda folder: signing_key(folder, KEY),
    "create": lambda folder: InstanceKey.create(folder, key_file=folder / "stick"),
}


def die_after(calls: int) -> None:
    """Let this process do so many calls that change what is stored, and no more."""
    left = calls

    def counted(call: Callable[..., Any], half: Callable[..., Any] | None) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            for partly in (None, half) if half else (None,):
                if left == 0:
                    if partly:
                        partly(*args)
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
            return call(*args, **kwargs)

        return step

    write_some = os.write
    for name in ("open", "fsync", "replace", "unlink", "rmdir", "mkdir"):
        setattr(os, name, counted(getattr(os, name), None))
    os.write = counted(os.write, lambda fd, content: write_some(fd, content[: len(content) // 2]))


def main() -> None:
    folder, operation = Path(sys.argv[1]), OPERATIONS[sys.argv[2]]
    for calls in range(1000):
        copy = folder / str(calls)
        shutil.copytree(folder / "start", copy)
        child = os.fork()
        if not child:
            die_after(calls)
            operation(copy)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if status == 0:
            return
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            sys.exit(f"after {calls} calls it failed by itself: {status}")
    sys.exit("it never ends")


if __name__ == "__main__":
    main()
