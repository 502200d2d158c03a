"""From a noticed deployment to its cameras, and back to closed (R1, N3).

Cameras are off until the gate has permitted everything, two different people at their desks
included (R27).
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from overt.authority.facts import Asked, Refused, SessionFacts
from overt.authority.gate import ask
from overt.errors import OvertError, Refusal
from overt.faces.runtime import threads_for
from overt.live import commands as does
from overt.live.beginning import Ready, begin, made
from overt.live.broken_off import MOST_OWED, end_session
from overt.live.deployment_session import PEOPLE
from overt.live.desk_server import DeskServer
from overt.live.engine import open_engine
from overt.live.facts import Machine, signed_in
from overt.live.forget import close_memory
from overt.live.open_deployment import OpenDeployment, need_role, refusal_of
from overt.live.recognition import combination_of, config_for
from overt.live.session_desk import admitted, answer_waiting
from overt.live.timeline import Timeline
from overt.live.worker_spec import specs_of
from overt.records import events as e
from overt.records.event import RuleIds, Word
from overt.vocabulary import Role, Step
from overt.watchlist.sealed import open_sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from overt.config import Config
    from overt.live.deployment_session import DeploymentSession
    from overt.live.instance import Instance
    from overt.live.session_parts import SessionWatcher
    from overt.live.worker_spec import WorkerSpec
    from overt.store.accounts import Account
    from overt.vocabulary import DeploymentId

LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for people before any camera starts."""

    seconds: float | None = None
    """None to wait until interrupted, or until the gate refuses for another reason."""


def go_live(
    instance: Instance,
    deployment: DeploymentId,
    by: Account,
    watcher: SessionWatcher,
    *,
    wait: Wait | None = None,
    make_specs: Callable[[Sequence[str], Config], list[WorkerSpec]] | None = None,
    ran_out: Callable[[], bool] = lambda: False,
) -> e.EndReason:
    """Run a deployment's live session to its end, and close the deployment.

    1. The models are opened. What the gate refuses already, it refuses before the sealed list is
       opened. Models and list are the authorised ones.
    2. Desks may sign in. The gate is asked until it permits, or refuses for another reason than
       that people are missing.
    3. The ledger says what starts, and only then it starts.
    4. It runs; see `overt.live.deployment_session`.
    5. Cameras are off and the list is out of memory. Outcomes that are owed may be recorded.
    6. The deployment is closed.

    Args:
        instance: where.
        deployment: which.
        by: the engineer who starts it.
        watcher: told how it goes.
        wait: for people.
        make_specs: what watches each camera; the application's own sources unless it is the demo.
        ran_out: whether the demo's street has run out; a camera never does.

    Raises:
        Refusal: with every reason of the gate; no camera was started.
        LedgerFailed: cameras are off; what could not be written did not happen.
        OvertError: if a model, the list or the vault is at fault.
    """
    need_role(by, Role.ENGINEER, "start the cameras")
    close_memory()
    with ExitStack() as stack:
        one = stack.enter_context(OpenDeployment.take(instance, deployment))
        _check_step(one)
        ready = _ready(one, make_specs)  # 1
        if one.history.session_over:
            server = stack.enter_context(
                DeskServer(instance.socket(deployment), partial(admitted, one))
            )
            return _settle(one, ready, server, watcher)
        machine = Machine(instance.home, overdue=instance.overdue)
        _refuse_without_people(one, ready, machine, by)
        sealed = one.history.list_sealed
        one.opened = open_sealed(
            instance.vault,
            deployment,
            model=ready.model,
            list_sha256=None if sealed is None else sealed.list_sha256,
        )
        one.record(e.WatchlistOpened(Word("live")), by.id)
        server = stack.enter_context(
            DeskServer(instance.socket(deployment), partial(admitted, one))
        )
        timeline = Timeline.starting(instance.clock)
        _await_leave(one, ready, server, machine, watcher, by, wait or Wait())  # 2
        timeline = Timeline.starting(instance.clock)
        session = begin(one, ready, server, timeline, machine, watcher, by)  # 3
        try:
            reason = session.run(ran_out)  # 4
        except OvertError:
            _fail(one)
            raise
        finally:
            one.opened = None
        _close(one, session)  # 5, 6
        return reason


def _settle(
    one: OpenDeployment, ready: Ready, server: DeskServer, watcher: SessionWatcher
) -> e.EndReason:
    """Close a deployment whose session had ended when the machine died; no camera starts (R16).

    What lapsed is said first. Outcomes that are owed may be recorded, as after any session (R23).
    """
    end_session(one)
    watcher.said("The session had ended; it is not begun again. What is owed may be recorded")
    timeline = Timeline.starting(one.instance.clock)
    machine = Machine(one.instance.home, overdue=one.instance.overdue)
    session = made(one, ready, server, timeline, machine, watcher)
    why = does.EndSession("R1", "the session had ended")
    session.state = replace(session.state, over=why)
    _close(one, session)
    return one.history.end_reason or e.EndReason.FAILED


def _close(one: OpenDeployment, session: DeploymentSession) -> None:
    """Wait for outcomes that are owed, and close."""
    until_s = time.monotonic() + MOST_OWED.total_seconds()
    while session.owed() and time.monotonic() < until_s:
        session.record_owed(LOOK_EVERY_S)
    one.refresh()
    one.record(e.DeploymentClosed())


def _check_step(one: OpenDeployment) -> None:
    step = one.history.step
    if step is not Step.NOTICED and step is not Step.LIVE:
        rule = "R1"
        raise Refusal(
            rule, f"{one.id} is {step}; cameras start after the notice", advice="See `show`."
        )


def _ready(
    one: OpenDeployment,
    make_specs: Callable[[Sequence[str], Config], list[WorkerSpec]] | None,
) -> Ready:
    application, authority = one.papers.application, one.papers.authority
    if application is None or authority is None:
        rule = "N3"
        raise Refusal(rule, f"{one.id} has no written authority")
    config = config_for(application)
    engine = open_engine(config)
    try:
        combination = combination_of(engine.pack, config)
        model, runtime = engine.model, engine.recogniser_network.identity
        spec = engine.pack.recogniser.spec
        curve = tuple((one.rate, one.similarity) for one in spec.false_match)
    finally:
        engine.close()
    cameras = {name: application.cameras[name] for name in authority.cameras}
    if make_specs is None:
        configured = {name: camera.config for name, camera in cameras.items()}
        specs = specs_of(configured, config, threads_for(len(cameras)))
    else:
        specs = make_specs(list(cameras), config)
    sources = {name: camera.source for name, camera in cameras.items()}
    return Ready(combination, config, model, runtime, curve, specs, MappingProxyType(sources))


def _refuse_without_people(
    one: OpenDeployment, ready: Ready, machine: Machine, by: Account
) -> None:
    """Refuse at once for whatever is amiss besides that nobody sits at a desk yet."""
    asked = Asked.STAY_LIVE if one.history.step is Step.LIVE else Asked.GO_LIVE
    session = _session_facts(one, ready, ())
    # The ledger names the list's model by its pack alone; the rest is compared once it is open.
    session = replace(session, model=ready.combination.identity)
    answer = ask(asked, one.facts_live(session, machine), one.instance.clock.now())
    if isinstance(answer, Refused) and not set(answer.rules) <= PEOPLE:
        others = tuple(reason for reason in answer.reasons if reason.rule not in PEOPLE)
        _refuse(one, replace(answer, reasons=others), by)


def _refuse(one: OpenDeployment, answer: Refused, by: Account) -> NoReturn:
    """Say no, in the ledger too."""
    target = one.history.step or Step.LIVE
    target = Step.LIVE if target is Step.NOTICED else target
    one.ledger.append(e.StepRefused(target, RuleIds(" ".join(answer.rules))), by.id)
    raise refusal_of(answer)


def _await_leave(
    one: OpenDeployment,
    ready: Ready,
    server: DeskServer,
    machine: Machine,
    watcher: SessionWatcher,
    by: Account,
    wait: Wait,
) -> None:
    """Ask the gate until it permits; wait only for people."""
    asked = Asked.STAY_LIVE if one.history.step is Step.LIVE else Asked.GO_LIVE
    clock = one.instance.clock
    until_s = None if wait.seconds is None else clock.monotonic() + wait.seconds
    said = ""
    while True:
        accounts = [desk.account for desk in server.desks]
        facts = one.facts_live(_session_facts(one, ready, accounts), machine)
        answer = ask(asked, facts, clock.now())
        if not isinstance(answer, Refused):
            return
        late = until_s is not None and clock.monotonic() >= until_s
        if late or not set(answer.rules) <= PEOPLE:
            _refuse(one, answer, by)
        line = "; ".join(reason.line for reason in answer.reasons)
        if line != said:
            watcher.said(f"Waiting before any camera starts. {line}")
            said = line
        answer_waiting(server, line, LOOK_EVERY_S)


def _session_facts(one: OpenDeployment, ready: Ready, accounts: Sequence[Account]) -> SessionFacts:
    application, authority = one.papers.application, one.papers.authority
    if application is None or authority is None:
        rule = "N3"
        raise Refusal(rule, "there is no written authority")
    return SessionFacts(
        combination=ready.combination,
        model=ready.model,
        threshold=authority.recognition.threshold,
        cameras=ready.sources,
        at_desk=signed_in(accounts, application.operators, Role.OPERATOR),
        on_street=signed_in(accounts, application.engagement_officers, Role.ENGAGEMENT_OFFICER),
        live_since=one.history.live_since,
    )


def _fail(one: OpenDeployment) -> None:
    """Something broke: say so if that can still be said."""
    try:
        one.ledger.append(e.SessionEnded(e.EndReason.FAILED))
        one.refresh()
        one.record(e.DeploymentClosed())
    except OvertError:
        return  # the ledger itself is at fault; the next start finds the session broken off
