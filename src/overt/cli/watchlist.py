"""`overt watchlist`: what the image-quality gate says of a list. Nothing is stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from overt.watchlist.enrol import Inspection
    from overt.watchlist.gallery import Gallery
    from overt.watchlist.gate import Verdict

app = typer.Typer(
    help="Check the pictures of a watchlist before anything is enrolled (R6).",
    no_args_is_help=True,
)

_PLAIN_WIDTH = 160
"""Columns of a table that goes to a file or a pipe."""


@app.callback()
def about() -> None:
    """Check the pictures of a watchlist before anything is enrolled (R6)."""


@app.command()
def inspect(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|CSV",
            help="A folder of person/image.jpg or person.jpg, a CSV of image,person, or the CSV "
            "of an operational list.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    pack: Annotated[str, typer.Option(help="Model pack, by name or manifest.")] = "builtin",
) -> None:
    """Say of each picture whether it may enter a watchlist, and if not, why. Stores nothing.

    Of an operational list's CSV it first names every fault, or what somebody must have read.

    Exit code 0 if every picture is usable, 1 if any is refused or the list is malformed.

    Example: overt watchlist inspect volunteers/
    """
    # Slow to import, and `--help` needs none of it.
    from overt.live.reader import open_reader  # noqa: PLC0415
    from overt.watchlist.enrol import inspect as inspect_images  # noqa: PLC0415

    gallery, warnings = _offered(source, as_json=as_json)
    reader = open_reader(pack)
    with Progress(
        TextColumn("Reading pictures"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=len(gallery.images))
        inspection = inspect_images(
            gallery.images, reader, lambda done, _total: bar.update(task, completed=done)
        )
    if as_json:
        typer.echo(
            json.dumps(_document(gallery, inspection, warnings), ensure_ascii=False, indent=2)
        )
    else:
        _show(gallery, inspection, warnings)
    raise typer.Exit(0 if inspection.all_usable else 1)


def _offered(source: Path, *, as_json: bool) -> tuple[Gallery, tuple[str, ...]]:
    """What the source lists, and what somebody must read. Faults of an operational list end it."""
    from overt.clock import RealClock  # noqa: PLC0415 - slow to import
    from overt.errors import BadListing  # noqa: PLC0415
    from overt.watchlist.gallery import Gallery, read_gallery  # noqa: PLC0415
    from overt.watchlist.listing import is_listing, read_listing  # noqa: PLC0415

    if not is_listing(source):
        return read_gallery(source), ()
    today = RealClock().now().astimezone().date()
    try:
        listing = read_listing(source, today=today, on=today)
    except BadListing as fault:
        if as_json:
            faults = {"source": str(source), "all_usable": False, "faults": list(fault.problems)}
            document = faults | {"stored": False}
            typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        else:
            for problem in fault.problems:
                typer.echo(f"Fault: {problem}")
            typer.echo(f"{len(fault.problems):,} faults; the list is refused. Nothing is stored.")
        raise typer.Exit(1) from None
    return Gallery(source, listing.images, listing.notices), listing.warnings


def _show(gallery: Gallery, inspection: Inspection, warnings: tuple[str, ...]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    for notice in gallery.notices:
        console.print(Text(f"Note: {notice}"))
    for warning in warnings:
        console.print(Text(f"To be read: {warning}"))
    for verdict in inspection.verdicts:
        if verdict.note:
            console.print(Text(f"Note: {verdict.image.name}: {verdict.note}"))
    if not inspection.all_usable:
        table = Table("person", "picture", "why it is refused", title="Refused pictures")
        for verdict in inspection.verdicts:
            if verdict.reasons:
                # As text, for a name in square brackets is no markup.
                cells = (verdict.image.entry, verdict.image.name, verdict.words)
                table.add_row(*(Text(cell, overflow="fold") for cell in cells))
        console.print(table)
    counts = _counts(inspection)
    people, pictures = counts["people"], counts["images"]
    console.print(
        f"{people['accepted']:,} {'person' if people['accepted'] == 1 else 'people'} accepted, "
        f"{people['refused']:,} refused; "
        f"{pictures['accepted']:,} {'picture' if pictures['accepted'] == 1 else 'pictures'} "
        f"accepted, {pictures['refused']:,} refused, {pictures['repeated']:,} repeated. "
        "Nothing is stored."
    )


def _counts(inspection: Inspection) -> dict[str, dict[str, int]]:
    from overt.watchlist.gate import Outcome  # noqa: PLC0415 - slow to import

    return {
        "people": {
            "accepted": len(inspection.accepted_people),
            "refused": len(inspection.refused_people),
        },
        "images": {outcome.name.lower(): inspection.count(outcome) for outcome in Outcome},
    }


def _document(
    gallery: Gallery, inspection: Inspection, warnings: tuple[str, ...]
) -> dict[str, object]:
    return {
        "source": str(gallery.source),
        "model": inspection.model,
        "all_usable": inspection.all_usable,
        **_counts(inspection),
        "notices": list(gallery.notices),
        "warnings": list(warnings),
        "refused_people": list(inspection.refused_people),
        "pictures": [_picture(verdict) for verdict in inspection.verdicts],
        "stored": False,
    }


def _picture(verdict: Verdict) -> dict[str, object]:
    quality = verdict.quality
    return {
        "person": verdict.image.entry,
        "image": verdict.image.name,
        "outcome": verdict.outcome.name.lower(),
        "reasons": [
            {
                "cause": reason.cause,
                "problem": reason.problem.name.lower() if reason.problem else None,
                "words": reason.words,
            }
            for reason in verdict.reasons
        ],
        "note": verdict.note,
        "quality": None
        if quality is None
        else {
            "score": quality.score,
            "inter_eye_px": quality.inter_eye_px,
            "yaw_deg": quality.yaw_deg,
            "pitch_deg": quality.pitch_deg,
            "roll_deg": quality.roll_deg,
            "sharpness": quality.sharpness,
            "brightness": quality.brightness,
            "contrast": quality.contrast,
        },
    }
