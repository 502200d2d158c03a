"""What a live deployment runs with, and who is told how it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from overt.policy import PromptLimits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from types import MappingProxyType

    from overt.authority.evidence import Combination
    from overt.live import camera_events
    from overt.live.health import CameraHealth
    from overt.live.prompt import Rarity
    from overt.live.state import Rules
    from overt.vocabulary import AccountId, AlertRef


class SessionWatcher(Protocol):
    """Who is told how a live deployment goes; it decides nothing."""

    def raised(self, shown: dict[str, Any]) -> None:
        """A possible match went to the desk."""

    def changed(self, ref: AlertRef, what: str, by: AccountId | None) -> None:
        """Somebody decided, or time did."""

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """How each camera is doing; twice a second."""

    def happened(self, event: camera_events.CameraEvent) -> None:
        """Something befell a camera."""

    def said(self, line: str) -> None:
        """Something a person must know."""


@dataclass(frozen=True, slots=True)
class Running:
    """What a session runs with; fixed while it lives (R15, N9)."""

    combination: Combination
    threshold: Decimal
    cameras: MappingProxyType[str, str]
    """Name and source."""
    model: str
    """Of the templates."""
    rarity: Rarity
    rules: Rules
    alert_hours: int
    """An alert's pictures live so long from its capture (R11)."""
    limits: PromptLimits = field(default_factory=PromptLimits)
