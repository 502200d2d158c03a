"""What the tests of the vault share: a vault with one list, and ways to see what changed."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from overt.clock import ManualClock
from overt.store.keys import InstanceKey
from overt.store.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from overt.errors import OvertError
    from overt.values import RecordPlace

KEY = InstanceKey(b"k" * 32)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
RECORDS = [b"A face and a name", b"", bytes(range(256)) * 20]


def state(folder: Path) -> dict[str, bytes | None]:
    """All that is stored, to see that nothing changed."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def put(vault: Vault, compartment: str, name: str, records: list[bytes]) -> list[RecordPlace]:
    with vault.write(compartment, name) as writer:
        return [writer.append(record) for record in records]


def vault_with_a_list(folder: Path) -> Vault:
    """Holds one list in one file."""
    vault = Vault(folder, KEY, ManualClock(NOON))
    vault.make("D-1/list")
    put(vault, "D-1/list", "faces", RECORDS)
    return vault


@contextmanager
def refused(
    vault: Vault, error: type[OvertError], match: str, folder: Path | None = None
) -> Iterator[None]:
    """The block is refused, and nothing that is stored changes."""
    folder = folder or vault._folder
    before = state(folder)
    with pytest.raises(error, match=match) as caught:
        yield
    assert "\n" not in caught.value.line
    assert state(folder) == before


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """As on a full disk: no file of this process may grow, nor be written, beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
