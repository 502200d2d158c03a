"""SCRFD as insightface 2.1 reads it: the same graph on the same frames, face by face."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from overt.errors import BadModel
from overt.faces.decoders import decode_scrfd
from overt.faces.detector import Detector
from overt.faces.packs.manifest import DetectorSpec
from overt.faces.runtime import RuntimeOptions, load_network

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHA256 = "5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a"
SPEC = DetectorSpec(
    decoder="scrfd", colour="rgb", mean=(127.5, 127.5, 127.5), scale=1 / 128, multiple_of=32
)
# FaceAnalysis(det_size=(640, 640)) on frames 0, 50 and 100 of arcade.mp4: box, five points,
# confidence. It pads to 640 x 640 where Overt pads to 640 x 384, hence the tolerance.
PEER = {
    0: [
        (
            914.2,
            634.0,
            979.8,
            718.1,
            920.1,
            665.9,
            939.5,
            667.7,
            918.8,
            683.0,
            924.9,
            698.3,
            938.3,
            699.2,
            0.837,
        ),
        (
            1079.0,
            605.2,
            1130.6,
            673.7,
            1086.9,
            630.3,
            1109.2,
            630.3,
            1094.0,
            643.4,
            1089.1,
            655.7,
            1107.3,
            655.4,
            0.819,
        ),
        (
            285.6,
            710.6,
            386.2,
            844.3,
            352.2,
            764.0,
            371.2,
            760.0,
            381.9,
            791.0,
            352.7,
            814.2,
            365.0,
            812.3,
            0.773,
        ),
        (
            670.1,
            557.5,
            743.7,
            638.1,
            703.6,
            589.0,
            730.7,
            594.7,
            717.7,
            611.6,
            697.6,
            618.0,
            717.9,
            622.8,
            0.743,
        ),
        (
            865.6,
            614.0,
            911.2,
            673.9,
            875.1,
            637.4,
            895.5,
            637.3,
            883.7,
            648.7,
            877.0,
            658.8,
            893.6,
            658.7,
            0.726,
        ),
        (
            1458.7,
            499.0,
            1535.2,
            617.8,
            1522.5,
            547.1,
            1518.5,
            548.3,
            1538.3,
            571.2,
            1515.5,
            590.4,
            1511.0,
            592.5,
            0.651,
        ),
        (
            464.2,
            607.2,
            502.9,
            653.0,
            470.4,
            622.3,
            482.8,
            623.2,
            471.2,
            631.6,
            471.5,
            640.9,
            480.5,
            641.3,
            0.559,
        ),
    ],
    50: [
        (
            947.2,
            710.6,
            1027.5,
            814.2,
            964.5,
            751.6,
            999.9,
            751.8,
            978.4,
            772.0,
            967.3,
            789.3,
            995.8,
            789.4,
            0.888,
        ),
        (
            207.6,
            672.7,
            276.2,
            762.1,
            226.2,
            706.2,
            257.5,
            709.2,
            239.4,
            725.0,
            225.2,
            737.4,
            251.3,
            739.9,
            0.832,
        ),
        (
            1128.1,
            692.4,
            1183.6,
            758.5,
            1148.6,
            714.9,
            1172.5,
            715.8,
            1162.9,
            728.4,
            1149.7,
            740.4,
            1169.2,
            741.1,
            0.812,
        ),
        (
            564.0,
            645.1,
            643.1,
            735.9,
            588.9,
            679.9,
            623.2,
            680.7,
            606.5,
            701.8,
            590.9,
            713.9,
            617.1,
            714.7,
            0.808,
        ),
        (
            1084.3,
            659.1,
            1134.5,
            725.6,
            1102.6,
            684.8,
            1124.2,
            685.5,
            1114.9,
            698.3,
            1103.5,
            709.3,
            1120.2,
            710.0,
            0.647,
        ),
        (
            1363.5,
            713.9,
            1398.3,
            758.5,
            1378.0,
            731.2,
            1392.2,
            730.8,
            1387.9,
            739.6,
            1380.1,
            748.0,
            1390.7,
            747.9,
            0.606,
        ),
    ],
    100: [
        (
            738.5,
            669.3,
            838.8,
            797.9,
            761.2,
            717.5,
            802.9,
            718.7,
            776.3,
            745.6,
            765.9,
            768.3,
            796.3,
            769.0,
            0.826,
        ),
        (
            1178.2,
            686.2,
            1235.9,
            758.0,
            1193.4,
            712.4,
            1218.6,
            713.5,
            1204.4,
            726.6,
            1194.1,
            738.3,
            1215.1,
            739.2,
            0.821,
        ),
        (
            911.0,
            678.2,
            958.0,
            734.7,
            929.7,
            697.9,
            950.0,
            697.4,
            943.5,
            708.1,
            932.9,
            719.6,
            948.9,
            719.3,
            0.769,
        ),
        (
            1117.8,
            660.6,
            1169.1,
            729.0,
            1126.0,
            687.0,
            1146.8,
            686.9,
            1132.2,
            699.7,
            1128.3,
            711.6,
            1145.4,
            711.4,
            0.739,
        ),
        (
            373.3,
            582.0,
            480.6,
            697.7,
            415.7,
            629.4,
            456.7,
            632.4,
            438.4,
            659.1,
            415.1,
            671.2,
            444.9,
            673.8,
            0.599,
        ),
    ],
}


def frames_of(clip: Path) -> dict[int, NDArray[np.uint8]]:
    with av.open(str(clip)) as container:
        return {
            n: np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for n, frame in enumerate(container.decode(video=0))
            if n in PEER
        }


@pytest.mark.shared_data
def test_finds_what_insightface_finds(shared_data: Path) -> None:
    graph = shared_data / "models" / "research-only" / "det_500m.onnx"
    assert hashlib.sha256(graph.read_bytes()).hexdigest() == SHA256
    network = load_network(graph, RuntimeOptions(threads=1))
    detector = Detector(SPEC, network, longest_side=640, min_confidence=0.5)
    for n, image in frames_of(shared_data / "video" / "arcade.mp4").items():
        found = detector.detect(image)
        assert len(found) == len(PEER[n])
        for face, (*place, confidence) in zip(found, PEER[n], strict=True):
            box, marks = face.box, face.landmarks.points
            ours = [
                box.left,
                box.top,
                box.right,
                box.bottom,
                *np.ravel([(p.x, p.y) for p in marks]),
            ]
            assert ours == pytest.approx(place, abs=2.0)
            assert face.confidence == pytest.approx(confidence, abs=0.02)
    network.close()


def anchors(rows: int, columns: int) -> list[NDArray[np.float32]]:
    """Outputs of an SCRFD graph that found nothing."""
    cells = [2 * (rows // stride) * (columns // stride) for stride in (8, 16, 32)]
    return [np.zeros((n, width), np.float32) for width in (1, 4, 10) for n in cells]


def test_places_an_anchor_by_hand() -> None:
    outputs = anchors(64, 96)
    anchor = 2 * (1 * 6 + 2) + 1  # stride 16, row 1, column 2, second anchor
    outputs[1][anchor] = 0.9
    outputs[4][anchor] = (1, 0.5, 2, 1.5)
    outputs[7][anchor] = np.arange(10) / 10
    found = decode_scrfd(outputs, (64, 96), 0.5)
    # The cell's corner is (32, 16); distances and offsets are in strides of 16.
    assert found.boxes.tolist() == [[32 - 16, 16 - 8, 32 + 32, 16 + 24]]
    assert found.points[0, 1] == pytest.approx([32 + 0.2 * 16, 16 + 0.3 * 16])
    assert found.confidences == pytest.approx([0.9])


def test_refuses_a_graph_of_another_shape() -> None:
    with pytest.raises(BadModel, match="stride 8"):
        decode_scrfd(anchors(64, 96), (64, 128), 0.5)
