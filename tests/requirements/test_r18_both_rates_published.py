"""R18: both false alert rates stand in the record, with counts and exact intervals.

The whole record, with the Met's figures of 28 January 2022 as a golden file, is tested in
tests/records/test_deployment_record.py.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from told_lines import REFS, decided, document_of, faces, raised

from overt.assess.rates import Rate
from overt.records import events as e
from overt.records.record_forms import rate_line

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
RATES = ("false_over_faces", "false_over_alerts")


def test_neither_rate_stands_alone_in_any_form() -> None:
    (row,) = csv.DictReader(io.StringIO((GOLDEN / "met_2022_01_28.csv").read_text("utf-8")))
    text = (GOLDEN / "met_2022_01_28.txt").read_text("utf-8")
    for name in RATES:
        assert {name, f"{name}_low95", f"{name}_high95"} <= set(row)
    assert "False alerts over faces seen: 1 of 12,120 = 0.00825% (95%: 0.000209%" in text
    assert "False alerts over alerts: 1 of 11 = 9.09% (95%: 0.23% to 41.3%)" in text


@pytest.mark.parametrize(("events", "trials"), [(0, 12_120), (10, 3_147_436), (0, 0), (7, 7)])
def test_a_rate_never_stands_without_its_counts(events: int, trials: int) -> None:
    low, high = Rate(events, trials).interval()
    said = rate_line(
        {
            "events": events,
            "trials": trials,
            "rate": f"{events / trials:.3g}" if trials else None,
            "low95": f"{low:.3g}",
            "high95": f"{high:.3g}",
        }
    )
    assert said.startswith(f"{events:,} of {trials:,}")
    assert "95%" in said or "unknown" in said
    assert "= 0%" not in said


def test_each_rate_has_its_own_trials_over_all_stretches_of_a_session() -> None:
    """One false alert in three, 1,500 faces before a crash and 500 after it."""
    document = document_of(
        *raised(*REFS),
        *decided(REFS[0], confirmed=False),
        e.PromptExpired(REFS[1]),
        e.PromptExpired(REFS[2]),
        faces(700),
        faces(1_500),
        e.SessionRecovered(60),
        faces(500),
    )
    assert document["faces"]["seen"] == 2_000
    rates = document["rates"]
    assert {name: (rates[name]["events"], rates[name]["trials"]) for name in RATES} == {
        "false_over_faces": (1, 2_000),
        "false_over_alerts": (1, 3),
    }
