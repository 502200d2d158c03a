"""The whole path on real pictures, through the real command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

OVERT = Path(sys.executable).parent / "overt"


def overt(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [OVERT, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


def consent(folder: Path, *people: str) -> None:
    lines = [f"{person},2026-01-05,A Witness" for person in people]
    text = "\n".join(["person,consented_on,witness", *lines])
    (folder / "consent.csv").write_text(text + "\n", encoding="utf-8")


def corridor_frames(shared_data: Path) -> list[np.ndarray]:
    with av.open(str(shared_data / "video" / "corridor_three.gif")) as clip:
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


@pytest.fixture(scope="module")
def actors(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A blue list of the three actors, out of the last frames of their clip."""
    folder = tmp_path_factory.mktemp("blue")
    frames = corridor_frames(shared_data)
    for person, left in (("left", 8), ("middle", 154), ("right", 303)):
        (folder / person).mkdir()
        for number, frame in enumerate((frames[-1], frames[-6])):
            Image.fromarray(frame[:, left : left + 150]).save(folder / person / f"{number}.png")
    consent(folder, "left", "middle", "right")
    return folder


@pytest.fixture(scope="module")
def first_half(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "first half.mp4"
    frames = corridor_frames(shared_data)
    half = frames[: len(frames) // 2]
    with av.open(str(path), "w") as clip:
        stream = clip.add_stream("libx264", rate=12, options={"crf": "16"})
        stream.width, stream.height, stream.pix_fmt = half[0].shape[1], half[0].shape[0], "yuv420p"
        for frame in half:
            clip.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        clip.mux(stream.encode(None))
    return path


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "truth.csv"
    rows = ["0,2,left", "0,2,middle", "0,2,right"]
    path.write_text("\n".join(["track_start_s,track_end_s,person", *rows]), encoding="utf-8")
    return path


@pytest.mark.shared_data
def test_all_three_actors_are_prompted_and_nobody_wrongly(
    first_half: Path, actors: Path, truth: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    done = overt(
        "trial", "run", "--source", first_half, "--blue-list", actors, "--truth", truth,
        "--fpir", "0.001", "--report", report, "--crops", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result == json.loads((report / "trial.json").read_text(encoding="utf-8"))
    assert sorted(prompt["entry"] for prompt in result["prompts"]) == ["left", "middle", "right"]
    assert result["faces_seen"] == 3
    assert result["rates"]["tpir"]["events"] == result["rates"]["tpir"]["trials"] == 3
    assert result["rates"]["false_alerts"] == 0
    assert result["rates"]["tpir"]["low95"] < 0.5  # three of three is not "100%"
    assert all(prompt["capture_to_prompt_ms"] > 0 for prompt in result["prompts"])
    assert "Possible match 3" in done.stderr
    crops = sorted((report / "crops").iterdir())
    assert {crop.name[:10] for crop in crops} == {"alert-0001", "alert-0002", "alert-0003"}
    for crop in crops:
        with Image.open(crop) as picture:
            assert max(picture.size) <= 256
    assert report.stat().st_mode & 0o077 == 0


@pytest.mark.shared_data
def test_strangers_are_not_prompted_and_nothing_of_them_is_kept(
    shared_data: Path, actors: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    clip = shared_data / "video" / "arcade.mp4"
    done = overt("trial", "run", "--source", clip, "--blue-list", actors, "--seconds", "1.5",
                 "--report", report, "--crops")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "unknown: there is no truth" in done.stdout
    assert "TPIR and FPIR" in done.stdout
    assert [path.name for path in report.iterdir()] == ["trial.json"]
    result = json.loads((report / "trial.json").read_text(encoding="utf-8"))
    assert result["rates"] is None
    assert result["faces_seen"] >= 5
    assert result["prompts"] == []


@pytest.fixture
def faceless(tmp_path: Path) -> Path:
    """A blue list whose one picture holds nobody; enough for what is refused before it."""
    folder = tmp_path / "blue"
    folder.mkdir()
    Image.new("RGB", (200, 200), "grey").save(folder / "ann.jpg")
    consent(folder, "ann")
    return folder


def write_clip(path: Path, frames: int = 10) -> Path:
    with av.open(str(path), "w") as clip:
        stream = clip.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(frames):
            grey = np.full((120, 160, 3), 90, np.uint8)
            clip.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        clip.mux(stream.encode(None))
    return path


def one_line_refusal(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode in (1, 2), done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("overt: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert all(word in lines[0] for word in words), lines[0]


def test_bad_requests_end_in_one_line_and_write_nothing(faceless: Path, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    text = tmp_path / "text.mp4"
    text.write_text("no video", encoding="utf-8")
    (tmp_path / "nobody").mkdir()
    before = sorted(tmp_path.rglob("*"))

    def refused(*words: str, source: Path = clip, blue: Path = faceless, more: str = "") -> None:
        report = tmp_path / "report"
        done = overt("trial", "run", "--source", source, "--blue-list", blue, "--report", report,
                     *more.split())  # fmt: skip
        one_line_refusal(done, *words)
        assert sorted(tmp_path.rglob("*")) == before

    refused("none.mp4", source=tmp_path / "none.mp4")
    refused("empty.mp4", source=empty)
    refused("text.mp4", source=text)
    refused("nobody", blue=tmp_path / "nobody")
    refused("nowhere", blue=tmp_path / "nowhere")
    refused("ann", "no face")
    refused("--threshold", more="--threshold 7")
    refused("--fpir", more="--fpir 0")
    refused("--seconds", more="--seconds -1")
    refused("truth file", more=f"--truth {tmp_path / 'no.csv'}")
    refused("no-such-pack", more="--pack no-such-pack")
    refused("no.toml", more=f"--config {tmp_path / 'no.toml'}")


def test_without_consent_nobody_is_searched_for(faceless: Path, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4")
    (faceless / "consent.csv").unlink()
    done = overt("trial", "run", "--source", clip, "--blue-list", faceless)
    one_line_refusal(done, "N6", "consent")
    written = overt("trial", "consent", faceless)
    assert written.returncode == 0
    assert "ann" in (faceless / "consent.csv").read_text(encoding="utf-8")
    again = overt("trial", "run", "--source", clip, "--blue-list", faceless)
    one_line_refusal(again, "N6", "ann")  # the form is there, but nobody has filled it in


def test_a_list_of_ten_thousand_is_no_list_of_volunteers(tmp_path: Path) -> None:
    folder = tmp_path / "blue"
    folder.mkdir()
    people = [f"p{number:05}" for number in range(10_000)]
    for person in people:
        (folder / f"{person}.jpg").touch()
    consent(folder, *people)
    clip = write_clip(tmp_path / "clip.mp4")
    done = overt("trial", "run", "--source", clip, "--blue-list", folder)
    one_line_refusal(done, "N6", "10,000", "1,000")


def test_an_existing_report_is_never_overwritten(faceless: Path, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4")
    report = tmp_path / "report"
    report.mkdir()
    (report / "kept.txt").write_text("kept", encoding="utf-8")
    done = overt("trial", "run", "--source", clip, "--blue-list", faceless, "--report", report)
    one_line_refusal(done, "already holds something")
    assert [path.name for path in report.iterdir()] == ["kept.txt"]


@pytest.fixture(scope="module")
def long_clip(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corridor over and over: long enough that no machine is done before the Ctrl-C."""
    path = tmp_path_factory.mktemp("clip") / "long.mp4"
    frames = corridor_frames(shared_data)
    with av.open(str(path), "w") as clip:
        stream = clip.add_stream("libx264", rate=12, options={"preset": "ultrafast"})
        stream.width, stream.height = frames[0].shape[1], frames[0].shape[0]
        stream.pix_fmt = "yuv420p"
        for _ in range(50):
            for frame in frames:
                clip.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        clip.mux(stream.encode(None))
    return path


@pytest.fixture
def ctrl_c_works() -> Iterator[None]:
    """A shell's background job, as CI may be, is started with Ctrl-C switched off for its kin."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.shared_data
@pytest.mark.usefixtures("ctrl_c_works")
@pytest.mark.parametrize("stage", ["starting", "loading", "list ready", "prompting"])
def test_ctrl_c_at_each_stage(actors: Path, long_clip: Path, tmp_path: Path, stage: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    process = subprocess.Popen(
        [OVERT, "trial", "run", "--source", long_clip, "--blue-list", actors,
         "--report", out / "report", "--crops"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout
    assert process.stderr
    said = ""
    if stage == "starting":
        time.sleep(0.3)
    elif stage == "loading":
        time.sleep(1.2)
    elif stage == "list ready":
        while "on the list" not in said:
            said += process.stderr.readline()
    else:
        while "Possible match" not in said:
            said += process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert "Ctrl-C" in stderr
    assert list(out.iterdir()) == []
