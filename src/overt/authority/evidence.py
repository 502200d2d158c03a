"""What was measured of a model before it is used: the evidence file (R14, N9).

An assessor measures one exact combination (weights, engine, precision, normalisation, detector
size) against a list of a known size, and signs the counts. `check` then says whether they cover
what an authority wants. The authoriser pins the file's hash in the authority, and so accepts the
assessor whose key it names. Rates are derived from counts, never the other way about.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from overt.assess.rates import Rate
from overt.authority.forms import Form, Line, Number, Sha256, Statement, Time, parse, text_of
from overt.authority.reason import Reason
from overt.authority.signing import is_signed
from overt.errors import BadApplication, BadEvidence
from overt.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from overt.policy import Profile

WORD = "evidence"
BUILTIN = "builtin-generated.json"
"""The shipped evidence: the built-in pack on the generated cast, for the demo alone."""
_DIGITS = 5e-6
"""A stated bound may differ so much from the exact one: it has five decimals."""
_CONTINUITY = 0.5

Count = Annotated[int, Field(ge=0, le=10**9)]
Bounds = Annotated[tuple[Number, Number], Field(strict=False)]


class Combination(Form):
    """Exactly what recognises. If one part differs, it is another system."""

    pack: Annotated[str, Field(min_length=1, max_length=64)]
    identity: Annotated[str, Field(min_length=1, max_length=100)]
    """The pack's: weights, graphs and how a picture is prepared."""
    detector_sha256: Sha256
    """Of the detector's weights as published."""
    recogniser_sha256: Sha256
    engine: Literal["onnxruntime", "openvino"]
    precision: Literal["fp32", "bf16"]
    normalisation: Annotated[str, Field(min_length=1, max_length=40)]
    detector_px: int = Field(ge=32, le=8_192)


class Group(Form):
    """Counts of one group, labelled by whoever made or asked the volunteers (never inferred)."""

    attribute: Line
    group: Annotated[str, Field(min_length=1, max_length=100)]
    non_mated: Count
    false_alerts: Count
    mated: Count
    found: Count


class Point(Form):
    """What came out at one threshold."""

    threshold: Annotated[Number, Field(gt=0, lt=1)]
    non_mated: Count
    """Searches by people on no list."""
    false_alerts: Count
    """Of these, how many returned a candidate at or over the threshold."""
    fpir95: Bounds
    """Exact (Clopper–Pearson) 95% interval of false_alerts over non_mated."""
    mated: Count
    """Searches by people on the list, those whose face could not be assessed included."""
    found: Count
    """Of these, how many returned the right candidate at or over the threshold."""
    tpir95: Bounds
    groups: Annotated[tuple[Group, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _counts_agree(self) -> Self:
        both: tuple[Point | Group, ...] = (self, *self.groups)
        for one in both:
            if one.false_alerts > one.non_mated or one.found > one.mated:
                msg = "more events than searches"
                raise ValueError(msg)
        for attribute in {one.attribute for one in self.groups}:
            own = [one for one in self.groups if one.attribute == attribute]
            if len({one.group for one in own}) < len(own):
                msg = f"a group of {attribute} stands twice"
                raise ValueError(msg)
            for field in ("non_mated", "false_alerts", "mated", "found"):
                if sum(getattr(one, field) for one in own) > getattr(self, field):
                    msg = f"the groups of {attribute} add up to more than {field}"
                    raise ValueError(msg)
        for field, events, trials in (
            ("fpir95", self.false_alerts, self.non_mated),
            ("tpir95", self.found, self.mated),
        ):
            stated = getattr(self, field)
            exact = interval(events, trials)
            if any(abs(float(a) - b) > _DIGITS for a, b in zip(stated, exact, strict=True)):
                msg = f"{field} is not the interval of its counts ({exact[0]:.5f}, {exact[1]:.5f})"
                raise ValueError(msg)
        return self


class Data(Form):
    """Whom it was measured on."""

    kind: Literal["people", "generated"]
    """"generated" people exist nowhere: such evidence is good for the demo and nothing else."""
    description: Statement
    unassessable_non_mated: Count
    """People on no list whose face could not be assessed: no search was made."""
    unassessable_mated: Count


class Evidence(Form):
    """One assessment."""

    format: Literal[1]
    title: Line
    combination: Combination
    runtime: Line
    """Version of the engine and the machine, for the reader."""
    list_size: int = Field(ge=1, le=10**7)
    """Entries searched against; a longer list raises FPIR, so it needs evidence of its own."""
    points: Annotated[tuple[Point, ...], Field(strict=False, min_length=1, max_length=200)]
    """In order of threshold."""
    data: Data
    method: Statement
    assessed_at: Time
    assessor: Line
    """Who measured, by name and body."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for low, high in pairwise(self.points):
            if not low.threshold < high.threshold:
                msg = "points: the thresholds do not rise"
                raise ValueError(msg)
            if (low.non_mated, low.mated) != (high.non_mated, high.mated):
                msg = "points: each threshold is judged on the same searches"
                raise ValueError(msg)
            if high.false_alerts > low.false_alerts or high.found > low.found:
                msg = f"points: more is found at {high.threshold} than at {low.threshold}"
                raise ValueError(msg)
        return self


class SignedEvidence(Form):
    """The file: the evidence, and the assessor's signature of it."""

    evidence: Evidence
    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The assessor's, Ed25519, hexadecimal."""
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an authority would run."""

    combination: Combination
    entries: int
    """On the watchlist."""
    threshold: Decimal
    kind: Kind


def read_evidence(content: bytes, *, name: str = "evidence") -> tuple[Evidence, str]:
    """Read an evidence file.

    Returns:
        The evidence, and the SHA-256 of the file's bytes by which an authority pins it.

    Raises:
        BadEvidence: if it is malformed or its signature is not the named key's.
    """
    try:
        signed = parse(content.decode("utf-8"), SignedEvidence, name=name)
    except UnicodeDecodeError as error:
        msg = f"{name}: not UTF-8 text"
        raise BadEvidence(msg, rule="R14") from error
    except BadApplication as error:
        raise BadEvidence(error.message, rule="R14", advice="See docs/authority.md.") from error
    key, signature = bytes.fromhex(signed.public_key), bytes.fromhex(signed.signature)
    if not is_signed(WORD, signed.evidence, signature, key):
        msg = f"{name}: the signature is not that of the key it names"
        raise BadEvidence(msg, rule="R14", advice="Ask the assessor for the file as signed.")
    return signed.evidence, hashlib.sha256(content).hexdigest()


def builtin_evidence() -> bytes:
    """The shipped file: the built-in pack on the generated cast, for the demo alone."""
    return (files("overt.authority") / "evidence_files" / BUILTIN).read_bytes()


def interval(events: int, trials: int) -> tuple[float, float]:
    """Exact 95% interval; (0, 1) if nothing was tried."""
    return Rate(events, trials).interval()


def check(evidence: Evidence, wanted: Wanted, profile: Profile) -> tuple[Reason, ...]:
    """Whether evidence covers what is wanted, and is good enough. Empty if so.

    1. Each part of the combination is the one assessed.
    2. The list is no longer than the one assessed.
    3. The threshold is one of those assessed.
    4. Generated people are evidence for the demo alone.
    5. Operational use: enough searches stand behind it.
    6. Operational use: TPIR surely reaches the bar, FPIR surely stays under it.
    7. Operational use: no group bears much more than its share of false alerts, and enough is
       known to say so.
    """
    return tuple(_check(evidence, wanted, profile))


def _check(evidence: Evidence, wanted: Wanted, profile: Profile) -> Iterator[Reason]:
    measure = "Assess this combination, or ask for the one that was assessed"
    # 1. The combination
    for field in Combination.model_fields:
        assessed, asked = getattr(evidence.combination, field), getattr(wanted.combination, field)
        if assessed != asked:
            yield Reason("R14", f"{field} is {asked}; {assessed} was assessed", measure)
    # 2. The list
    if wanted.entries > evidence.list_size:
        what = f"{wanted.entries:,} are listed; at most {evidence.list_size:,} were assessed"
        yield Reason("R14", what, "Shorten the list, or assess a longer one")
    # 3. The threshold
    point = next((one for one in evidence.points if one.threshold == wanted.threshold), None)
    if point is None:
        tested = ", ".join(text_of(one.threshold) for one in evidence.points)
        what = f"the threshold {text_of(wanted.threshold)} was not assessed; these were: {tested}"
        yield Reason("N9", what, measure)
    # 4. The people
    if evidence.data.kind == "generated" and wanted.kind is not Kind.DEMO:
        what = "it was measured on generated people, which is evidence for the demo alone"
        yield Reason("R14", what, "Assess the model on people like those who pass")
    if wanted.kind is not Kind.OPERATIONAL:
        return
    # 5–7. The bar
    if point is not None:
        yield from _bar(point, profile)
    yield from _groups(evidence, wanted.threshold, profile)


def _bar(point: Point, profile: Profile) -> Iterator[Reason]:
    better = "Use a better model or setting; the bar is not for lowering"
    more = "Assess more searches"
    if point.non_mated < profile.min_non_mated:
        what = f"{point.non_mated:,} non-mated searches; {profile.min_non_mated:,} are needed"
        yield Reason("R14", what, more)
    if point.mated < profile.min_mated:
        what = f"{point.mated:,} mated searches; {profile.min_mated:,} are needed"
        yield Reason("R14", what, more)
    low, _ = interval(point.found, point.mated)
    if low < profile.min_tpir:
        counts = f"{point.found:,} of {point.mated:,}"
        what = f"TPIR {counts} may be as low as {low:.3f}; the bar is {profile.min_tpir:g}"
        yield Reason("R14", what, better)
    _, high = interval(point.false_alerts, point.non_mated)
    if high > profile.max_fpir:
        counts = f"{point.false_alerts:,} of {point.non_mated:,}"
        what = f"FPIR {counts} may be as high as {high:.5f}; the bar is {profile.max_fpir:g}"
        yield Reason("R14", what, better)


def _groups(evidence: Evidence, threshold: Decimal, profile: Profile) -> Iterator[Reason]:
    """Compare groups at the highest threshold, not over the wanted one, that shows enough events.

    At a good threshold there is hardly a false alert to compare; a little lower the same model
    shows on whom they fall.
    """
    attributes = sorted({one.attribute for point in evidence.points for one in point.groups})
    if not attributes:
        what = "not enough data: no group was assessed, so nothing is known of bias"
        yield Reason("R14", what, "Assess by group")
    for attribute in attributes:
        enough = [
            own
            for point in evidence.points
            if point.threshold <= threshold
            and (own := [one for one in point.groups if one.attribute == attribute])
            and len(own) > 1
            and sum(one.false_alerts for one in own) >= profile.min_group_false_alerts
            and all(one.non_mated >= profile.min_group_non_mated for one in own)
        ]
        if not enough:
            what = (
                f"not enough data by {attribute}: two groups or more, each of "
                f"{profile.min_group_non_mated:,} non-mated searches, and together "
                f"{profile.min_group_false_alerts} false alerts at a threshold are needed"
            )
            yield Reason("R14", what, "Assess more people of each group, at lower thresholds too")
            continue
        for one in enough[-1]:
            ratio = fpir_ratio(one, enough[-1])
            if ratio > profile.max_group_fpir_ratio:
                what = (
                    f"{attribute} {one.group}: {ratio:.1f} times the FPIR of everyone else; the "
                    f"bar is {profile.max_group_fpir_ratio:g}"
                )
                yield Reason("R14", what, "Use a model or normalisation that is fairer")


def fpir_ratio(one: Group, groups: list[Group]) -> float:
    """FPIR of one group over that of all the others of its attribute together.

    Half an event is added to each count, so that none divides by zero (Haldane 1956; Anscombe
    1956, for the log odds ratio).
    """
    others = [other for other in groups if other is not one]
    own = (one.false_alerts + _CONTINUITY) / (one.non_mated + 2 * _CONTINUITY)
    events = sum(other.false_alerts for other in others) + _CONTINUITY
    return own / (events / (sum(other.non_mated for other in others) + 2 * _CONTINUITY))
