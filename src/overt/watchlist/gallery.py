"""List the pictures that a folder or a CSV offers for enrolment, without reading one.

A folder holds `person.jpg`, or `person/any-name.jpg` for a person with several pictures. A CSV
has the columns `image,person`, its paths relative to its own folder. Faults in the list's
structure refuse the whole list; faults of a single picture are found later, one by one.
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath

from overt.errors import BadList
from overt.policy import MAX_IMAGES_PER_ENTRY
from overt.values import EntryId
from overt.watchlist.table import read_table

CSV_COLUMNS = ("image", "person")
MAX_NAME_CHARACTERS = 200

_PICTURE_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".dib"}
    | {".gif", ".heic", ".heif", ".avif"}
)
"""Taken off a file's name to give the person's. The content, not the name, decides its kind."""
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "ehthumbs.db"})
CONSENT_REGISTER = "consent.csv"
"""The register that `overt.watchlist.consent` reads; it is no picture."""
_JOINERS = "\u200c\u200d"
"""Invisible, yet part of the spelling of Persian and Indic names."""


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One picture offered for one person."""

    entry: EntryId
    path: Path
    within: Path
    """The folder that the file must really lie in once links are followed."""

    @property
    def name(self) -> str:
        """The path as a person would look for it: relative to the list's folder."""
        return printable(str(self.path.relative_to(self.within)))


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pictures offered by one folder or CSV."""

    source: Path
    images: tuple[ListedImage, ...]
    """In order of the person's name, then of the path; at least one."""
    notices: tuple[str, ...] = ()
    """What was passed over, for the user to know."""

    @property
    def entries(self) -> tuple[EntryId, ...]:
        """Each person once, in order of name."""
        return tuple(dict.fromkeys(image.entry for image in self.images))


def read_gallery(source: Path) -> Gallery:
    """List the pictures of a folder or of a CSV.

    Raises:
        BadList: if it is neither, or its structure is at fault.
    """
    if _is_folder(source):
        return read_folder(source)
    if source.suffix.lower() == ".csv" or not os.path.lexists(source):
        return read_csv(source)
    msg = f"{source}: it is neither a folder nor a CSV file"
    raise BadList(msg, advice="Give a folder of pictures, or a CSV with the columns image,person.")


def read_folder(folder: Path) -> Gallery:
    """List a folder that holds `person.jpg` or `person/any-name.jpg`.

    Raises:
        BadList: if a folder cannot be read, lies deeper, is empty or leads elsewhere, a name is
            unfit, a person has too many pictures, or nobody is listed.
    """
    images: list[ListedImage] = []
    passed_over: list[str] = []
    for item in _items(folder, passed_over, folder):
        if not _is_folder(item):
            images.append(ListedImage(_entry_of_file(item), item, folder))
            continue
        if not item.resolve().is_relative_to(folder.resolve()):
            msg = f"{printable(str(item))}: it is a link to a folder outside the list's folder"
            raise BadList(msg, advice="Copy the pictures into the list's folder.")
        entry = entry_name(item.name, printable(str(item)))
        inner = _items(item, passed_over, folder)
        for path in inner:
            if _is_folder(path):
                msg = f"{printable(str(path))}: folders may not lie deeper than person/image.jpg"
                raise BadList(msg, advice="Move its pictures up into the person's folder.")
            images.append(ListedImage(entry, path, folder))
        if not inner:
            msg = f"{printable(str(item))}: the person's folder holds no picture"
            raise BadList(msg, advice="Add a picture or delete the folder.")
    notices = []
    if passed_over:
        shown = ", ".join(passed_over[:5]) + (" and more" if len(passed_over) > 5 else "")  # noqa: PLR2004
        notices.append(f"passed over {len(passed_over)} hidden or system files: {shown}")
    return gallery_of(folder, images, notices)


def read_csv(file: Path) -> Gallery:
    """List a CSV with the columns `image,person`; paths are relative to the CSV's own folder.

    Raises:
        BadList: naming the line and column at fault.
    """
    folder = file.parent
    images: list[ListedImage] = []
    line_of: dict[tuple[str, Path], int] = {}
    for row in read_table(file, CSV_COLUMNS):
        image, person = row.values
        entry = entry_name(person, f"{file}, line {row.line}, column person")
        path, faults = listed_path(folder, image, f"{file}, line {row.line}")
        if path is None:
            raise faults[0]
        first = line_of.setdefault((entry, path), row.line)
        if first != row.line:
            msg = f"{file}, line {row.line}: it repeats line {first}"
            raise BadList(msg, advice="Delete one of the two.")
        images.append(ListedImage(entry, path, folder))
    return gallery_of(file, images, [])


def entry_name(raw: str, where: str) -> EntryId:
    """A person's name in Unicode normalisation form C, fit to be shown and compared.

    Raises:
        BadList: beginning with `where`, if the name is blank, too long, or holds what cannot be
            seen or printed.
    """
    name = unicodedata.normalize("NFC", raw).strip()
    if not name:
        msg = f"{where}: the person's name is blank"
        raise BadList(msg, advice="Name the person.")
    if len(name) > MAX_NAME_CHARACTERS:
        msg = f"{where}: the name has {len(name)} characters; the limit is {MAX_NAME_CHARACTERS}"
        raise BadList(msg, advice="Shorten it.")
    if hidden := unprintable(name):
        msg = f"{where}: the name holds the unprintable {hidden}"
        raise BadList(msg, advice="Rename it in UTF-8 without control characters.")
    return EntryId(name)


def unprintable(text: str) -> str | None:
    """The first character that cannot be seen or steers a terminal: ``character U+0007``."""
    for character in text:
        kind = unicodedata.category(character)
        if kind in {"Cc", "Cs", "Zl", "Zp"} or (kind == "Cf" and character not in _JOINERS):
            return f"character U+{ord(character):04X}"
    return None


def printable(text: str) -> str:
    """A file's name fit for a terminal: what steers it, or is not UTF-8, becomes an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # it may not be looked at: the attempt to read it will say why
        return False


def _items(folder: Path, passed_over: list[str], top: Path) -> list[Path]:
    """What lies in a folder, in order of name; hidden and system files are noted and left out."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone; paths come below
    except OSError as fault:
        msg = f"{folder}: the folder cannot be read ({(fault.strerror or 'unknown').lower()})"
        raise BadList(msg, advice="Check the path and its permissions.") from None
    kept = []
    for name in names:
        path = folder / name
        hidden = name.startswith(".") or name.lower() in _SYSTEM_FILES
        if hidden or (folder == top and name.lower() == CONSENT_REGISTER):
            if hidden:
                passed_over.append(printable(str(path.relative_to(top))))
            continue
        kept.append(path)
    return kept


def _entry_of_file(path: Path) -> EntryId:
    is_picture = path.suffix.lower() in _PICTURE_ENDINGS
    return entry_name(path.stem if is_picture else path.name, printable(str(path)))


def listed_path(folder: Path, image: str, where: str) -> tuple[Path | None, list[BadList]]:
    """The file that a CSV's line names, or None and the fault.

    Args:
        folder: the CSV's own.
        image: the column's field.
        where: which file and line, for the fault.
    """
    pure = PurePosixPath(image)
    if pure.is_absolute() or ".." in pure.parts:
        msg = f"{where}, column image: {image!r} may lead outside the CSV's own folder"
        return None, [BadList(msg, advice="Give a path relative to the CSV, without '..'.")]
    for form in (str(pure), *(unicodedata.normalize(form, str(pure)) for form in ("NFC", "NFD"))):
        try:
            if os.path.lexists(folder / form):
                return folder / form, []
        except (OSError, ValueError):
            continue
    advice = "Use forward slashes." if "\\" in image else "Check the path; it starts at the CSV."
    msg = f"{where}, column image: there is no file {image!r}"
    return None, [BadList(msg, advice=advice)]


def gallery_of(source: Path, images: list[ListedImage], notices: list[str]) -> Gallery:
    """The pictures in order, once checked for what folder and CSV share.

    Raises:
        BadList: if nobody is listed, or a person has too many pictures.
    """
    if not images:
        msg = f"{source}: it lists nobody"
        raise BadList(msg, advice="Add at least one picture named for its person.")
    images.sort(key=lambda image: (image.entry, image.path))
    counts = Counter(image.entry for image in images)
    for entry, count in counts.items():
        if count > MAX_IMAGES_PER_ENTRY:
            msg = f"{source}: {entry} has {count} pictures; the limit is {MAX_IMAGES_PER_ENTRY}"
            raise BadList(msg, rule="R6", advice="Keep the best and most recent ones.")
    folded = sorted((entry.casefold(), entry) for entry in counts)
    for _, alike in groupby(folded, key=lambda pair: pair[0]):
        names = [name for _, name in alike]
        if len(names) > 1:
            notices.append(
                f"listed as {len(names)} different people, by letter case: {', '.join(names)}"
            )
    return Gallery(source, tuple(images), tuple(notices))
