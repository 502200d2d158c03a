"""Leave to run outside a deployment: a trial of consenting volunteers, or the generated street.

The same gate as any deployment's (N3), with another kind of authority: for a trial everybody's
written consent (N6, R17), for the demo that nobody exists.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from overt.authority.facts import Asked, Facts, ListFacts, Refused, SessionFacts
from overt.authority.gate import ask
from overt.live.facts import Machine
from overt.live.open_deployment import refusal_of
from overt.live.recognition import combination_of
from overt.policy import UK
from overt.vocabulary import AccountId, Category, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overt.clock import Clock
    from overt.live.engine import Engine
    from overt.watchlist.gallery import ListedImage

NO_DEPLOYMENT = "outside a deployment"
WHOEVER_STARTED_IT = AccountId("overt")
"""A trial outside a deployment has no accounts."""


@dataclass(frozen=True, slots=True)
class Alone:
    """What would run outside a deployment."""

    kind: Kind
    images: tuple[ListedImage, ...]
    """Of everybody listed."""
    consented: frozenset[str]
    """Whose written consent is recorded; for the demo, everybody who does not exist."""
    cameras: Mapping[str, str]
    """Name and source of each."""
    threshold: float
    folder: Path | None = None
    """Where something will be written."""


def need_leave(wanted: Alone, engine: Engine, clock: Clock) -> None:
    """Go on only if the gate permits; nobody has been enrolled and no frame looked at.

    Args:
        wanted: what would run.
        engine: with which models.
        clock: read once.

    Raises:
        Refusal: with every reason of the gate.
    """
    now = clock.now()
    trial = wanted.kind is Kind.TRIAL
    people = {str(image.entry) for image in wanted.images}
    category = Category.BLUE_LIST_VOLUNTEER if trial else Category.GENERATED_PERSON
    machine = Machine(_existing(wanted.folder or Path(tempfile.gettempdir())))
    facts = Facts(
        deployment=NO_DEPLOYMENT,
        step=None,
        kind=wanted.kind,
        profile=UK,
        machine=machine.facts,
        consented=bool(people) and people <= wanted.consented,
        watchlist=ListFacts(
            deployment=NO_DEPLOYMENT,
            built_at=now,
            built_by=WHOEVER_STARTED_IT,
            counts=MappingProxyType({category: len(people)}),
            under_18=0,
            vulnerable=0,
            model=engine.model,
        ),
        session=SessionFacts(
            combination=combination_of(engine.pack, engine.config),
            model=engine.model,
            threshold=Decimal(str(round(wanted.threshold, 9))),
            cameras=MappingProxyType(dict(wanted.cameras)),
            at_desk=frozenset(),
            on_street=frozenset(),
        ),
    )
    answer = ask(Asked.START_TRIAL if trial else Asked.START_DEMO, facts, now)
    if isinstance(answer, Refused):
        raise refusal_of(answer)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that there is already."""
    return next((one for one in (folder, *folder.absolute().parents) if one.is_dir()), Path("/"))
