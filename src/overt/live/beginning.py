"""What a session is made of, from its papers, its ledger and its models."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.authority.lifecycle import Standing, session_end
from overt.errors import Refusal
from overt.live.deployment_session import DeploymentSession
from overt.live.facts import profile_of
from overt.live.prompt import Rarity
from overt.live.recorder import Recorder
from overt.live.resuming import said_of, seen_by, state_of
from overt.live.session_parts import Running
from overt.live.state import Rules
from overt.live.supervisor import Supervisor
from overt.records import events as e
from overt.records.event import Sha256, Word, figure
from overt.values import CameraId, Similarity
from overt.vocabulary import AccountId, Role, Step

if TYPE_CHECKING:
    from types import MappingProxyType

    from overt.authority.evidence import Combination
    from overt.config import Config
    from overt.live.desk_server import DeskServer
    from overt.live.facts import Machine
    from overt.live.open_deployment import OpenDeployment
    from overt.live.session_parts import SessionWatcher
    from overt.live.timeline import Timeline
    from overt.live.worker_spec import WorkerSpec
    from overt.store.accounts import Account

SOON_S = 1.0
"""An authority that ended while nobody looked ends a session within so long (N3)."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything but leave."""

    combination: Combination
    config: Config
    model: str
    """Of the templates: the pack's identity and the runtime's."""
    runtime: str
    curve: tuple[tuple[float, float], ...]
    specs: list[WorkerSpec]
    sources: MappingProxyType[str, str]


def begin(
    one: OpenDeployment,
    ready: Ready,
    server: DeskServer,
    timeline: Timeline,
    machine: Machine,
    watcher: SessionWatcher,
    by: Account,
) -> DeploymentSession:
    """Say in the ledger what starts, and put it together.

    Raises:
        LedgerFailed: then it does not start.
    """
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
    return made(one, ready, server, timeline, machine, watcher)


def made(
    one: OpenDeployment,
    ready: Ready,
    server: DeskServer,
    timeline: Timeline,
    machine: Machine,
    watcher: SessionWatcher,
) -> DeploymentSession:
    """A session with everything that its ledger knows; nothing of it runs yet."""
    authority, sealed = one.papers.authority, one.history.list_sealed
    if authority is None or sealed is None:
        rule = "N3"
        raise Refusal(rule, "there is no written authority, or no list")
    threshold = authority.recognition.threshold
    history, profile = one.history, profile_of(one.history)
    standing = Standing(
        Step.LIVE, profile, authority.starts_at, authority.ends_at, live_since=history.live_since
    )
    rules = Rules(
        threshold=Similarity(float(threshold)),
        cool_down_s=ready.config.matching.cool_down_s,
        ends_at_s=max(SOON_S, timeline.of(session_end(standing))),
        ceiling=profile.max_false_alerts_per_face,
    )
    state = state_of(history, timeline, _people(one))
    rarity = Rarity(ready.curve, sealed.entries)
    return DeploymentSession(
        one=one,
        running=Running(
            combination=ready.combination,
            threshold=threshold,
            cameras=ready.sources,
            model=ready.model,
            rarity=rarity,
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
        facts=said_of(history, rarity),
        shown=seen_by(history),
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
