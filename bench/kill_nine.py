"""`kill -9` at random moments of live demo sessions, restarted each time.

A real instance with real models, a real process for the session and one for its camera, and two
desks that note each answer. Every kill is SIGKILL to the session's process group. At the end every
decision that was acknowledged stands in the ledger, which verifies; the list died in its hour; the
vault is empty; no process was left.

    python bench/kill_nine.py --kills 200
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kill_bed import Bed, Found
from kill_check import faults
from kill_street import write_list
from overt.live.caretaker import tend
from overt.records.retention import LIST_AFTER_END
from overt.records.verify import verify
from overt.vocabulary import Step
from stills import DEFAULT_CACHE

if TYPE_CHECKING:
    from overt.vocabulary import DeploymentId

LISTED = 40
PER_DEPLOYMENT = 25
"""Kills of one deployment, about."""
STEP_AT_END = timedelta(minutes=5)
MOST_TENDS = 60
MOMENTS = {"start": 0.2, "live": 0.4, "decision": 0.4}
"""How often each is chosen."""
TEND_S, PUBLISH_S, ENROL_S = 0.4, 0.3, 4.0
"""Each is killed within so long."""
OVER = frozenset({Step.CLOSED, Step.ERASED, Step.PUBLISHED, Step.CANCELLED})


def kill_enrolment(bed: Bed) -> None:
    """An enrolment that breaks off: its deployment is given up, and what it left dies."""
    deployment = bed.authorised()
    if bed.briefly("enrol", deployment, "in an enrolment", ENROL_S):
        say("  the enrolment was quicker")
    bed.calmly("cancel", deployment)
    end(bed, deployment)


def kill_live(bed: Bed, kills: int) -> None:
    """A deployment whose session is killed so often, at its close too, and then while it ends."""
    deployment = bed.noticed()
    until = bed.found.kills + kills
    while bed.found.kills < until:
        (moment,) = bed.chance.choices(list(MOMENTS), list(MOMENTS.values()))
        bed.live(deployment, moment)
        stood(bed, deployment)
        if bed.history(deployment).step in OVER:
            break
    for _ in range(5):  # until the session has come to its close
        if bed.history(deployment).step in OVER or bed.history(deployment).session_ended_at:
            break
        bed.live(deployment, "end")
        stood(bed, deployment)
    if bed.history(deployment).step not in OVER:
        bed.live(deployment, None)
    if bed.history(deployment).step is not Step.CLOSED:
        bed.found.faults.append(f"{deployment} is {bed.history(deployment).step} after its session")
    end(bed, deployment, kill=True)


def stood(bed: Bed, deployment: DeploymentId) -> None:
    """Between two lives: what was acknowledged stands."""
    wrong = faults(bed.instance.ledger_path(deployment), list(bed.found.deeds.done))
    bed.found.faults += wrong
    say(f"  {bed.found.kills:3} kills, {bed.found.deeds.counted('acknowledged')} acknowledged; "
        f"{dict(bed.found.phases)}" + (f"; FAULTS {wrong}" if wrong else ""))  # fmt: skip


def end(bed: Bed, deployment: DeploymentId, *, kill: bool = False) -> None:
    """To the hour of the list, minute by minute, killed on the way; then published."""
    history = bed.history(deployment)
    first = min((one.captured_at for one in history.alerts.values()), default=bed.clock.now())
    ended = [at for at in (history.session_ended_at, history.ended_at) if at]
    bed.clock.leap(max(timedelta(), first + timedelta(hours=23, minutes=51) - bed.clock.now()))
    for _ in range(MOST_TENDS):
        if kill:
            bed.briefly("tend", deployment, "in an erasure", TEND_S)
        tended = tend(bed.instance)
        bed.found.faults += [f"could not be tended: {line}" for line in tended.failed]
        if bed.history(deployment).step is Step.ERASED or bed.history(deployment).step is None:
            break
        bed.clock.leap(STEP_AT_END)
    history = bed.history(deployment)
    gone = history.list_destroyed_at
    late = gone is not None and ended and gone > min(ended) + LIST_AFTER_END
    if history.list_waits or late:  # an enrolment may have been killed before it began
        bed.found.faults.append(f"{deployment}: the list outlived its hour: {gone}, ended {ended}")
    if history.alerts_waiting or not history.texts_destroyed:
        bed.found.faults.append(f"{deployment}: not everything was destroyed")
    if history.went_live is not None:
        if kill:
            bed.briefly("publish", deployment, "in a publication", PUBLISH_S)
        bed.calmly("publish", deployment)
    see(bed, deployment)


def see(bed: Bed, deployment: DeploymentId) -> None:
    """Whether everything holds at the end of a deployment."""
    path = bed.instance.ledger_path(deployment)
    wrong = faults(path, bed.found.deeds.done)
    verified = verify(path)
    wrong += [f"{one.rule} line {one.seq}: {one.what}" for one in verified.findings]
    left = [one for one in bed.instance.vault.compartments() if one.startswith(deployment)]
    left += bed.instance.vault.pending()
    left += [str(one) for one in (bed.home / "vault" / "files").glob(f"{deployment}*")]
    wrong += [f"left in the vault: {one}" for one in left]
    if bed.history(deployment).went_live and not (bed.home / "published" / deployment).is_dir():
        wrong.append("it was not published")
    bed.found.faults += [f"{deployment}: {one}" for one in wrong]
    bed.found.lines += verified.lines
    say(f"{deployment}: {verified.lines} lines, {'; '.join(wrong) or 'everything holds'}")


def say(line: str) -> None:
    """For whoever watches."""
    print(line, file=sys.stderr, flush=True)


def run(folder: Path, *, kills: int, seed: int, listed: int = LISTED, per: int) -> Found:
    """Kill so often, and look.

    Args:
        folder: empty; of the instance.
        kills: at least.
        seed: of every random moment.
        listed: people on each list.
        per: kills of each deployment, about.
    """
    pictures = write_list(DEFAULT_CACHE / "kill", listed)
    bed = Bed(folder, pictures, random.Random(seed))  # noqa: S311 - moments
    try:
        while bed.found.kills < kills:
            kill_enrolment(bed)
            kill_live(bed, min(per, max(1, kills - bed.found.kills - 4)))
        if left := bed.instance.vault.compartments():
            bed.found.faults.append(f"left in the vault: {left}")
    finally:
        bed.close()
    return bed.found


def main() -> None:
    """Kill, and say what held."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--listed", type=int, default=LISTED)
    options.add_argument("--per", type=int, default=PER_DEPLOYMENT)
    asked = options.parse_args()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:
        found = run(
            Path(folder), kills=asked.kills, seed=asked.seed, listed=asked.listed, per=asked.per
        )
    took_s = time.monotonic() - began_s
    print(f"{found.kills} kills of {found.deployments} deployments in {took_s / 60:.1f} minutes")
    for phase, count in found.phases.most_common():
        print(f"  {count:4} {phase}")
    deeds = found.deeds
    print(
        f"{deeds.counted('acknowledged')} decisions acknowledged, {deeds.counted('refused')} "
        f"refused, {deeds.counted('unheard')} whose answer was never heard; {found.unseen} looks "
        f"at prompts without their pictures; {found.lines} ledger lines"
    )
    for fault in found.faults:
        print(f"FAULT {fault}")
    print("everything holds" if not found.faults else f"{len(found.faults)} faults")
    sys.exit(bool(found.faults))


if __name__ == "__main__":
    main()
