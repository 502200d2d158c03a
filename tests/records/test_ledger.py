"""The writer: on the disk before it says so, one writer at a time, and loud when it fails (N13)."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chains import CHAIN, START, opened
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.errors import BadLedger, LedgerFailed, Misuse, Refusal
from overt.records.checkpoint import checkpoint_bytes
from overt.records.event import Figure, Sha256, Word, moment
from overt.records.events import (
    ApplicationMade,
    Checkpointed,
    LedgerOpened,
    SignsConfirmed,
    TornLineCut,
    WatchlistOpened,
)
from overt.records.ledger import Ledger
from overt.records.line import read_chain
from overt.vocabulary import AccountId, DeploymentId, UseCase

if TYPE_CHECKING:
    from collections.abc import Callable

    from overt.clock import ManualClock

OPENED = WatchlistOpened(Word("live"))
JONES = AccountId("a.jones")


def application() -> ApplicationMade:
    return ApplicationMade(
        application_sha256=Sha256("a" * 64),
        use_case=UseCase.HOTSPOT,
        starts_at=moment(START),
        ends_at=moment(START + timedelta(hours=6)),
        threshold=Figure("0.6400"),
        list_limit=10_000,
        cameras=2,
    )


def test_a_new_chain_opens_with_its_key_and_a_checkpoint(ledger: Ledger, path: Path) -> None:
    first, second = read_chain(path)
    assert isinstance(first.event, LedgerOpened)
    assert isinstance(second.event, Checkpointed)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    with pytest.raises(Refusal, match="exists already"):
        Ledger.create(path, CHAIN, ledger._signer, ledger._clock, first.event)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_what_is_appended_is_on_the_disk_and_its_hash_is_the_head(
    ledger: Ledger, path: Path, clock: ManualClock
) -> None:
    clock.advance(1.5)
    line = ledger.append(OPENED, JONES)
    written = path.read_bytes().splitlines()
    assert hashlib.sha256(written[-1]).hexdigest() == line.sha256 == ledger.last.sha256
    assert (line.seq, line.by, line.at) == (2, JONES, START + timedelta(seconds=1.5))
    assert list(ledger.lines())[-1] == line


def test_a_change_of_step_is_followed_by_a_checkpoint_that_signs_it(
    ledger: Ledger, signer: Ed25519PrivateKey
) -> None:
    line = ledger.append(application(), JONES)
    sealed = ledger.last
    assert (sealed.seq, sealed.prev) == (line.seq + 1, line.sha256)
    assert isinstance(sealed.event, Checkpointed)
    signer.public_key().verify(
        bytes.fromhex(sealed.event.signature),
        checkpoint_bytes(CHAIN, sealed.seq, sealed.at, line.sha256),
    )


def test_a_checkpoint_is_due_after_a_minute(ledger: Ledger, clock: ManualClock) -> None:
    assert not ledger.checkpoint_due(clock.now())
    clock.advance(59.9)
    assert not ledger.checkpoint_due(clock.now())
    clock.advance(0.1)
    assert ledger.checkpoint_due(clock.now())
    ledger.checkpoint()
    assert not ledger.checkpoint_due(clock.now())


def test_it_goes_on_where_it_was_closed(
    ledger: Ledger, path: Path, signer: Ed25519PrivateKey, clock: ManualClock
) -> None:
    line = ledger.append(OPENED, JONES)
    ledger.close()
    with pytest.raises(LedgerFailed, match="closed"):
        ledger.append(OPENED)
    clock.advance(60)
    with Ledger.open(path, CHAIN, signer, clock) as again:
        assert again.last == line
        assert again.checkpoint_due(clock.now())
        assert again.append(OPENED).prev == line.sha256


def test_two_writers_never_share_a_chain(
    ledger: Ledger, path: Path, signer: Ed25519PrivateKey, clock: ManualClock
) -> None:
    before = path.read_bytes()
    with pytest.raises(LedgerFailed, match="in use by another"):
        Ledger.open(path, CHAIN, signer, clock)
    assert path.read_bytes() == before
    ledger.append(OPENED)  # and the first goes on


@pytest.mark.parametrize("torn", [b"{", b'{"at":"2026', b"\x00" * 300, b'{"seq":2}'])
def test_a_torn_line_is_set_aside_and_recorded(
    ledger: Ledger, path: Path, signer: Ed25519PrivateKey, clock: ManualClock, torn: bytes
) -> None:
    line = ledger.append(OPENED)
    ledger.close()
    with path.open("ab") as file:
        file.write(torn)
    with Ledger.open(path, CHAIN, signer, clock) as again:
        *_, kept, cut, sealed = again.lines()
    assert kept == line
    assert cut.event == TornLineCut(len(torn), Sha256(hashlib.sha256(torn).hexdigest()))
    assert isinstance(sealed.event, Checkpointed)
    assert path.with_name(path.name + ".torn").read_bytes() == torn + b"\n"


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def shorten(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 10)


def lengthen(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"{}\n")


@pytest.mark.parametrize("meddle", [replace, shorten, lengthen, Path.unlink])
def test_a_file_changed_beneath_it_fails_for_good(
    ledger: Ledger, path: Path, meddle: Callable[[Path], object]
) -> None:
    # N13
    head = ledger.last
    meddle(path)
    before = path.read_bytes() if path.exists() else None
    for _ in range(2):
        with pytest.raises(LedgerFailed) as failed:
            ledger.append(OPENED)
        assert failed.value.rule == "N13"
    with pytest.raises(LedgerFailed):
        ledger.checkpoint()
    assert ledger.last == head
    assert (path.read_bytes() if path.exists() else None) == before


def test_a_full_disk_fails_for_good_and_the_next_start_goes_on(
    ledger: Ledger, path: Path, signer: Ed25519PrivateKey, clock: ManualClock
) -> None:
    # N13: the kernel itself refuses the write half way through the line.
    head = ledger.last
    size = path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, before[1]))
    try:
        with pytest.raises(LedgerFailed, match=os.strerror(errno.EFBIG)):
            ledger.append(OPENED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    with pytest.raises(LedgerFailed):  # though there is room again
        ledger.append(OPENED)
    assert path.stat().st_size == size + 20
    ledger.close()
    with Ledger.open(path, CHAIN, signer, clock) as again:
        lines = list(again.lines())
    assert lines[head.seq] == head
    assert lines[head.seq + 1].event == TornLineCut(20, lines[head.seq + 1].event.torn_sha256)


def test_a_disk_that_does_not_flush_fails(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(LedgerFailed, match="Input/output error"):
        ledger.append(OPENED)
    monkeypatch.undo()
    with pytest.raises(LedgerFailed):
        ledger.append(OPENED)


def test_an_unwritable_folder_is_one_line(
    tmp_path: Path, signer: Ed25519PrivateKey, clock: ManualClock
) -> None:
    with pytest.raises(LedgerFailed, match="No such file"):
        Ledger.create(tmp_path / "gone" / "x.jsonl", CHAIN, signer, clock, opened(signer))
    with pytest.raises(LedgerFailed, match="No such file"):
        Ledger.open(tmp_path / "x.jsonl", CHAIN, signer, clock)
    assert list(tmp_path.iterdir()) == []


def test_a_chain_of_another_key_or_deployment_is_not_continued(
    ledger: Ledger, path: Path, signer: Ed25519PrivateKey, clock: ManualClock
) -> None:
    ledger.close()
    before = path.read_bytes()
    with pytest.raises(LedgerFailed, match="does not open the chain"):
        Ledger.open(path, CHAIN, Ed25519PrivateKey.generate(), clock)
    with pytest.raises(LedgerFailed, match="does not open the chain"):
        Ledger.open(path, DeploymentId("D-20261125-AAAAAA"), signer, clock)
    with pytest.raises(LedgerFailed, match="another key"):
        Ledger.create(
            path.with_name("b"), CHAIN, Ed25519PrivateKey.generate(), clock, opened(signer)
        )
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\n", b"x" * 70_000, b"\x00\n" * 9])
def test_what_is_no_ledger_is_not_continued(
    path: Path, signer: Ed25519PrivateKey, clock: ManualClock, content: bytes
) -> None:
    path.write_bytes(content)
    with pytest.raises(LedgerFailed):
        Ledger.open(path, CHAIN, signer, clock)
    assert path.read_bytes() == content


def test_an_altered_tail_is_not_continued(
    ledger: Ledger, path: Path, signer: Ed25519PrivateKey, clock: ManualClock
) -> None:
    ledger.append(OPENED, JONES)
    ledger.append(OPENED, JONES)
    ledger.close()
    altered = path.read_bytes().replace(b"a.jones", b"b.smith", 1)
    path.write_bytes(altered)
    with pytest.raises(LedgerFailed, match="does not follow"):
        Ledger.open(path, CHAIN, signer, clock)
    with pytest.raises(BadLedger, match="line 3 does not follow"):
        list(read_chain(path))
    assert path.read_bytes() == altered


def test_a_long_ledger_opens_from_its_tail(
    ledger: Ledger,
    path: Path,
    signer: Ed25519PrivateKey,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(40):
        last = ledger.append(OPENED)
    ledger.close()
    monkeypatch.setattr("overt.records.ledger._TAIL_BYTES", 1000)
    with Ledger.open(path, CHAIN, signer, clock) as again:
        assert again.last == last
        assert again.append(OPENED).seq == last.seq + 1


def test_time_in_the_ledger_never_runs_back(ledger: Ledger, clock: ManualClock, path: Path) -> None:
    clock.advance(100)
    at = ledger.append(OPENED).at
    clock.wall -= timedelta(seconds=5)  # a time server's step
    assert ledger.append(OPENED).at == at
    clock.wall -= timedelta(hours=3)  # somebody turned it back: what is due would never come
    before = path.read_bytes()
    with pytest.raises(LedgerFailed, match="the clock is 10805 s behind"):
        ledger.append(OPENED)
    assert path.read_bytes() == before


def test_misuse_changes_nothing(ledger: Ledger, path: Path, signer: Ed25519PrivateKey) -> None:
    before = path.read_bytes()
    with pytest.raises(Misuse, match="no id"):
        ledger.append(OPENED, AccountId("A. Jones"))
    for event in (opened(signer), TornLineCut(1, Sha256("0" * 64))):
        with pytest.raises(Misuse, match="by the ledger itself"):
            ledger.append(event)
    assert path.read_bytes() == before
    ledger.append(SignsConfirmed(4), JONES)  # and it still works


WRITER = """
import sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from overt.clock import RealClock
from overt.records.events import WatchlistOpened
from overt.records.ledger import Ledger
ledger = Ledger.open(
    Path(sys.argv[1]), sys.argv[2], Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    RealClock(),
)
while True:
    print(ledger.append(WatchlistOpened("live")).sha256, flush=True)
"""


@pytest.mark.slow
def test_a_killed_writer_keeps_what_it_acknowledged(
    ledger: Ledger, path: Path, signer: Ed25519PrivateKey, clock: ManualClock
) -> None:
    ledger.close()
    heads = []
    for kills in range(1, 6):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, path, CHAIN], stdout=subprocess.PIPE, text=True
        )
        heads += [writer.stdout.readline().strip() for _ in range(7 * kills)]
        writer.kill()
        heads += writer.stdout.read().split()
        writer.stdout.close()
        writer.wait()
    assert set(heads) <= {line.sha256 for line in read_chain(path)}
