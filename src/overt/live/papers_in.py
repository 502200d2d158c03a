"""Papers as people hand them in, for the command line and the console."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from overt.authority.application import Application, parse_application
from overt.authority.example import example_toml
from overt.authority.forms import parse
from overt.authority.written import Conditions, IndependentDecision
from overt.config import Config
from overt.faces.packs.store import open_pack

if TYPE_CHECKING:
    from datetime import datetime

    from overt.vocabulary import Kind


def application(text: str, *, name: str) -> Application:
    """An application from TOML or JSON.

    Raises:
        BadApplication: naming each field at fault.
    """
    return parse_application(text, name=name)


def conditions(text: str) -> Conditions:
    """What an authoriser grants less of than was asked for."""
    return parse(text, Conditions, name="conditions")


def decision(text: str, *, name: str) -> IndependentDecision:
    """What an independent authority decided (R26)."""
    return parse(text, IndependentDecision, name=name)


def example(kind: Kind, now: datetime) -> str:
    """An application to start from, with its comments.

    Args:
        kind: of which kind.
        now: its window is two days later, from a whole hour on.

    Raises:
        BadModel: if the built-in pack is damaged.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    pack = open_pack(Config().pack)
    return example_toml(kind, starts_at=hour + timedelta(days=2), identity=pack.identity)
