"""Camera health in the text format that Prometheus reads (version 0.0.4). Counts of people only.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from overt.live.health import CameraHealth

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_METRICS: tuple[tuple[str, str, str, Callable[[CameraHealth], float | None]], ...] = (
    ("up", "gauge", "Whether the camera gives frames.", lambda h: float(h.state == "live")),
    ("frames_total", "counter", "Frames from the camera.", lambda h: h.totals.frames_in),
    ("frames_analysed_total", "counter", "Frames analysed.", lambda h: h.totals.analysed),
    ("frames_still_total", "counter", "Frames with nothing new.", lambda h: h.totals.still),
    ("frames_dropped_total", "counter", "Stale frames dropped.", lambda h: h.totals.dropped),
    (
        "pictures_undelivered_total",
        "counter",
        "Pictures damaged or not decoded in time.",
        lambda h: h.totals.undelivered,
    ),
    ("frame_age_seconds", "gauge", "Since the newest capture.", lambda h: h.frame_age_s),
    ("faces_total", "counter", "Faces seen (tracks).", lambda h: h.totals.faces),
    (
        "faces_unassessable_total",
        "counter",
        "Faces never good enough to search.",
        lambda h: h.totals.unassessable,
    ),
    (
        "detections_outside_zone_total",
        "counter",
        "Detections outside the zone.",
        lambda h: h.totals.outside_zone,
    ),
    ("embeddings_total", "counter", "Faces embedded.", lambda h: h.totals.embedded),
    ("sightings_total", "counter", "Sightings searched.", lambda h: h.sightings),
    (
        "sightings_lost_total",
        "counter",
        "Sightings never searched.",
        lambda h: h.totals.sightings_lost,
    ),
    (
        "sightings_refused_total",
        "counter",
        "Sightings beyond the camera's allowance.",
        lambda h: h.sightings_refused,
    ),
    ("prompts_total", "counter", "Prompts raised.", lambda h: h.prompts),
    ("worker_restarts_total", "counter", "Worker restarts.", lambda h: h.restarts),
    ("outages_total", "counter", "Outages.", lambda h: h.outages),
    ("outage_seconds_total", "counter", "Time without frames.", lambda h: h.outage_s),
    (
        "effort_reduced",
        "gauge",
        "Whether frames come faster than they can be analysed.",
        lambda h: float(h.totals.effort == "reduced"),
    ),
)


def prometheus_text(cameras: Sequence[CameraHealth]) -> str:
    """Every camera's metrics, each named ``overt_camera_...`` with the camera as its label."""
    lines = []
    for name, kind, meaning, value_of in _METRICS:
        lines += [f"# HELP overt_camera_{name} {meaning}", f"# TYPE overt_camera_{name} {kind}"]
        for health in cameras:
            value = value_of(health)
            if value is not None:
                lines.append(f'overt_camera_{name}{{camera="{_escaped(health.camera)}"}} {value!r}')
    return "\n".join(lines) + "\n"


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
