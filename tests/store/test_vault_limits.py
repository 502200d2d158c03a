"""Long lists stream; a disk without any room can still be rid of what it holds."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from sealed_vault import KEY, RECORDS, put, state, vault_with_a_list

from overt.errors import BadVault
from overt.store.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEGABYTE = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KiB. Making one needs root."""
    mount = shutil.which("mount")
    if os.geteuid() or not mount:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    command = [mount, "-t", "tmpfs", "-o", "size=512k,mode=700", "overt-test", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leave no room at all."""
    with contextlib.suppress(OSError), (folder / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_on_a_full_disk_nothing_half_written_is_left(small_disk: Path) -> None:
    vault = vault_with_a_list(small_disk / "vault")
    before = state(small_disk)
    with pytest.raises(BadVault, match="No space left on device; nothing of it was kept"):
        put(vault, "D-1/list", "faces", [bytes(100_000)] * 10)
    assert state(small_disk) == before
    fill(small_disk)
    before = state(small_disk)
    with pytest.raises(BadVault, match="No space left on device"):
        put(vault, "D-1/list", "new", [b"small"])
    with pytest.raises(BadVault, match="No space left on device"):
        vault.make("D-2/list")
    after = state(small_disk)
    assert {name for name, content in after.items() if content is not None} == {
        name for name, content in before.items() if content is not None
    }
    assert list(vault.read("D-1/list", "faces")) == RECORDS


def test_r10_a_full_disk_keeps_nobody_on_a_list(small_disk: Path) -> None:
    vault = vault_with_a_list(small_disk / "vault")
    fill(small_disk)
    assert vault.destroy("D-1/list").files == 1
    assert list(vault._keys.iterdir()) == list(vault._files.iterdir()) == []
    assert vault.pending() == ()


@pytest.mark.slow
def test_ten_thousand_records_of_40_kb_stream_in_bounded_memory(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault", KEY)
    vault.make("D-1/list")
    record = os.urandom(40_000)
    tracemalloc.start()
    try:
        with vault.write("D-1/list", "pictures") as writer:
            places = [writer.append(number.to_bytes(4) + record) for number in range(10_000)]
        numbers = [int.from_bytes(each[:4]) for each in vault.read("D-1/list", "pictures")]
        alone = vault.record("D-1/list", "pictures", places[7_777])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert numbers == list(range(10_000))
    assert alone == (7_777).to_bytes(4) + record
    assert peak < 4 * MEGABYTE  # Of 400: the places alone are 2.
    assert vault.destroy("D-1/list").bytes > 400_000_000
