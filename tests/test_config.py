"""The configuration's cameras. Limits of quality are in tests/requirements/test_r06."""

from __future__ import annotations

import pytest

from overt.config import Config, parse_config
from overt.errors import BadConfig, OvertError
from overt.live.worker_spec import specs_of
from overt.policy import MAX_CAMERAS

TWO = """
[cameras.gate]
source = "rtsp://viewer@10.0.0.7/stream"
transport = "tcp"
zone = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]

[cameras.yard-2]
source = "/dev/video0"
"""


def test_each_camera_becomes_a_worker_that_knows_of_no_other() -> None:
    config = parse_config(TWO)
    gate, yard = specs_of(config.cameras, config, threads=1)
    assert (gate.camera, gate.transport, gate.zone) == (
        "gate",
        "tcp",
        [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]],
    )
    assert (yard.camera, yard.transport, yard.zone) == ("yard-2", "auto", None)
    assert gate.config.cameras == {}
    assert "10.0.0.7" not in yard.model_dump_json()
    assert "viewer" not in gate.shown
    assert "viewer" not in repr(gate)


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ('source = ""', "cameras.gate.source"),
        ('source = "/dev/video0"\nspeed = 1', "cameras.gate.speed"),
        ("zone = [[0, 0], [1, 0], [1, 1]]", "cameras.gate.source"),
        ('source = "rtsp://u:hunter2@10.0.0.7/"', "holds a password"),
        ('source = "/dev/video0"\ntransport = "carrier pigeon"', "cameras.gate.transport"),
        ('source = "/dev/video0"\nzone = [[0, 0], [1, 0, 1], [1, 1]]', "R25: .*is a pair"),
        ('source = "/dev/video0"\nzone = [[0, 0], [1, "x"]]', "cameras.gate.zone"),
        ('source = "/dev/video0"\nzone = [[0, 0], [1, 0], [1, nan]]', "cameras.gate.zone"),
    ],
)
def test_a_camera_that_is_none_is_refused(camera: str, said: str) -> None:
    with pytest.raises(BadConfig, match=said) as refused:
        parse_config(f"[cameras.gate]\n{camera}\n")
    assert "hunter2" not in refused.value.line


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ('source = "/dev/video0"\nzone = [[0, 0], [1, 1], [1, 0], [0, 1]]', "R25: camera gate: "),
        ('source = "/dev/video0"\nzone = [[0, 0], [640, 0], [0, 480]]', "outside the picture"),
        ('source = "rtsp:///x"', "names no host"),
        ('source = "rtsp://10.0.0.7/p@ss/word"', "@"),
    ],
)
def test_a_camera_that_cannot_be_watched_is_refused_before_it_starts(
    camera: str, said: str
) -> None:
    config = parse_config(f"[cameras.gate]\n{camera}\n")
    with pytest.raises(OvertError, match=said):
        specs_of(config.cameras, config, threads=1)


def test_there_are_at_most_so_many_cameras_and_their_names_are_plain() -> None:
    def cameras(*names: str) -> str:
        return "\n".join(f'[cameras."{name}"]\nsource = "/dev/video0"' for name in names)

    most = [f"c{number}" for number in range(MAX_CAMERAS)]
    assert len(parse_config(cameras(*most)).cameras) == MAX_CAMERAS
    with pytest.raises(BadConfig, match="17 cameras"):
        parse_config(cameras(*most, "one-more"))
    for name in ("", " ", "a b", "../x", "-a", "a" * 41):
        with pytest.raises(BadConfig):
            parse_config(cameras(name))


def test_without_cameras_there_are_none() -> None:
    assert Config().cameras == {}
