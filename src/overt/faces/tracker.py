"""Faces of frame after frame → passages of one face before one camera.

ByteTrack (Zhang et al. 2022) from the package `trackers`, by position alone: nothing about
whose face it is joins two tracks, and a track ends with its camera (N6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

from overt.values import TrackId

if TYPE_CHECKING:
    from overt.values import Face

REFERENCE_RATE = 25.0
"""Frames a second that the motion model's noise is scaled to; real times are passed in."""


class Tracker:
    """Numbers the faces of one camera's frames.

    Args:
        keep_lost_s: how long a face may go undetected before its track ends, seconds.
        min_overlap: overlap of a face with where its track expects it, as intersection over
            union, from which they are one.
        sure_confidence: detections at or over it may start a track; weaker ones may only
            continue one.
    """

    def __init__(
        self,
        *,
        keep_lost_s: float = 1.0,
        min_overlap: float = 0.1,
        sure_confidence: float = 0.6,
    ) -> None:
        self._byte_track = ByteTrackTracker(
            lost_track_buffer=round(30 * keep_lost_s),  # the package counts 30ths of a second
            frame_rate=REFERENCE_RATE,
            track_activation_threshold=sure_confidence,
            minimum_consecutive_frames=2,
            minimum_iou_threshold=min_overlap,
            high_conf_det_threshold=sure_confidence,
        )

    def update(self, faces: list[Face], media_s: float) -> list[TrackId | None]:
        """Which track each face belongs to.

        Args:
            faces: the faces of one frame.
            media_s: the frame's time; a time that does not advance joins nothing.

        Returns:
            For each face its track, or None for one seen in a single frame so far.
        """
        boxes = np.array(
            [(f.box.left, f.box.top, f.box.right, f.box.bottom) for f in faces], np.float32
        ).reshape(-1, 4)
        numbered = self._byte_track.update(
            sv.Detections(
                xyxy=boxes,
                confidence=np.array([f.confidence for f in faces], np.float32),
                data={"position": np.arange(len(faces))},
            ),
            timestamp=media_s,
        )
        tracks: list[TrackId | None] = [None] * len(faces)
        if numbered.tracker_id is not None and len(numbered):
            for position, track in zip(numbered.data["position"], numbered.tracker_id, strict=True):
                tracks[int(position)] = TrackId(int(track)) if track >= 0 else None
        return tracks

    @property
    def alive(self) -> set[TrackId]:
        """Tracks that have not ended."""
        return {TrackId(t.tracker_id) for t in self._byte_track.tracks if t.tracker_id >= 0}
