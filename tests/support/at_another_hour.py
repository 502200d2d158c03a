"""Runs the command line with the wall clock moved ahead: only tests have such a switch.

    OVERT_TEST_AHEAD_S=3600 python at_another_hour.py deployment show ID

Monotonic clocks, by which frames are stamped and prompts expire, are left alone.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from overt.__main__ import main
from overt.clock import RealClock

AHEAD = timedelta(seconds=float(os.environ["OVERT_TEST_AHEAD_S"]))


def now(_: RealClock) -> datetime:
    """Wall time of the test's hour."""
    return datetime.now(UTC) + AHEAD


if __name__ == "__main__":
    RealClock.now = now  # type: ignore[method-assign]
    main()
