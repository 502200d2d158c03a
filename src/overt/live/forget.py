"""What is dropped is overwritten, and no file or other process is given this one's memory (R9).

Letting go of an array only marks its memory as free; what it held stays until something else is
written there. So the session overwrites each template and picture as soon as it is done with it.
What the libraries below copied in passing is overwritten when they let go of it.
"""

from __future__ import annotations

import ctypes
import resource
from typing import TYPE_CHECKING, Any

from overt.live.messages import SightingMade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from overt.live.messages import Message
    from overt.values import Sighting

_PR_SET_DUMPABLE = 4
_M_PERTURB, _FILL = -6, 0xA5


def close_memory() -> None:
    """Leave no core file, be read by no other process of this account, and wipe what is freed.

    1. No core file, whatever the machine's settings; a worker inherits this.
    2. No debugger of the same account: only root may read this process's memory.
    3. The C library overwrites memory when it is freed. Best effort: small pieces that it keeps
       at hand for the next request are not, and other C libraries than GNU's know no such thing.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # 1
    library = ctypes.CDLL(None)
    library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # 2
    if hasattr(library, "mallopt"):
        library.mallopt(_M_PERTURB, _FILL)  # 3


def forget(sighting: Sighting) -> None:
    """Overwrite a sighting's template and pictures.

    Args:
        sighting: one that nobody else holds, as `overt.live.wire.decode` made it.
    """
    wipe(sighting.template.vector)
    for crop in sighting.crops:
        wipe(crop.image)


def forget_all(messages: Iterable[Message]) -> None:
    """Overwrite every template and picture among some messages."""
    for message in messages:
        if isinstance(message, SightingMade):
            forget(message.sighting)


def wipe(array: NDArray[Any]) -> None:
    """Overwrite an array, in place.

    Raises:
        ValueError: if it is read-only, and so cannot be wiped: then it must not hold a face.
    """
    array[...] = 0
