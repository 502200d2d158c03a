"""The gate: one function that permits or refuses, asked before each step and every second live.

It is the same for every kind of deployment. What differs: a trial needs no evidence, for it makes
it; a demo's notice needs no lead, for nobody is on its street; only operational use must clear the
bar of R14. The gate refuses whatever it was not told enough about. Pure: it reads no clock.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from overt.authority import evidence as assessed
from overt.authority import notice as told
from overt.authority import signoff, written
from overt.authority.facts import MOVE_OF, Asked, Permitted, Refused
from overt.authority.forms import text_of
from overt.authority.lifecycle import next_step
from overt.authority.limits import GENERATED_SOURCE, held
from overt.authority.reason import Reason
from overt.errors import BadConfig, Refusal
from overt.policy import MAX_BLUE_LIST
from overt.vocabulary import Category, Kind, Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from overt.authority.application import Application
    from overt.authority.facts import Facts, ListFacts
    from overt.authority.written import WrittenAuthority

MAX_CLOCK_DRIFT_S = 10.0
"""A time server corrects by less; more means that somebody set the clock, or the machine slept."""
MIN_DISK_BYTES = 256 * 2**20
"""A day's ledger and alerts, and room to say that it is full."""

LIVE = frozenset({Asked.GO_LIVE, Asked.STAY_LIVE})
ALONE = frozenset({Asked.START_TRIAL, Asked.START_DEMO})
RUNNING = LIVE | ALONE
ENDING = frozenset({Asked.CLOSE, Asked.ERASE, Asked.CANCEL, Asked.REFUSE})
"""Whatever is broken, a deployment can be ended and erased."""
LISTED = LIVE | {Asked.SIGN_OFF, Asked.GIVE_NOTICE, Asked.CONFIRM_SIGNS}
AUTHORISED = LISTED | {Asked.AUTHORISE, Asked.ENROL}


def ask(asked: Asked, facts: Facts, now: datetime) -> Permitted | Refused:
    """May this be done now?

     1. The move follows from the step (R1), and it is the kind's own.
     2. The limits in force are no looser than the shipped ones (R26).
     3. The clock can be trusted (N3).
     4. The ledger can be written, the disk has room, nothing is overdue for destruction (N13, R10).
     5. A genuine authority covers it (R2, R4, R15, R20, R26), or, alone, consent does (N6, R17).
     6. It is the authorised time, and the session is not too long (R1, N3).
     7. The list is this deployment's own, fresh, whole and no more than was authorised
        (R3, R5, R6, N5).
     8. Under-18s and vulnerable people were signed off by a second officer (R7).
     9. People were told, and the signs stand (R8).
    10. Evidence covers this model, threshold and list (R14, N9).
    11. Model and threshold are those authorised, and made the list's templates (R15, N9).
    12. Only authorised cameras are open, of a source that this kind may use (R25, N6).
    13. False alerts do not surely exceed the ceiling (R16).
    14. Two different people are there to decide (R12, R27).

    Args:
        asked: what is wanted.
        facts: everything known, gathered for this question.
        now: one reading of the wall clock, timezone-aware.

    Returns:
        Leave for this moment, or every reason against it.
    """
    reasons = tuple(reason for check in _STEPS for reason in check(asked, facts, now))
    return Refused(asked, now, reasons) if reasons else Permitted(asked, now)


# 1. The step
def _step(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    if asked in MOVE_OF:
        try:
            next_step(facts.step, MOVE_OF[asked])
        except Refusal as refusal:
            yield Reason("R1", refusal.message, refusal.advice or "")
    elif asked is Asked.STAY_LIVE and facts.step is not Step.LIVE:
        yield Reason("R1", f"the deployment is {facts.step}, not live", "Stop the cameras")
    if facts.step is not None and asked in ALONE:
        yield Reason("R1", "this runs outside a deployment", "Use the deployment's own steps")
    if asked in ENDING:
        return
    wanted = {Asked.START_TRIAL: Kind.TRIAL, Asked.START_DEMO: Kind.DEMO}.get(asked, facts.kind)
    of_papers = {facts.kind, wanted}
    of_papers |= {paper.kind for paper in (facts.application, facts.authority) if paper}
    if len(of_papers) > 1:
        what = f"{asked} is asked for a {facts.kind} deployment with papers of another kind"
        yield Reason("N6", what, "Apply for what is to be run")


# 2. The limits
def _profile(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    if asked not in ENDING:
        try:
            held(facts.profile)
        except BadConfig as fault:
            yield Reason("R26", fault.message, "A limit may only be tightened")


# 3. The clock
def _clock(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    drift = facts.machine.clock_drift_s
    # Written so that what is no number (NaN) is refused.
    if asked not in ENDING and not abs(drift) <= MAX_CLOCK_DRIFT_S:
        what = f"the clock was moved by {drift:.0f} s; limits of time cannot be kept by it"
        yield Reason("N3", what, "Set the clock right and start anew")


# 4. The machine
def _machine(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    machine = facts.machine
    if asked in ENDING:
        return
    if not machine.ledger_healthy:
        yield Reason("N13", "the ledger cannot be written", "Free the disk, then verify the ledger")
    if machine.disk_free_bytes < MIN_DISK_BYTES:
        free = machine.disk_free_bytes // 2**20
        what = f"{free} MiB of disk are free; {MIN_DISK_BYTES // 2**20} are needed"
        yield Reason("N13", what, "Make room")
    # A record of what is over may be published all the same.
    if machine.overdue and asked is not Asked.PUBLISH:
        what = f"not destroyed in time: {', '.join(machine.overdue)}"
        yield Reason("R10", what, "Erase it first; see its advice")


# 5. The authority
def _authority(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    if asked in ALONE:
        if not facts.consented:
            what = "not everybody listed has consented in writing"
            yield Reason("N6", what, "Fill in the consent register")
        return
    if asked not in AUTHORISED:
        return
    authority, application, signed = (
        facts.authority,
        facts.application,
        facts.authority_signature,
    )
    if authority is None or application is None or signed is None:
        yield Reason("N3", "there is no written authority", "Apply, and have it authorised")
        return
    if authority.deployment != facts.deployment:
        yield Reason("N3", "the authority is of another deployment", "Use its own authority")
    if not facts.authoriser_may:
        what = f"{authority.authoriser} is no authorising officer"
        yield Reason("R4", what, "Ask an authorising officer")
    profile = facts.profile
    # The independent authority may decide after the authoriser; nothing else goes before it (R26).
    if asked is Asked.AUTHORISE and facts.approval is None:
        profile = replace(profile, require_independent_approval=False)
    yield from written.verify(
        authority,
        application,
        signature=signed.signature,
        public_key=signed.public_key,
        profile=profile,
        approval=facts.approval,
    )


# 6. The time
def _time(asked: Asked, facts: Facts, now: datetime) -> Iterator[Reason]:
    session, profile = facts.session, facts.profile
    if asked in RUNNING and session is not None:
        longest = timedelta(hours=profile.max_session_hours)
        by_wall = now - session.live_since if session.live_since else timedelta(0)
        # Written so that what is no number (NaN) is refused.
        by_monotonic = session.live_s <= longest.total_seconds()
        if by_wall > longest or not by_monotonic:
            what = f"live for longer than {profile.max_session_hours:g} h"
            yield Reason("N3", what, "Close it; another session needs another authority")
    authority = facts.authority
    if authority is None or asked not in AUTHORISED:
        return
    if now >= authority.ends_at:
        yield Reason("N3", f"the authority ended at {authority.ends_at:%Y-%m-%d %H:%M} UTC", "Stop")
    if asked in LIVE and now < authority.starts_at:
        what = f"the authority begins at {authority.starts_at:%Y-%m-%d %H:%M} UTC"
        yield Reason("N3", what, "Wait")
    earliest = authority.starts_at - timedelta(hours=profile.max_list_age_hours)
    if asked is Asked.ENROL and now < earliest:
        what = f"a list built now would be over {profile.max_list_age_hours:g} h old at the start"
        yield Reason("R5", what, f"Build it after {earliest:%Y-%m-%d %H:%M} UTC")


# 7. The list
def _watchlist(asked: Asked, facts: Facts, now: datetime) -> Iterator[Reason]:
    if asked not in LISTED | ALONE:
        return
    listed, enrol = facts.watchlist, "Enrol the list for this deployment"
    if listed is None or listed.destroyed:
        yield Reason("N3", "there is no watchlist", enrol)
        return
    if listed.deployment != facts.deployment:
        yield Reason("N5", "the watchlist was built for another deployment", enrol)
    if not listed.intact:
        yield Reason("R6", "the watchlist cannot be read whole, or was altered", "Cancel")
    if listed.entries < 1:
        yield Reason("R3", "the watchlist lists nobody", enrol)
    yield from _age(asked, facts, listed, now)
    if asked in ALONE:
        yield from _volunteers(asked, listed)
    elif facts.authority and facts.application:
        yield from _composition(listed, facts.application, facts.authority)


def _age(asked: Asked, facts: Facts, listed: ListFacts, now: datetime) -> Iterator[Reason]:
    """A list may grow old while live; it may not be old when that begins."""
    age = _start(asked, facts, now) - listed.built_at
    hours, most = age / timedelta(hours=1), facts.profile.max_list_age_hours
    if hours > most:
        what = f"the watchlist was built {hours:.1f} h before the start; the limit is {most:g} h"
        yield Reason("R5", what, "Cancel, and apply anew")
    elif hours < 0:
        yield Reason("R5", "the watchlist is dated in the future", "Set the clock right")


def _start(asked: Asked, facts: Facts, now: datetime) -> datetime:
    """When the session begins: it did, or it would now."""
    since = facts.session.live_since if facts.session else None
    return since if asked is Asked.STAY_LIVE and since else now


def _volunteers(asked: Asked, listed: ListFacts) -> Iterator[Reason]:
    trial = asked is Asked.START_TRIAL
    own = Category.BLUE_LIST_VOLUNTEER if trial else Category.GENERATED_PERSON
    if set(listed.counts) - {own}:
        yield Reason("N6", f"somebody listed is no {own}", "List nobody else")
    if listed.entries > MAX_BLUE_LIST:
        what = f"{listed.entries:,} are listed; a blue list has at most {MAX_BLUE_LIST:,}"
        yield Reason("N6", what, "Shorten it")


def _composition(
    listed: ListFacts, application: Application, authority: WrittenAuthority
) -> Iterator[Reason]:
    asked_for, shorten = application.watchlist, "Take some off, or apply anew"
    for category, count in sorted(listed.counts.items()):
        most = asked_for.categories.get(category, 0)
        if count > most:
            yield Reason("R3", f"{count:,} are {category}; {most:,} were authorised", shorten)
    for rule, name, count, most in (
        ("R3", "listed", listed.entries, authority.max_entries),
        ("R7", "under 18", listed.under_18, asked_for.max_under_18),
        ("R7", "vulnerable", listed.vulnerable, asked_for.max_vulnerable),
    ):
        if count > most:
            yield Reason(rule, f"{count:,} are {name}; {most:,} were authorised", shorten)


# 8. The second sign-off
def _sign_offs(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    if asked in LISTED - {Asked.SIGN_OFF} and facts.watchlist and facts.authority:
        yield from signoff.check(
            facts.watchlist.need_sign_off,
            [(one, by.signature, by.public_key) for one, by in facts.sign_offs],
            facts.authority,
            enrolled_by=facts.watchlist.built_by,
        )


# 9. The notice and the signs
def _notice(asked: Asked, facts: Facts, now: datetime) -> Iterator[Reason]:
    authority, application = facts.authority, facts.application
    if authority is None or application is None:
        return
    if asked in LISTED - {Asked.SIGN_OFF}:
        start = _start(asked, facts, now) if asked in LIVE else authority.ends_at
        yield from told.check_notice(
            facts.notice, authority, application, facts.profile, now, start=start
        )
    if asked in LIVE | {Asked.CONFIRM_SIGNS}:
        yield from told.check_signs(facts.signs, authority, application, now)


# 10. The evidence
def _evidence(asked: Asked, facts: Facts, now: datetime) -> Iterator[Reason]:
    authority, listed, session = facts.authority, facts.watchlist, facts.session
    if asked not in LIVE or authority is None or facts.kind is Kind.TRIAL:
        return
    if facts.evidence is None or facts.evidence_sha256 != authority.recognition.evidence_sha256:
        what = "the evidence that the authority names is not here"
        yield Reason("R14", what, "Add the file whose SHA-256 it names")
    elif facts.evidence.assessed_at > now:
        yield Reason("R14", "the evidence is dated in the future", "Ask the assessor")
    elif listed is not None and session is not None:
        wanted = assessed.Wanted(session.combination, listed.entries, session.threshold, facts.kind)
        yield from assessed.check(facts.evidence, wanted, facts.profile)


# 11. What recognises
def _recognition(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    if asked not in RUNNING:
        return
    session, listed = facts.session, facts.watchlist
    if session is None:
        yield Reason("R15", "nothing is known of what the session would run", "Open its models")
        return
    if listed is not None and listed.model != session.model:
        what = "the list's templates were made by another model or setting"
        yield Reason("R15", what, "Use the model that the list was enrolled with")
    if asked in ALONE or facts.authority is None:
        return
    authorised, new = facts.authority.recognition, "A change needs a new authority"
    used = session.combination
    for name in ("pack", "identity", "engine", "precision", "normalisation", "detector_px"):
        one, other = getattr(used, name), getattr(authorised, name)
        if one != other:
            yield Reason("R15", f"{name} is {one}; {other} was authorised", new)
    if session.threshold != authorised.threshold:
        one, other = text_of(session.threshold), text_of(authorised.threshold)
        rule = "N9" if session.threshold < authorised.threshold else "R15"
        yield Reason(rule, f"the threshold is {one}; {other} was authorised", new)


# 12. The cameras
def _cameras(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    session = facts.session
    if asked not in RUNNING or session is None:
        return
    only = "Use only the cameras that the authority names"
    if not session.cameras:
        yield Reason("R25", "no camera is named", only)
    if len(session.cameras) > facts.profile.max_cameras:
        what = f"{len(session.cameras)} cameras; at most {facts.profile.max_cameras} may serve"
        yield Reason("R25", what, only)
    for name, source in sorted(session.cameras.items()):
        generated = source == GENERATED_SOURCE
        if generated is not (facts.kind is Kind.DEMO):
            what = f"camera {name}: the generated street is the demo's, and the demo has no other"
            yield Reason("N6", what, only)
        if asked in LIVE and facts.authority and facts.application:
            authorised = facts.application.cameras.get(name)
            if name not in facts.authority.cameras or authorised is None:
                yield Reason("R25", f"camera {name} was not authorised", only)
            elif authorised.source != source:
                yield Reason("R25", f"camera {name} has another source than authorised", only)


# 13. False alerts
def _halt(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    if asked in RUNNING and facts.session and facts.session.false_alerts_halt:
        most = facts.profile.max_false_alerts_per_face
        what = f"false alerts surely exceed {most:g} a face"
        yield Reason("R16", what, "Close it, and find out why before another")


# 14. Two people
def _people(asked: Asked, facts: Facts, _now: datetime) -> Iterator[Reason]:
    if asked not in LIVE or facts.session is None or facts.application is None:
        return
    named = facts.application
    desk = facts.session.at_desk & set(named.operators)
    street = facts.session.on_street & set(named.engagement_officers)
    if not desk:
        yield Reason("R12", "no operator whom the authority names is signed in", "Sign one in")
    elif not any(one != other for one in desk for other in street):
        what = "no engagement officer is signed in besides the operator"
        yield Reason("R27", what, "Two different people must confirm; sign another in")


_STEPS = (
    _step,
    _profile,
    _clock,
    _machine,
    _authority,
    _time,
    _watchlist,
    _sign_offs,
    _notice,
    _evidence,
    _recognition,
    _cameras,
    _halt,
    _people,
)
