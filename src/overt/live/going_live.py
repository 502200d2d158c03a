"""From a noticed deployment to its cameras, and back to closed (R1, N3).

Cameras are off until the gate has permitted everything, two different people at their desks
included (R27).
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from overt.authority.facts import Asked, Refused, SessionFacts
from overt.authority.gate import ask
from overt.authority.lifecycle import Standing, session_end
from overt.errors import OvertError, Refusal
from overt.faces.runtime import threads_for
from overt.live.deployment_session import PEOPLE, DeploymentSession
from overt.live.desk_server import DeskServer
from overt.live.engine import open_engine
from overt.live.facts import Machine, profile_of, signed_in
from overt.live.forget import close_memory
from overt.live.open_deployment import OpenDeployment, need_role, refusal_of
from overt.live.prompt import Rarity
from overt.live.recognition import combination_of, config_for
from overt.live.recorder import Recorder
from overt.live.resuming import state_of
from overt.live.session_parts import Running
from overt.live.state import Rules
from overt.live.supervisor import Supervisor
from overt.live.timeline import Timeline
from overt.live.worker_spec import specs_of
from overt.records import events as e
from overt.records.event import RuleIds, Sha256, Word, figure
from overt.values import CameraId, Similarity
from overt.vocabulary import AccountId, Role, Step
from overt.watchlist.sealed import open_sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from overt.authority.evidence import Combination
    from overt.config import Config
    from overt.live.instance import Instance
    from overt.live.session_parts import SessionWatcher
    from overt.live.worker_spec import WorkerSpec
    from overt.store.accounts import Account
    from overt.vocabulary import DeploymentId

LOOK_EVERY_S = 0.25
MOST_OWED_S = 3_600.0
"""After the cameras are off, officers have so long to record what came of a stop (R23)."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for people before any camera starts."""

    seconds: float | None = None
    """None to wait until interrupted, or until the gate refuses for another reason."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """Everything but leave."""

    combination: Combination
    config: Config
    model: str
    """Of the templates: the pack's identity and the runtime's."""
    runtime: str
    curve: tuple[tuple[float, float], ...]
    specs: list[WorkerSpec]
    sources: MappingProxyType[str, str]


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

    1. The models are opened, and the sealed list with them; both are the authorised ones.
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
        sealed = one.history.list_sealed
        one.opened = open_sealed(
            instance.vault,
            deployment,
            model=ready.model,
            list_sha256=None if sealed is None else sealed.list_sha256,
        )
        one.record(e.WatchlistOpened(Word("live")), by.id)
        server = stack.enter_context(DeskServer(instance.socket(deployment), instance.sign_in))
        timeline = Timeline.starting(instance.clock)
        machine = Machine(instance.home, overdue=instance.overdue)
        _await_leave(one, ready, server, machine, watcher, by, wait or Wait())  # 2
        timeline = Timeline.starting(instance.clock)
        session = _begin(one, ready, server, timeline, machine, watcher, by)  # 3
        try:
            reason = session.run(ran_out)  # 4
        except OvertError:
            _fail(one)
            raise
        finally:
            one.opened = None
        until_s = time.monotonic() + MOST_OWED_S  # 5
        while session.owed() and time.monotonic() < until_s:
            session.record_owed(LOOK_EVERY_S)
        one.refresh()
        one.record(e.DeploymentClosed())  # 6
        return reason


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
) -> _Ready:
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
    return _Ready(combination, config, model, runtime, curve, specs, MappingProxyType(sources))


def _await_leave(
    one: OpenDeployment,
    ready: _Ready,
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
        facts = one.facts_live(_session_facts(one, ready, server), machine)
        answer = ask(asked, facts, clock.now())
        if not isinstance(answer, Refused):
            return
        late = until_s is not None and clock.monotonic() >= until_s
        if late or not set(answer.rules) <= PEOPLE:
            target = one.history.step or Step.LIVE
            target = Step.LIVE if target is Step.NOTICED else target
            one.ledger.append(e.StepRefused(target, RuleIds(" ".join(answer.rules))), by.id)
            raise refusal_of(answer)
        line = "; ".join(reason.line for reason in answer.reasons)
        if line != said:
            watcher.said(f"Waiting before any camera starts. {line}")
            said = line
        time.sleep(LOOK_EVERY_S)


def _session_facts(one: OpenDeployment, ready: _Ready, server: DeskServer) -> SessionFacts:
    application, authority = one.papers.application, one.papers.authority
    if application is None or authority is None:
        rule = "N3"
        raise Refusal(rule, "there is no written authority")
    accounts = [desk.account for desk in server.desks]
    return SessionFacts(
        combination=ready.combination,
        model=ready.model,
        threshold=authority.recognition.threshold,
        cameras=ready.sources,
        at_desk=signed_in(accounts, application.operators, Role.OPERATOR),
        on_street=signed_in(accounts, application.engagement_officers, Role.ENGAGEMENT_OFFICER),
        live_since=one.history.live_since,
    )


def _begin(
    one: OpenDeployment,
    ready: _Ready,
    server: DeskServer,
    timeline: Timeline,
    machine: Machine,
    watcher: SessionWatcher,
    by: Account,
) -> DeploymentSession:
    """Say in the ledger what starts, and put it together."""
    authority, opened = one.papers.authority, one.opened
    if authority is None or opened is None:
        rule = "N3"
        raise Refusal(rule, "there is no written authority, or no list")
    threshold = authority.recognition.threshold
    if one.history.step is Step.LIVE:
        last_at = one.history.last_at or timeline.began_at
        down_s = max(0.0, (timeline.began_at - last_at).total_seconds())
        one.record(e.SessionRecovered(round(down_s)), by.id)
    else:
        for name in sorted(ready.sources):
            one.ledger.append(e.CameraNamed(CameraId(name), Sha256(_zone_hash(one, name))), by.id)
        went = e.WentLive(
            authority_sha256=Sha256(
                str(one.history.authority and one.history.authority.authority_sha256)
            ),
            list_sha256=Sha256(opened.sealed.list_sha256),
            threshold=figure(threshold),
            model=Word(ready.combination.identity),
            engine=Word(ready.runtime),
            cameras=len(ready.sources),
        )
        one.record(went, by.id)
    history, profile = one.history, profile_of(one.history)
    standing = Standing(
        Step.LIVE, profile, authority.starts_at, authority.ends_at, live_since=history.live_since
    )
    rules = Rules(
        threshold=Similarity(float(threshold)),
        cool_down_s=ready.config.matching.cool_down_s,
        ends_at_s=timeline.of(session_end(standing)),
        ceiling=profile.max_false_alerts_per_face,
    )
    state = state_of(history, timeline, _people(one))
    return DeploymentSession(
        one=one,
        running=Running(
            combination=ready.combination,
            threshold=threshold,
            cameras=ready.sources,
            model=ready.model,
            rarity=Rarity(ready.curve, len(opened)),
            rules=rules,
            alert_hours=authority.alert_hours,
        ),
        supervisor=Supervisor(ready.specs, one.instance.clock),
        server=server,
        recorder=Recorder(one.ledger, one.instance.deployments, timeline),
        timeline=timeline,
        machine=machine,
        watcher=watcher,
        state=state,
        refs={alert.raised.number: ref for ref, alert in history.alerts.items()},
    )


def _people(one: OpenDeployment) -> dict[AccountId, frozenset[Role]]:
    """Who the authority names, in the roles that their accounts hold."""
    application = one.papers.application
    if application is None:
        return {}
    people: dict[AccountId, set[Role]] = {}
    for names, role in (
        (application.operators, Role.OPERATOR),
        (application.engagement_officers, Role.ENGAGEMENT_OFFICER),
    ):
        for name in names:
            people.setdefault(AccountId(name), set()).add(role)
    held = {account.id: account.roles for account in one.instance.accounts.list()}
    return {name: frozenset(roles & held.get(name, frozenset())) for name, roles in people.items()}


def _zone_hash(one: OpenDeployment, name: str) -> str:
    application = one.papers.application
    zone = application.cameras[name].zone if application else ()
    text = json.dumps([[str(x), str(y)] for x, y in zone], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _fail(one: OpenDeployment) -> None:
    """Something broke: say so if that can still be said."""
    try:
        one.ledger.append(e.SessionEnded(e.EndReason.FAILED))
        one.refresh()
        one.record(e.DeploymentClosed())
    except OvertError:
        return  # the ledger itself is at fault; the next start finds the session broken off
