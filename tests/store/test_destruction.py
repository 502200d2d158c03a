"""Destroying a compartment: key first, for good, and never silently in part (R10, R11, N5, N13)."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from sealed_vault import KEY, NOON, RECORDS, largest_file, put, refused, state, vault_with_a_list

from overt.clock import ManualClock
from overt.errors import BadVault, DestructionFailed, Refusal
from overt.store.destruction import Destruction
from overt.store.vault import Vault

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

GONE = [".lock", "files", "gone", "gone/.lock", "gone/D-1+list", "keys"]
"""What a vault holds whose only compartment was destroyed."""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Holds one list in one file."""
    return vault_with_a_list(tmp_path / "vault")


def test_r10_a_destroyed_compartment_is_gone_with_its_key(vault: Vault) -> None:
    size = (vault._files / "D-1+list" / "faces").stat().st_size
    key = vault._key("D-1/list")
    assert vault.destroy("D-1/list") == Destruction("D-1/list", NOON, 1, size)
    assert sorted(state(vault._folder)) == GONE
    assert not vault.exists("D-1/list")
    assert vault.compartments() == ()
    assert vault.pending() == ()
    assert key not in (vault._gone / "D-1+list").read_bytes()
    for step in (
        lambda: list(vault.read("D-1/list", "faces")),
        lambda: put(vault, "D-1/list", "faces", [b"x"]),
        lambda: vault.names("D-1/list"),
    ):
        with refused(vault, BadVault, "D-1/list was destroyed"):
            step()


def test_n5_a_destroyed_compartment_is_never_made_again(vault: Vault) -> None:
    vault.destroy("D-1/list")
    with refused(vault, Refusal, r"^N5: D-1/list was destroyed and can never be made again"):
        vault.make("D-1/list")


def test_n5_bringing_back_key_and_files_brings_nothing_back(vault: Vault, tmp_path: Path) -> None:
    shutil.copytree(vault._keys, tmp_path / "keys")
    shutil.copytree(vault._files, tmp_path / "files")
    vault.destroy("D-1/list")
    shutil.copytree(tmp_path / "keys", vault._keys, dirs_exist_ok=True)
    shutil.copytree(tmp_path / "files", vault._files, dirs_exist_ok=True)
    with refused(vault, BadVault, "was destroyed"):
        list(vault.read("D-1/list", "faces"))
    assert not vault.exists("D-1/list")
    assert vault.pending() == ("D-1/list",)
    vault.destroy("D-1/list")
    assert vault.pending() == ()
    assert sorted(state(vault._folder)) == GONE


def test_destroying_twice_says_the_same(vault: Vault) -> None:
    once = vault.destroy("D-1/list")
    vault._clock = ManualClock()
    with_nothing_changed = state(vault._folder)
    assert vault.destroy("D-1/list") == once
    assert state(vault._folder) == with_nothing_changed


def test_the_key_and_the_files_are_overwritten_before_their_names_go(
    vault: Vault, tmp_path: Path
) -> None:
    # A second name for the same bytes on the disk shows what became of them.
    os.link(vault._keys / "D-1+list", tmp_path / "key")
    os.link(vault._files / "D-1+list" / "faces", tmp_path / "faces")
    key, faces = (tmp_path / "key").read_bytes(), (tmp_path / "faces").read_bytes()
    vault.destroy("D-1/list")
    for name, before in (("key", key), ("faces", faces)):
        after = (tmp_path / name).read_bytes()
        assert len(after) == len(before)
        same = sum(a == b for a, b in zip(after, before, strict=True))
        assert same < len(before) / 4


def test_the_time_is_read_when_the_key_is_gone_so_that_no_certificate_is_too_early(
    vault: Vault,
) -> None:
    key = vault._keys / "D-1+list"
    seen = []

    class Watching(ManualClock):
        def now(self) -> datetime:
            seen.append(key.exists())
            return super().now()

    vault._clock = Watching()
    vault.destroy("D-1/list")
    assert seen == [False]


def test_destroying_from_several_places_at_once_happens_once(vault: Vault) -> None:
    for number in range(20):
        put(vault, "D-1/list", f"more-{number}", [bytes(100_000)])
    said: list[Destruction] = []
    threads = [
        threading.Thread(target=lambda: said.append(Vault(vault._folder, KEY).destroy("D-1/list")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 4
    assert len(set(said)) == 1
    assert said[0].files == 21


def test_a_link_in_a_compartment_goes_and_what_it_points_to_stays(
    vault: Vault, tmp_path: Path
) -> None:
    (tmp_path / "letter").write_text("Dear all")
    (vault._files / "D-1+list" / "link").symlink_to(tmp_path / "letter")
    vault.destroy("D-1/list")
    assert (tmp_path / "letter").read_text() == "Dear all"


def test_n13_a_key_that_cannot_be_overwritten_is_said_and_tried_again(vault: Vault) -> None:
    with (
        largest_file(0),
        pytest.raises(DestructionFailed, match=r"^N13: the key of D-1/list was not destroyed"),
    ):
        vault.destroy("D-1/list")
    assert vault.pending() == ("D-1/list",)
    assert not vault.exists("D-1/list")
    assert vault.destroy("D-1/list").files == 1
    assert vault.pending() == ()


def test_n13_what_cannot_be_destroyed_is_named_and_the_rest_goes(vault: Vault) -> None:
    put(vault, "D-1/list", "zebra", RECORDS)
    obstacle = vault._files / "D-1+list" / "obstacle"
    (obstacle / "inside").mkdir(parents=True)
    with pytest.raises(DestructionFailed, match=r"^N13: the key of D-1/list is destroyed, but"):
        vault.destroy("D-1/list")
    with pytest.raises(DestructionFailed, match=r"left: obstacle \(Is a directory\)"):
        vault.destroy("D-1/list")
    assert state(vault._keys) == {}
    assert [path.name for path in (vault._files / "D-1+list").iterdir()] == ["obstacle"]
    assert Vault(vault._folder, KEY).pending() == ("D-1/list",)
    shutil.rmtree(obstacle)
    assert vault.destroy("D-1/list").key_destroyed_at == NOON
    assert vault.pending() == ()


def test_an_unreadable_tombstone_still_keeps_the_compartment_dead(vault: Vault) -> None:
    vault.destroy("D-1/list")
    (vault._gone / "D-1+list").write_bytes(b"\xff")
    with refused(vault, Refusal, "N5"):
        vault.make("D-1/list")
    assert vault.pending() == ("D-1/list",)
    vault.destroy("D-1/list")
    assert vault.pending() == ()


def test_what_is_being_written_while_its_compartment_is_destroyed_is_not_kept(
    vault: Vault,
) -> None:
    def overtaken() -> None:
        with vault.write("D-1/list", "late") as writer:
            writer.append(bytes(1_000_000))
            Vault(vault._folder, KEY).destroy("D-1/list")
            writer.append(bytes(1_000_000))

    with pytest.raises(BadVault, match="D-1/list was destroyed"):
        overtaken()
    assert sorted(state(vault._folder)) == GONE
