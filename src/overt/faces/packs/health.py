"""Whether each pack is ready, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from overt.errors import BadModel
from overt.faces.packs.catalogue import added_names, find_entry, shipped_names
from overt.faces.packs.store import open_entry
from overt.faces.packs.weights import Missing, find_weights, verify_weights
from overt.faces.runtime import RuntimeOptions, load_network

if TYPE_CHECKING:
    from overt.faces.packs.catalogue import Entry
    from overt.faces.packs.manifest import Manifest
    from overt.faces.packs.store import Pack

_SAME = 1e-3
"""Largest difference between a template made alone and in a batch."""


class State(StrEnum):
    """What can be done with a pack."""

    READY = "ready"
    NEEDS_PULL = "needs pull"
    MISSING = "missing"
    ALTERED = "altered"
    """A file or the manifest is not what it should be; the pack is refused."""


@dataclass(frozen=True, slots=True)
class Health:
    """The state of one pack."""

    name: str
    state: State
    reason: str
    """Why it is not ready, and what to do; empty if it is."""
    manifest: Manifest | None
    """None if the manifest itself is refused."""
    begun: bool
    """Whether any of its files is here: a pack that was never fetched is no fault."""


def list_packs() -> tuple[Health, ...]:
    """Every pack, with its files' sizes and hashes checked; builds and writes nothing."""
    return tuple(_health(name, thorough=False) for name in _names())


def check_packs(names: tuple[str, ...] = ()) -> tuple[Health, ...]:
    """Check packs down to a run of each network.

    Args:
        names: the packs; all if none is given.

    Raises:
        BadModel: if there is no pack of that name.
    """
    return tuple(_health(name, thorough=True) for name in names or _names())


def _names() -> tuple[str, ...]:
    return (*shipped_names(), *added_names())


def _health(name: str, *, thorough: bool) -> Health:
    try:
        entry = find_entry(name)
    except BadModel as fault:
        if name not in _names():
            raise
        return Health(name, State.ALTERED, fault.line, None, begun=True)
    manifest = entry.manifest
    both = (manifest.detector.weights, manifest.recogniser.weights)
    # What came with Overt, or was added by a person, ought to be here.
    begun = not entry.shipped or any(weights.distribution for weights in both)
    lacking: list[Missing] = []
    to_pull = False
    for weights in both:
        try:
            verify_weights(find_weights(entry, weights), weights)
            begun = True
        except Missing as fault:
            lacking.append(fault)
            to_pull |= weights.url is not None
        except BadModel as fault:
            return Health(name, State.ALTERED, fault.line, manifest, begun=True)
    if lacking:
        state = State.NEEDS_PULL if to_pull else State.MISSING
        return Health(name, state, lacking[0].line, manifest, begun)
    if thorough:
        return _run(name, entry)
    return Health(name, State.READY, "", manifest, begun)


def _run(name: str, entry: Entry) -> Health:
    try:
        exercise(open_entry(entry))
    except BadModel as fault:
        return Health(name, State.ALTERED, fault.line, entry.manifest, begun=True)
    return Health(name, State.READY, "", entry.manifest, begun=True)


def exercise(pack: Pack) -> None:
    """Run both networks once on noise: any picture size, any batch, templates of the right length.

    Raises:
        BadModel: if a network fails, or answers otherwise than its manifest says.
    """
    noise = np.random.default_rng(0)
    detector = load_network(pack.detector.graph, RuntimeOptions())
    step = pack.detector.spec.multiple_of
    for height, width in ((4, 6), (5, 3)):
        sides = (max(64, height * step), max(64, width * step))
        detector.run(noise.uniform(0, 1, (1, 3, *sides)).astype(np.float32))
    detector.close()
    spec = pack.recogniser.spec
    recogniser = load_network(pack.recogniser.graph, RuntimeOptions())
    chips = noise.uniform(0, 1, (2, 3, spec.chip_px, spec.chip_px)).astype(np.float32)
    together = recogniser.run(chips)[0].reshape(2, -1)
    alone = np.concatenate([recogniser.run(chip[np.newaxis])[0].reshape(1, -1) for chip in chips])
    recogniser.close()
    if together.shape[1] != spec.template_length or not np.isfinite(together).all():
        msg = (
            f"{pack.name}: the recogniser gives {together.shape[1]} values, or none that are finite"
        )
        raise BadModel(msg, advice="Correct template_length in the manifest.")
    if np.abs(together - alone).max() > _SAME * max(1.0, float(np.abs(alone).max())):
        msg = f"{pack.name}: the recogniser's templates depend on the batch they are in"
        raise BadModel(msg, advice='Set transform = "none" in the manifest.')
