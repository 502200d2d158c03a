from __future__ import annotations

import numpy as np
import pytest

from overt.faces.best_frames import FORGET, HOPE, BestFrames, Effort
from overt.values import Box, Crop, Quality

EAST, NORTH, WEST = np.eye(3, dtype=np.float32)


def sample(score: float, at_s: float) -> Crop:
    quality = Quality(60, 0, 0, 0, 0.2, 120, 40, score)
    return Crop(np.zeros((2, 2, 3), np.uint8), Box(0, 0, 1, 1), at_s, at_s, quality)


def test_the_template_leans_to_the_better_frames_and_drops_the_worst() -> None:
    track = BestFrames(0.0, Effort(keep=2))
    track.add(WEST, sample(0.1, 0.0))
    track.add(EAST, sample(0.9, 0.2))
    track.add(NORTH, sample(0.3, 0.4))
    assert track.frames_used == 2
    template = track.template()
    assert template == pytest.approx(np.array([0.9, 0.3, 0]) / np.hypot(0.9, 0.3), abs=1e-6)
    assert not track.wants(0.31, 1.0)  # not enough of a gain over 0.3
    assert track.wants(0.5, 1.0)
    assert not track.wants(0.5, 0.45)  # too soon after the last
    assert track.wants(0.95, 0.45)  # a record never waits


def direction(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def test_two_people_on_one_track_are_never_averaged() -> None:
    track = BestFrames(0.0, Effort(same_least=0.9))
    for number, degrees in enumerate((0, 5, -5)):
        track.add(direction(degrees), sample(0.9, 0.2 * number))
    track.add(direction(80), sample(0.9, 0.6))
    assert track.template() == pytest.approx(direction(0), abs=1e-6)  # one odd frame is held back
    track.add(direction(84), sample(0.5, 0.8))
    track.add(direction(82), sample(0.5, 1.0))
    assert track.frames_used == 3
    assert float(track.template() @ direction(82)) > 0.998


def test_one_odd_frame_does_not_end_a_template() -> None:
    track = BestFrames(0.0, Effort(same_least=0.9))
    for at_s, degrees in enumerate((0, 80, 2, -80, 4)):
        track.add(direction(degrees), sample(0.9, at_s))
    assert track.frames_used == 3
    assert float(track.template() @ direction(2)) > 0.999


def test_a_record_takes_the_place_of_its_moment_and_adds_no_weight_to_it() -> None:
    track = BestFrames(0.0)
    track.add(EAST, sample(0.5, 0.0))
    track.add(NORTH, sample(0.6, 0.04))
    assert track.frames_used == 1
    assert track.template() == pytest.approx(NORTH, abs=1e-6)
    assert not track.ready(0.05, ended=False)  # one moment is not three
    track.add(WEST, sample(0.7, 0.16))
    assert track.frames_used == 2
    # A moment begins with its first frame: one that grows all the while is not one moment.
    assert track.speak(3)[1][0].media_s == 0.16


def test_a_record_is_wanted_after_the_last_moment_too() -> None:
    track = BestFrames(0.0, Effort(most=3))
    for number in range(3):
        track.add(EAST, sample(0.5, number))
    assert not track.wants(0.5 * 1.04, 9.0)
    assert track.wants(0.5 * 1.06, 9.0)


def test_a_face_that_grows_all_the_while_costs_a_bounded_number_of_embeddings() -> None:
    effort = Effort()
    track, embedded = BestFrames(0.0, effort), 0
    for number, score in enumerate(np.geomspace(0.001, 1.0, 5000)):
        if track.wants(float(score), number / 25):
            track.add(EAST, sample(float(score), number / 25))
            embedded += 1
    plenty = 2 * effort.most
    assert embedded <= plenty + np.log(1 / 0.001) / np.log(effort.gain)
    assert track.speak(1)[1][0].quality.score > 1.0 / effort.gain


def test_the_frame_after_an_odd_one_is_of_another_moment() -> None:
    track = BestFrames(0.0, Effort(same_least=0.9))
    track.add(direction(0), sample(0.5, 0.0))
    track.add(direction(80), sample(0.6, 0.2))  # perhaps somebody crosses
    assert not track.wants(0.9, 0.24)
    assert track.wants(0.9, 0.36)
    track.add(direction(1), sample(0.9, 0.36))
    assert track.frames_used == 2


def test_what_is_compared_is_the_score_before_the_closer_look() -> None:
    track = BestFrames(0.0)
    track.add(EAST, sample(0.8, 0.0), 0.5)
    assert track.wants(0.53, 0.04)


def test_a_face_that_promises_no_record_is_not_judged_and_its_sharpness_is_learnt() -> None:
    track = BestFrames(0.0)
    assert track.may_want(0.5, 0.0)  # nothing is known yet
    track.judged(0.5, 0.2)
    track.add(EAST, sample(0.2, 0.0))
    gain = track.effort.record_gain
    assert not track.may_want(0.5 * gain / HOPE * 0.99, 0.04)
    assert track.may_want(0.5 * gain / HOPE * 1.01, 0.04)
    track.judged(0.5, 0.3)
    assert track.may_want(0.5 * gain / HOPE * 0.2 / 0.3 * 1.01, 0.04)
    track.judged(0.5, 0.0)  # one blurred frame says little about the next
    assert not track.may_want(0.5 * gain / HOPE * 0.2 / 0.3 / FORGET * 0.99, 0.04)
    assert track.may_want(0.5 * gain / HOPE * 0.2 / 0.3 / FORGET * 1.01, 0.04)
