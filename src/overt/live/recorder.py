"""What a live session writes into its ledger, before anything takes effect (R12, R21).

Free text never reaches the ledger: it goes into the database under a salt, and its hash here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overt.live import camera_events as happened
from overt.records import events as e
from overt.records.event import EntryNumber, RuleIds, Sha256, figure, moment
from overt.review.forms import AdjudicationForm, ConfirmationForm, OutcomeForm
from overt.review.prompt import Accept, Engage, Lose, Undo
from overt.vocabulary import Adjudication, Confirmation, PromptStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from overt.live.commands import ExpirePrompt, RaisePrompt, RecordDecision, Suppress
    from overt.live.state import SessionState
    from overt.live.timeline import Timeline
    from overt.records.event import Event
    from overt.records.ledger import Ledger
    from overt.store.deployments import Deployments
    from overt.vocabulary import AccountId, AlertRef


_PLAIN: dict[type[Undo | Accept | Engage | Lose], Callable[[AlertRef], Event]] = {
    Undo: e.DecisionUndone,
    Accept: e.PromptAccepted,
    Engage: e.EngagementBegan,
    Lose: lambda ref: e.PromptLost(ref, None),
}


@dataclass(frozen=True, slots=True)
class Recorder:
    """Turns commands into lines of one deployment's ledger."""

    ledger: Ledger
    texts: Deployments
    timeline: Timeline

    def raised(
        self,
        command: RaisePrompt,
        ref: AlertRef,
        *,
        one_in: int | None,
        frames_used: int,
        expires_at: datetime,
    ) -> None:
        """A prompt is about to be put to the operator.

        Raises:
            LedgerFailed: then it must not be.
        """
        searched = command.searched
        if searched.category is None:
            msg = "an entry without a category"
            raise ValueError(msg)
        self.ledger.append(
            e.PromptRaised(
                ref=ref,
                number=command.number,
                entry=EntryNumber(searched.candidate.entry),
                category=searched.category,
                camera=searched.camera,
                captured_at=moment(self.timeline.wall(searched.at_s)),
                similarity=figure(searched.candidate.similarity),
                one_in=one_in,
                frames_used=frames_used,
                expires_at=moment(expires_at),
            )
        )

    def suppressed(self, command: Suppress) -> None:
        """An alert was counted and not shown."""
        searched = command.searched
        self.ledger.append(
            e.AlertSuppressed(
                entry=EntryNumber(searched.candidate.entry),
                camera=searched.camera,
                captured_at=moment(self.timeline.wall(searched.at_s)),
                similarity=figure(searched.candidate.similarity),
            )
        )

    def decided(self, command: RecordDecision, ref: AlertRef) -> None:
        """A person decided; nothing comes of it before this returns.

        Raises:
            LedgerFailed: then it is as if they had not.
        """
        self.ledger.append(self._decision(command, ref), command.made.by)

    def ended(self, command: ExpirePrompt, ref: AlertRef) -> None:
        """Time ended a prompt."""
        lost = command.prompt.status is PromptStatus.LOST
        self.ledger.append(e.PromptLost(ref, None) if lost else e.PromptExpired(ref))

    def shown(self, ref: AlertRef, to: AccountId) -> None:
        """A prompt's pictures came before a person's eyes."""
        self.ledger.append(e.PromptShown(ref), to)

    def camera(self, event: happened.CameraEvent) -> None:
        """Something befell a camera."""
        match event:
            case happened.OutageBegan(camera):
                self.ledger.append(e.CameraOutageBegan(camera))
            case happened.OutageEnded(camera, start_s, end_s):
                self.ledger.append(e.CameraOutageEnded(camera, max(0, round(end_s - start_s))))
            case happened.WorkerRestarted(camera):
                self.ledger.append(e.WorkerRestarted(camera))
            case happened.FramesDropped(camera, count):
                self.ledger.append(e.FramesDropped(camera, count))
            case happened.CameraStarted() | happened.SightingsLost():
                pass  # the first is no event of the ledger; the second is in the counts

    def counts(self, counted: e.CountsTaken) -> None:
        """The session's counts so far."""
        self.ledger.append(counted)

    def halted(self, rule: str) -> None:
        """A safeguard stopped it."""
        self.ledger.append(e.SessionHalted(RuleIds(rule)))

    def over(self, reason: e.EndReason, by: AccountId | None) -> None:
        """The cameras are off."""
        event = e.SessionEnded(reason)
        if by is None:
            self.ledger.append(event)
        else:
            self.ledger.append(event, by)

    def _decision(self, command: RecordDecision, ref: AlertRef) -> Event:
        move = command.made.move
        if isinstance(move, OutcomeForm):
            fields: dict[str, Any] = move.recorded
            return e.OutcomeRecorded(ref=ref, reason_sha256=self._text(move.reason, ref), **fields)
        if isinstance(move, AdjudicationForm | ConfirmationForm):
            return self._weighed(move, ref)
        return _PLAIN[type(move)](ref)

    def _weighed(self, form: AdjudicationForm | ConfirmationForm, ref: AlertRef) -> Event:
        weighed: dict[str, Any] = {
            "ref": ref,
            "ground": form.ground,
            "subject": form.subject,
            "system": form.system,
            "environment": form.environment,
            "reason_sha256": self._text(form.reason, ref),
        }
        if isinstance(form, AdjudicationForm):
            possible = form.decision is Adjudication.POSSIBLE
            return e.OperatorDecided(possible=possible, **weighed)
        return e.OfficerDecided(confirmed=form.decision is Confirmation.CONFIRMED, **weighed)

    def _text(self, words: str, ref: AlertRef) -> Sha256 | None:
        if not words:
            return None
        kept = self.texts.put_text(self.ledger.chain, words, about=f"alert/{ref}")
        return Sha256(kept.sha256)


def counts_of(
    state: SessionState, since: SessionState, *, outside_zone: int, frames_dropped: int
) -> e.CountsTaken:
    """A stretch's counts as the ledger has them.

    Args:
        state: now.
        since: when the session went live or was recovered; the stretch's counts begin there.
        outside_zone: in the stretch.
        frames_dropped: in the stretch.
    """
    prompts = state.prompts - since.prompts
    false_alerts = state.false_alerts - since.false_alerts
    return e.CountsTaken(
        # Each alert was a face, though its count may have been lost with an earlier stretch.
        faces=max(state.faces - since.faces, prompts, false_alerts),
        searched=state.sightings - since.sightings,
        unassessable=state.unassessable - since.unassessable,
        outside_zone=outside_zone,
        prompts=prompts,
        suppressed=state.suppressed - since.suppressed,
        false_alerts=false_alerts,
        frames_dropped=frames_dropped,
    )
