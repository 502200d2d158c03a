"""Adds a person's own pack, or the local files of one that Overt ships."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from overt.errors import BadModel, Misuse
from overt.faces.packs.catalogue import Entry, added_names, find_entry, shipped_names
from overt.faces.packs.folders import models_dir, written_whole
from overt.faces.packs.health import exercise
from overt.faces.packs.manifest import MANIFEST_NAME
from overt.faces.packs.store import open_entry
from overt.faces.packs.weights import find_weights, verify_weights

if TYPE_CHECKING:
    from overt.faces.packs.manifest import Manifest


def add_pack(manifest_or_name: str, files: Path | None = None) -> Manifest:
    """Check a manifest and its local files, then copy them to the folder of models.

    Files with an address are left for `pull_pack`. Nothing is kept unless all of it is good.

    Args:
        manifest_or_name: a manifest's path, or the name of a shipped pack with local files.
        files: folder of the local files; the manifest's own if None.

    Raises:
        Misuse: if a shipped pack is named without a folder, or needs no files.
        BadModel: if the manifest or a file is refused, or cannot be copied.
    """
    # 1. The manifest is valid, and its name is free.
    entry = find_entry(manifest_or_name)
    manifest = entry.manifest
    if entry.shipped:
        _check_shipped(manifest, files)
    else:
        _check_name(manifest)
    # 2. The local files are the ones that it names.
    folders = (files,) if files is not None else entry.folders
    source = Entry(manifest, folders, shipped=entry.shipped)
    local = {
        weights.local_name: find_weights(source, weights)
        for weights in (manifest.detector.weights, manifest.recogniser.weights)
        if weights.path is not None
    }
    for weights in (manifest.detector.weights, manifest.recogniser.weights):
        if weights.path is not None:
            verify_weights(local[weights.local_name], weights)
    # 3. If no file is left to be pulled, the pack runs.
    if manifest.detector.weights.url is None and manifest.recogniser.weights.url is None:
        exercise(open_entry(source))
    # 4. Copy aside, and then give all of it its place at once.
    text = None if entry.shipped else Path(manifest_or_name)
    _install(manifest.name, local, text)
    return manifest


def _check_shipped(manifest: Manifest, files: Path | None) -> None:
    if manifest.detector.weights.path is None and manifest.recogniser.weights.path is None:
        msg = f"the pack {manifest.name} is part of Overt and takes no local files"
        raise Misuse(msg, advice="`overt models list` says what each pack lacks.")
    if files is None:
        msg = f"the pack {manifest.name} needs the folder that holds its files"
        raise Misuse(msg, advice=f"overt models add {manifest.name} --files FOLDER")
    if not files.is_dir():
        msg = f"there is no folder {files}"
        raise Misuse(msg)


def _check_name(manifest: Manifest) -> None:
    name = manifest.name
    if name in shipped_names():
        msg = f"the name {name!r} belongs to a pack of Overt's own"
        raise BadModel(msg, advice="Give the manifest another name.")
    if name in added_names() and find_entry(name).manifest != manifest:
        msg = f"there is another pack {name!r} in {models_dir() / name}"
        raise BadModel(msg, advice="Give the manifest another name, or remove that folder.")


def _install(name: str, local: dict[str, Path], manifest: Path | None) -> None:
    root = models_dir()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".adding-") as aside:
            staged = Path(aside) / name
            staged.mkdir()
            for local_name, source in local.items():
                _copy(source, staged / local_name)
            if manifest is not None:
                _copy(manifest, staged / MANIFEST_NAME)
            if not (root / name).exists():
                staged.rename(root / name)
                return
            # Already there, whole or in part. The manifest, by which a pack is known, goes last.
            for path in (*local, *([MANIFEST_NAME] if manifest is not None else [])):
                target = root / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                (staged / path).replace(target)
    except OSError as fault:
        msg = f"cannot write to {root}: {fault.strerror or fault}"
        raise BadModel(
            msg, advice="Free some space, or name a folder in OVERT_MODELS_DIR."
        ) from fault


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as given, written_whole(target) as taken:
        shutil.copyfileobj(given, taken)
