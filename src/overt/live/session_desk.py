"""What a desk asks of a live session, and what it is told.

Everything is asked by a signed-in account and answered by the thread that runs the session.
"""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Any

from overt.errors import BadForm, BadVault, Refusal
from overt.live import alert_pictures, desk_words
from overt.live import events as happened
from overt.vocabulary import AlertRef, Role

if TYPE_CHECKING:
    from overt.live.deployment_session import DeploymentSession
    from overt.live.desk_server import Desk, DeskServer
    from overt.live.open_deployment import OpenDeployment
    from overt.live.state import SessionState
    from overt.store.accounts import Account
    from overt.vocabulary import AccountId


def admitted(one: OpenDeployment, account: str, password: str) -> Account:
    """Somebody who may sit at this deployment's desks: named by it, or an engineer.

    Raises:
        Refusal: if the password is wrong, or they may not; a wrong password is recorded (R21).
    """
    signed_in = one.instance.sign_in(account, password)
    application = one.papers.application
    named = {*application.operators, *application.engagement_officers} if application else set()
    if signed_in.id in named or Role.ENGINEER in signed_in.roles:
        return signed_in
    if Role.AUDITOR in signed_in.roles:
        rule, msg = "N11", f"{signed_in.id} is an auditor, and decides nothing"
        raise Refusal(rule, msg, advice="Read the ledger: `overt ledger show`.")
    rule, msg = "R4", f"{signed_in.id} is not named in the authority of {one.id}"
    raise Refusal(rule, msg, advice="Only officers whom its application names sit at its desks.")


def answered(session: DeploymentSession, desk: Desk, document: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request.

    Raises:
        Refusal: if a rule forbids it; nothing has changed.
        BadForm: if the request is malformed; nothing has changed.
        LedgerFailed: if it cannot be recorded; it has not happened, and the session stops (N13).
    """
    by = desk.account.id
    do = document.get("do")
    if do == "queue":
        return {
            "queue": queue_of(session, by),
            "over": session.why,
            "counts": counts_of(session.state),
        }
    if do == "end":
        return _end(session, desk)
    ref = document.get("ref")
    number = next((n for n, one in session.refs.items() if one == ref), None)
    if number is None or not isinstance(ref, str):
        msg = "name a prompt of this session by its `ref`"
        raise BadForm(msg, rule="R22")
    if do == "pictures":
        return _pictures(session, AlertRef(ref), by)
    if do in desk_words.DOES:
        move = desk_words.move_of(document)
        session.take(happened.DecisionMade(session.now_s, number, by, move))
        return {"ref": ref, "queue": queue_of(session, by)}
    msg = "a desk may ask for queue, pictures, end, or decide"
    raise BadForm(msg)


def answer_waiting(server: DeskServer, why: str, wait_s: float) -> None:
    """Answer desks while no camera has started yet: nothing can be decided, and why it waits.

    Args:
        server: whose desks.
        why: what is missing, in a line.
        wait_s: how long to wait for requests.
    """
    until_s = time.monotonic() + wait_s
    while (left_s := until_s - time.monotonic()) > 0:
        try:
            asked = server.asked.get(timeout=left_s)
        except queue.Empty:
            return
        if asked.document.get("do") == "queue":
            asked.answer.set_result({"queue": [], "over": "", "counts": {}, "waiting": why})
        else:
            msg = "no camera has started yet"
            asked.answer.set_exception(BadForm(msg, advice=why))


def queue_of(session: DeploymentSession, by: AccountId) -> list[dict[str, Any]]:
    """Open prompts as this person may see them, newest capture first."""
    desk = session.state.desk
    if desk is None or by not in desk.people:
        return []
    found = []
    for waiting in desk.queue(session.now_s):
        ref = session.refs[waiting.prompt.number]
        acts = desk.acts(waiting.prompt.number, by)
        found.append(desk_words.shown(waiting, ref, session.facts.get(ref, {}), acts))
    return found


def counts_of(state: SessionState) -> dict[str, int]:
    """How the session goes, in numbers."""
    return {
        "faces": state.faces_at_least,
        "prompts": state.prompts,
        "suppressed": state.suppressed,
        "false_alerts": state.false_alerts,
        "unassessable": state.unassessable,
    }


def _pictures(session: DeploymentSession, ref: AlertRef, by: AccountId) -> dict[str, Any]:
    """Show an alert's pictures to somebody whom the authority names; that is recorded (R21)."""
    desk = session.state.desk
    if desk is None or by not in desk.people:
        msg = f"{by} is not named in the authority"
        raise BadForm(msg, rule="R4")
    try:
        pictures = alert_pictures.look(session.one.instance.vault, session.one.id, ref)
    except BadVault:  # a crash came before they were kept, or their hour came
        return desk_words.without_pictures(session.facts.get(ref, {}))
    if (ref, by) not in session.shown:
        session.recorder.shown(ref, by)
        session.shown.add((ref, by))
    return desk_words.pictured(pictures)


def _end(session: DeploymentSession, desk: Desk) -> dict[str, Any]:
    """Whoever the authority names may end the session, and so may an engineer."""
    known = session.state.desk.people if session.state.desk else {}
    if desk.account.id not in known and Role.ENGINEER not in desk.account.roles:
        msg = f"{desk.account.id} may not end this session"
        raise BadForm(msg, rule="R4")
    session.ended_by = desk.account.id
    session.take(happened.StopAsked("R1", f"{desk.account.id} ended the session"))
    return {"over": session.why}
