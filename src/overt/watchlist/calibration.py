"""From a wanted false positive identification rate to a threshold, and back (R14, R16).

A model's measured false match rates (FMR, one comparison) give the rate of false alerts against
a list (FPIR, one passer-by) by FPIR = 1 - (1 - FMR)^N for N entries, one vector each (Grother
and Ngan, NIST FRVT part 2, on open-set search as N independent comparisons). Comparisons are not
quite independent, so an assessment in place has the last word; this sets what it starts from.

Between measured points the similarity is linear in log FMR. Below the smallest measured rate
nothing is known, and nothing is guessed: a tail that was not measured is where lists go wrong.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from overt.errors import BadModel, Misuse, Refusal
from overt.values import Similarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    Curve = Sequence[tuple[float, float]]
    """Measured (FMR, similarity) pairs: FMR is the share of non-mated comparisons at or over."""


def threshold_for(false_match: Curve, fpir: float, entries: int) -> Similarity:
    """The least similarity at which to alert, for a wanted FPIR against a list of this size.

    A wanted rate above all that was measured gets the lowest measured similarity: fewer false
    alerts than asked for, never more.

    Raises:
        Misuse: if `fpir` is not between 0 and 1, or `entries` not positive.
        BadModel: if the curve is malformed.
        Refusal: if the curve does not reach down to the rate wanted (R14).
    """
    rates, similarities = _checked(false_match)
    _check_entries(entries)
    if not 0 < fpir < 1:
        msg = f"a false positive identification rate of {fpir} is not between 0 and 1"
        raise Misuse(msg, advice="Use 0.001 for 1 in 1,000 passers-by.")
    rate = -math.expm1(math.log1p(-fpir) / entries)
    # A hair of room, so that the lowest FPIR that can be set is itself accepted.
    if rate < rates[0] * (1 - 1e-9):
        lowest = lowest_fpir(false_match, entries)
        raise Refusal(
            rule="R14",
            message=f"an FPIR of {fpir:.3g} against {entries:,} entries needs a false match rate "
            f"of {rate:.2g}, and the model was measured down to {rates[0]:.2g} only; the lowest "
            f"FPIR that can be set at this list size is {lowest:.3g}",
            advice="Use a shorter list, a higher FPIR or a model measured further.",
        )
    return Similarity(float(np.interp(math.log(rate), np.log(rates), similarities)))


def expected_fpir(false_match: Curve, similarity: float, entries: int) -> float:
    """How often a passer-by on no list would score as high against a list of this size (N10).

    Raises:
        Misuse: if `entries` is not positive.
        BadModel: if the curve is malformed.
        Refusal: if the similarity lies outside what was measured (R14). Above it, the rate is
            under `lowest_fpir`, and that is all that may be said.
    """
    rates, similarities = _checked(false_match)
    _check_entries(entries)
    if not similarities[-1] <= similarity <= similarities[0]:
        raise Refusal(
            rule="R14",
            message=f"a similarity of {similarity:.4g} lies outside the {similarities[-1]:.4g} to "
            f"{similarities[0]:.4g} for which false match rates were measured",
            advice="Assess the model on more comparisons.",
        )
    log_rate = float(np.interp(similarity, similarities[::-1], np.log(rates)[::-1]))
    return _fpir(math.exp(log_rate), entries)


def lowest_fpir(false_match: Curve, entries: int) -> float:
    """The lowest FPIR that can be set against a list of this size. Errors: as `expected_fpir`."""
    rates, _ = _checked(false_match)
    _check_entries(entries)
    return _fpir(rates[0], entries)


def _fpir(rate: float, entries: int) -> float:
    """1 - (1 - FMR)^N, exact for tiny rates."""
    return 1.0 if rate >= 1 else -math.expm1(entries * math.log1p(-rate))


def _check_entries(entries: int) -> None:
    if entries < 1:
        msg = f"a list of {entries} entries cannot be searched"
        raise Misuse(msg, advice="Give the number of people listed, 1 or more.")


def _checked(false_match: Curve) -> tuple[list[float], list[float]]:
    """Rates, smallest first, and their similarities, highest first."""
    ordered = sorted((float(rate), float(similarity)) for rate, similarity in false_match)
    sound = (
        len(ordered) > 1
        and all(0 < rate <= 1 and -1 <= similarity <= 1 for rate, similarity in ordered)
        and all(a[0] < b[0] and a[1] > b[1] for a, b in pairwise(ordered))
    )
    if not sound:
        msg = (
            "the false match curve must hold two points or more, rates over 0 up to 1, "
            "similarities from -1 to 1, a smaller rate for each higher similarity"
        )
        raise BadModel(msg, rule="R14", advice="Measure the model again.")
    return [rate for rate, _ in ordered], [similarity for _, similarity in ordered]
