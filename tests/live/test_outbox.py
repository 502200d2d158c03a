from __future__ import annotations

from dataclasses import replace

import numpy as np

from overt.live.messages import HealthReported, SightingMade, SourceLost, WorkerHealth
from overt.live.outbox import MOST_SIGHTINGS, MOST_WORDS, Outbox
from overt.values import Box, CameraId, Crop, Quality, Sighting, Template, TrackId

QUALITY = Quality(60, 0, 0, 0, 0.2, 120, 40, 0.9)
CROP = Crop(np.zeros((2, 2, 3), np.uint8), Box(0, 0, 1, 1), 0, 0, QUALITY)


def sighting(track: int, revision: int = 0) -> SightingMade:
    template = Template(np.ones(1, np.float32), "m")
    return SightingMade(
        Sighting(CameraId("c"), TrackId(track), revision, template, (CROP,), 0, 1, 1, 3, QUALITY)
    )


def drained(outbox: Outbox) -> list[object]:
    outbox.close()
    taken = []
    while not outbox.done:
        taken.append(outbox.take())
    return taken


def test_messages_leave_in_order() -> None:
    outbox = Outbox()
    sent = [SourceLost("a"), sighting(1), sighting(2), SourceLost("b")]
    for message in sent:
        outbox.put(message)
    assert drained(outbox) == sent
    assert (outbox.superseded, outbox.lost) == (0, 0)


def test_a_better_sighting_of_a_track_takes_the_place_of_the_one_that_waits() -> None:
    outbox = Outbox()
    first, other, better = sighting(1), sighting(2), sighting(1, revision=1)
    for message in (first, other, better):
        outbox.put(message)
    assert drained(outbox) == [better, other]
    assert (outbox.superseded, outbox.lost) == (1, 0)


def test_beyond_its_bound_the_oldest_sighting_is_lost_and_counted() -> None:
    outbox = Outbox()
    for track in range(MOST_SIGHTINGS + 5):
        outbox.put(sighting(track))
    left = drained(outbox)
    assert [m.sighting.track for m in left] == list(range(5, MOST_SIGHTINGS + 5))
    assert (outbox.superseded, outbox.lost) == (0, 5)


def test_of_health_only_the_newest_waits_and_words_are_bounded() -> None:
    outbox = Outbox()
    for count in range(1_000):
        outbox.put(HealthReported(replace(WorkerHealth(), frames_in=count)))
        outbox.put(SourceLost(str(count)))
    left = drained(outbox)
    assert [m.health.frames_in for m in left if isinstance(m, HealthReported)] == [999]
    assert len(left) == MOST_WORDS + 1


def test_taking_from_an_empty_outbox_waits_no_longer_than_told() -> None:
    assert Outbox().take(0.01) is None
