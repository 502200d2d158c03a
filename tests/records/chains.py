"""What the tests of the records share: a chain's id, its first line, its beginning."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from overt.records.checkpoint import public_key_of
from overt.records.event import Word
from overt.records.events import LedgerOpened
from overt.vocabulary import DeploymentId, Kind

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CHAIN = DeploymentId("D-20261125-7K3Q9M")
START = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)


def opened(signer: Ed25519PrivateKey, kind: Kind = Kind.OPERATIONAL) -> LedgerOpened:
    return LedgerOpened(kind, Word("UK"), Word("overt/0.1"), public_key_of(signer))
