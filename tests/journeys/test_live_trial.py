"""`overt trial run` with live cameras: what is refused, and that the rest is left alone."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

OVERT = Path(sys.executable).parent / "overt"


@pytest.fixture(scope="module")
def blue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from overt.street.cast import Cast  # noqa: PLC0415 - builds a model
    from overt.street.portrait import still  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("blue")
    Image.fromarray(still(Cast(1), 0, take=0)).save(folder / "ann.png")
    (folder / "consent.csv").write_text(
        "person,consented_on,witness\nann,2026-01-05,A Witness\n", encoding="utf-8"
    )
    return folder


def overt(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [OVERT, "trial", "run", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "no source was named"),
        (["--source", "/dev/video97", "--source", "walk.mp4"], 2, "a recording is analysed alone"),
        (["--source", "one.mp4", "--source", "two.mp4"], 2, "a recording is analysed alone"),
        (["--source", "rtsp://u:hunter2@127.0.0.1/"], 1, "holds a password"),
        (["--source", "/dev/video97"] + ["--source", "/dev/video98"] * 16, 1, "R25: 17 cameras"),
        (["--source", "/dev/video97", "--source", "/dev/video98"], 1, "no such device"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    blue: Path, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    report = tmp_path / "report"
    done = overt("--blue-list", blue, "--report", report, *arguments)
    lines = [line for line in done.stderr.splitlines() if line.startswith("overt: ")]
    assert (done.returncode, len(lines)) == (code, 1), done.stderr
    assert said in lines[0]
    assert "hunter2" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_refused(blue: Path, tmp_path: Path) -> None:
    from overt.cli.metrics import MetricsServer  # noqa: PLC0415 - starts a server

    with MetricsServer(0) as taken:
        done = overt("--blue-list", blue, "--source", "/dev/video97",
                     "--metrics-port", str(taken.port))  # fmt: skip
    assert done.returncode == 2
    assert f"--metrics-port {taken.port} cannot be listened on" in done.stderr


SYSTEM_PYTHON = Path("/usr/bin/python3")
SERVER = Path(__file__).parents[1] / "video" / "rtsp_server.py"


def portrait_clip(path: Path, person: int, seconds: float = 30.0) -> Path:
    """A portrait carried to and fro, as H.264 with a key frame each second."""
    from overt.street.cast import Cast  # noqa: PLC0415 - builds a model
    from overt.street.portrait import still  # noqa: PLC0415

    portrait = still(Cast(1), person, take=1)
    height, width = (side // 2 * 2 for side in portrait.shape[:2])
    with av.open(str(path), "w") as clip:
        stream = clip.add_stream("libx264", rate=10, options={"g": "10", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = width + 60, height, "yuv420p"
        for number in range(round(seconds * 10)):
            image = np.full((height, width + 60, 3), 120, np.uint8)
            left = abs(number * 3 % 60 - 30)
            image[:, left : left + width] = portrait[:height, :width]
            clip.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        clip.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real RTSP server with two cameras; its port."""
    needed = "import gi; gi.require_version('GstRtspServer', '1.0')"
    look = [SYSTEM_PYTHON, "-c", needed]
    if (
        not SYSTEM_PYTHON.exists()
        or subprocess.run(look, capture_output=True, check=False).returncode
    ):
        pytest.skip("needs Debian's gir1.2-gst-rtsp-server-1.0 and python3-gi")
    folder = tmp_path_factory.mktemp("clips")
    mounts = {}
    for person in range(2):
        clip = portrait_clip(folder / f"{person}.mkv", person)
        launch = f"filesrc location={clip} ! matroskademux ! h264parse ! rtph264pay name=pay0"
        mounts[f"/{person}"] = {"launch": launch}
    server = subprocess.Popen(
        [SYSTEM_PYTHON, SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps({"mounts": mounts}) + "\n")
    server.stdin.flush()
    yield int(server.stdout.readline())
    server.communicate(timeout=10)


def test_two_network_cameras_prompt_and_tell_how_they_do(blue: Path, cameras: int) -> None:
    from overt.cli.metrics import MetricsServer  # noqa: PLC0415 - finds a free port

    with MetricsServer(0) as found:
        port = found.port
    trial = subprocess.Popen(
        [OVERT, "trial", "run", "--blue-list", blue, "--threshold", "0.96", "--json",
         "--source", f"rtsp://127.0.0.1:{cameras}/0", "--source", f"rtsp://127.0.0.1:{cameras}/1",
         "--seconds", "6", "--metrics-port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    metrics, address = "", f"http://127.0.0.1:{port}/metrics"
    while trial.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            metrics = answer.read().decode() or metrics
        time.sleep(0.2)
    out, err = trial.communicate(timeout=30)
    assert trial.returncode == 0, err
    assert "Possible match 1" in err
    assert "camera-1 started" in err
    result = json.loads(out)
    assert [(p["entry"], p["camera"]) for p in result["prompts"]] == [("ann", "camera-1")]
    assert [(c["camera"], c["state"], c["restarts"]) for c in result["cameras"]] == [
        ("camera-1", "live", 0),
        ("camera-2", "live", 0),
    ]
    assert all(c["analysed"] > 10 and c["faces"] >= 1 for c in result["cameras"])
    assert result["timing"]["live"] is True
    assert 'overt_camera_prompts_total{camera="camera-1"} 1' in metrics
    assert 'overt_camera_up{camera="camera-2"} 1.0' in metrics
