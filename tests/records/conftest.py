"""A ledger on a real disk, with a key of its own and a clock that tests move."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.clock import ManualClock
from overt.records.ledger import Ledger

sys.path.append(str(Path(__file__).parent))
from typing import TYPE_CHECKING

from chains import CHAIN, START, opened

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall=START)


@pytest.fixture
def signer() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / f"{CHAIN}.jsonl"


@pytest.fixture
def ledger(path: Path, signer: Ed25519PrivateKey, clock: ManualClock) -> Iterator[Ledger]:
    with Ledger.create(path, CHAIN, signer, clock, opened(signer)) as ledger:
        yield ledger
