"""What the demo applies for: every field as a real application has it, about a street of nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from overt.authority.application import Application
from overt.authority.evidence import builtin_evidence, read_evidence
from overt.authority.forms import validate
from overt.live.demo_street import CAMERA, LISTED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

THRESHOLD = "0.96"
"""One of those that the shipped evidence assessed: 4 of 2,000 non-mated searches against 1,000
entries reached it, and the demo lists 40."""
WEB_PAGE = "https://generated-street.example/lfr"
SIGNS = ("north end of the generated street", "south end of the generated street")


def demo_application(
    starts_at: datetime,
    hours: float,
    *,
    people: int,
    operators: Sequence[str],
    engagement_officers: Sequence[str],
) -> tuple[Application, bytes]:
    """The application, and the evidence file that it names.

    Args:
        starts_at: of the window.
        hours: its length.
        people: expected to pass.
        operators: who may sit at the desk.
        engagement_officers: who may confirm and approach.
    """
    content = builtin_evidence()
    evidence, sha256 = read_evidence(content)
    combination = evidence.combination
    start = starts_at.replace(microsecond=0)
    words = {
        "grounds": "Nobody lives on this street: it is drawn by the program, so that the whole of "
        "a deployment can be watched and checked without anybody's face.",
        "necessity": "A system that can be answered for must be seen at work before it is "
        "believed, from the application to the published record.",
        "proportionality": "One generated street, one generated camera, less than an hour; "
        "everybody who passes is made of numbers and gone at the end.",
        "alternatives": "Reading the documents shows what is promised; only running it shows what "
        "is done. Recordings of real people were ruled out.",
    }
    document = {
        "format": 1,
        "title": "A walk down the generated street",
        "organisation": "The Overt demo",
        "kind": "demo",
        "profile": "uk",
        "use_case": "hotspot",
        **words,
        "window": {"starts_at": start, "ends_at": start + timedelta(hours=hours)},
        "place": {
            "name": "The generated street",
            "address": "Nowhere",
            "boundary": [
                ["-3.1800", "51.4800"],
                ["-3.1790", "51.4800"],
                ["-3.1790", "51.4805"],
                ["-3.1800", "51.4805"],
            ],
        },
        "expected_footfall": people,
        "cameras": {
            CAMERA: {
                "source": "generated",
                "zone": [["0", "0"], ["1", "0"], ["1", "1"], ["0", "1"]],
            }
        },
        "watchlist": {
            "max_entries": LISTED,
            "categories": {"generated-person": LISTED},
            "max_under_18": 0,
            "max_vulnerable": 0,
        },
        "recognition": {
            "pack": combination.pack,
            "identity": combination.identity,
            "engine": combination.engine,
            "precision": combination.precision,
            "detector_px": combination.detector_px,
            "threshold": THRESHOLD,
            "evidence_sha256": sha256,
        },
        "complaints": {
            "route": "Open an issue with the project and name the deployment, and the alert's "
            "reference if there is one. Nobody who walks down this street can be harmed by it.",
            "contact": "complaints@generated-street.example",
        },
        "notice": {
            "publish_by": start - timedelta(hours=24),
            "published_at": [WEB_PAGE],
            "signs": list(SIGNS),
        },
        "operators": list(operators),
        "engagement_officers": list(engagement_officers),
    }
    return validate(document, Application, name="the demo's application"), content
