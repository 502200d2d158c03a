"""An alert's pictures and words in the vault, under a key of their own, until their hour (R11).

Nothing of a face that did not match ever comes here (R9): it is called when a prompt is raised.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from overt.errors import BadVault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.store.vault import Vault
    from overt.values import Crop
    from overt.vocabulary import AlertRef, DeploymentId

FILE = "alert"
JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True)
class AlertPictures:
    """What a desk shows of an alert."""

    words: dict[str, Any] = field(repr=False)
    """Who is listed, in which category and for what reason."""
    listed: bytes = field(repr=False)
    """A JPEG of the watchlist image's face."""
    probe: tuple[bytes, ...] = field(repr=False)
    """JPEGs of the track's best frames, best first; every other face in them is blurred."""


def compartment_of(deployment: DeploymentId, ref: AlertRef) -> str:
    """The vault's compartment for one alert."""
    return f"{deployment}/alert/{ref}"


def jpegs_of(crops: Sequence[Crop]) -> tuple[bytes, ...]:
    """The crops of a sighting, encoded."""
    return tuple(_jpeg(crop.image) for crop in crops)


def keep(vault: Vault, deployment: DeploymentId, ref: AlertRef, pictures: AlertPictures) -> None:
    """Seal an alert.

    Raises:
        OvertError: if the vault cannot be written.
    """
    compartment = compartment_of(deployment, ref)
    vault.make(compartment)
    with vault.write(compartment, FILE) as file:
        file.append(json.dumps(pictures.words, ensure_ascii=False).encode())
        file.append(pictures.listed)
        for jpeg in pictures.probe:
            file.append(jpeg)


def look(vault: Vault, deployment: DeploymentId, ref: AlertRef) -> AlertPictures:
    """Open an alert.

    Raises:
        BadVault: if it was destroyed, or is not whole.
    """
    records = list(vault.read(compartment_of(deployment, ref), FILE))
    if len(records) < len(("words", "listed", "probe")):
        msg = f"the alert {ref} is not whole"
        raise BadVault(msg)
    words, listed, *probe = records
    return AlertPictures(json.loads(words), listed, tuple(probe))


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    if not done:
        msg = "a picture could not be encoded"
        raise BadVault(msg)
    return bytes(np.asarray(data).tobytes())
