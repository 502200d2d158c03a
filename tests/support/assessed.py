"""An assessor's signed evidence for the built-in pack: the counts are the tests' own invention."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.authority.evidence import WORD, Data, Evidence, Group, Point, interval
from overt.authority.forms import plain
from overt.authority.signing import signing_bytes
from overt.config import Config
from overt.faces.packs.store import open_pack
from overt.live.recognition import combination_of

NON_MATED, MATED = 5_000, 1_000
STATED = (
    "Invented for a test, so that a whole deployment can be run by its real commands: nobody was "
    "measured, and these counts say nothing about the pack."
)


def bounds(events: int, trials: int) -> tuple[Decimal, Decimal]:
    low, high = interval(events, trials)
    return Decimal(f"{low:.5f}"), Decimal(f"{high:.5f}")


def point(threshold: str, false_alerts: int, found: int) -> Point:
    groups = tuple(
        Group(
            attribute="self-stated sex",
            group=group,
            non_mated=NON_MATED // 2,
            false_alerts=false_alerts // 2,
            mated=MATED // 2,
            found=found // 2,
        )
        for group in ("women", "men")
    )
    return Point(
        threshold=Decimal(threshold),
        non_mated=NON_MATED,
        false_alerts=false_alerts,
        fpir95=bounds(false_alerts, NON_MATED),
        mated=MATED,
        found=found,
        tpir95=bounds(found, MATED),
        groups=groups,
    )


def evidence_file(*, list_size: int = 1_000) -> tuple[bytes, str]:
    """An evidence file that clears the bar at 0.96, and its SHA-256."""
    config = Config()
    evidence = Evidence(
        format=1,
        title="Counts made up for a test",
        combination=combination_of(open_pack("builtin"), config),
        runtime="the machine of the test",
        list_size=list_size,
        points=(point("0.92", 40, 980), point("0.96", 0, 900)),
        data=Data(
            kind="people", description=STATED, unassessable_non_mated=0, unassessable_mated=0
        ),
        method=STATED,
        assessed_at=datetime(2026, 1, 5, tzinfo=UTC),
        assessor="The test's own assessor",
    )
    key = Ed25519PrivateKey.generate()
    content = rfc8785.dumps(
        {
            "evidence": plain(evidence),
            "public_key": key.public_key().public_bytes_raw().hex(),
            "signature": key.sign(signing_bytes(WORD, evidence)).hex(),
        }
    )
    return content, hashlib.sha256(content).hexdigest()
