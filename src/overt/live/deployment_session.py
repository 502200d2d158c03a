"""A live deployment: cameras, the open list, the step, the desks and the ledger, in one loop.

One thread runs it. Each turn: what the cameras saw, what people decided, what time brings. The
step decides; then each command is written to the ledger and flushed; only then the new state is
taken on and anybody is told (R21). If the ledger cannot be written the session stops (N13).
"""

from __future__ import annotations

import queue
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from overt.authority.facts import Asked, Refused, SessionFacts
from overt.authority.gate import MAX_CLOCK_DRIFT_S, ask
from overt.errors import LedgerFailed, OvertError
from overt.live import alert_pictures
from overt.live import commands as does
from overt.live import events as happened
from overt.live.alert_pictures import AlertPictures, jpegs_of
from overt.live.forget import forget_all
from overt.live.messages import SightingMade, WorkerHealth, WorkerReady
from overt.live.recorder import counts_of
from overt.live.session_desk import answered
from overt.live.state import SessionState
from overt.live.step import step
from overt.live.tending import Tending
from overt.policy import MAX_UNMANNED_S
from overt.records.events import EndReason
from overt.review.reference import draw_reference
from overt.vocabulary import AlertRef, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from overt.errors import Refusal
    from overt.live.desk_server import DeskServer
    from overt.live.facts import Machine
    from overt.live.open_deployment import OpenDeployment
    from overt.live.recorder import Recorder
    from overt.live.session_parts import Running, SessionWatcher
    from overt.live.supervisor import Heard, Supervisor
    from overt.live.timeline import Timeline
    from overt.values import Sighting
    from overt.vocabulary import AccountId

POLL_S = 0.05
SECOND_S = 1.0
"""The gate is asked so often while live (N3)."""
PEOPLE = frozenset({"R12", "R27"})
"""Refusals of the gate that pass when somebody signs in at a desk."""
HEALTH_S = 0.5
END_S = 3.0
"""Time that workers have to say their last words."""


@dataclass(slots=True)
class DeploymentSession:
    """See the module. `run` returns when the session is over."""

    one: OpenDeployment
    running: Running
    supervisor: Supervisor
    server: DeskServer
    recorder: Recorder
    timeline: Timeline
    machine: Machine
    watcher: SessionWatcher
    state: SessionState
    refs: dict[int, AlertRef] = field(default_factory=dict)
    """Reference of each prompt on the desk, by number."""
    facts: dict[AlertRef, dict[str, Any]] = field(default_factory=dict)
    """What was said of each prompt when it was raised, by every reference that was drawn."""
    _sighting: Sighting | None = None
    _since: SessionState = field(default_factory=SessionState)
    """As it was when this stretch began: counts from before a crash are in the ledger already."""
    _ran_out: bool = False
    _unmanned_s: float | None = None
    """Since when one of the two people is signed off."""
    _refused: str = ""
    """Rules by which the gate took its leave back, other than that the time is over (N3)."""
    _outside: int = 0
    _dropped: int = 0
    _gate_s: float = float("-inf")
    _health_s: float = float("-inf")
    ended_by: AccountId | None = None
    """Who ordered the end, if somebody did."""
    shown: set[tuple[AlertRef, str]] = field(default_factory=set)
    """Who has seen which alert's pictures: recorded once (R21)."""

    def run(self, ran_out: Callable[[], bool] = lambda: False) -> EndReason:
        """Run until the authority ends, somebody orders it, or a safeguard halts it.

        Args:
            ran_out: whether the demo's street has run out; a camera never does.

        Returns:
            Why it ended.

        Raises:
            LedgerFailed: cameras are off, and nothing that could not be written took effect.
        """
        self._since = self.state
        with self.supervisor, Tending(self.one) as tending:
            while self.state.over is None:
                self._turn()
                tending.second(self.watcher.said)
                if ran_out() and self.state.over is None:
                    self._ran_out = True
                    self.take(happened.StopAsked("R1", "the street has run out"))
            self._last_words()
        reason = self._reason
        self._count()
        if self._refused:
            self.recorder.halted(self._refused)
        elif not isinstance(self.state.over, does.Halt):
            self.recorder.over(reason, self.ended_by)
        self.server.tell({"news": "over", "why": self.why})
        return reason

    def owed(self) -> bool:
        """Whether somebody was stopped and it is not recorded what came of it (R23)."""
        return self.state.desk is not None and bool(self.state.desk.owed)

    def record_owed(self, wait_s: float) -> None:
        """Let officers record outcomes that are owed; nothing else is decided any longer."""
        self._desks(wait_s)

    @property
    def now_s(self) -> float:
        """Now, on the session's time line."""
        return self.timeline.at_s(self.one.instance.clock.monotonic())

    @property
    def why(self) -> str:
        """Why it is over, in a line; empty while it is not."""
        over = self.state.over
        return "" if over is None else f"{over.rule}: {over.reason}"

    @property
    def _reason(self) -> EndReason:
        if self.ended_by is not None:
            return EndReason.ORDERED
        over = self.state.over
        if over is not None and over.rule == "N3":
            return EndReason.AUTHORITY_ENDED
        return EndReason.SOURCES_ENDED if self._ran_out else EndReason.FAILED

    def _turn(self) -> None:
        """Cameras, people, time: each its share."""
        heard, events = self.supervisor.poll(POLL_S)
        for event in events:
            self.watcher.happened(event)
            self.take(happened.CameraHappened(event))
        self._hear_all(heard)
        self._desks(0.0)
        now_s = self.one.instance.clock.monotonic()
        if now_s - self._health_s >= HEALTH_S:
            self._health_s = now_s
            self._health()
        if now_s - self._gate_s >= SECOND_S:
            self._gate_s = now_s
            self._second()

    def _last_words(self) -> None:
        """What the workers still say of faces is counted; no prompt comes of it any longer."""
        self.supervisor.ask_to_end()
        until_s = self.one.instance.clock.monotonic() + END_S
        while not self.supervisor.silent and self.one.instance.clock.monotonic() < until_s:
            heard, _ = self.supervisor.poll(POLL_S)
            self._hear_all(heard)
        self._health()

    def _hear_all(self, heard: Sequence[Heard]) -> None:
        """Take in what was said, and overwrite what was seen, whatever came of it (R9)."""
        try:
            for one in heard:
                self._hear(one)
        finally:
            forget_all(one.message for one in heard)

    def _hear(self, heard: Heard) -> None:
        match heard.message:
            case WorkerReady(model) if model != self.running.model:
                # The list's model was opened here before any worker was started.
                self.supervisor.fault(heard.camera, "made templates of another model")
            case SightingMade(sighting):
                self._search(sighting)

    def _search(self, sighting: Sighting) -> None:
        """Search for one sighting, and prompt or forget it (R9)."""
        opened = self.one.opened
        if opened is None:
            return
        template, listed = sighting.template, opened.matcher
        if (template.model, len(template.vector)) != (listed.model, listed.vectors.shape[1]):
            # One worker's fault must not end the others' session.
            self.supervisor.fault(sighting.camera, "sent a template that is not the list's kind")
            return
        captured_s = min(sighting.captured_at, self.one.instance.clock.monotonic())
        candidate = listed.best(template)
        event = happened.SightingSearched(
            camera=sighting.camera,
            track=sighting.track,
            at_s=self.timeline.at_s(captured_s),
            candidate=candidate,
            category=opened.person(candidate.entry).category,
        )
        self._sighting = sighting
        try:
            self.take(event)
        finally:
            self._sighting = None

    def take(self, event: happened.Event) -> None:
        """Decide, write down, and only then take the new state on (R21)."""
        state, commands = step(self.state, event, self.running.rules)
        if any(isinstance(command, does.Halt) for command in commands):
            self._count(state)  # first: a crash after the halt must not lose why it was (R16)
        told: list[tuple[AlertRef, str, AccountId | None]] = []
        refused: Refusal | None = None
        for command in commands:
            if isinstance(command, does.Suppress) and state.suppressed == self.state.suppressed:
                continue  # of a track that was counted before
            if isinstance(command, does.RefuseDecision):
                refused = command.refusal
            else:
                self._do(command, told)
        self.state = state
        for ref, what, by in told:
            self._tell(ref, what, by)
        if refused is not None:
            raise refused

    def _do(
        self, command: does.Command, told: list[tuple[AlertRef, str, AccountId | None]]
    ) -> None:
        match command:
            case does.RaisePrompt():
                told.append((self._raise(command), "raised", None))
            case does.RecordDecision(made, _, after):
                ref = self.refs[made.number]
                self.recorder.decided(command, ref)
                told.append((ref, str(after.status), made.by))
            case does.ExpirePrompt(prompt):
                ref = self.refs[prompt.number]
                self.recorder.ended(command, ref)
                told.append((ref, str(prompt.status), None))
            case _:
                self._note(command)

    def _note(self, command: does.Command) -> None:
        """What is written down or said, and put before no desk."""
        match command:
            case does.Suppress():
                self.recorder.suppressed(command)
            case does.RecordCamera(event):
                self.recorder.camera(event)
            case does.WarnFlooded(waiting):
                self.watcher.said(f"{waiting} prompts wait: more than can be judged with care")
            case does.Halt(rule, reason):
                self.recorder.halted(rule)
                self.watcher.said(f"{rule}: {reason}. The session is halted")
            case does.EndSession(rule, reason):
                self.watcher.said(f"{rule}: {reason}")

    def _raise(self, command: does.RaisePrompt) -> AlertRef:
        """Ledger first, then the vault, then the desk."""
        sighting, opened, instance = self._sighting, self.one.opened, self.one.instance
        if sighting is None or opened is None:
            msg = "a prompt without a sighting"
            raise RuntimeError(msg)
        searched = command.searched
        candidate = searched.candidate
        person = opened.person(candidate.entry)
        ref = draw_reference(secrets.randbelow, self.facts.__contains__)
        captured_at = self.timeline.wall(searched.at_s)
        expires_at = self.timeline.wall(searched.at_s + self.running.limits.pending_s)
        self.recorder.raised(
            command,
            ref,
            one_in=self.running.rarity.one_in(candidate.similarity),
            frames_used=sighting.frames_used,
            expires_at=expires_at,
        )
        self.refs[command.number] = ref
        hours = self.running.alert_hours
        instance.alerts.add(ref, self.one.id, captured_at, captured_at + timedelta(hours=hours))
        words = {
            "name": str(person.name),
            "category": str(person.category),
            "reason": person.reason,
            "entry": str(candidate.entry),
        }
        pictures = AlertPictures(words, opened.picture(candidate.entry), jpegs_of(sighting.crops))
        alert_pictures.keep(instance.vault, self.one.id, ref, pictures)
        took_s = instance.clock.monotonic() - sighting.captured_at
        self.facts[ref] = {
            "entry": str(candidate.entry),
            "category": str(person.category),
            "camera": str(searched.camera),
            "captured_at": captured_at.isoformat(),
            "stream_s": round(sighting.media_s, 2),
            "similarity": round(float(candidate.similarity), 4),
            "rarity": self.running.rarity.in_words(candidate.similarity),
            "frames_used": sighting.frames_used,
            "capture_to_prompt_ms": round(1000 * took_s, 1),
        }
        return ref

    def _tell(self, ref: AlertRef, what: str, by: AccountId | None) -> None:
        self.watcher.changed(ref, what, by)
        if what == "raised":
            self.watcher.raised({"ref": ref, **self.facts[ref]})
        self.server.tell({"news": what, "ref": ref, "by": by})

    def _desks(self, wait_s: float) -> None:
        """Answer every request that waits."""
        while True:
            try:
                asked = self.server.asked.get(timeout=wait_s or None, block=wait_s > 0)
            except queue.Empty:
                return
            wait_s = 0.0
            try:
                asked.answer.set_result(answered(self, asked.desk, asked.document))
            except OvertError as error:
                asked.answer.set_exception(error)
                if isinstance(error, LedgerFailed):
                    raise

    # What time brings.

    def _second(self) -> None:
        """Time passed; is there still leave to be live? (N3)."""
        instance = self.one.instance
        now_s = self.timeline.at_s(instance.clock.monotonic())
        self.take(happened.Ticked(now_s))
        if self.state.over is not None:
            return
        now = instance.clock.now()
        machine = replace(self.machine, clock_drift_s=self.timeline.drift_s(instance.clock))
        answer = ask(Asked.STAY_LIVE, self.one.facts_live(self.session_facts(), machine), now)
        if isinstance(answer, Refused) and not self._may_return(answer, now_s):
            first = answer.reasons[0]
            why = "; ".join(one.line for one in answer.reasons)
            moved = not abs(machine.clock_drift_s) <= MAX_CLOCK_DRIFT_S
            self._refused = " ".join(answer.rules) if moved or set(answer.rules) != {"N3"} else ""
            self.take(happened.StopAsked(first.rule, why))
            return
        if not isinstance(answer, Refused):
            self._unmanned_s = None
        if self.one.ledger.checkpoint_due(now):
            self._count()
            self.one.ledger.checkpoint()

    def _may_return(self, answer: Refused, now_s: float) -> bool:
        """Whether all that is missing is somebody at a desk, and not for long (R12, R27)."""
        if not set(answer.rules) <= PEOPLE:
            return False
        if self._unmanned_s is None:
            self._unmanned_s = now_s
            line = "; ".join(one.line for one in answer.reasons)
            self.watcher.said(f"{line}; the session ends in {MAX_UNMANNED_S:.0f} s otherwise")
        return now_s - self._unmanned_s < MAX_UNMANNED_S

    def session_facts(self) -> SessionFacts:
        """What the gate is told of this session."""
        desks = [one.account for one in self.server.desks]
        named = self.state.desk.people if self.state.desk else {}
        clock = self.one.instance.clock
        return SessionFacts(
            combination=self.running.combination,
            model=self.running.model,
            threshold=self.running.threshold,
            cameras=self.running.cameras,
            at_desk=frozenset(a.id for a in desks if Role.OPERATOR in named.get(a.id, ())),
            on_street=frozenset(
                a.id for a in desks if Role.ENGAGEMENT_OFFICER in named.get(a.id, ())
            ),
            live_since=self.one.history.live_since,
            live_s=self.timeline.at_s(clock.monotonic()),
            false_alerts_halt=isinstance(self.state.over, does.Halt),
        )

    def _health(self) -> None:
        health = self.supervisor.health()
        totals = WorkerHealth()
        for one in health:
            totals = totals.followed_by(one.totals)
        faces, unassessable = self._since.faces, self._since.unassessable
        self._outside, self._dropped = totals.outside_zone, totals.dropped
        self.take(happened.FacesCounted(faces + totals.faces, unassessable + totals.unassessable))
        self.watcher.cameras(health)

    def _count(self, state: SessionState | None = None) -> None:
        seen = {"outside_zone": self._outside, "frames_dropped": self._dropped}
        self.recorder.counts(counts_of(state or self.state, self._since, **seen))
