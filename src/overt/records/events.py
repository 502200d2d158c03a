"""What happened: one frozen dataclass for each event of the ledger.

Their fields are scalars and members of closed lists, so no template, picture or free text can
reach the log (R9, R21). The classes stand in three modules, by subject; import them from here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from overt.errors import BadLedger
from overt.records import deployment_events, keeping_events, live_events
from overt.records.deployment_events import *  # noqa: F403
from overt.records.event import Event, field_types, read_fields
from overt.records.keeping_events import *  # noqa: F403
from overt.records.live_events import *  # noqa: F403

EVENTS: dict[str, type[Event]] = {
    name: member
    for module in (deployment_events, live_events, keeping_events)
    for name, member in vars(module).items()
    if isinstance(member, type) and issubclass(member, Event) and member is not Event
}
"""Every event by its name in the ledger."""


def body_of(event: Event) -> dict[str, str | int | bool | None]:
    """The fields of an event as JSON has them."""
    values = {name: getattr(event, name) for name in field_types(type(event))}
    return {
        name: str(value) if isinstance(value, StrEnum) else value for name, value in values.items()
    }


def parse(name: str, body: dict[str, Any]) -> Event:
    """The event of a line; strict.

    Raises:
        BadLedger: if there is no such event, or its fields are not exactly those of its class.
    """
    event = EVENTS.get(name)
    if event is None:
        msg = f"there is no event {name[:60]!r}"
        raise BadLedger(msg, rule="R21")
    return read_fields(event, body)
