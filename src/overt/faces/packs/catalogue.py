"""Which packs there are: those that Overt ships, and those that a person added."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from overt.errors import BadModel
from overt.faces.packs.folders import models_dir
from overt.faces.packs.manifest import MANIFEST_NAME, Manifest, parse_manifest, read_manifest


@dataclass(frozen=True, slots=True)
class Entry:
    """A manifest, and where its local files may lie."""

    manifest: Manifest
    folders: tuple[Path, ...]
    """Searched in this order."""
    shipped: bool
    """Whether it came with Overt."""


def shipped_names() -> tuple[str, ...]:
    """The packs that come with Overt."""
    files = resources.files("overt.faces.packs").iterdir()
    return tuple(sorted(file.name[:-5] for file in files if file.name.endswith(".toml")))


def added_names() -> tuple[str, ...]:
    """The packs that a person added, whether or not their manifests are still good."""
    try:
        found = sorted(models_dir().glob(f"*/{MANIFEST_NAME}"))
    except OSError:
        return ()
    return tuple(path.parent.name for path in found if path.parent.name not in shipped_names())


def find_entry(name_or_path: str | Path) -> Entry:
    """A pack by its name, or by its manifest's path (which ends in .toml or holds a slash).

    Raises:
        BadModel: if there is no such pack, or its manifest is not valid.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text:
        path = Path(name_or_path)
        return Entry(read_manifest(path), (path.absolute().parent,), shipped=False)
    folders = (models_dir() / text, models_dir())
    if text in shipped_names():
        packed = resources.files("overt.faces.packs") / f"{text}.toml"
        manifest = parse_manifest(packed.read_text(encoding="utf-8"), text)
        return Entry(manifest, folders, shipped=True)
    if text in added_names():
        manifest = read_manifest(models_dir() / text / MANIFEST_NAME)
        if manifest.name != text:
            msg = f"the pack {text}: its manifest calls it {manifest.name!r}"
            raise BadModel(
                msg, advice=f"Add it again with `overt models add` after {text} is gone."
            )
        return Entry(manifest, folders, shipped=False)
    known = ", ".join((*shipped_names(), *added_names()))
    msg = f"there is no model pack {text!r}; there are: {known}"
    raise BadModel(msg, advice="Add one with `overt models add MANIFEST`.")
