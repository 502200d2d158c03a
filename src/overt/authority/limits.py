"""What an application may ask for under its kind and profile (R2–R8, R11, R14, R20, R25–R27, N6).

Every fault is found at once, each with its field, its rule and the limit.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from overt.authority.forms import faulty
from overt.authority.place import area_km2
from overt.errors import BadConfig
from overt.policy import MAX_BLUE_LIST, PROFILES, Profile
from overt.vocabulary import Category, DocumentKind, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from overt.authority.application import Application

GENERATED_SOURCE = "generated"
"""The source that the demo, and nothing else, names: nobody is before it."""
_LIVE_SOURCE = re.compile(r"rtsps?://.+|/dev/video\d+", re.IGNORECASE)
TRIAL_DOCUMENTS = frozenset({DocumentKind.DPIA, DocumentKind.LEGAL_MANDATE})
"""A trial's passers-by are real, so their data's impact was assessed and somebody may do it."""
_OF_KIND = {
    Kind.TRIAL: frozenset({Category.BLUE_LIST_VOLUNTEER}),
    Kind.DEMO: frozenset({Category.GENERATED_PERSON}),
    Kind.OPERATIONAL: frozenset(Category)
    - {Category.BLUE_LIST_VOLUNTEER, Category.GENERATED_PERSON},
}


def profile_of(application: Application, profiles: Mapping[str, Profile] = PROFILES) -> Profile:
    """The limits in force for an application.

    Args:
        application: names its profile.
        profiles: those of this instance, which may be tighter than the shipped ones.

    Raises:
        BadConfig: if the instance's profile is looser than the shipped one.
    """
    return held(profiles[application.profile])


def held(profile: Profile) -> Profile:
    """A profile, if it is as strict as the shipped one of its name.

    Raises:
        BadConfig: if a limit of it is looser (R26).
    """
    shipped = PROFILES.get(profile.name)
    if shipped is None:
        msg = f"there is no profile {profile.name!r}"
        raise BadConfig(msg, rule="R26", advice=f"Use one of {', '.join(PROFILES)}.")
    names = [name for name in Profile.__slots__ if name != "name"]
    return shipped.tightened(**{name: getattr(profile, name) for name in names})


def check(
    application: Application,
    profiles: Mapping[str, Profile] = PROFILES,
    *,
    name: str = "application",
) -> None:
    """Hold an application to its profile.

    Raises:
        BadApplication: naming every field at fault.
    """
    found = tuple(problems(application, profile_of(application, profiles)))
    if found:
        raise faulty(name, found)


def problems(application: Application, profile: Profile) -> Iterator[str]:
    """Every fault, as ``field: R0: what; the limit``."""
    yield from _window(application, profile)
    yield from _place(application, profile)
    yield from _cameras(application, profile)
    yield from _watchlist(application, profile)
    yield from _documents(application, profile)
    yield from _recognition(application)
    yield from _retention(application, profile)
    yield from _notice(application, profile)
    yield from _officers(application)


def notice_hours(kind: Kind, profile: Profile) -> float:
    """Hours from a notice to the start, at least. Nobody walks down the demo's street (R8)."""
    return 0.0 if kind is Kind.DEMO else profile.min_notice_hours


def _window(application: Application, profile: Profile) -> Iterator[str]:
    window = application.window
    hours = (window.ends_at - window.starts_at) / timedelta(hours=1)
    if hours <= 0:
        yield "window.ends_at: R1: it is not after starts_at"
    elif hours > profile.max_session_hours:
        yield (
            f"window.ends_at: R1: {hours:g} h after the start; the limit is "
            f"{profile.max_session_hours:g} h"
        )


def _place(application: Application, profile: Profile) -> Iterator[str]:
    area = area_km2(application.place.boundary)
    if area > profile.max_area_km2:
        yield (
            f"place.boundary: R2: it encloses {area:.2f} km²; one place is at most "
            f"{profile.max_area_km2:g} km²"
        )


def _cameras(application: Application, profile: Profile) -> Iterator[str]:
    if len(application.cameras) > profile.max_cameras:
        yield (
            f"cameras: R25: {len(application.cameras)} are named; the limit is "
            f"{profile.max_cameras}"
        )
    sources = [camera.source for camera in application.cameras.values()]
    if len(set(sources)) < len(sources):
        yield "cameras: R25: one source is named twice"
    for name, camera in application.cameras.items():
        field = f"cameras.{name}"
        if any(not 0 <= share <= 1 for corner in camera.zone for share in corner):
            yield f"{field}.zone: R25: corners are shares of the picture, 0 to 1"
        generated = camera.source == GENERATED_SOURCE
        if application.kind is Kind.DEMO and not generated:
            yield f'{field}.source: N6: a demo looks at nothing but "{GENERATED_SOURCE}"'
        elif application.kind is not Kind.DEMO and generated:
            yield f"{field}.source: N6: the generated street is the demo's alone"
        elif application.kind is Kind.OPERATIONAL and not _LIVE_SOURCE.fullmatch(camera.source):
            yield (
                f"{field}.source: N6: neither rtsp://… nor /dev/video…; recordings are for trials"
            )


def _watchlist(application: Application, profile: Profile) -> Iterator[str]:
    listed = application.watchlist
    allowed = _OF_KIND[application.kind] & profile.categories
    for category in listed.categories:
        if category not in allowed:
            under = f"a deployment of kind {application.kind} under the {profile.name} profile"
            yield f"watchlist.categories.{category}: R3: not for {under}"
    if listed.max_entries > sum(listed.categories.values()):
        yield "watchlist.max_entries: R3: more than its categories add up to"
    if application.kind is Kind.TRIAL and listed.max_entries > MAX_BLUE_LIST:
        yield f"watchlist.max_entries: N6: a blue list has at most {MAX_BLUE_LIST:,} volunteers"
    for field in ("max_under_18", "max_vulnerable"):
        if getattr(listed, field) > listed.max_entries:
            yield f"watchlist.{field}: R7: more than max_entries"
    special = listed.max_under_18 or listed.max_vulnerable
    if special and listed.vulnerable_justification is None:
        yield "watchlist.vulnerable_justification: R7: needed, since under-18s or vulnerable may be"


def _documents(application: Application, profile: Profile) -> Iterator[str]:
    needed: frozenset[DocumentKind] = frozenset()
    if application.kind is Kind.OPERATIONAL:
        needed = profile.required_documents
    elif application.kind is Kind.TRIAL:
        needed = TRIAL_DOCUMENTS
    for kind in sorted(needed - application.documents.keys()):
        yield f"documents.{kind}: R20: is missing"


def _recognition(application: Application) -> Iterator[str]:
    recognition = application.recognition
    # A trial is how evidence is made, so it alone may run without.
    if recognition.evidence_sha256 is None and application.kind is not Kind.TRIAL:
        yield "recognition.evidence_sha256: R14: needed; name the evidence of this combination"
    if recognition.precision != "fp32" and recognition.engine == "onnxruntime":
        yield "recognition.precision: R14: onnxruntime computes in fp32"


def _retention(application: Application, profile: Profile) -> Iterator[str]:
    retention = application.retention
    if retention.alert_hours > profile.max_alert_hours:
        yield (
            f"retention.alert_hours: R11: {retention.alert_hours} h; the limit is "
            f"{profile.max_alert_hours:g} h"
        )
    elif retention.alert_hours > profile.default_alert_hours and retention.reason is None:
        yield f"retention.reason: R11: needed for over {profile.default_alert_hours:g} h"


def _notice(application: Application, profile: Profile) -> Iterator[str]:
    lead = (application.window.starts_at - application.notice.publish_by) / timedelta(hours=1)
    least = notice_hours(application.kind, profile)
    if lead < least:
        yield f"notice.publish_by: R8: {lead:g} h before the start; at least {least:g} h are needed"


def _officers(application: Application) -> Iterator[str]:
    if len({*application.operators, *application.engagement_officers}) < 2:  # noqa: PLR2004 - R27
        yield "engagement_officers: R27: somebody other than the operator must confirm"
    for field in ("operators", "engagement_officers"):
        named = getattr(application, field)
        if len(set(named)) < len(named):
            yield f"{field}: R27: somebody is named twice"
