"""Measure the built-in pack on the generated cast, and sign the counts as an evidence file.

    python bench/evidence.py --cache /tmp/street --out evidence.json

The evidence is good for the demo and nothing else: nobody in it exists. It shows what an
assessor's file holds. The key is made for the run and forgotten, so nobody can sign a second file
in its name; `--cache` is that of `street.py crowd`, and a run that was cut short goes on.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.authority.evidence import (
    WORD,
    Combination,
    Data,
    Evidence,
    Group,
    Point,
    interval,
    read_evidence,
)
from overt.authority.forms import plain
from overt.authority.signing import signing_bytes
from overt.config import Config
from overt.faces.packs.store import open_pack
from overt.live.engine import open_engine
from overt.street.cast import Cast
from street import ENROL, PROBE, open_readers, portrait_of, probe_of, templates

PACK = "builtin"
THRESHOLDS = [Decimal(f"{0.92 + step * 0.0025:.4f}") for step in range(25)]
"""0.92 to 0.98: from where nearly every stranger scores as high to where none does."""


def labels(cast: Cast, count: int) -> dict[str, list[str]]:
    """How the makers drew each person. Nobody's face is judged for it (N7)."""
    people = [cast.person(number) for number in range(count)]
    return {
        "drawn as": ["feminine" if one.masculinity < 0 else "masculine" for one in people],
        "drawn skin tone": [
            "light" if one.skin_tone < 1 / 3 else "medium" if one.skin_tone < 2 / 3 else "dark"
            for one in people
        ],
    }


def bounds(events: int, trials: int) -> tuple[Decimal, Decimal]:
    """The exact interval, five decimals."""
    low, high = interval(events, trials)
    return Decimal(f"{low:.5f}"), Decimal(f"{high:.5f}")


def main() -> None:
    """Measure, sign, write, and read back."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--list", type=int, default=1_000)
    parser.add_argument("--people", type=int, default=3_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.packs = PACK

    # 1. Templates: one custody-style still of each listed person, one outdoors of everybody.
    readers = open_readers(args)
    listed = templates(readers, portrait_of(args, ENROL), args.list, args.cache, "list")[PACK]
    probes = templates(readers, probe_of(args), args.people, args.cache, "probes")[PACK]
    seen = ~np.isnan(probes[:, 0])
    mates = np.arange(args.people) < args.list
    if np.isnan(listed).any():
        parser.error("somebody listed has no template: choose another seed")

    # 2. Searches: who passes, against everybody listed. A face that was never assessed finds none.
    scores = np.where(seen[:, None], np.nan_to_num(probes) @ listed.T, -1.0)
    best, similarity = scores.argmax(1), scores.max(1)
    right = mates & (best == np.arange(args.people))
    searched = ~mates & seen

    # 3. Counts, whole and by group.
    of_group = labels(Cast(args.seed), args.people)

    def point(threshold: Decimal) -> Point:
        over = similarity >= float(threshold)

        def counts(who: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> dict[str, int]:
            return {
                "non_mated": int((searched & who).sum()),
                "false_alerts": int((searched & over & who).sum()),
                "mated": int((mates & who).sum()),
                "found": int((right & over & who).sum()),
            }

        groups = tuple(
            Group(attribute=attribute, group=group, **counts(np.array(own) == group))
            for attribute, own in of_group.items()
            for group in sorted(set(own))
        )
        whole = counts(np.ones(args.people, np.bool_))
        return Point(
            threshold=threshold,
            fpir95=bounds(whole["false_alerts"], whole["non_mated"]),
            tpir95=bounds(whole["found"], whole["mated"]),
            groups=groups,
            **whole,
        )

    pack, config = open_pack(PACK), Config(pack=PACK)
    engine = open_engine(config)
    evidence = Evidence(
        format=1,
        title="Built-in pack on the generated cast",
        combination=Combination(
            pack=pack.name,
            identity=pack.identity,
            detector_sha256=pack.detector.weights_sha256,
            recogniser_sha256=pack.recogniser.weights_sha256,
            engine=config.runtime.engine,
            precision=config.runtime.precision,
            normalisation="none",
            detector_px=config.detector.longest_side,
        ),
        runtime=engine.recogniser_network.identity,
        list_size=args.list,
        points=tuple(point(threshold) for threshold in THRESHOLDS),
        data=Data(
            kind="generated",
            description=f"People {0} to {args.people - 1} of the generated cast, seed {args.seed}, "
            f"none of whom exists. One custody-style still of {ENROL[0]} by {ENROL[1]} pixels of "
            f"each of the first {args.list} is listed; one outdoor still of {PROBE[0]} by "
            f"{PROBE[1]} pixels of everybody is searched. Groups are how the makers drew them.",
            unassessable_non_mated=int((~mates & ~seen).sum()),
            unassessable_mated=int((mates & ~seen).sum()),
        ),
        method="Open-set identification, one search a person: the highest cosine over all entries, "
        "at or over the threshold. Single stills, where a session averages the best frames of a "
        "track. Repeat it with bench/evidence.py.",
        assessed_at=datetime.now(UTC).replace(microsecond=0),
        assessor="The Overt developers, by bench/evidence.py",
    )
    engine.close()

    # 4. Sign, write, and read it as the gate does.
    key = Ed25519PrivateKey.generate()
    content = rfc8785.dumps(
        {
            "evidence": plain(evidence),
            "public_key": key.public_key().public_bytes_raw().hex(),
            "signature": key.sign(signing_bytes(WORD, evidence)).hex(),
        }
    )
    args.out.write_bytes(content + b"\n")
    _, sha256 = read_evidence(args.out.read_bytes())
    for one in evidence.points:
        print(
            f"{one.threshold}: false alerts {one.false_alerts} of {one.non_mated}, "
            f"found {one.found} of {one.mated}"
        )
    print(f"{args.out}: {len(content):,} bytes, SHA-256 {sha256}")


if __name__ == "__main__":
    main()
