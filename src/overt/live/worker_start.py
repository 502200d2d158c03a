"""The first thing that a camera worker does: it ties its life to its session's.

    python -P -m overt.live.worker_start SESSION

What follows takes seconds to import on a busy machine, and a session may be killed meanwhile.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """End when the session ends, from now on; then be a worker.

    SESSION is the process id of the session: if it is not the parent any longer, it is dead.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        os._exit(1)
    from overt.live import worker  # noqa: PLC0415 - slow to import

    worker.main()


if __name__ == "__main__":
    main()
