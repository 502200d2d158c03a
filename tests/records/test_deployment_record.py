"""The deployment record: each published figure, both rates, nothing added up (R18, R19, N12)."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chains import CHAIN
from met_2022_01_28 import story as met_story
from whole_story import (
    APPLICANT,
    AUTHORISER,
    FALSE,
    LIVE_AT,
    OFFICER,
    OPERATOR,
    SYSTEM,
    TRUE,
    Told,
    before_live,
    changed,
    counts,
    live,
    whole,
    write,
)

from overt.assess.rates import Rate
from overt.records import events as e
from overt.records.canonical import sha256
from overt.records.deployment_record import DeploymentRecord, record_of
from overt.records.line import read_chain
from overt.records.record_forms import rate_line
from overt.records.verify import verify
from overt.vocabulary import Ground, Identity

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FIELDS_OF_THE_MET = [
    "date",
    "place",
    "started_at",
    "finished_at",
    "duration_seconds",
    "watchlist_size",
    "threshold",
    "faces_seen",
    "true_alerts_confirmed",
    "true_alerts_unconfirmed",
    "false_alerts_confirmed",
    "false_alerts_unconfirmed",
    "total_alerts",
    "false_over_faces",
    "engagements",
    "stops_arrest",
    "stops_other_disposal",
]


def interval(events: int, trials: int) -> tuple[float, float]:
    return Rate(events, trials).interval()


def record(
    tmp_path: Path,
    signer: Ed25519PrivateKey,
    story: list[Told],
    place: str | None = "Oxford Circus",
) -> DeploymentRecord:
    path = write(tmp_path / "ledger", signer, story)
    return record_of(read_chain(path), interval=interval, place=place)


@pytest.mark.parametrize("form", ["json", "csv", "txt"])
def test_the_mets_28_january_2022(tmp_path: Path, signer: Ed25519PrivateKey, form: str) -> None:
    # R18: made once, checked by hand against the published figures, and kept.
    made = record(tmp_path, signer, met_story())
    forms = {"json": made.as_json.decode(), "csv": made.as_csv, "txt": made.as_text}
    golden = GOLDEN / f"met_2022_01_28.{form}"
    assert forms[form] == golden.read_text(encoding="utf-8")


def test_its_figures_are_the_published_ones(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    made = record(tmp_path, signer, met_story())
    document = json.loads(made.as_json)
    assert document["watchlist"]["entries"] == 9_756
    assert document["faces"]["seen"] == 12_120
    assert document["alerts"]["total"] == 11
    assert document["alerts"]["false_confirmed"] + document["alerts"]["false_unconfirmed"] == 1
    assert document["stops"]["recorded"] == document["alerts"]["engagements"] == 7
    assert document["stops"]["by_disposal"]["arrest"] == 4
    faces, alerts = document["rates"].values()
    assert (faces["events"], faces["trials"]) == (1, 12_120)
    assert (alerts["events"], alerts["trials"]) == (1, 11)
    low, high = interval(1, 12_120)
    assert (faces["low95"], faces["high95"]) == (f"{low:.3g}", f"{high:.3g}")
    assert verify(tmp_path / "ledger").ok
    assert made.sha256 == sha256(made.as_json)


def test_the_row_has_every_column_that_the_met_publishes(
    tmp_path: Path, signer: Ed25519PrivateKey
) -> None:
    (row,) = csv.DictReader(io.StringIO(record(tmp_path, signer, met_story()).as_csv))
    assert [name for name in FIELDS_OF_THE_MET if row.get(name) in (None, "")] == []
    assert row["total_alerts"] == "11"
    assert {"false_over_alerts", "false_over_alerts_low95", "false_over_faces_high95"} <= set(row)


def test_nothing_is_summed_over_disposals(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    made = record(tmp_path, signer, met_story())
    stops = made.document["stops"]
    assert not any("total" in name for name in stops["by_disposal"])
    assert "none are added up" in made.as_text


def test_a_whole_story_in_figures(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    document = record(tmp_path, signer, whole()).document
    alerts = document["alerts"]
    assert [alerts[name] for name in ("true_confirmed", "false_unconfirmed", "undecided")] == [
        1
    ] * 3
    assert alerts["total"] == 3
    assert document["faces"]["suppressed"] == 1
    assert document["duration_seconds"] == 600
    assert document["watchlist"]["categories"]["missing-at-risk"]["under_18"] == 1
    assert document["watchlist"]["signed_off"] == 1
    assert set(document["destruction"]["alerts"]) >= {TRUE, FALSE}
    assert set(document["destruction"]["holds"]) == {TRUE}
    assert document["ledger"]["head"] == verify(tmp_path / "ledger").head
    assert document["deployment"] == CHAIN


def test_people_are_as_officers_recorded_and_nobody_else(
    tmp_path: Path, signer: Ed25519PrivateKey
) -> None:
    # R19, N7
    said = record(tmp_path, signer, whole()).document["recorded_by_officers"]
    assert said["engagements"] == {
        "sex": {"male": 1},
        "age": {"25-34": 1},
        "self_defined_ethnicity": {"not-stated": 1},
    }
    assert said["false_alerts"] == {"sex": {}, "age": {}, "self_defined_ethnicity": {}}
    false = changed(whole(), e.OutcomeRecorded, identity=Identity.IS_NOT_THE_PERSON)
    (tmp_path / "ledger").unlink()
    said = record(tmp_path, signer, false).document["recorded_by_officers"]
    assert said["false_alerts"]["sex"] == {"male": 1}


def test_a_disproportionate_approach_is_no_false_alert(
    tmp_path: Path, signer: Ed25519PrivateKey
) -> None:
    story = changed(whole(), e.OperatorDecided, 1, ground=Ground.NOT_PROPORTIONATE)
    document = record(tmp_path, signer, story).document
    assert document["alerts"]["true_unconfirmed"] == 1
    assert document["rates"]["false_over_alerts"]["events"] == 0


def test_a_decision_taken_back_does_not_count(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    at = LIVE_AT + timedelta(seconds=211)
    story = sorted(
        [*before_live(), *live(), Told(at, OPERATOR, e.DecisionUndone(FALSE))],
        key=lambda told: told.at,
    )
    document = record(tmp_path, signer, story).document
    assert document["alerts"]["undecided"] == 2
    assert document["rates"]["false_over_faces"]["events"] == 0


def test_counts_of_a_recovered_session_are_summed(
    tmp_path: Path, signer: Ed25519PrivateKey
) -> None:
    at = LIVE_AT + timedelta(seconds=620)
    story = [
        *before_live(),
        *live()[:-1],
        Told(at, OPERATOR, e.SessionRecovered(15)),
        Told(at + timedelta(seconds=30), SYSTEM, counts(500, prompts=0, false_alerts=0)),
        Told(at + timedelta(seconds=30), OPERATOR, e.SessionEnded(e.EndReason.ORDERED)),
    ]
    document = record(tmp_path, signer, story).document
    assert document["faces"]["seen"] == 3_500
    assert document["duration_seconds"] == 650 - 15
    assert document["troubles"]["recoveries"] == 1
    assert verify(tmp_path / "ledger").ok


def test_a_stop_without_its_outcome_is_said(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    # R23
    story = [told for told in whole() if not isinstance(told.event, e.OutcomeRecorded)]
    stops = record(tmp_path, signer, story).document["stops"]
    assert (stops["recorded"], stops["outcome_missing"]) == (0, 1)


@pytest.mark.parametrize("length", [0, 1, 8, 12])
def test_what_was_never_live_has_a_record_too(
    tmp_path: Path, signer: Ed25519PrivateKey, length: int
) -> None:
    end = Told(LIVE_AT, APPLICANT, e.DeploymentCancelled(None))
    made = record(tmp_path, signer, [*before_live()[:length], end], place=None)
    assert made.document["rates"]["false_over_faces"]["rate"] is None
    assert "never live" in made.as_text
    assert "0 of 0: unknown" in made.as_text
    assert made.as_csv.count("\n") == 2
    assert AUTHORISER not in made.as_text


def test_a_record_names_nobody(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    made = record(tmp_path, signer, whole())
    for form in (made.as_json.decode(), made.as_csv, made.as_text):
        for name in (APPLICANT, AUTHORISER, OPERATOR, OFFICER, "E-0"):
            assert name not in form


def test_a_place_is_no_formula(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    made = record(tmp_path, signer, whole(), place="=cmd()")
    (row,) = csv.DictReader(io.StringIO(made.as_csv))
    assert row["place"] == "'=cmd()"


def test_none_and_all_are_bounds() -> None:
    # N12
    low, high = interval(0, 300)
    none = {"events": 0, "trials": 300, "rate": "0", "low95": f"{low}", "high95": f"{high:.3g}"}
    assert rate_line(none) == "0 of 300 (95%: at most 1.22%)"
    every = none | {"events": 300, "rate": "1", "low95": "0.988"}
    assert rate_line(every) == "300 of 300 (95%: at least 98.8%)"
