"""The Met's deployment of 28 January 2022, told as a ledger: the figures that were published.

Watchlist 9,756; faces 12,120; alerts 11; false 1; stops 7; arrests 4 (Evening Standard, Computer
Weekly). What was not published (times, grounds, who decided) is made up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from whole_story import (
    LIVE_AT,
    OFFICER,
    OPERATOR,
    SOME,
    SYSTEM,
    Told,
    before_live,
    counts,
    live,
    officer,
    operator,
    outcome,
    prompt,
)

from overt.records import events as e
from overt.records.event import Sha256
from overt.vocabulary import AlertRef, Disposal, Identity, SelfDefinedEthnicity

STOPS = (
    (Identity.IS_THE_PERSON, Disposal.ARREST),
    (Identity.IS_THE_PERSON, Disposal.ARREST),
    (Identity.IS_THE_PERSON, Disposal.ARREST),
    (Identity.IS_THE_PERSON, Disposal.ARREST),
    (Identity.IS_THE_PERSON, Disposal.CONDITIONS_CHECKED),
    (Identity.IS_THE_PERSON, Disposal.NO_ACTION),
    (Identity.IS_NOT_THE_PERSON, Disposal.NO_ACTION),
)
"""Seven; the one false alert was found out in the last."""
ALERTS = 11


def story() -> list[Told]:
    told = [*before_live(), *live()[:3]]
    for number in range(1, ALERTS + 1):
        at = LIVE_AT + timedelta(minutes=10 * number)
        ref = AlertRef(f"MET0-{number:04}")
        told += [
            Told(at, SYSTEM, prompt(ref, number, f"E-{number:04}", at)),
            Told(at + timedelta(seconds=9), OPERATOR, operator(ref, possible=True)),
            Told(at + timedelta(seconds=40), OFFICER, officer(ref, confirmed=True)),
        ]
        if number > len(STOPS):
            lost = e.PromptLost(ref, None)
            told.append(Told(at + timedelta(minutes=5), OFFICER, lost))
            continue
        identity, disposal = STOPS[number - 1]
        stop = replace(
            outcome(ref, identity),
            disposal=disposal,
            stop_seconds=120 * number,
            self_defined_ethnicity=SelfDefinedEthnicity.NOT_ASKED,
        )
        told += [
            Told(at + timedelta(seconds=70), OFFICER, e.EngagementBegan(ref)),
            Told(at + timedelta(seconds=90 + 120 * number), OFFICER, stop),
        ]
    end = LIVE_AT + timedelta(hours=4)
    told.sort(key=lambda one: one.at)
    counted = counts(12_120, prompts=ALERTS, false_alerts=1)
    destroyed = end + timedelta(hours=19)
    return [
        *told,
        Told(end, SYSTEM, counted),
        Told(end, OPERATOR, e.SessionEnded(e.EndReason.ORDERED)),
        Told(end, OPERATOR, e.DeploymentClosed()),
        Told(end, SYSTEM, e.WatchlistDestroyed(Sha256("1" * 64), SOME)),
        *(
            Told(destroyed, SYSTEM, e.AlertDestroyed(AlertRef(f"MET0-{number:04}"), SOME))
            for number in range(1, ALERTS + 1)
        ),
        Told(destroyed, SYSTEM, e.TextsDestroyed(18, SOME)),
        Told(destroyed, SYSTEM, e.DeploymentErased()),
    ]
