"""The vault: compartments, whole files, names and what is refused."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from sealed_vault import KEY, RECORDS, largest_file, put, refused, state, vault_with_a_list

from overt.errors import BadKey, BadVault, Misuse
from overt.store.keys import InstanceKey
from overt.store.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Holds one list in one file."""
    return vault_with_a_list(tmp_path / "vault")


# --- what is there -----------------------------------------------------------------------------


def test_what_is_written_is_read_by_another_process_with_the_key(vault: Vault) -> None:
    other = Vault(vault._folder, InstanceKey(b"k" * 32))
    assert list(other.read("D-1/list", "faces")) == RECORDS
    assert other.compartments() == ("D-1/list",)
    assert other.names("D-1/list") == ("faces",)
    assert other.exists("D-1/list")
    assert not other.exists("D-1/alerts")
    assert other.pending() == ()


def test_a_record_is_read_alone(vault: Vault) -> None:
    places = put(vault, "D-1/list", "pictures", RECORDS)
    assert [vault.record("D-1/list", "pictures", place) for place in places] == RECORDS
    with refused(vault, BadVault, "altered or cut short, or belongs elsewhere"):
        vault.record("D-1/list", "faces", places[2].__class__(1, places[2].offset))


def test_a_list_may_be_empty(vault: Vault) -> None:
    put(vault, "D-1/list", "nobody", [])
    assert list(vault.read("D-1/list", "nobody")) == []


def test_nothing_of_a_record_or_a_key_lies_on_the_disk_in_the_clear(vault: Vault) -> None:
    everything = b"".join(content for content in state(vault._folder).values() if content)
    assert RECORDS[0] not in everything
    assert RECORDS[2][:16] not in everything
    assert vault._key("D-1/list") not in everything


def test_only_this_account_may_enter(vault: Vault) -> None:
    for path in (vault._folder, *vault._folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_a_file_of_the_same_name_is_replaced_at_the_end_and_not_before(vault: Vault) -> None:
    with vault.write("D-1/list", "faces") as writer:
        writer.append(b"new")
        assert list(vault.read("D-1/list", "faces")) == RECORDS
    assert list(vault.read("D-1/list", "faces")) == [b"new"]


# --- names -------------------------------------------------------------------------------------

NO_NAMES = [
    "",
    ".",
    "..",
    "../x",
    "a/../b",
    "a//b",
    "/a",
    "a/",
    ".hidden",
    "a/.b",
    "a b",
    "a+b",
    "a\\b",
    "a\n",
    "a\0",
    "é",
    "a" * 81,
    "a/b/c/d/e",
    "-a",
    ".writing-0",
    "a:b",
]


@pytest.mark.parametrize("name", NO_NAMES, ids=repr)
def test_what_is_no_name_is_refused(vault: Vault, name: str, tmp_path: Path) -> None:
    for step in (vault.make, vault.exists, vault.destroy, vault.names):
        with refused(vault, Misuse, "is no name of a compartment", tmp_path):
            step(name)
    for compartment, file in ((name, "faces"), ("D-1/list", name)):
        with refused(vault, Misuse, "is no name of a", tmp_path):
            put(vault, compartment, file, [b"x"])
        with refused(vault, Misuse, "is no name of a", tmp_path):
            list(vault.read(compartment, file))


def test_a_file_has_no_separator_in_its_name(vault: Vault) -> None:
    with refused(vault, Misuse, "is no name of a sealed file"):
        put(vault, "D-1/list", "a/b", [b"x"])


def test_compartments_inside_one_another_are_apart(vault: Vault) -> None:
    for name in ("D-1", "D-1/alert", "D-1/alert/K7QD-3M2P"):
        vault.make(name)
        put(vault, name, "faces", [name.encode()])
    vault.destroy("D-1")
    assert list(vault.read("D-1/alert/K7QD-3M2P", "faces")) == [b"D-1/alert/K7QD-3M2P"]
    assert vault.compartments() == ("D-1/alert", "D-1/alert/K7QD-3M2P", "D-1/list")


# --- what is altered, swapped or missing -------------------------------------------------------


def test_what_is_missing_is_said(vault: Vault) -> None:
    with refused(vault, BadVault, "there is no compartment D-9"):
        list(vault.read("D-9", "faces"))
    with refused(vault, BadVault, "there is no compartment D-9"):
        put(vault, "D-9", "faces", [b"x"])
    with refused(vault, BadVault, "there is no compartment D-9"):
        vault.destroy("D-9")
    with refused(vault, BadVault, "pictures of D-1/list cannot be read: No such file"):
        list(vault.read("D-1/list", "pictures"))


def test_a_compartment_is_not_made_twice(vault: Vault) -> None:
    with refused(vault, BadVault, "D-1/list exists"):
        vault.make("D-1/list")


def test_another_instances_key_opens_nothing(vault: Vault) -> None:
    other = Vault(vault._folder, InstanceKey(b"o" * 32))
    with refused(vault, BadKey, "altered, or belongs to another instance"):
        list(other.read("D-1/list", "faces"))
    with refused(vault, BadKey, "altered, or belongs to another instance"):
        put(other, "D-1/list", "faces", [b"x"])


def swapped_keys(vault: Vault) -> None:
    shutil.copy(vault._keys / "D-2+list", vault._keys / "D-1+list")


def swapped_deployments(vault: Vault) -> None:
    shutil.copy(vault._files / "D-2+list" / "faces", vault._files / "D-1+list" / "faces")


def swapped_keys_and_files(vault: Vault) -> None:
    swapped_keys(vault)
    swapped_deployments(vault)


def swapped_names(vault: Vault) -> None:
    shutil.copy(vault._files / "D-1+list" / "names", vault._files / "D-1+list" / "faces")


def linked(vault: Vault) -> None:
    (vault._files / "D-1+list" / "faces").unlink()
    (vault._files / "D-1+list" / "faces").symlink_to(vault._files / "D-2+list" / "faces")


def piped(vault: Vault) -> None:
    (vault._files / "D-1+list" / "faces").unlink()
    os.mkfifo(vault._files / "D-1+list" / "faces")


def altered_key(vault: Vault) -> None:
    path = vault._keys / "D-1+list"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def huge_key(vault: Vault) -> None:
    (vault._keys / "D-1+list").write_bytes(bytes(10_000))


def cut_file(vault: Vault) -> None:
    os.truncate(vault._files / "D-1+list" / "faces", 100)


def empty_file(vault: Vault) -> None:
    os.truncate(vault._files / "D-1+list" / "faces", 0)


@pytest.mark.parametrize(
    "spoil",
    [
        swapped_keys,
        swapped_deployments,
        swapped_keys_and_files,
        swapped_names,
        linked,
        piped,
        altered_key,
        huge_key,
        cut_file,
        empty_file,
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_what_was_swapped_or_altered_is_refused(
    vault: Vault, spoil: Callable[[Vault], None]
) -> None:
    vault.make("D-2/list")
    put(vault, "D-2/list", "faces", [b"of another deployment"])
    put(vault, "D-1/list", "names", [b"of another file"])
    assert list(vault.read("D-1/list", "faces")) == RECORDS
    spoil(vault)
    before = {k: v for k, v in state(vault._folder).items() if k != "files/D-1+list/faces"}
    with pytest.raises((BadKey, BadVault)) as caught:
        list(vault.read("D-1/list", "faces"))
    assert "\n" not in caught.value.line
    after = {k: v for k, v in state(vault._folder).items() if k != "files/D-1+list/faces"}
    assert after == before
    vault.destroy("D-1/list")
    assert list(vault.read("D-2/list", "faces")) == [b"of another deployment"]


def test_a_compartment_whose_key_is_lost_is_not_made_anew_over_its_files(vault: Vault) -> None:
    (vault._keys / "D-1+list").unlink()
    with refused(vault, BadVault, "the key of D-1/list is missing"):
        vault.make("D-1/list")
    assert vault.destroy("D-1/list").files == 1


# --- whole or not at all -----------------------------------------------------------------------


def test_a_writer_that_fails_leaves_what_was_there(vault: Vault) -> None:
    class Interrupted(BaseException):
        pass

    before = state(vault._folder)

    def fail(name: str) -> None:
        with vault.write("D-1/list", name) as writer:
            writer.append(bytes(1_000_000))
            raise Interrupted

    for name in ("faces", "new"):
        with pytest.raises(Interrupted):
            fail(name)
        assert state(vault._folder) == before


def test_a_disk_that_is_full_leaves_what_was_there(vault: Vault) -> None:
    for size in (10, 300_000):  # Full at the end; full in the middle.
        with (
            largest_file(size),
            refused(vault, BadVault, r"(cannot be written|kept).*File too large"),
        ):
            put(vault, "D-1/list", "faces", [bytes(1000)] * 1000)
    assert list(vault.read("D-1/list", "faces")) == RECORDS


def test_a_failed_record_that_was_swallowed_is_not_forgotten(vault: Vault) -> None:
    def swallow() -> None:
        with vault.write("D-1/list", "faces") as writer:
            try:
                for _ in range(1000):
                    writer.append(bytes(1000))
            except BadVault:
                pass

    with refused(vault, BadVault, "could not be written"), largest_file(300_000):
        swallow()


def test_a_full_disk_makes_no_compartment(vault: Vault) -> None:
    with largest_file(0), pytest.raises(BadVault, match="D-2/list cannot be made: File too large"):
        vault.make("D-2/list")
    assert vault.compartments() == ("D-1/list",)
    vault.make("D-2/list")
    put(vault, "D-2/list", "faces", RECORDS)


def test_what_is_being_written_is_not_taken_for_abandoned(vault: Vault) -> None:
    with vault.write("D-1/list", "new") as writer:
        writer.append(b"one")
        Vault(vault._folder, KEY)
        writer.append(b"two")
    assert list(vault.read("D-1/list", "new")) == [b"one", b"two"]


def test_many_writers_at_once_leave_whole_files(vault: Vault) -> None:
    def write(number: int) -> None:
        mine = Vault(vault._folder, KEY)
        for turn in range(5):
            put(mine, "D-1/list", "shared", [b"%d" % number] * (turn + 1))
            put(mine, "D-1/list", f"own-{number}", [b"%d" % number])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(vault.read("D-1/list", "shared"))) == 1
    assert vault.names("D-1/list") == ("faces", *(f"own-{n}" for n in range(4)), "shared")
