"""The events of a ledger, their fields and closed lists, as docs/ledger-format.md gives them."""

from __future__ import annotations

ENVELOPE = {"at": "t", "by": "a", "chain": "c", "prev": "h", "seq": "i"}
"""Form of each field around an event's own."""
FORMS = {
    "a": r"[a-z][a-z0-9._-]{0,39}",
    "c": r"D-\d{8}-[0-9A-Z]{6}|instance",
    "s": r"[!-~]+( [!-~]+){0,40}",
    "h": r"[0-9a-f]{64}",
    "g": r"[0-9a-f]{128}",
    "t": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "d": r"-?\d{1,9}(\.\d{1,9})?",
}
"""Of texts; besides these, ``i`` is an integer, ``b`` true or false; ``?`` allows null."""
SCHEMA_TEXT = """
LedgerOpened kind:s? profile:s? software:s public_key:h
ApplicationMade application_sha256:h use_case:s starts_at:t ends_at:t threshold:d list_limit:i
    cameras:i
DocumentPinned document:s document_sha256:h
CategoryAuthorised category:s entries:i under_18:i vulnerable:i
AuthorityGranted authority_sha256:h application_sha256:h public_key:h signature:g use_case:s
    threshold:d model:s? evidence_sha256:h? list_limit:i cameras:i starts_at:t ends_at:t
    alert_hours:i
AuthorityRefused application_sha256:h reason_sha256:h
DeploymentCancelled reason_sha256:h?
IndependentlyApproved application_sha256:h approval_sha256:h public_key:h signature:g
EnrolmentBegan
ImagesRefused reason:s images:i
WatchlistEnrolled entries:i images:i refused:i
EntrySignedOff entry:s under_18:b vulnerability:s justified_by:s reason_sha256:h
CategoryCounted category:s entries:i under_18:i vulnerable:i
WatchlistSealed list_sha256:h built_at:t entries:i images:i need_sign_off:i model:s
WatchlistOpened purpose:s
NoticePublished notice_sha256:h published_at:t
SignsConfirmed signs:i
StepRefused step:s rules:s
DeploymentClosed
DeploymentErased
DeploymentPublished record_sha256:h
CameraNamed camera:s zone_sha256:h
WentLive authority_sha256:h list_sha256:h threshold:d model:s engine:s cameras:i
PromptRaised ref:s number:i entry:s category:s camera:s captured_at:t similarity:d one_in:i?
    frames_used:i expires_at:t
AlertSuppressed entry:s camera:s captured_at:t similarity:d
PromptShown ref:s
OperatorDecided ref:s possible:b ground:s subject:s system:s environment:s reason_sha256:h?
DecisionUndone ref:s
PromptAccepted ref:s
OfficerDecided ref:s confirmed:b ground:s subject:s system:s environment:s reason_sha256:h?
EngagementBegan ref:s
OutcomeRecorded ref:s identity:s identity_by:s disposal:s stop_seconds:i identity_asked:b force:s
    search:s recorded_sex:s recorded_age:s self_defined_ethnicity:s reason_sha256:h?
PromptExpired ref:s
PromptLost ref:s reason_sha256:h?
CountsTaken faces:i searched:i unassessable:i outside_zone:i prompts:i suppressed:i false_alerts:i
    frames_dropped:i
CameraOutageBegan camera:s
CameraOutageEnded camera:s seconds:i
WorkerRestarted camera:s
FramesDropped camera:s frames:i
SessionHalted rules:s
SessionEnded reason:s
SessionRecovered down_seconds:i
HoldPlaced ref:s until:t reason_sha256:h
AlertDisclosed ref:s reason_sha256:h
AlertDestroyed ref:s certificate_sha256:h
WatchlistDestroyed list_sha256:h? certificate_sha256:h
TextsDestroyed texts:i certificate_sha256:h
ErasureFailed kept:s ref:s?
Checkpointed public_key:h signature:g
TornLineCut size:i torn_sha256:h
AccountAdded account:s roles:s public_key:h
AccountDisabled account:s
SignInRefused account:s?
HeadNoted deployment:s last_seq:i head:h
"""
SCHEMA = {
    name: dict(one.split(":") for one in parts)
    for name, *parts in (
        line.split() for line in SCHEMA_TEXT.strip().replace("\n    ", " ").split("\n")
    )
}
STEPS: dict[str, tuple[str | None, ...]] = {
    "ApplicationMade": (None,),
    "AuthorityGranted": ("ApplicationMade",),
    "AuthorityRefused": ("ApplicationMade",),
    "WatchlistSealed": ("AuthorityGranted",),
    "NoticePublished": ("WatchlistSealed",),
    "WentLive": ("NoticePublished",),
    "DeploymentClosed": ("WentLive",),
    "DeploymentCancelled": (
        *("ApplicationMade", "AuthorityGranted", "WatchlistSealed", "NoticePublished"),
    ),
    "DeploymentErased": ("DeploymentClosed", "AuthorityRefused", "DeploymentCancelled"),
    "DeploymentPublished": ("DeploymentErased",),
}
"""Each step of a deployment, and the steps that it may follow (R1)."""
SIGNED_STEPS = {*STEPS, "SessionHalted", "SessionEnded", "SessionRecovered"}
USE_CASES = {"hotspot", "protective-security", "intelligence-led"}
CATEGORIES = {
    *("wanted-on-warrant", "wanted-for-arrest", "court-order-conditions", "missing-at-risk"),
    *("risk-of-serious-harm", "blue-list-volunteer", "generated-person"),
}
GROUNDS = {
    *("facial-features-agree", "facial-features-differ", "distinguishing-mark"),
    *("other-information", "picture-too-poor", "known-to-be-elsewhere", "not-proportionate"),
}
FACTORS = {
    *("no-concern", "age-gap", "partly-covered", "expression-or-pose", "twin-or-likeness"),
    *("low-similarity", "poor-listed-image", "group-error-rate"),
    *("light", "crowding", "distance", "weather"),
}
IMPACT_DOCUMENTS = {"dpia", "equality-impact", "community-impact"}
