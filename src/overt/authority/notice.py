"""Telling people: the notice, the signs, and the words on them (R8, R22)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from overt.authority.forms import Account, Deployment, Form, Line, Time
from overt.authority.limits import notice_hours
from overt.authority.reason import Reason
from overt.vocabulary import Category, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from overt.authority.application import Application
    from overt.authority.written import WrittenAuthority
    from overt.policy import Profile

Places = Annotated[tuple[Line, ...], Field(strict=False, min_length=1, max_length=50)]

LOOKED_FOR = {
    Category.WANTED_ON_WARRANT: "people wanted on a warrant",
    Category.WANTED_FOR_ARREST: "people suspected of an offence whose arrest is necessary",
    Category.COURT_ORDER_CONDITIONS: "people whom a court order or bail keeps from being here",
    Category.MISSING_AT_RISK: "missing people who may be in danger",
    Category.RISK_OF_SERIOUS_HARM: "people at risk of, or who may cause, serious harm",
    Category.BLUE_LIST_VOLUNTEER: "volunteers who agreed to be looked for",
    Category.GENERATED_PERSON: "generated people, who do not exist",
}


class Notice(Form):
    """When and where it was announced."""

    format: Literal[1]
    deployment: Deployment
    published_at: Time
    published_by: Account
    where: Places


class SignsConfirmed(Form):
    """Who saw which signs in their places, and when."""

    format: Literal[1]
    deployment: Deployment
    confirmed_at: Time
    confirmed_by: Account
    places: Places


def check_notice(
    notice: Notice | None,
    authority: WrittenAuthority,
    application: Application,
    profile: Profile,
    now: datetime,
    *,
    start: datetime,
) -> Iterator[Reason]:
    """Whether people were told in time.

    1. There is a notice of this deployment, published in every place that was promised.
    2. It was published after the authority, and not in the future.
    3. It is out for long enough before the start.

    Args:
        notice: what was published, if anything.
        authority: of the deployment.
        application: what was promised.
        profile: how long is long enough.
        now: one reading of the clock.
        start: when the cameras start, did start, or at the latest could.
    """
    publish = "Publish the notice, then wait its time"
    # 1. Which
    if notice is None or notice.deployment != authority.deployment:
        yield Reason("R8", "no notice of this deployment was published", publish)
        return
    missing = sorted(set(application.notice.published_at) - set(notice.where))
    if missing:
        what = f"the notice is not where it was promised: {', '.join(missing)}"
        yield Reason("R8", what, "Publish it there too")
    # 2. Not before there was anything to announce
    if not authority.decided_at <= notice.published_at <= now:
        yield Reason("R8", "the notice is dated before the authority or in the future", publish)
    # 3. Long enough
    least = notice_hours(authority.kind, profile)
    lead = (start - notice.published_at) / timedelta(hours=1)
    if lead < least:
        what = f"the notice is out for {lead:.1f} h before the start; {least:g} h are needed"
        yield Reason("R8", what, publish)


def check_signs(
    signs: SignsConfirmed | None,
    authority: WrittenAuthority,
    application: Application,
    now: datetime,
) -> Iterator[Reason]:
    """Whether every sign promised was seen in its place before the cameras start."""
    look = "Put up the signs, look at each, and confirm"
    if signs is None or signs.deployment != authority.deployment:
        yield Reason("R8", "nobody has confirmed that the signs are in place", look)
        return
    missing = sorted(set(application.notice.signs) - set(signs.places))
    if missing:
        yield Reason("R8", f"no sign was seen at: {', '.join(missing)}", look)
    if not authority.decided_at <= signs.confirmed_at <= now:
        yield Reason("R8", "the signs were confirmed before the authority or in the future", look)


def sign_text(application: Application, authority: WrittenAuthority) -> str:
    """The words of a sign: to be read from a distance."""
    return "\n".join(
        [
            "LIVE FACIAL RECOGNITION",
            *_only_a_trial(authority.kind),
            "",
            f"{application.organisation} is using it here:",
            application.place.name,
            _when(authority),
            "",
            "You need not pass. Choosing another way is not suspicious.",
            "",
            "Unless you are on the list made for today, your face is forgotten at once.",
            f"Questions and complaints: {application.complaints.contact}",
            f"Deployment {authority.deployment}",
            "",
        ]
    )


def leaflet_text(application: Application, authority: WrittenAuthority) -> str:
    """The words of a leaflet: what it is, whom it looks for, and how to complain (R22)."""
    looked_for = [f"  - {LOOKED_FOR[one]}" for one in sorted(application.watchlist.categories)]
    return "\n".join(
        [
            "LIVE FACIAL RECOGNITION: WHAT YOU SHOULD KNOW",
            *_only_a_trial(authority.kind),
            "",
            f"Who:   {application.organisation}",
            f"Where: {application.place.name}, {application.place.address}",
            f"When:  {_when(authority)}",
            f"Deployment {authority.deployment}",
            "",
            f"Whom it looks for: at most {authority.max_entries:,} people, listed for today alone:",
            *looked_for,
            "",
            "What happens to your face: it is compared with that list and, unless it is a possible",
            "match, forgotten at once. It is not stored, and not used for anything else.",
            "",
            "If it is a possible match: two people look at the pictures before anyone approaches",
            "you. A computer's score is never the only ground. Who you are is established by",
            "ordinary means. You may ask for the reference of the alert, such as K7QD-3M2P.",
            f"The alert is destroyed within {authority.alert_hours} hours, the list within a day.",
            "",
            "Choosing another way, or covering your face, is not treated as suspicious.",
            "",
            "How to complain:",
            *_wrapped(application.complaints.route),
            f"Contact: {application.complaints.contact}",
            "",
        ]
    )


def _only_a_trial(kind: Kind) -> list[str]:
    if kind is Kind.TRIAL:
        return ["A TRIAL: only volunteers are on the list"]
    return ["A DEMONSTRATION: nobody shown exists"] if kind is Kind.DEMO else []


def _when(authority: WrittenAuthority) -> str:
    start, end = authority.starts_at, authority.ends_at
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%d %B %Y %H:%M}"
    return f"{start:%d %B %Y}, {start:%H:%M} to {last} UTC"


def _wrapped(text: str, width: int = 88) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
