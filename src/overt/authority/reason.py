"""Why the gate refuses: one rule, one fact, one thing to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground for a refusal."""

    rule: str
    """The requirement's id, such as ``R5``."""
    what: str
    """The fact, with its figure and the limit."""
    advice: str
    """What to do next."""

    @property
    def line(self) -> str:
        """For example ``R5: the watchlist was built 26 h before. Enrol it anew``."""
        return f"{self.rule}: {self.what}. {self.advice}"

    def __str__(self) -> str:
        return self.line
