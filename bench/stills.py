"""Stills → templates, through Overt's own detector, aligner and embedder, kept in a cache."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from overt.config import Config
from overt.faces.packs.add import add_pack
from overt.faces.packs.folders import cache_dir
from overt.live.engine import Engine, open_engine
from overt.live.reader import StillReader
from overt.policy import ENROLMENT_LIMITS, QualityLimits
from overt.values import EntryId, Template
from overt.watchlist.entry import Entry, Watchlist
from people import DATA

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from overt.values import Reading
    from people import Still

DEFAULT_CACHE = cache_dir() / "bench"
NO_LIMITS = QualityLimits(
    min_inter_eye_px=0,
    max_yaw_deg=180,
    max_pitch_deg=180,
    max_roll_deg=180,
    min_sharpness=0,
    min_brightness=0,
    max_brightness=255,
    min_contrast=0,
)


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """One row for each still."""

    vectors: NDArray[np.float32]
    """(n, d) unit rows; zeros where no face was found."""
    found: NDArray[np.bool_]
    """(n,) whether a face was found."""
    scores: NDArray[np.float64]
    """(n,) quality, 0 to 1."""
    passes_gate: NDArray[np.bool_]
    """(n,) whether the face meets the limits for enrolment."""
    model: str

    def only(self, rows: list[int]) -> Templates:
        """Some of the rows."""
        return Templates(
            self.vectors[rows],
            self.found[rows],
            self.scores[rows],
            self.passes_gate[rows],
            self.model,
        )

    def watchlist(self, stills: list[Still], enrolled: list[int]) -> Watchlist:
        """A list of people, one still each."""
        return Watchlist(
            tuple(
                Entry(
                    EntryId(stills[n].person),
                    (Template(self.vectors[n], self.model),),
                    (float(self.scores[n]),),
                    (stills[n].name,),
                )
                for n in enrolled
                if self.found[n]
            ),
            self.model,
        )


def bench_engine(pack: str, cache: Path, data: Path = DATA, **settings: object) -> Engine:
    """Load a pack; `retail` takes its files from the data folder, by the way users would."""
    if pack == "retail":
        os.environ.setdefault("OVERT_MODELS_DIR", str(cache / "models"))
        add_pack("retail", files=data / "models")
    return open_engine(Config.model_validate({"pack": pack, **settings}))


def read_templates(engine: Engine, stills: list[Still], cache: Path) -> Templates:
    """The template of the face nearest the middle of each still.

    Args:
        engine: loaded networks.
        stills: in order.
        cache: folder in which the templates of a model are kept.
    """
    names = "\n".join([engine.model, *(still.name for still in stills)])
    key = hashlib.sha256(names.encode()).hexdigest()[:16]
    path = cache / f"templates-{engine.pack.name}-{key}.npz"
    if path.exists():
        with np.load(path) as kept:
            return Templates(
                kept["vectors"], kept["found"], kept["scores"], kept["passes_gate"], engine.model
            )
    reader = StillReader(engine, NO_LIMITS)
    length = engine.pack.recogniser.spec.template_length
    made = Templates(
        np.zeros((len(stills), length), np.float32),
        np.zeros(len(stills), bool),
        np.zeros(len(stills)),
        np.zeros(len(stills), bool),
        engine.model,
    )
    for n, still in enumerate(stills):
        image = still.pixels()
        reading = central(reader.read(image), image.shape[1], image.shape[0])
        if reading is not None and reading.template is not None:
            made.vectors[n], made.found[n] = reading.template.vector, True
            made.scores[n] = reading.quality.score
            made.passes_gate[n] = _passes_gate(reading)
        if n % 100 == 0:
            print(f"\rstills {n:,} of {len(stills):,}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    cache.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part.npz")
    np.savez(
        aside,
        vectors=made.vectors,
        found=made.found,
        scores=made.scores,
        passes_gate=made.passes_gate,
    )
    aside.replace(path)
    return made


def central(readings: list[Reading], width: int, height: int) -> Reading | None:
    """The face nearest the middle: the one that the photograph is of."""

    def distance(reading: Reading) -> float:
        box = reading.face.box
        across = (box.left + box.right - width) / 2
        down = (box.top + box.bottom - height) / 2
        return across * across + down * down

    return min(readings, key=distance, default=None)


def _passes_gate(reading: Reading) -> bool:
    quality, limits = reading.quality, ENROLMENT_LIMITS
    return (
        quality.inter_eye_px >= limits.min_inter_eye_px
        and abs(quality.yaw_deg) <= limits.max_yaw_deg
        and abs(quality.pitch_deg) <= limits.max_pitch_deg
        and abs(quality.roll_deg) <= limits.max_roll_deg
        and quality.sharpness >= limits.min_sharpness
        and limits.min_brightness <= quality.brightness <= limits.max_brightness
        and quality.contrast >= limits.min_contrast
    )
