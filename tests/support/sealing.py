"""A vault and a painted list in it, for tests of what a sealed list allows and refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from listed import Numbers, painted_list, read
from painted import PaintedReader

from overt.clock import ManualClock
from overt.store.keys import InstanceKey
from overt.store.vault import Vault
from overt.vocabulary import DeploymentId
from overt.watchlist.composition import needing_sign_off
from overt.watchlist.enrolment import Agreed
from overt.watchlist.sealed import LIST, build_sealed, compartment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from overt.watchlist.sealed import Built

HERE = DeploymentId("D-20261125-7K3Q9M")
ELSEWHERE = DeploymentId("D-20261125-BBBBBB")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
AGREED = Agreed(Numbers())


def new_vault(folder: Path) -> Vault:
    return Vault(folder / "vault", InstanceKey(b"k" * 32), ManualClock(NOON))


def built(vault: Vault, folder: Path, deployment: DeploymentId = HERE, **changes: str) -> Built:
    """Five people sealed for a deployment; see `painted_list` for `changes`."""
    folder.mkdir(exist_ok=True)
    listing = read(painted_list(folder, **changes))
    signed = needing_sign_off(listing.people).sha256
    agreed = Agreed(Numbers(), signed_off=signed, warnings_read=listing.warnings_sha256)
    return build_sealed(vault, deployment, listing, PaintedReader(), agreed, built_at=NOON)


def stored(vault: Vault) -> dict[str, bytes]:
    """All that is on the disk, to see that nothing changed."""
    folder = vault._folder
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def copied_to(
    vault: Vault,
    deployment: DeploymentId,
    change: Callable[[int, bytes], bytes] = lambda _number, record: record,
    skip: tuple[int, ...] = (),
) -> None:
    """What no function of Overt does: the records of one list, written as another's."""
    if not vault.exists(compartment_of(deployment)):
        vault.make(compartment_of(deployment))
    records = list(vault.read(compartment_of(HERE), LIST))
    with vault.write(compartment_of(deployment), LIST) as file:
        for number, record in enumerate(records):
            if number not in skip:
                file.append(change(number, record))
