"""A process that is killed at any step leaves a vault that is whole, and work that can go on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sealed_vault import KEY, RECORDS, put, vault_with_a_list

from overt.errors import BadKey, BadVault, Refusal
from overt.store.keys import INSTANCE_KEY, InstanceKey, signing_key
from overt.store.vault import Vault

NEW = [b"new %d" % number for number in range(50)]


def killed_at_each_step(tmp_path: Path, operation: str) -> list[Path]:
    """A vault for each step at which the operation was killed; in the last it was not."""
    start = tmp_path / "start"
    if operation == "create":
        start.mkdir()
    else:
        put(vault_with_a_list(start), "D-1/list", "pictures", [bytes(100_000)])
    script = Path(__file__).parent / "dying.py"
    done = subprocess.run(
        [sys.executable, script, tmp_path, operation], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    folders = sorted(
        (path for path in tmp_path.iterdir() if path != start), key=lambda p: int(p.name)
    )
    assert len(folders) > 8
    return folders


def opened(folder: Path) -> Vault:
    """The vault as the next start finds it: what was half-written is gone."""
    vault = Vault(folder, KEY)
    assert list(folder.rglob(".writing-*")) == []
    return vault


def test_killed_while_making_a_compartment(tmp_path: Path) -> None:
    made = []
    for folder in killed_at_each_step(tmp_path, "make"):
        vault = opened(folder)
        made.append(vault.exists("D-2/list"))
        assert vault.pending() == ()
        if not made[-1]:
            vault.make("D-2/list")
        put(vault, "D-2/list", "faces", RECORDS)
        assert list(vault.read("D-2/list", "faces")) == RECORDS
        assert list(vault.read("D-1/list", "faces")) == RECORDS
    assert made == sorted(made)
    assert set(made) == {False, True}


@pytest.mark.parametrize(("operation", "name"), [("write", "new"), ("replace", "faces")])
def test_killed_while_writing(tmp_path: Path, operation: str, name: str) -> None:
    found = []
    for folder in killed_at_each_step(tmp_path, operation):
        vault = opened(folder)
        whole = name in vault.names("D-1/list")
        found.append(list(vault.read("D-1/list", name)) if whole else None)
        assert set(vault.names("D-1/list")) - {"new"} == {"faces", "pictures"}
    before = RECORDS if operation == "replace" else None
    kept = found.index(NEW)
    assert found == [before] * kept + [NEW] * (len(found) - kept)
    assert kept > 3


def test_killed_while_destroying(tmp_path: Path) -> None:
    """R10, N5, N13: from one step on it is dead, and the next start ends what was begun."""
    folders = killed_at_each_step(tmp_path, "destroy")
    alive, unfinished = 0, 0
    files = {path.name: path.read_bytes() for path in (tmp_path / "start/files/D-1+list").iterdir()}
    key = (tmp_path / "start/keys/D-1+list").read_bytes()
    for folder in folders:
        left = folder / "files" / "D-1+list"
        if any(
            not (left / name).exists() or (left / name).read_bytes() != files[name]
            for name in files
        ):
            assert not (folder / "keys" / "D-1+list").exists(), "the key goes first"
        vault = opened(folder)
        if vault.exists("D-1/list"):
            assert (folder / "keys" / "D-1+list").read_bytes() == key
            assert list(vault.read("D-1/list", "faces")) == RECORDS
            assert vault.pending() == ()
            alive += 1
            continue
        unfinished += vault.pending() == ("D-1/list",)
        with pytest.raises(BadVault, match="was destroyed"):
            list(vault.read("D-1/list", "faces"))
        with pytest.raises(Refusal, match="N5"):
            vault.make("D-1/list")
        for compartment in vault.pending():
            vault.destroy(compartment)
        again = vault.destroy("D-1/list")
        assert (again.files, again.bytes) == (2, sum(map(len, files.values())))
        assert vault.pending() == ()
        assert list((folder / "keys").iterdir()) == list((folder / "files").iterdir()) == []
        assert sorted(path.name for path in (folder / "gone").iterdir()) == [".lock", "D-1+list"]
    assert alive > 1
    assert unfinished > 25
    assert alive + unfinished < len(folders)


def test_killed_while_making_the_signing_key(tmp_path: Path) -> None:
    for folder in killed_at_each_step(tmp_path, "sign"):
        made = signing_key(folder, KEY)
        assert signing_key(folder, KEY).private_bytes_raw() == made.private_bytes_raw()
        assert list(folder.glob(".writing-*")) == []


def test_killed_while_making_the_instance_key(tmp_path: Path) -> None:
    for folder in killed_at_each_step(tmp_path, "create"):
        if not (folder / INSTANCE_KEY).exists():
            try:
                InstanceKey.create(folder, key_file=folder / "stick")
            except BadKey as error:
                # A key file without an instance key opens nothing; a person takes it away.
                assert "stick exists" in error.line  # noqa: PT017
                (folder / "stick").unlink()
                InstanceKey.create(folder, key_file=folder / "stick")
        InstanceKey.unlock(folder, key_file=folder / "stick")
        shutil.rmtree(folder)
