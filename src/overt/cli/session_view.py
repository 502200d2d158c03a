"""How a live session looks to whoever started it: cameras, prompts by reference, decisions."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Self

from rich.markup import escape

from overt.cli.cameras import CameraTable, line_of
from overt.cli.deployment_view import console

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth
    from overt.vocabulary import AccountId, AlertRef


class SessionView:
    """Tells of a session, names nobody who is listed, and decides nothing. Use it in `with`.

    Args:
        as_json: a line of JSON for each thing that happens, on stdout.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json
        self._err = console(stderr=True)
        self._table = CameraTable(self._err)

    def __enter__(self) -> Self:
        self._table.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._table.__exit__(kind, error, at)

    def raised(self, shown: dict[str, Any]) -> None:
        """A possible match went to the desk."""
        if self._json:
            self._line("raised", shown)
            return
        self._err.print(
            f"Possible match {shown['ref']}: similarity {shown['similarity']:.3f}, "
            f"{escape(str(shown['rarity']))}; {escape(str(shown['camera']))}, "
            f"{shown['capture_to_prompt_ms']:.0f} ms after capture"
        )

    def changed(self, ref: AlertRef, what: str, by: AccountId | None) -> None:
        """Somebody decided, or time did."""
        if self._json:
            self._line("changed", {"ref": ref, "what": what, "by": by})
        elif what != "raised":
            self._err.print(f"  {ref}: {what}" + (f" ({by})" if by else ""))

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """How each camera is doing."""
        self._table.show(health)

    def happened(self, event: CameraEvent) -> None:
        """Something befell a camera."""
        self._err.print(escape(line_of(event)))

    def said(self, line: str) -> None:
        """Something a person must know."""
        self._err.print(escape(line))

    def _line(self, what: str, document: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps({"news": what, **document}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
