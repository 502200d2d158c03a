"""What time does by itself, at each start and while a session lives (R1, R10, R11, N3).

An authority that ended while nobody looked closes its session; a stale list cancels its
deployment; what is due is destroyed; what is overdue blocks what is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.authority.lifecycle import Move, Standing
from overt.authority.lifecycle import due as move_due
from overt.errors import DestructionFailed, LedgerInUse, OvertError
from overt.live.broken_off import end_session, may_close
from overt.live.facts import profile_of
from overt.live.keeping import destroy_due, never_began, resume_destructions, see_overdue
from overt.live.open_deployment import OpenDeployment
from overt.records import events as e
from overt.records.retention import holdings_of, overdue
from overt.vocabulary import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from overt.live.history import History
    from overt.live.instance import Instance
    from overt.vocabulary import DeploymentId

OVER = frozenset({Step.CLOSED, Step.REFUSED, Step.CANCELLED, Step.LIVE})


@dataclass(frozen=True, slots=True)
class Tended:
    """What was done, and what could not be."""

    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Loud: each names what is left (N13)."""


def tend(
    instance: Instance,
    say: Callable[[str], None] = lambda _line: None,
    *,
    besides: DeploymentId | None = None,
) -> Tended:
    """Do what is due in every deployment that no other process has in hand.

    1. Destructions that a crash interrupted are finished.
    2. Each deployment: the move that time makes, then what must be destroyed, then whether
       everything is gone.
    3. What is overdue all the same is remembered for the gate.

    Args:
        instance: open, its key at hand.
        say: told of each thing done or failed.
        besides: the deployment that is live here, and tends to itself.

    Raises:
        BadKey: if the instance's key does not open; nothing was done.
        Misuse: if the instance was opened without it.
    """
    done: list[str] = []
    failed: list[str] = []
    _ = instance.vault
    try:
        resume_destructions(instance)  # 1
    except OvertError as error:
        failed.append(error.line)
    for row in instance.deployments.list():  # 2
        if row.step is Step.PUBLISHED or row.id == besides or never_began(instance, row):
            continue
        try:
            with OpenDeployment.take(instance, row.id) as one:
                done += tend_one(one)
        except DestructionFailed as error:
            failed.append(error.line)
        except LedgerInUse:
            continue  # a live session has it, and tends to itself
        except OvertError as error:
            failed.append(error.line)
    see_overdue(instance)  # 3
    for line in (*done, *failed, *instance.overdue):
        say(line)
    return Tended(tuple(done), tuple(failed))


def tend_one(one: OpenDeployment) -> list[str]:
    """Do what is due in one deployment.

    Raises:
        DestructionFailed: naming what is left; what else was due is done.
        LedgerFailed: if it cannot be recorded.
    """
    done: list[str] = []
    now = one.instance.clock.now()
    standing = standing_of(one.history, one)
    due = None if standing is None else move_due(standing, now)
    if due is not None and due.move is Move.CLOSE:
        end_session(one)
        one.record(e.DeploymentClosed())
        done.append(f"{one.id}: closed, {due.why}")
    elif may_close(one, now):
        end_session(one)
        one.record(e.DeploymentClosed())
        done.append(f"{one.id}: closed, its session had ended")
    elif due is not None and due.move is Move.CANCEL:
        one.record(e.DeploymentCancelled(None))
        done.append(f"{one.id}: cancelled, {due.why}")
    late = [duty.line for duty in overdue([holdings_of(one.ledger.lines())], now)]
    destroyed = destroy_due(one)
    if destroyed:
        done.append(f"{one.id}: {len(destroyed)} destroyed, with certificates")
    done += [f"destroyed too late, the machine was off or it failed: {line}" for line in late]
    if erased(one):
        done.append(f"{one.id}: erased, nothing of it is kept")
    return done


def erased(one: OpenDeployment) -> bool:
    """Record that everything is gone, if it is and it was not said before."""
    over = one.history.step in OVER - {Step.LIVE}
    if not over or not holdings_of(one.ledger.lines()).everything_gone:
        return False
    one.record(e.DeploymentErased())
    return True


def standing_of(history: History, one: OpenDeployment) -> Standing | None:
    """Where a deployment stands, for what time does by itself."""
    application, authority = one.papers.application, one.papers.authority
    if history.step is None or application is None:
        return None
    window = application.window
    return Standing(
        step=history.step,
        profile=profile_of(history),
        starts_at=authority.starts_at if authority else window.starts_at,
        ends_at=authority.ends_at if authority else window.ends_at,
        list_built_at=None if history.list_destroyed_at else history.list_built_at,
        live_since=history.live_since,
        ended_at=history.ended_at,
    )
