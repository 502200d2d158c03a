"""What a desk and its session say to each other about prompts, as JSON has it.

A prompt is a possible match. It comes with a similarity, how rare that is, and never with a
percentage of certainty (N10).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from overt.errors import BadForm
from overt.review.forms import AdjudicationForm, ConfirmationForm, OutcomeForm, read_form
from overt.review.prompt import Accept, Engage, Lose, Undo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overt.live.alert_pictures import AlertPictures
    from overt.review.desk import Waiting
    from overt.review.prompt import Move
    from overt.vocabulary import Act, AlertRef

_FORMS = frozenset({"adjudicate", "confirm", "conclude"})
_ACTS: dict[str, type[Undo | Accept | Engage | Lose]] = {
    "undo": Undo,
    "accept": Accept,
    "engage": Engage,
    "lose": Lose,
}
DOES = _FORMS | frozenset(_ACTS)
"""Requests that decide something about one prompt."""


def move_of(document: Mapping[str, Any]) -> Move:
    """What a request decides.

    Args:
        document: ``do``, one of `DOES`, and ``form`` where that needs one.

    Raises:
        BadForm: if the request or its form is malformed.
    """
    do = document.get("do")
    if do in _ACTS:
        return _ACTS[do]()
    form = document.get("form")
    if do not in _FORMS or not isinstance(form, dict):
        msg = f"a decision needs `do` ({', '.join(sorted(DOES))}) and its `form`"
        raise BadForm(msg)
    if do == "adjudicate":
        return read_form(AdjudicationForm, form)
    if do == "confirm":
        return read_form(ConfirmationForm, form)
    return read_form(OutcomeForm, form)


def shown(
    waiting: Waiting, ref: AlertRef, facts: Mapping[str, Any], acts: frozenset[Act]
) -> dict[str, Any]:
    """A prompt as a desk shows it, without its pictures.

    Args:
        waiting: the prompt and the time left.
        ref: its reference.
        facts: what was said of it when it was raised.
        acts: what this desk's person may do with it.
    """
    prompt = waiting.prompt
    return {
        "ref": ref,
        "number": prompt.number,
        "status": prompt.status,
        "left_s": None if waiting.left_s is None else round(waiting.left_s, 1),
        "outcome_owed": waiting.owed,
        "operator": prompt.operator,
        "officer": prompt.officer,
        "may": sorted(acts),
        **facts,
    }


def without_pictures(facts: Mapping[str, Any]) -> dict[str, Any]:
    """An alert of which the ledger alone tells; a person decides without its pictures, or not."""
    words = {"name": "", "reason": "its pictures were not kept"}
    known = {"entry": facts.get("entry", ""), "category": facts.get("category", "")}
    return {"words": {**words, **known}, "listed": None, "probe": []}


def pictured(pictures: AlertPictures) -> dict[str, Any]:
    """An alert's words and pictures, base64."""
    return {
        "words": pictures.words,
        "listed": base64.b64encode(pictures.listed).decode(),
        "probe": [base64.b64encode(jpeg).decode() for jpeg in pictures.probe],
    }
