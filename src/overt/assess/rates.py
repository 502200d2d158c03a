"""Rates with their counts and exact intervals."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betaincinv


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened, out of how often it could have."""

    events: int
    trials: int

    def __post_init__(self) -> None:
        if not 0 <= self.events <= self.trials:
            msg = f"{self.events} events in {self.trials} trials cannot be"
            raise ValueError(msg)

    @property
    def value(self) -> float | None:
        """Events over trials; None if nothing was tried."""
        return self.events / self.trials if self.trials else None

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Exact (Clopper–Pearson) interval of the true rate.

        Clopper and Pearson (1934), "The use of confidence or fiducial limits illustrated in
        the case of the binomial". Zero events give an upper bound and not "0%" (N12).

        Args:
            level: probability that the interval covers the true rate, at least.

        Returns:
            Lower and upper bound; (0, 1) if nothing was tried.
        """
        tail = (1 - level) / 2
        low = 0.0
        high = 1.0
        if self.events > 0:  # a quantile of the beta distribution
            low = float(betaincinv(self.events, self.trials - self.events + 1, tail))
        if self.events < self.trials:
            high = float(betaincinv(self.events + 1, self.trials - self.events, 1 - tail))
        return low, high

    @property
    def as_dict(self) -> dict[str, float | int | None]:
        """Counts, rate and 95% interval, for JSON."""
        low, high = self.interval()
        return {
            "events": self.events,
            "trials": self.trials,
            "rate": self.value,
            "low95": low,
            "high95": high,
        }

    def __str__(self) -> str:
        """For example ``3 of 40 = 7.5% (95%: 1.6% to 20.4%)``.

        None and all of something are given as bounds, and never as "0%" or "100%" (N12).
        """
        counts = f"{self.events:,} of {self.trials:,}"
        if self.value is None:
            return f"{counts}: unknown"
        low, high = self.interval()
        if self.events == 0:
            return f"{counts} (95%: at most {_percent(high)})"
        if self.events == self.trials:
            return f"{counts} (95%: at least {_percent(low)})"
        return f"{counts} = {_percent(self.value)} (95%: {_percent(low)} to {_percent(high)})"


def _percent(share: float) -> str:
    """Enough figures to tell small rates apart."""
    per_cent = share * 100
    decimals = 1 if per_cent >= 1 else 2 if per_cent >= 0.1 else 4  # noqa: PLR2004
    return f"{per_cent:.{decimals}f}%" if per_cent else "0%"
