"""A deployment's list: read, judged, signed off where that is wanted, and sealed (R3, R5–R7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from overt.authority.application import canonical
from overt.authority.facts import Asked
from overt.authority.signoff import SignOff, signing_bytes
from overt.errors import Refusal
from overt.live.engine import open_engine
from overt.live.open_deployment import OpenDeployment, need_role
from overt.live.papers import SignedSignOff
from overt.live.reader import StillReader
from overt.live.recognition import config_for
from overt.records import events as e
from overt.records.event import EntryNumber, Sha256, Word, moment
from overt.vocabulary import Role
from overt.watchlist.composition import composition_of, needing_sign_off
from overt.watchlist.enrolment import Agreed, check_agreed, enrol_listed
from overt.watchlist.listing import listing_for
from overt.watchlist.sealed import Built, pictures_of, seal
from overt.watchlist.table import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from overt.live.applying import SignedIn
    from overt.live.instance import Instance
    from overt.store.accounts import Account
    from overt.vocabulary import DeploymentId
    from overt.watchlist.enrolment import Enrolment
    from overt.watchlist.listing import Listing

    Progress = Callable[[int, int], None]


JUSTIFICATIONS = ("person", "justification")


@dataclass(frozen=True, slots=True)
class SecondSignature:
    """A second officer, and why each under-18 or vulnerable person may be listed (R7)."""

    by: SignedIn
    justifications: Mapping[str, str] = field(repr=False)
    """By the person's name as the list gives it."""


def offered(instance: Instance, deployment: DeploymentId, source: Path) -> Listing:
    """Who a folder or CSV offers for a deployment; nothing is kept.

    Raises:
        OvertError: naming each fault of the list.
    """
    with OpenDeployment.take(instance, deployment) as one:
        return _listing(one, source)


def enrol(
    instance: Instance,
    deployment: DeploymentId,
    source: Path,
    by: Account,
    *,
    second: SecondSignature | None = None,
    warnings_read: str | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Built:
    """Build a deployment's list and seal it, once.

    1. The gate permits.
    2. The list keeps to the authority's numbers, and whoever needs it has a second signature.
    3. The ledger says that collection began; pictures go through the quality gate.
    4. The second officer's sign-off is kept and recorded, entry by entry.
    5. The list is sealed, counted and recorded.

    Raises:
        Refusal: if a rule forbids it; there is no list.
        OvertError: if the list, a model or the vault is at fault; there is no list.
    """
    if not by.roles & {Role.APPLICANT, Role.ENGINEER}:
        need_role(by, Role.APPLICANT, "build a list")
    with OpenDeployment.take(instance, deployment) as one:
        one.permit(Asked.ENROL, one.facts(), by.id)  # 1
        listing = _listing(one, source)
        _check_second(one, listing, second, by)  # 2
        signed = None if second is None else needing_sign_off(listing.people).sha256
        agreed = Agreed(one.application.watchlist, signed, warnings_read)
        check_agreed(listing, agreed)
        built_at = instance.clock.now()
        one.record(e.EnrolmentBegan(), by.id)  # 3
        engine = open_engine(config_for(one.application))
        try:
            with pictures_of(instance.vault, deployment) as pictures:
                enrolment = enrol_listed(
                    listing, StillReader(engine), pictures, agreed, progress=progress
                )
            _sign_off(one, enrolment, second, by, built_at)  # 4
            sealed = seal(instance.vault, deployment, enrolment, built_at=built_at)  # 5
        finally:
            engine.close()
        _record(one, listing, enrolment, by)
        one.record(
            e.WatchlistSealed(
                list_sha256=Sha256(sealed.list_sha256),
                built_at=moment(sealed.built_at),
                entries=sealed.composition.entries,
                images=sealed.pictures,
                need_sign_off=sealed.composition.needing_sign_off,
                model=Word(one.application.recognition.identity),
            ),
            by.id,
        )
        return Built(sealed, enrolment.left_out, enrolment.doubts)


def read_justifications(file: Path) -> dict[str, str]:
    """The second officer's reasons, from a CSV of ``person,justification``.

    Raises:
        BadList: naming the line at fault.
    """
    return {row.values[0]: row.values[1] for row in read_table(file, JUSTIFICATIONS)}


def _listing(one: OpenDeployment, source: Path) -> Listing:
    on = one.application.window.starts_at.astimezone().date()
    return listing_for(source, one.history.kind, one.instance.clock, on=on)


def _check_second(
    one: OpenDeployment, listing: Listing, second: SecondSignature | None, by: Account
) -> None:
    """Whoever needs a second signature gets one, of an officer who had no part in it (R7).

    Raises:
        Refusal: before a picture is read; there is no list.
    """
    needing = needing_sign_off(listing.people).people
    if not needing:
        return
    rule = "R7"
    if second is None:
        shown = ", ".join(str(person.name) for person in needing[:3])
        more = f" and {len(needing) - 3} more" if len(needing) > 3 else ""  # noqa: PLR2004
        raise Refusal(
            rule,
            f"{len(needing)} under-18 or vulnerable people are listed: {shown}{more}",
            advice="A second authorising officer must sign: --second and --justifications.",
        )
    without = [name for p in needing if not second.justifications.get(name := str(p.name))]
    if without:
        raise Refusal(
            rule,
            f"{len(without)} under-18 or vulnerable people have no justification of their own",
            advice="Give one for each in the CSV of --justifications.",
        )
    account = second.by.account
    need_role(account, Role.AUTHORISER, "sign off entries")
    if account.id in {one.history.applicant, one.history.authoriser, by.id}:
        raise Refusal(
            rule,
            f"{account.id} took part already and is no second officer",
            advice="Ask an authorising officer who had no part in it.",
        )


def _sign_off(
    one: OpenDeployment,
    enrolment: Enrolment,
    second: SecondSignature | None,
    by: Account,
    now: datetime,
) -> None:
    """Keep the second signature, and record it entry by entry."""
    needing = needing_sign_off(enrolment.people).people
    if not needing or second is None:
        return
    officer, deployments = second.by.account, one.instance.deployments
    sign_off = SignOff(
        format=1,
        deployment=one.id,
        officer=officer.id,
        decided_at=now.replace(microsecond=0),
        justifications={str(p.entry): second.justifications[str(p.name)] for p in needing},
    )
    signature = one.instance.accounts.sign(
        officer.id, second.by.password, signing_bytes(sign_off), now
    )
    signed = SignedSignOff(sign_off=sign_off, signature=signature.hex())
    text = deployments.put_text(one.id, canonical(signed).decode(), about="list")
    for person in needing:
        one.ledger.append(
            e.EntrySignedOff(
                entry=EntryNumber(person.entry),
                under_18=person.under_18 is True,
                vulnerability=person.vulnerability,
                justified_by=by.id,
                reason_sha256=Sha256(text.sha256),
            ),
            officer.id,
        )


def _record(one: OpenDeployment, listing: Listing, enrolment: Enrolment, by: Account) -> None:
    """The list in numbers."""
    images = sum(len(person.pictures) for person in enrolment.people)
    one.ledger.append(
        e.WatchlistEnrolled(
            entries=len(enrolment.people), images=images, refused=len(listing.images) - images
        ),
        by.id,
    )
    for category in sorted({person.category for person in enrolment.people}):
        counted = composition_of(p for p in enrolment.people if p.category is category)
        one.ledger.append(
            e.CategoryCounted(category, counted.entries, counted.under_18, counted.vulnerable),
            by.id,
        )
