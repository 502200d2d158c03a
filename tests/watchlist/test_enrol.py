from __future__ import annotations

import os
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from painted import PaintedReader, paint, quality, vector_of
from PIL import Image

from overt.errors import BadList, BadModel, Refusal
from overt.policy import QualityLimits
from overt.values import Problem, Similarity
from overt.watchlist.enrol import enrol, inspect, verdicts
from overt.watchlist.gallery import read_folder
from overt.watchlist.gate import RIVAL_FRACTION, Cause, Outcome, words_for

if TYPE_CHECKING:
    from pathlib import Path

    from overt.watchlist.enrol import Inspection


def inspected(folder: Path) -> Inspection:
    return inspect(read_folder(folder).images, PaintedReader())


def causes(folder: Path) -> dict[str, list[Cause]]:
    return {v.image.name: [r.cause for r in v.reasons] for v in inspected(folder).verdicts}


LIMITS = QualityLimits(
    min_inter_eye_px=32,
    max_yaw_deg=35,
    max_pitch_deg=30,
    max_roll_deg=30,
    min_sharpness=2.0,
    min_brightness=35,
    max_brightness=225,
    min_contrast=12,
)
"""Not the policy's, which may change."""


class TestVerdicts:
    def test_one_good_face_is_accepted(self, tmp_path: Path) -> None:
        paint(tmp_path / "anna.png", (1, 100, None))
        inspection = inspected(tmp_path)
        assert inspection.all_usable
        assert inspection.accepted_people == ("anna",)
        assert inspection.refused_people == ()
        assert inspection.verdicts[0].template is None  # an inspection keeps none

    def test_no_face(self, tmp_path: Path) -> None:
        paint(tmp_path / "anna.png")
        assert causes(tmp_path) == {"anna.png": [Cause.NO_FACE]}
        assert not inspected(tmp_path).all_usable

    @pytest.mark.parametrize(
        ("other", "problem", "cause"),
        [
            (100, None, [Cause.SEVERAL_FACES]),
            (50, None, [Cause.SEVERAL_FACES]),
            (49, None, []),
            (60, Problem.BLURRED, [Cause.SEVERAL_FACES]),  # the blurred one might be the one meant
            (60, Problem.CUT_OFF, []),  # cropped away
            (60, Problem.TOO_SMALL, []),
            (10, Problem.TOO_SMALL, []),
        ],
    )
    def test_a_second_face_counts_from_half_the_height(
        self, tmp_path: Path, other: int, problem: Problem | None, cause: list[Cause]
    ) -> None:
        assert RIVAL_FRACTION == 0.5
        for name, faces in {
            "a.png": [(1, 100, None), (2, other, problem)],
            "b.png": [(3, other, problem), (4, 100, None)],  # the reader's order is not relied on
        }.items():
            paint(tmp_path / name, *faces)
        assert causes(tmp_path) == {"a.png": cause, "b.png": cause}

    def test_a_smaller_usable_face_never_stands_in_for_an_unusable_large_one(
        self, tmp_path: Path
    ) -> None:
        paint(tmp_path / "anna.png", (1, 100, Problem.TURNED), (2, 40, None))
        assert causes(tmp_path) == {"anna.png": [Cause.QUALITY]}

    @pytest.mark.parametrize(
        ("problem", "words"),
        [
            (Problem.TOO_SMALL, "too few pixels between the eyes: 24 px, at least 32 wanted"),
            (Problem.TURNED, "turned too far to the side: about 41°, at most 35 wanted"),
            (Problem.TILTED, "looking too far up or down: about 33°, at most 30 wanted"),
            (Problem.ROLLED, "head tipped too far over: 35°, at most 30 wanted"),
            (Problem.BLURRED, "not sharp enough: sharpness 1.2, at least 2 wanted"),
            (Problem.TOO_DARK, "too dark: grey level 21, at least 35 wanted"),
            (Problem.TOO_BRIGHT, "too bright: grey level 21, at most 225 wanted"),
            (Problem.LOW_CONTRAST, "too little contrast: grey levels vary by 7, at least 12"),
            (Problem.CUT_OFF, "cut off by the edge of the picture"),
        ],
    )
    def test_each_problem_has_its_figure_and_limit(
        self, tmp_path: Path, problem: Problem, words: str
    ) -> None:
        assert words in words_for(problem, quality(problem), LIMITS)
        paint(tmp_path / "anna.png", (1, 100, problem))
        (verdict,) = inspect(read_folder(tmp_path).images, PaintedReader(), limits=LIMITS).verdicts
        assert [reason.problem for reason in verdict.reasons] == [problem]
        assert words in verdict.words

    def test_every_bad_file_has_its_own_verdict_and_stops_nobody_else(self, tmp_path: Path) -> None:
        paint(tmp_path / "good.png", (1, 100, None))
        whole = paint(tmp_path / "cut.png", (2, 100, None)).read_bytes()
        (tmp_path / "cut.png").write_bytes(whole[:-30])
        (tmp_path / "text.jpg").write_text("no picture")
        (tmp_path / "empty.jpg").touch()
        os.mkfifo(tmp_path / "pipe.jpg")
        (tmp_path / "link.jpg").symlink_to("/dev/zero")
        gif = Image.new("RGB", (40, 40))
        gif.save(tmp_path / "moving.gif", save_all=True, append_images=[Image.new("1", (40, 40))])
        inspection = inspected(tmp_path)
        assert inspection.accepted_people == ("good",)
        said = {v.image.entry: v.words for v in inspection.verdicts if v.reasons}
        for person, words in {
            "cut": "cut short",
            "text": "not a picture",
            "empty": "is empty",
            "pipe": "is a pipe",
            "link": "outside the folder",
            "moving": "GIF",
        }.items():
            assert words in said.pop(person)
        assert said == {}

    def test_one_picture_for_two_people_is_refused_for_both(self, tmp_path: Path) -> None:
        data = paint(tmp_path / "Anna.png", (1, 100, None)).read_bytes()
        (tmp_path / "Bo.png").write_bytes(data)
        paint(tmp_path / "Bo" / "own.png", (2, 100, None))
        reader = PaintedReader()
        inspection = inspect(read_folder(tmp_path).images, reader)
        assert [(v.image.name, v.words) for v in inspection.verdicts if v.reasons] == [
            (name, "R6: the same picture is listed for two people: Anna and Bo")
            for name in ("Anna.png", "Bo.png")
        ]
        assert inspection.refused_people == ("Anna",)  # Bo has another picture
        assert reader.seen == 1
        (tmp_path / "Cy.png").write_bytes(data)
        assert "for 3 people: Anna, Bo and Cy" in inspected(tmp_path).verdicts[0].words

    def test_one_picture_twice_for_one_person_counts_once(self, tmp_path: Path) -> None:
        data = paint(tmp_path / "anna" / "1.png", (1, 100, None)).read_bytes()
        (tmp_path / "anna" / "2.png").write_bytes(data)
        inspection = inspected(tmp_path)
        assert [v.outcome for v in inspection.verdicts] == [Outcome.ACCEPTED, Outcome.REPEATED]
        assert inspection.verdicts[1].words == "the same file as anna/1.png; counted once"
        assert inspection.all_usable
        (entry,) = enrol(read_folder(tmp_path).images, PaintedReader()).entries
        assert entry.images == ("anna/1.png",)

    def test_verdicts_stream_with_progress(self, tmp_path: Path) -> None:
        for person in range(1, 4):
            paint(tmp_path / f"{person}.png", (person, 100, None))
        reader, told = PaintedReader(), []
        stream = verdicts(
            read_folder(tmp_path).images, reader, lambda done, total: told.append((done, total))
        )
        next(stream)
        assert reader.seen == 1
        assert len(list(stream)) == 2
        assert told == [(1, 3), (2, 3), (3, 3)]

    def test_a_reader_that_breaks_its_promise_is_named(self, tmp_path: Path) -> None:
        paint(tmp_path / "anna.png", (1, 100, None))
        images = read_folder(tmp_path).images
        with pytest.raises(BadModel, match="painted read a usable face"):
            inspect(images, PaintedReader(template_model="another"))

    def test_ten_thousand_pictures_of_ten_thousand_people(self, tmp_path: Path) -> None:
        self.many(tmp_path, 10_000)
        started = time.perf_counter()
        inspection = inspected(tmp_path)
        assert len(inspection.accepted_people) == 10_000
        assert time.perf_counter() - started < 60

    def test_memory_does_not_grow_with_the_list(self, tmp_path: Path) -> None:
        self.many(tmp_path, 400)
        images = read_folder(tmp_path).images
        tracemalloc.start()
        counted = sum(v.outcome is Outcome.ACCEPTED for v in verdicts(images, PaintedReader()))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert counted == 400
        assert peak < 1_000_000  # bytes; the pictures decoded would take 1.2 MB

    def many(self, folder: Path, number: int) -> None:
        whole = paint(folder / "0.png", (1, 100, None)).read_bytes()
        for index in range(1, number):
            # Bytes after a PNG's end change the file, not the picture.
            (folder / f"{index}.png").write_bytes(whole + str(index).encode())


class TestEnrol:
    def test_a_person_has_their_accepted_pictures_and_no_other(self, tmp_path: Path) -> None:
        paint(tmp_path / "anna" / "1.png", (1, 100, None))
        paint(tmp_path / "anna" / "2.png", (1, 100, Problem.BLURRED))
        paint(tmp_path / "anna" / "3.png", (1, 100, None), shade=9)
        paint(tmp_path / "bo.png", (2, 100, None))
        watchlist = enrol(read_folder(tmp_path).images, PaintedReader())
        assert [(e.id, e.images, e.weights) for e in watchlist.entries] == [
            ("anna", ("anna/1.png", "anna/3.png"), (0.8, 0.8)),
            ("bo", ("bo.png",), (0.8,)),
        ]
        assert watchlist.model == "painted"
        assert watchlist.left_out == ()
        assert (watchlist.entries[1].templates[0].vector == vector_of(2)).all()

    def test_somebody_without_a_usable_picture(self, tmp_path: Path) -> None:
        paint(tmp_path / "anna.png", (1, 100, None))
        paint(tmp_path / "bo.png")
        images = read_folder(tmp_path).images
        watchlist = enrol(images, PaintedReader(), on_refusal="leave out")
        assert [entry.id for entry in watchlist.entries] == ["anna"]
        assert watchlist.left_out == ("bo: no face was found",)
        with pytest.raises(Refusal, match=r"R6: 1 of 2 people .* bo \(no face was found\)"):
            enrol(images, PaintedReader(), on_refusal="raise")

    def test_a_list_of_nobody(self, tmp_path: Path) -> None:
        with pytest.raises(BadList, match="no picture of anybody"):
            enrol((), PaintedReader())
        with pytest.raises(BadList, match="no picture of anybody"):
            inspect((), PaintedReader())
        for number in range(7):
            (tmp_path / f"{number}.jpg").write_text(f"no picture {number}")
        with pytest.raises(BadList, match=r"nobody could be enrolled: 0 .* and 2 more"):
            enrol(read_folder(tmp_path).images, PaintedReader())

    def test_one_person_under_two_names_is_a_doubt(self, tmp_path: Path) -> None:
        paint(tmp_path / "anna.png", (1, 100, None))
        paint(tmp_path / "annie.png", (1, 100, None), shade=9)
        paint(tmp_path / "bo.png", (2, 100, None))
        images = read_folder(tmp_path).images
        reader = PaintedReader(shades={9: 0.3})
        watchlist = enrol(images, reader, alike_at=Similarity(np.cos(0.31)))
        (doubt,) = watchlist.doubts
        assert doubt.entries == ("anna", "annie")
        assert doubt.similarity == pytest.approx(np.cos(0.3), abs=1e-5)
        assert "one person under two names?" in doubt.words
        assert len(watchlist) == 3
        assert enrol(images, reader, alike_at=Similarity(np.cos(0.29))).doubts == ()
        assert enrol(images, reader).doubts == ()

    def test_two_people_under_one_name_is_a_doubt(self, tmp_path: Path) -> None:
        paint(tmp_path / "anna" / "1.png", (1, 100, None))
        paint(tmp_path / "anna" / "2.png", (1, 100, None), shade=9)
        paint(tmp_path / "bo" / "1.png", (2, 100, None))
        paint(tmp_path / "bo" / "2.png", (2, 100, None), shade=1)
        images = read_folder(tmp_path).images
        reader = PaintedReader(shades={9: 1.2})
        (doubt,) = enrol(images, reader, unlike_below=Similarity(0.5)).doubts
        assert doubt.entries == ("anna",)
        assert doubt.similarity == pytest.approx(np.cos(1.2), abs=1e-5)
        assert "anna/1.png and anna/2.png of anna do not look alike" in doubt.words
        assert enrol(images, reader, unlike_below=Similarity(0.3)).doubts == ()

    def test_a_template_that_is_not_finite_enrols_nobody(self, tmp_path: Path) -> None:
        paint(tmp_path / "anna.png", (1, 100, None), shade=9)
        paint(tmp_path / "bo.png", (2, 100, None))
        with pytest.raises(Exception, match="finite vector of unit length"):
            enrol(read_folder(tmp_path).images, PaintedReader(shades={9: float("nan")}))
