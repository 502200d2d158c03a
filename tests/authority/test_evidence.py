"""The evidence file: counts that agree, a signature, and a bar that the built-in pack fails."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from papers import (
    COMBINATION,
    bounds,
    evidence_file,
    evidence_of,
    form_with,
    point,
)

from overt.authority.evidence import (
    Combination,
    Evidence,
    Group,
    Wanted,
    builtin_evidence,
    check,
    fpir_ratio,
    interval,
    read_evidence,
)
from overt.errors import BadApplication, BadEvidence
from overt.policy import UK
from overt.vocabulary import Kind


def wanted(**changes: Any) -> Wanted:
    whole: dict[str, Any] = {
        "combination": COMBINATION,
        "entries": 1000,
        "threshold": Decimal("0.94"),
        "kind": Kind.OPERATIONAL,
    }
    return Wanted(**(whole | changes))


def rules(evidence: Evidence, **changes: Any) -> list[str]:
    return [reason.rule for reason in check(evidence, wanted(**changes), UK)]


def said(evidence: Evidence, **changes: Any) -> str:
    return " | ".join(reason.what for reason in check(evidence, wanted(**changes), UK))


GOOD = evidence_of()
OTHER = {
    "pack": "another",
    "identity": "another-1",
    "detector_sha256": "8" * 64,
    "recogniser_sha256": "8" * 64,
    "engine": "openvino",
    "precision": "bf16",
    "normalisation": "list",
    "detector_px": 320,
}


def test_good_evidence_covers_what_it_assessed() -> None:
    assert check(GOOD, wanted(), UK) == ()
    assert check(GOOD, wanted(entries=1), UK) == ()


@pytest.mark.parametrize("field", list(Combination.model_fields))
def test_another_combination_is_not_covered(field: str) -> None:
    assert sorted(OTHER) == sorted(Combination.model_fields)
    for kind in (Kind.OPERATIONAL, Kind.DEMO):
        changed = form_with(COMBINATION, **{field: OTHER[field]})
        assert said(GOOD, combination=changed, kind=kind).startswith(f"{field} is {OTHER[field]}")


def test_a_longer_list_or_another_threshold_is_not_covered() -> None:
    assert said(GOOD, entries=1001) == "1,001 are listed; at most 1,000 were assessed"
    for threshold in ("0.93", "0.941", "0.95"):
        reasons = check(GOOD, wanted(threshold=Decimal(threshold)), UK)
        assert reasons[0].rule == "N9"
        assert reasons[0].what.endswith("these were: 0.92, 0.94")


def test_generated_people_are_evidence_for_the_demo_alone() -> None:
    generated = evidence_of(kind="generated")
    assert rules(generated, kind=Kind.DEMO) == []
    assert "generated people" in said(generated)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (point("0.94", 0, 900, non_mated=3999), "3,999 non-mated searches; 4,000 are needed"),
        (point("0.94", 0, 199, mated=199), "199 mated searches; 200 are needed"),
        (point("0.94", 0, 760), "may be as low as 0.732; the bar is 0.75"),
        (point("0.94", 1, 900), "may be as high as 0.00111; the bar is 0.001"),
    ],
)
def test_what_misses_the_bar_is_refused(one: Any, why: str) -> None:
    assert why in said(evidence_of(one))


def test_the_bar_is_for_operational_use() -> None:
    poor = evidence_of(point("0.94", 100, 500), kind="generated")
    assert check(poor, wanted(kind=Kind.DEMO), UK) == ()
    assert check(poor, wanted(), UK) != ()


# --- groups -------------------------------------------------------------------------------------


def test_a_group_that_bears_too_many_false_alerts_is_refused() -> None:
    unfair = evidence_of(point("0.92", 40, 980, first=30), point("0.94", 0, 900))
    assert "self-stated sex women: 2.9 times the FPIR" in said(unfair)
    fair = evidence_of(point("0.92", 40, 980, first=24), point("0.94", 0, 900))
    assert rules(fair) == []


def test_too_few_events_are_no_proof_of_fairness() -> None:
    for few in (
        evidence_of(point("0.92", 9, 980), point("0.94", 0, 900)),
        evidence_of(point("0.94", 0, 900)),
        evidence_of(form_with(point("0.94", 0, 900), groups=())),
    ):
        assert "not enough data" in said(few)
        assert "no bias" not in said(few)  # N12


def test_groups_are_compared_where_they_can_be_seen_but_not_above_the_threshold() -> None:
    above = evidence_of(point("0.94", 0, 900), point("0.95", 0, 890))
    assert "not enough data" in said(above)


def test_a_small_group_is_not_enough_data() -> None:
    small = form_with(
        point("0.92", 40, 980),
        groups=(
            Group(attribute="age", group="young", non_mated=499, false_alerts=4, mated=0, found=0),
            Group(attribute="age", group="old", non_mated=4501, false_alerts=36, mated=0, found=0),
        ),
    )
    assert "not enough data by age" in said(evidence_of(small, point("0.94", 0, 900)))


def test_the_ratio_adds_half_an_event_to_each() -> None:
    groups = [
        Group(attribute="age", group="a", non_mated=99, false_alerts=3, mated=0, found=0),
        Group(attribute="age", group="b", non_mated=199, false_alerts=0, mated=0, found=0),
    ]
    assert fpir_ratio(groups[0], groups) == pytest.approx((3.5 / 100) / (0.5 / 200))


# --- the built-in pack --------------------------------------------------------------------------


def test_the_built_in_pack_fails_the_bar_on_people() -> None:
    """Counts of bench/README.md: 500 listed from press photographs, threshold set for FPIR 0.1%."""
    measured = evidence_of(
        form_with(point("0.94", 2, 350, non_mated=2877, mated=749), groups=()), list_size=500
    )
    found = said(measured, entries=500)
    assert "TPIR 350 of 749 may be as low as 0.431; the bar is 0.75" in found
    assert "FPIR 2 of 2,877 may be as high as 0.00251" in found
    assert "2,877 non-mated searches" in found
    assert "not enough data" in found


def test_the_shipped_evidence_covers_the_demo_and_nothing_else() -> None:
    evidence, sha256 = read_evidence(builtin_evidence())
    assert len(sha256) == 64
    assert evidence.list_size == 1000
    assert all(one.non_mated >= 1000 for one in evidence.points)
    for threshold in ("0.96", "0.9625", "0.965"):
        demo = {
            "combination": evidence.combination,
            "entries": 40,
            "threshold": Decimal(threshold),
        }
        assert rules(evidence, kind=Kind.DEMO, **demo) == []
        assert "demo alone" in said(evidence, kind=Kind.OPERATIONAL, **demo)


def test_the_shipped_evidence_is_of_the_shipped_pack() -> None:
    from overt.faces.packs.store import open_pack  # noqa: PLC0415 - builds graphs

    evidence, _ = read_evidence(builtin_evidence())
    pack = open_pack("builtin")
    one = evidence.combination
    assert (one.pack, one.identity) == (pack.name, pack.identity)
    assert one.detector_sha256 == pack.detector.weights_sha256
    assert one.recogniser_sha256 == pack.recogniser.weights_sha256


# --- the file -----------------------------------------------------------------------------------


def test_a_signed_file_reads_back() -> None:
    evidence, sha256 = read_evidence(evidence_file(GOOD))
    assert evidence == GOOD
    assert sha256 != read_evidence(evidence_file(GOOD) + b"\n")[1]


@pytest.mark.parametrize(
    "altered",
    [
        evidence_file(GOOD, signer="somebody else"),
        evidence_file(GOOD).replace(b'"list_size":1000', b'"list_size":9999'),
        evidence_file(GOOD).replace(b'"people"', b'"generated"'),
        evidence_file(GOOD)[:-1],
        evidence_file(GOOD).replace(b'"signature":"', b'"signature":"0'),
        b"\xff",
        b"",
        b"{}",
    ],
)
def test_an_altered_file_is_refused(altered: bytes) -> None:
    with pytest.raises(BadEvidence, match="R14") as caught:
        read_evidence(altered)
    assert "\n" not in caught.value.line


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"false_alerts": 5001}, "more events than searches"),
        ({"fpir95": [0, "0.5"]}, "not the interval"),
        ({"tpir95": ["0.97", "0.98"]}, "not the interval"),
        ({"non_mated": True}, "non_mated"),
        ({"threshold": "1.5"}, "threshold"),
        ({"confidence": 1}, "no field"),
    ],
)
def test_counts_that_do_not_agree_are_refused(change: dict[str, Any], why: str) -> None:
    content = json.loads(evidence_file(GOOD))
    content["evidence"]["points"][0] |= change
    with pytest.raises(BadEvidence, match=why):
        read_evidence(json.dumps(content).encode())


def test_groups_that_exceed_the_whole_or_stand_twice_are_refused() -> None:
    one = point("0.94", 0, 900)
    first = one.groups[0]
    for groups in ((first, first), (form_with(first, non_mated=4000), one.groups[1])):
        with pytest.raises(ValueError, match="self-stated sex"):
            form_with(one, groups=groups)


@pytest.mark.parametrize(
    "points",
    [
        (point("0.94", 0, 900), point("0.92", 40, 980)),
        (point("0.92", 0, 900), point("0.92", 0, 900)),
        (point("0.92", 0, 900), point("0.94", 1, 900)),
        (point("0.92", 0, 900), point("0.94", 0, 901)),
        (point("0.92", 40, 980), point("0.94", 0, 900, non_mated=4000)),
    ],
)
def test_points_that_do_not_fall_together_are_refused(points: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="points"):
        evidence_of(*points)


def test_the_interval_is_exact() -> None:
    """0 of n: 1 − 0.025^(1/n); n of n: 0.025^(1/n). 3,688 is the least n for 1 in 1,000."""
    assert interval(0, 10) == (0.0, pytest.approx(1 - 0.025 ** (1 / 10)))
    assert interval(10, 10) == (pytest.approx(0.025 ** (1 / 10)), 1.0)
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(0, 3688)[1] < 0.001 < interval(0, 3687)[1]
    assert bounds(0, 10)[0] == 0


def test_evidence_is_no_application() -> None:
    from overt.authority.application import parse_application  # noqa: PLC0415

    with pytest.raises(BadApplication):
        parse_application(builtin_evidence().decode())
