"""What to type next: the commands that a deployment waits for, with who may give them (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.vocabulary import Kind, Step

if TYPE_CHECKING:
    from overt.live.history import History
    from overt.live.papers import Papers


@dataclass(frozen=True, slots=True)
class Next:
    """One command, and what it is for."""

    command: str
    why: str


def next_of(history: History, papers: Papers) -> tuple[Next, ...]:
    """The commands that go on from here, the likeliest first. Capitals stand for what you fill in.

    Args:
        history: of the deployment.
        papers: its documents.
    """
    go_on = None if history.step is None else _FROM.get(history.step)
    return () if go_on is None else go_on(history, papers)


def _after_application(history: History, _: Papers) -> tuple[Next, ...]:
    say = f'overt deployment authorise {history.id} --as AUTHORISER --reasons "…"'
    return (Next(say, f"by an authorising officer other than {history.applicant} (R4)"),)


def _after_authority(history: History, _: Papers) -> tuple[Next, ...]:
    offered = "LIST.csv" if history.kind is Kind.OPERATIONAL else "FOLDER"
    enrol = f"overt deployment enrol {history.id} {offered} --as APPLICANT"
    second = "--second AUTHORISER --justifications FILE.csv"
    return (
        Next(enrol, "at most 24 h before the start (R5)"),
        Next(f"{enrol} {second}", "if anybody is under 18 or vulnerable (R7)"),
    )


def _after_enrolment(history: History, papers: Papers) -> tuple[Next, ...]:
    do = f"overt deployment notice {history.id}"
    promised = papers.application.notice.published_at if papers.application else ()
    where = "".join(f' --where "{one}"' for one in promised)
    return (
        Next(do, "prints the sign and the leaflet (R8)"),
        Next(
            f"{do} --as APPLICANT --published-at TIME{where}",
            "once the notice is out in each of these places (R8)",
        ),
    )


def _before_cameras(history: History, papers: Papers) -> tuple[Next, ...]:
    go = Next(f"overt deployment open {history.id} --as ENGINEER", "in the authorised time (N3)")
    if history.signs_confirmed_at is not None:
        return (go,)
    application = papers.application
    signs = "".join(f' --sign "{one}"' for one in (application.notice.signs if application else ()))
    seen = f"overt deployment notice {history.id} --as OFFICER{signs}"
    return (Next(seen, "once somebody has seen each sign standing (R8)"), go)


def _while_live(history: History, _: Papers) -> tuple[Next, ...]:
    do = "overt deployment"
    if not history.session_running:
        return (Next(f"{do} close {history.id} --as ENGINEER", "its session is over"),)
    return (
        Next(f"{do} live {history.id} --as OFFICER", "each officer, in a terminal of their own"),
        Next(f"{do} close {history.id} --as ENGINEER", "ends the session"),
        Next(f"{do} open {history.id} --as ENGINEER", "if the session broke off"),
    )


def _over(history: History, _: Papers) -> tuple[Next, ...]:
    end = f"overt deployment erase {history.id} --as ENGINEER"
    return (Next(end, "destroys the list now, alerts and texts at their hour (R10, R11)"),)


def _erased(history: History, _: Papers) -> tuple[Next, ...]:
    give = f"overt deployment publish {history.id} --as APPLICANT"
    return (Next(give, "the record, with its ledger (R18, R24)"),)


def _published(history: History, _: Papers) -> tuple[Next, ...]:
    check = f"overt ledger verify published/{history.id}/ledger.jsonl --head HEAD --key KEY"
    return (Next(check, "anyone may, with the head and the key that were told (R24)"),)


_FROM = {
    Step.APPLICATION: _after_application,
    Step.AUTHORISED: _after_authority,
    Step.ENROLLED: _after_enrolment,
    Step.NOTICED: _before_cameras,
    Step.LIVE: _while_live,
    Step.CLOSED: _over,
    Step.REFUSED: _over,
    Step.CANCELLED: _over,
    Step.ERASED: _erased,
    Step.PUBLISHED: _published,
}
