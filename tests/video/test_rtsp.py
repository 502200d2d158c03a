"""Network cameras read from a real server: GStreamer's, from Debian."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from overt.clock import RealClock
from overt.errors import BadVideo, CameraLost
from overt.values import CameraId
from overt.video.camera_address import CameraAddress
from overt.video.rtsp import RtspSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.values import Frame

GATE = CameraId("gate")
SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
    " gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly glib-networking"
)
NEEDED = (
    "import gi; gi.require_version('GstRtspServer', '1.0');"
    "from gi.repository import Gst, GstRtspServer; Gst.init(None);"
    "assert all(map(Gst.ElementFactory.find, ('x264enc', 'x265enc', 'jpegenc', 'rtph264pay')))"
)
RAW = "video/x-raw,format=I420,width=160,height=120,framerate=25/1"
BALL = f"videotestsrc is-live=true pattern=ball ! {RAW} ! "
SLOW = BALL.replace("25/1", "4/1")
X264 = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 threads=1 ! "
X265 = "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! "
H264 = "rtph264pay name=pay0 pt=96"
VARIED = (
    "videotestsrc is-live=true pattern=ball ! videorate ! videoscale ! capsfilter name=filter"
    f" caps={RAW} ! identity name=clock ! {X264}{H264}"
)
ASKED = {
    "/h264": {"launch": BALL + X264 + H264},
    "/h265": {"launch": BALL + X265 + "rtph265pay name=pay0 pt=96"},
    "/mjpeg": {"launch": BALL + "jpegenc ! rtpjpegpay name=pay0 pt=26"},
    "/slow-h264": {"launch": SLOW + X264 + H264},
    "/slow-mjpeg": {"launch": SLOW + "jpegenc ! rtpjpegpay name=pay0 pt=26"},
    "/reordered": {
        "launch": f"{BALL}x264enc bframes=2 b-adapt=false speed-preset=ultrafast"
        f" key-int-max=12 threads=1 rc-lookahead=3 ! {H264}"
    },
    "/udp": {"launch": BALL + X264 + H264, "only": "udp"},
    "/tcp": {"launch": BALL + X264 + H264, "only": "tcp"},
    "/lossy": {
        "launch": f"videotestsrc is-live=true pattern=smpte ! {RAW} ! {X264}"
        "rtph264pay pt=96 mtu=300 ! identity name=pay0 drop-probability=0.02"
    },
    "/size": {
        "launch": VARIED,
        "changes": [[0.6, "filter", "caps", RAW.replace("160", "320").replace("120", "240")]],
    },
    "/rate": {"launch": VARIED, "changes": [[0.6, "filter", "caps", RAW.replace("25/1", "10/1")]]},
    "/clock": {
        "launch": VARIED,
        "changes": [
            [0.5, "clock", "ts-offset", "3600000000000"],
            [1.0, "clock", "ts-offset", "0"],
        ],
    },
    "/sound": {"launch": "audiotestsrc is-live=true ! mulawenc ! rtppcmupay name=pay0 pt=0"},
}


@dataclass
class Server:
    process: subprocess.Popen[str]
    port: int

    def camera(
        self, path: str, user: str = "", password: str = "", **options: object
    ) -> RtspSource:
        sign_in = f"{user}@" if user else ""
        text = f"rtsp://{sign_in}127.0.0.1:{self.port}{path}"
        options = {"open_timeout_s": 8.0, "read_timeout_s": 2.0, **options}
        address = CameraAddress.parse(text, password)
        return RtspSource(address, GATE, RealClock(), **options)  # type: ignore[arg-type]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextmanager
def serving(**asked: object) -> Iterator[Server]:
    script = Path(__file__).with_name("rtsp_server.py")
    with subprocess.Popen(
        [SYSTEM_PYTHON, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"mounts": ASKED, **asked}) + "\n")
            process.stdin.flush()
            yield Server(process, int(process.stdout.readline()))
        finally:
            process.kill()


@pytest.fixture(scope="session")
def gstreamer() -> None:
    found = Path(SYSTEM_PYTHON).exists() and (
        subprocess.run([SYSTEM_PYTHON, "-c", NEEDED], capture_output=True, check=False).returncode
        == 0
    )
    if not found:
        pytest.skip(f"needs GStreamer's RTSP server: apt-get install {PACKAGES}")


@pytest.fixture(scope="module")
def server(gstreamer: None) -> Iterator[Server]:
    with serving() as running:
        yield running


def take(source: RtspSource, count: int) -> list[Frame]:
    frames = list(islice(source.frames(), count))
    source.close()
    assert [frame.id.index for frame in frames] == list(range(count))
    assert all(b.media_s > a.media_s for a, b in pairwise(frames))
    return frames


@pytest.mark.parametrize("transport", ["auto", "tcp", "udp"])
@pytest.mark.parametrize("path", ["/h264", "/h265", "/mjpeg"])
def test_every_codec_by_every_transport(server: Server, path: str, transport: str) -> None:
    source = server.camera(path, transport=transport)
    assert source.live
    assert source.frames_expected is None
    before = time.monotonic()
    frames = take(source, 12)
    assert time.monotonic() - before < 3
    assert source.damaged_packets == 0
    for frame in frames:
        assert frame.id.camera == GATE
        assert frame.image.shape == (120, 160, 3)
        assert np.ptp(frame.image) > 100  # the ball is white, the rest black
    steps = [b.media_s - a.media_s for a, b in pairwise(frames)]
    assert np.median(steps) == pytest.approx(0.04, abs=0.005)
    # They come in the camera's time, not at once, however busy this machine is.
    assert frames[-1].captured_at - frames[0].captured_at > 0.2


@pytest.mark.parametrize(("path", "age_s"), [("/slow-h264", 0.25), ("/slow-mjpeg", 0.0)])
def test_the_wait_for_the_next_picture_counts_as_age(
    server: Server, path: str, age_s: float
) -> None:
    source = server.camera(path)
    ages = [time.monotonic() - frame.captured_at for frame in islice(source.frames(), 6)]
    source.close()
    assert np.median(ages[1:]) == pytest.approx(age_s, abs=0.06)


def test_pictures_that_were_sent_out_of_order_come_in_order(server: Server) -> None:
    frames = take(server.camera("/reordered"), 25)
    assert frames[-1].media_s - frames[0].media_s == pytest.approx(24 * 0.04, abs=0.3)


@pytest.mark.parametrize("only", ["udp", "tcp"])
def test_auto_takes_the_transport_that_there_is(server: Server, only: str) -> None:
    take(server.camera(f"/{only}"), 5)
    take(server.camera(f"/{only}", transport=only), 5)
    other = {"udp": "tcp", "tcp": "udp"}[only]
    with pytest.raises(BadVideo, match=f"does not send its video by {other}. Try another"):
        server.camera(f"/{only}", transport=other)


@pytest.mark.parametrize(
    ("path", "reason"), [("/gone", "there is no such stream"), ("/sound", "sends no video|refuses")]
)
def test_what_cannot_be_played(server: Server, path: str, reason: str) -> None:
    with pytest.raises(BadVideo, match=reason) as caught:
        server.camera(path)
    assert not isinstance(caught.value, CameraLost)


@pytest.mark.parametrize("scheme", ["basic", "digest"])
@pytest.mark.parametrize("password", ["hunter2", "p@s/s:w?r#d% é+&"])
def test_signing_in(gstreamer: None, scheme: str, password: str) -> None:
    mounts = {"/h264": ASKED["/h264"]}
    with serving(mounts=mounts, user="ann", password=password, scheme=scheme) as server:
        take(server.camera("/h264", "ann", password), 3)
        for user, wrong in (("ann", "hunter3"), ("bob", password), ("ann", ""), ("", "")):
            with pytest.raises(BadVideo, match="wrong user name or password") as caught:
                server.camera("/h264", user, wrong)
            assert password not in caught.value.line
            assert not isinstance(caught.value, CameraLost)


def test_a_server_that_restarts(gstreamer: None) -> None:
    mounts = {"/h264": ASKED["/h264"]}
    with serving(mounts=mounts) as first:
        frames = first.camera("/h264").frames()
        for _ in range(5):
            next(frames)
        first.kill()
        with pytest.raises(CameraLost, match=r"lost after \d+ frames: the camera ended the strea"):
            list(frames)
        with pytest.raises(CameraLost, match="refuses the connection"):
            first.camera("/h264")
        with serving(mounts=mounts, port=first.port) as second:
            take(second.camera("/h264"), 5)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_server_that_stalls(gstreamer: None, transport: str) -> None:
    with serving(mounts={"/h264": ASKED["/h264"]}) as server:
        source = server.camera("/h264", transport=transport)
        frames = source.frames()
        for _ in range(5):
            next(frames)
        server.process.send_signal(signal.SIGSTOP)
        before = time.monotonic()
        with pytest.raises(CameraLost, match=r"lost after \d+ frames: nothing whole came for 2 s"):
            list(frames)
        assert 1.5 < time.monotonic() - before < 3.5
        with pytest.raises(CameraLost, match="does not answer within 1 s"):
            server.camera("/h264", open_timeout_s=1.0)


def test_lost_packets_cost_frames_but_never_a_smeared_one(server: Server) -> None:
    source = server.camera("/lossy", transport="udp")
    frames = list(islice(source.frames(), 40))
    source.close()
    assert source.damaged_packets > 0
    assert source.pictures_withheld > 0
    middle = np.median([frame.image for frame in frames], axis=0)
    worst = [np.abs(frame.image[:78] - middle[:78]).mean() for frame in frames]
    assert max(worst) < 6, worst


def test_the_size_changes(server: Server) -> None:
    sizes = [frame.image.shape[:2] for frame in take(server.camera("/size"), 35)]
    assert set(sizes) == {(120, 160), (240, 320)}
    assert sizes == sorted(sizes)


def test_the_rate_changes(server: Server) -> None:
    frames = take(server.camera("/rate"), 30)
    steps = [b.media_s - a.media_s for a, b in pairwise(frames)]
    assert np.median(steps[:10]) == pytest.approx(0.04, abs=0.005)
    assert np.median(steps[-8:]) == pytest.approx(0.1, abs=0.01)


def test_the_cameras_clock_is_set(server: Server) -> None:
    frames = take(server.camera("/clock"), 45)
    for frame in frames:
        elapsed = frame.captured_at - frames[0].captured_at
        assert frame.media_s == pytest.approx(elapsed, abs=1.1)


def test_pictures_keep_their_colours(gstreamer: None) -> None:
    red = f"videotestsrc is-live=true pattern=red ! {RAW} ! {X264}{H264}"
    with serving(mounts={"/red": {"launch": red}}) as server:
        image = take(server.camera("/red"), 1)[0].image
    assert np.abs(image.reshape(-1, 3).mean(axis=0) - (255, 0, 0)).max() < 12


def test_a_secure_camera_must_prove_itself(
    gstreamer: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "camera.pem"
    subprocess.run(
        ["/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    certificate.write_bytes(
        (tmp_path / "key.pem").read_bytes() + (tmp_path / "cert.pem").read_bytes()
    )
    asked = {"user": "ann", "password": "hunter2", "scheme": "basic"}
    mounts = {"/h264": ASKED["/h264"]}
    with serving(mounts=mounts, certificate=str(certificate), **asked) as server:

        def camera(host: str) -> RtspSource:
            address = CameraAddress.parse(f"rtsps://ann@{host}:{server.port}/h264", "hunter2")
            return RtspSource(address, GATE, RealClock(), open_timeout_s=8)

        with pytest.raises(BadVideo, match="no secure connection that can be trusted"):
            camera("localhost")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        take(camera("localhost"), 5)
        with pytest.raises(BadVideo, match="no secure connection that can be trusted"):
            camera("127.0.0.1")
