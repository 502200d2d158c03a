"""Put a list's pictures through the gate, and make a watchlist of those accepted.

Pictures are read one at a time and forgotten, so a list of any length takes the memory of one
picture and of its templates. Enrolment returns a whole watchlist or raises; nothing is stored.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from overt.errors import BadImage, BadList, Refusal
from overt.policy import ENROLMENT_LIMITS
from overt.watchlist.entry import Entry, Watchlist
from overt.watchlist.gate import Cause, Outcome, Verdict, judge, refused
from overt.watchlist.image import read_image_file
from overt.watchlist.likeness import alike_entries, unlike_images
from overt.watchlist.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from overt.policy import QualityLimits
    from overt.values import EntryId, Similarity
    from overt.watchlist.gallery import ListedImage
    from overt.watchlist.gate import FaceReader

    Progress = Callable[[int, int], None]
    """Called with the pictures done and the pictures in all."""
    KeepPicture = Callable[[ListedImage, bytes], None]
    """Called with each accepted picture and the JPEG of its face."""

_NAMES_SHOWN = 5


def _silent(_done: int, _total: int) -> None:
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """What the gate says of a whole list. Holds no picture and no template."""

    model: str
    verdicts: tuple[Verdict, ...] = field(repr=False)
    """One for each picture listed, in the list's order."""

    def count(self, outcome: Outcome) -> int:
        """How many pictures came out so."""
        return sum(verdict.outcome is outcome for verdict in self.verdicts)

    @property
    def accepted_people(self) -> tuple[EntryId, ...]:
        """Everybody with at least one accepted picture."""
        return tuple(
            dict.fromkeys(v.image.entry for v in self.verdicts if v.outcome is Outcome.ACCEPTED)
        )

    @property
    def refused_people(self) -> tuple[EntryId, ...]:
        """Everybody without one."""
        return tuple(_refused_people(self.verdicts))

    @property
    def all_usable(self) -> bool:
        """Whether no picture is refused."""
        return self.count(Outcome.REFUSED) == 0


def verdicts(
    images: Sequence[ListedImage],
    reader: FaceReader,
    progress: Progress = _silent,
    *,
    limits: QualityLimits = ENROLMENT_LIMITS,
    with_pictures: bool = False,
) -> Iterator[Verdict]:
    """Judge each picture in turn, one in memory at a time.

    Args:
        images: the pictures, as `overt.watchlist.gallery` lists them.
        reader: the face models.
        progress: told after each picture.
        limits: those by which `reader` judges.
        with_pictures: whether to cut the face out of each accepted picture.

    Raises:
        BadModel: if the reader breaks its promises.
    """
    digests = _digests_of_twins(images)
    owners: defaultdict[str, dict[EntryId, None]] = defaultdict(dict)
    for image, digest in zip(images, digests, strict=True):
        if digest:
            owners[digest][image.entry] = None
    first: dict[str, ListedImage] = {}
    for done, (image, digest) in enumerate(zip(images, digests, strict=True), start=1):
        if digest and len(owners[digest]) > 1:
            yield refused(image, Cause.SHARED, _shared_words(tuple(owners[digest])))
        elif digest and digest in first:
            note = f"the same file as {first[digest].name}; counted once"
            yield Verdict(image, Outcome.REPEATED, note=note)
        else:
            if digest:
                first[digest] = image
            try:
                data = read_image_file(image.path, within=image.within)
            except BadImage as fault:
                yield refused(image, Cause.BAD_FILE, fault.line)
            else:
                yield judge(image, data, reader, limits, with_picture=with_pictures)
        progress(done, len(images))


def inspect(
    images: Sequence[ListedImage],
    reader: FaceReader,
    progress: Progress = _silent,
    *,
    limits: QualityLimits = ENROLMENT_LIMITS,
) -> Inspection:
    """What the gate says of each picture. Arguments and errors: as `verdicts`.

    Raises:
        BadList: if there is no picture.
    """
    _check_not_empty(images)
    stream = verdicts(images, reader, progress, limits=limits)
    return Inspection(reader.model, tuple(replace(verdict, template=None) for verdict in stream))


def enrol(
    images: Sequence[ListedImage],
    reader: FaceReader,
    progress: Progress = _silent,
    *,
    on_refusal: Literal["raise", "leave out"] = "leave out",
    alike_at: Similarity | None = None,
    unlike_below: Similarity | None = None,
    limits: QualityLimits = ENROLMENT_LIMITS,
    keep_picture: KeepPicture | None = None,
) -> Watchlist:
    """Make a watchlist: each person with their accepted pictures, if they have any.

    Args:
        images: the pictures, as `overt.watchlist.gallery` lists them.
        reader: the face models.
        progress: told after each picture.
        on_refusal: what to do about a person with no accepted picture: refuse the whole list,
            or leave the person out and say so in the watchlist's `left_out`.
        alike_at: similarity of two entries from which to doubt that they are two people.
        unlike_below: similarity of two pictures of an entry below which to doubt that they are
            of one person.
        limits: those by which `reader` judges.
        keep_picture: given each accepted picture's face at once, for none is held here.

    Raises:
        BadList: if there is no picture, or nobody could be enrolled.
        Refusal: if a person has no accepted picture and `on_refusal` says so (R6).
        BadModel: if the reader breaks its promises.
    """
    _check_not_empty(images)
    accepted: defaultdict[EntryId, list[Verdict]] = defaultdict(list)
    kept = []
    pictured = keep_picture is not None
    for one in verdicts(images, reader, progress, limits=limits, with_pictures=pictured):
        if keep_picture is not None and one.picture is not None:
            keep_picture(one.image, one.picture)
        verdict = replace(one, picture=None)
        if verdict.outcome is Outcome.ACCEPTED:
            accepted[verdict.image.entry].append(verdict)
        kept.append(replace(verdict, template=None))
    refused_people = _refused_people(kept)
    if refused_people and on_refusal == "raise":
        raise Refusal(
            rule="R6",
            message=f"{len(refused_people)} of {len(refused_people) + len(accepted)} people have "
            f"no usable picture: {_some(refused_people)}",
            advice="Run `overt watchlist inspect` on the list and replace their pictures.",
        )
    if not accepted:
        msg = f"nobody could be enrolled: {_some(refused_people)}"
        raise BadList(msg, advice="Run `overt watchlist inspect` on the list.")
    watchlist = Watchlist(
        tuple(_entry(entry, own) for entry, own in sorted(accepted.items())),
        reader.model,
        tuple(f"{entry}: {words}" for entry, words in refused_people.items()),
    )
    matcher = Matcher(watchlist)  # now, so that an unfit template is found before anybody waits
    doubts = () if alike_at is None else alike_entries(matcher, alike_at)
    if unlike_below is not None:
        doubts += unlike_images(watchlist, unlike_below)
    return replace(watchlist, doubts=doubts)


def _entry(entry: EntryId, own: list[Verdict]) -> Entry:
    usable = [(v, v.template, v.quality) for v in own if v.template and v.quality]
    return Entry(
        entry,
        templates=tuple(template for _, template, _ in usable),
        weights=tuple(quality.score for _, _, quality in usable),
        images=tuple(verdict.image.name for verdict, _, _ in usable),
    )


def _check_not_empty(images: Sequence[ListedImage]) -> None:
    if not images:
        msg = "the list holds no picture of anybody"
        raise BadList(msg, advice="Add at least one picture named for its person.")


def _refused_people(judged: Sequence[Verdict]) -> dict[EntryId, str]:
    """Everybody without an accepted picture, with the reason for their first refused one."""
    people: dict[EntryId, str] = {}
    for verdict in judged:
        if verdict.reasons:
            people.setdefault(verdict.image.entry, verdict.words.rstrip("."))
    for verdict in judged:
        if verdict.outcome is Outcome.ACCEPTED:
            people.pop(verdict.image.entry, None)
    return people


def _some(people: dict[EntryId, str]) -> str:
    shown = [f"{person} ({words})" for person, words in list(people.items())[:_NAMES_SHOWN]]
    more = len(people) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _shared_words(people: tuple[EntryId, ...]) -> str:
    """The refusal of a file that is listed for several people."""
    number = "two" if len(people) == 2 else str(len(people))  # noqa: PLR2004
    names = f"{', '.join(people[:-1])} and {people[-1]}"
    return f"R6: the same picture is listed for {number} people: {names}"


def _digests_of_twins(images: Sequence[ListedImage]) -> list[str | None]:
    """SHA-256 of each file whose size another file shares; None for the others.

    Only files of one size can be equal, so most lists are not read twice.
    """
    sizes = [_size(image) for image in images]
    shared = Counter(sizes)
    return [
        _digest(image) if size is not None and shared[size] > 1 else None
        for image, size in zip(images, sizes, strict=True)
    ]


def _size(image: ListedImage) -> int | None:
    try:
        return image.path.stat().st_size
    except OSError:  # the reading that follows says why
        return None


def _digest(image: ListedImage) -> str | None:
    try:
        data = read_image_file(image.path, within=image.within)
    except BadImage:  # the reading that follows says why
        return None
    return hashlib.sha256(data).hexdigest()
