"""A pack and a configuration → the working parts of the path."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from overt.faces.best_frames import Effort
from overt.faces.detector import Detector
from overt.faces.embedder import Embedder
from overt.faces.packs.store import open_pack
from overt.faces.path import AlignPoints, FacePath
from overt.faces.refiner import LOOK_PX, Refiner
from overt.faces.runtime import Engine as RuntimeEngine
from overt.faces.runtime import Precision, RuntimeOptions, load_network, threads_for
from overt.faces.stillness import Stillness
from overt.faces.tracker import Tracker

if TYPE_CHECKING:
    from collections.abc import Callable

    from overt.config import Config
    from overt.faces.look import Looked
    from overt.faces.packs.store import Pack
    from overt.faces.runtime import Network
    from overt.faces.zone import Zone
    from overt.values import CameraId, Frame


STRANGERS_RATE = 0.01
"""False match rate of the similarity below which two frames of a track are of two people."""


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """Loaded networks of one pack, for one process."""

    pack: Pack
    config: Config
    detector_network: Network
    recogniser_network: Network
    look_networks: tuple[Network, ...] = ()
    """The detector once more for each frame that is looked at ahead."""

    @property
    def model(self) -> str:
        """What made a template: templates of another identity are not comparable.

        A detector that runs otherwise than the recogniser is named too: it puts landmarks
        elsewhere, if only a little, and so changes scores (R14).
        """
        how, detector = self.recogniser_network.identity, self.detector_network.identity
        return f"{self.pack.identity}/{how}" + ("" if detector == how else f"+{detector}")

    @property
    def _same_least(self) -> float:
        """Similarity that one in a hundred pairs of strangers reach; −1 if nobody measured it."""
        measured = {p.rate: p.similarity for p in self.pack.recogniser.spec.false_match}
        return measured.get(STRANGERS_RATE, -1.0)

    @property
    def embedder(self) -> Embedder:
        """Chips → templates."""
        return Embedder(self.pack.recogniser.spec, self.recogniser_network)

    @property
    def align_points(self) -> AlignPoints:
        """Where this pack's recogniser wants this pack's detector's landmarks."""
        spec = self.pack.recogniser.spec
        points = spec.points_for(self.pack.detector.spec.decoder)
        return AlignPoints(np.array(points, np.float64), spec.chip_px)

    @property
    def model_s(self) -> float:
        """Seconds spent inside model calls so far."""
        return sum(network.busy_s for network in self._networks)

    def detector(self, longest_side: int | None = None) -> Detector:
        """Frame → faces.

        Args:
            longest_side: in place of the configured size, pixels.
        """
        return self._detector(self.detector_network, longest_side)

    def looks(self, path: FacePath) -> list[Callable[[Frame], Looked]]:
        """What may be done at once with so many of a path's next frames; see `LookAhead`.

        Empty if this engine was opened to look at one frame at a time.
        """

        def with_finder(finder: Detector) -> Callable[[Frame], Looked]:
            return lambda frame: path.look(frame, finder)

        return [with_finder(self._detector(network)) for network in self.look_networks]

    def _detector(self, network: Network, longest_side: int | None = None) -> Detector:
        return Detector(
            self.pack.detector.spec,
            network,
            longest_side=longest_side or self.config.detector.longest_side,
            min_confidence=self.config.detector.min_confidence,
        )

    @property
    def _networks(self) -> tuple[Network, ...]:
        return (self.detector_network, self.recogniser_network, *self.look_networks)

    def path(
        self, camera: CameraId, *, zone: Zone | None = None, pass_over_still: bool = False
    ) -> FacePath:
        """Frames of one camera → sightings.

        Args:
            camera: the one.
            zone: where faces are recognised; None for the whole picture.
            pass_over_still: whether frames that show nothing new are not analysed.
        """
        return FacePath(
            camera,
            detector=self.detector(),
            refiner=Refiner(self.detector(LOOK_PX), self.config.detector.longest_side),
            tracker=Tracker(keep_lost_s=self.config.tracking.keep_lost_s),
            embedder=self.embedder,
            align_points=self.align_points,
            model=self.model,
            limits=self.config.probe_limits,
            effort=Effort(keep=self.config.tracking.keep_frames, same_least=self._same_least),
            zone=zone,
            stillness=Stillness() if pass_over_still else None,
        )

    def close(self) -> None:
        """Let go of the networks."""
        for network in self._networks:
            network.close()


def open_engine(
    config: Config, *, cameras: int = 1, threads: int = 0, ahead: bool = False
) -> Engine:
    """Load a pack's networks.

    Args:
        config: names the pack, engine, precision and device.
        cameras: how many cameras share this machine's processors.
        threads: processors' worth of threads, where that was found otherwise; 0 shares out the
            processors among the cameras.
        ahead: whether processors are spent on several frames at once, where the configuration
            does not say how many threads a network has: a network gains little from a second
            thread, and much from a second frame.

    Raises:
        BadModel: if the pack is missing, altered or cannot be run.
        Misuse: if the engine or device is not installed.
    """
    pack = open_pack(config.pack)
    runtime = config.runtime
    threads, frames = runtime.threads or threads or threads_for(cameras), 1
    if ahead and not runtime.threads and runtime.device == "cpu":
        frames, threads = threads, 1
    recogniser = RuntimeOptions(
        engine=RuntimeEngine(runtime.engine),
        precision=Precision(runtime.precision),
        threads=threads,
        device=runtime.device,
    )
    detector = replace(
        recogniser,
        engine=RuntimeEngine(runtime.detector_engine or runtime.engine),
        precision=Precision(runtime.detector_precision or runtime.precision),
    )
    return Engine(
        pack,
        config,
        load_network(pack.detector.graph, detector),
        load_network(pack.recogniser.graph, recogniser),
        tuple(load_network(pack.detector.graph, detector) for _ in range(frames) if frames > 1),
    )
