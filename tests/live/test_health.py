from __future__ import annotations

from dataclasses import replace

import pytest

from overt.live.analysis import Pace
from overt.live.health import CameraHealth, advice
from overt.live.messages import WorkerHealth
from overt.live.metrics import prometheus_text
from overt.values import CameraId, Problem

GOOD = WorkerHealth(
    frames_in=1_000, analysed=990, dropped=10, faces=40, detections_in_tracks=400, inter_eye_px=72
)


def health(totals: WorkerHealth = GOOD, **changes: object) -> CameraHealth:
    one = CameraHealth(CameraId("camera-2"), "live", totals, frame_age_s=0.04, rate=25.0)
    return replace(one, **changes)


def test_a_camera_that_does_well_needs_no_advice() -> None:
    assert advice(health()) == ()


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            health(replace(GOOD, inter_eye_px=38.2)),
            "faces are 38 px between the eyes on camera-2; 60 is wanted: move closer or zoom",
        ),
        (health(frame_age_s=2.34), "frames of camera-2 are 2.3 s old"),
        (
            health(state="outage", reason="connection refused", frame_age_s=9.0),
            "camera-2 gives no frames: connection refused",
        ),
        (
            health(replace(GOOD, dropped=400)),
            "400 of 1,000 frames of camera-2 were not analysed: draw a smaller zone",
        ),
        (
            health(replace(GOOD, undelivered=100)),
            "100 of 1,100 pictures of camera-2 came damaged or could not be decoded in time",
        ),
        (
            health(replace(GOOD, sightings_lost=3)),
            "3 sightings of camera-2 were never searched",
        ),
        (
            health(sightings_refused=1_234),
            "1,234 sightings of camera-2 were refused, more than any street gives",
        ),
        (
            health(replace(GOOD, problems={Problem.TURNED.value: 210})),
            "half of the faces on camera-2 are turned away",
        ),
        (
            health(replace(GOOD, problems={Problem.TOO_DARK.value: 390})),
            "most of the faces on camera-2 are too dark: add light",
        ),
    ],
)
def test_each_trouble_is_said_in_words(one: CameraHealth, said: str) -> None:
    (line,) = advice(one)
    assert line.startswith(said)


@pytest.mark.parametrize(
    "totals",
    [
        replace(GOOD, frames_in=10, analysed=2, dropped=8),  # too few to say anything of
        replace(GOOD, frames_in=1_000, still=900, analysed=80, dropped=20),
        replace(GOOD, detections_in_tracks=20, problems={Problem.TURNED.value: 20}),
        replace(GOOD, problems={Problem.TURNED.value: 150}),
        replace(GOOD, inter_eye_px=None),
    ],
)
def test_little_evidence_makes_no_advice(totals: WorkerHealth) -> None:
    assert advice(health(totals)) == ()


def test_every_reason_has_a_remedy() -> None:
    for problem in Problem:
        totals = replace(GOOD, problems={problem.value: 400}, inter_eye_px=20)
        said = advice(health(totals))
        assert len(said) == (1 if problem is Problem.TOO_SMALL else 2), problem


def test_totals_of_two_workers_add_up() -> None:
    first = replace(GOOD, problems={"too dark": 2}, effort="reduced")
    both = first.followed_by(
        replace(GOOD, frames_in=5, inter_eye_px=None, problems={"too dark": 1})
    )
    assert (both.frames_in, both.faces, both.problems) == (1_005, 80, {"too dark": 3})
    assert (both.inter_eye_px, both.effort) == (72, "full")


def test_metrics_are_in_the_text_format_and_say_nothing_of_what_is_not_known() -> None:
    text = prometheus_text(
        [health(), health(camera=CameraId('a"b\\'), frame_age_s=None, state="starting")]
    )
    lines = text.splitlines()
    assert 'overt_camera_frames_dropped_total{camera="camera-2"} 10' in lines
    assert 'overt_camera_up{camera="camera-2"} 1.0' in lines
    assert 'overt_camera_up{camera="a\\"b\\\\"} 0.0' in lines
    assert sum(line.startswith("overt_camera_frame_age_seconds{") for line in lines) == 1
    assert text.endswith("\n")
    named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {line.partition("{")[0] for line in lines if line[0] != "#"} <= named


def test_effort_is_reduced_while_frames_are_dropped_and_full_again_after() -> None:
    pace, said = Pace(over_s=2.0), []
    given = dropped = 0
    for tick in range(100):  # 10 seconds; the third to sixth are too busy
        given += 3
        dropped += 2 if 30 <= tick < 60 else 0
        said.append(pace.mark(tick / 10, given, dropped))
    assert set(said[:30]) == {"full"}
    assert said[45:60] == ["reduced"] * 15
    assert set(said[85:]) == {"full"}
    assert pace.mark(10.1, 0, 0) == "full"  # the source was opened again
