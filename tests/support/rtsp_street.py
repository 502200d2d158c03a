"""A real RTSP server whose camera looks down the generated street, again and again."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEM_PYTHON = Path("/usr/bin/python3")
SERVER = Path(__file__).parents[1] / "video" / "rtsp_server.py"
STRANGERS_FROM = 40


def street_video(path: Path, *, walking: int, strangers: int, seconds: float) -> Path:
    """The first `walking` people of the cast, and strangers among them."""
    from overt.street.cast import Cast  # noqa: PLC0415 - builds a model
    from overt.street.scene import Scene, SceneOptions, crowd_of  # noqa: PLC0415
    from overt.street.source import write_video  # noqa: PLC0415

    crowd = crowd_of(1, walking + strangers, listed=range(walking), first=STRANGERS_FROM)
    options = SceneOptions(seconds=seconds, seed=1, rate=12.5, bystanders_per_minute=0)
    write_video(Scene(Cast(1), crowd, options), path)
    return path


@contextmanager
def served(video: Path) -> Iterator[str]:
    """The address of a camera that plays a file from its start for whoever connects.

    Skips where Debian's RTSP server is not installed.
    """
    needed = "import gi; gi.require_version('GstRtspServer', '1.0')"
    look = [SYSTEM_PYTHON, "-c", needed]
    if (
        not SYSTEM_PYTHON.exists()
        or subprocess.run(look, capture_output=True, check=False).returncode
    ):
        pytest.skip("needs Debian's gir1.2-gst-rtsp-server-1.0 and python3-gi")
    launch = f"filesrc location={video} ! matroskademux ! h264parse ! rtph264pay name=pay0"
    server = subprocess.Popen(
        [SYSTEM_PYTHON, SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps({"mounts": {"/gate": {"launch": launch}}}) + "\n")
    server.stdin.flush()
    try:
        yield f"rtsp://127.0.0.1:{int(server.stdout.readline())}/gate"
    finally:
        server.communicate(timeout=10)
