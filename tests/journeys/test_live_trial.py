"""`overt trial run` with live cameras: what is refused, and that the rest is left alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

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
