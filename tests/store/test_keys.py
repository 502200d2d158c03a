"""The instance's key: made once, opened by what it was made with, sealed to a purpose."""

from __future__ import annotations

import json
import os
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BadKey, Misuse
from overt.store.keys import INSTANCE_KEY, SIGNING_KEY, InstanceKey, signing_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORDS = b"correct horse battery staple"


def state(folder: Path) -> dict[str, bytes]:
    """Each file below a folder, to see that nothing changed."""
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def by_key_file(tmp_path: Path) -> tuple[Path, Path, InstanceKey]:
    """Folder, key file and key of an instance that a key file opens."""
    folder, key_file = tmp_path / "vault", tmp_path / "stick"
    return folder, key_file, InstanceKey.create(folder, key_file=key_file)


@pytest.fixture(scope="module")
def by_passphrase(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, InstanceKey]:
    """Folder and key of an instance that a passphrase opens."""
    folder = tmp_path_factory.mktemp("instance") / "vault"
    return folder, InstanceKey.create(folder, passphrase=WORDS)


def same(one: InstanceKey, other: InstanceKey) -> bool:
    return other.unwrap(one.wrap(b"secret", purpose="p"), purpose="p") == b"secret"


def test_a_passphrase_opens_what_it_made(by_passphrase: tuple[Path, InstanceKey]) -> None:
    folder, key = by_passphrase
    assert same(key, InstanceKey.unlock(folder, passphrase=WORDS))


@pytest.mark.parametrize("wrong", [b"", WORDS[:-1], WORDS + b" ", WORDS.upper()])
def test_a_wrong_passphrase_is_refused(
    by_passphrase: tuple[Path, InstanceKey], wrong: bytes
) -> None:
    folder, _ = by_passphrase
    before = state(folder)
    with pytest.raises(BadKey, match=r"^the passphrase does not open .*instance-key"):
        InstanceKey.unlock(folder, passphrase=wrong)
    assert state(folder) == before


def test_a_key_file_opens_what_it_made(by_key_file: tuple[Path, Path, InstanceKey]) -> None:
    folder, key_file, key = by_key_file
    assert same(key, InstanceKey.unlock(folder, key_file=key_file))
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert (folder / INSTANCE_KEY).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_key_file_of_another_instance_is_refused(
    by_key_file: tuple[Path, Path, InstanceKey], tmp_path: Path
) -> None:
    folder, _, _ = by_key_file
    InstanceKey.create(tmp_path / "other", key_file=tmp_path / "other stick")
    with pytest.raises(BadKey, match="the key file does not open"):
        InstanceKey.unlock(folder, key_file=tmp_path / "other stick")


def test_a_passphrase_does_not_open_what_a_key_file_opens_nor_the_other_way(
    by_key_file: tuple[Path, Path, InstanceKey], by_passphrase: tuple[Path, InstanceKey]
) -> None:
    with pytest.raises(BadKey, match="is opened by a key file, which was not given"):
        InstanceKey.unlock(by_key_file[0], passphrase=WORDS)
    with pytest.raises(BadKey, match="is opened by a passphrase, which was not given"):
        InstanceKey.unlock(by_passphrase[0], key_file=by_key_file[1])


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o666])
def test_a_key_file_that_others_can_reach_is_refused(
    by_key_file: tuple[Path, Path, InstanceKey], mode: int
) -> None:
    folder, key_file, _ = by_key_file
    key_file.chmod(mode)
    with pytest.raises(BadKey, match=r"can be read by, other accounts. Make it yours alone: chmod"):
        InstanceKey.unlock(folder, key_file=key_file)


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda text: b"",
    "cut": lambda text: text[:-2],
    "longer": lambda text: text + b"00",
    "two lines": lambda text: text + text,
    "no head": lambda text: text.removeprefix(b"overt-key-1 "),
    "capitals": lambda text: text.upper(),
    "spaces": lambda text: text.replace(b"1 ", b"1  "),
    "not text": lambda text: b"\xff" * 64,
    "huge": lambda text: text * 1000,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_key_file_is_refused(
    by_key_file: tuple[Path, Path, InstanceKey], spoil: Callable[[bytes], bytes]
) -> None:
    folder, key_file, _ = by_key_file
    key_file.write_bytes(spoil(key_file.read_bytes()))
    with pytest.raises(BadKey, match=r"is not a key file of Overt|is longer than"):
        InstanceKey.unlock(folder, key_file=key_file)


def test_a_pipe_or_folder_for_a_key_file_is_refused_and_never_waited_for(
    by_key_file: tuple[Path, Path, InstanceKey], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "missing"):
        with pytest.raises(BadKey, match=r"not a plain file|cannot be read"):
            InstanceKey.unlock(by_key_file[0], key_file=path)


def test_no_second_key_is_made(by_key_file: tuple[Path, Path, InstanceKey], tmp_path: Path) -> None:
    folder, _, _ = by_key_file
    before = state(tmp_path)
    with pytest.raises(BadKey, match=r"instance-key exists. A second key would"):
        InstanceKey.create(folder, passphrase=WORDS)
    with pytest.raises(BadKey, match="instance-key exists"):
        InstanceKey.create(folder, key_file=tmp_path / "second")
    assert state(tmp_path) == before


def test_a_file_that_exists_is_never_made_a_key_file(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear all")
    with pytest.raises(BadKey, match=r"letter exists. Name a file that does not exist"):
        InstanceKey.create(tmp_path / "vault", key_file=tmp_path / "letter")
    assert (tmp_path / "letter").read_text() == "Dear all"
    assert not (tmp_path / "vault" / INSTANCE_KEY).exists()


@pytest.mark.parametrize("passphrase", [b"", b"eleven long", b"x" * 1025])
def test_an_unfit_passphrase_makes_nothing(tmp_path: Path, passphrase: bytes) -> None:
    with pytest.raises(BadKey, match="a passphrase has 12 to 1024 bytes"):
        InstanceKey.create(tmp_path / "vault", passphrase=passphrase)
    assert list(tmp_path.iterdir()) == []


def test_one_way_of_opening_is_given(tmp_path: Path) -> None:
    for make in (InstanceKey.create, InstanceKey.unlock):
        with pytest.raises(Misuse):
            make(tmp_path)
        with pytest.raises(Misuse):
            make(tmp_path, passphrase=WORDS, key_file=tmp_path / "stick")
    assert list(tmp_path.iterdir()) == []


def test_there_is_nothing_to_unlock_before_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="there is no instance key in"):
        InstanceKey.unlock(tmp_path, passphrase=WORDS)


GREEDY = {
    "memory_kib": 512 * 1024 + 1,
    "time_cost": 17,
    "parallelism": 9,
    "salt": "00" * 15,
    "wrapped": "00" * 60,
    "format": "overt instance key 2",
    "opened_by": "nobody",
    "extra": 1,
}


@pytest.mark.parametrize("field", GREEDY)
def test_an_altered_record_is_refused_before_argon2_runs(
    by_passphrase: tuple[Path, InstanceKey],
    tmp_path: Path,
    field: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = json.loads((by_passphrase[0] / INSTANCE_KEY).read_text()) | {field: GREEDY[field]}
    (tmp_path / INSTANCE_KEY).write_text(json.dumps(record))
    monkeypatch.setattr("overt.store.keys.hash_secret_raw", pytest.fail)
    with pytest.raises(BadKey, match="was altered or is of another version"):
        InstanceKey.unlock(tmp_path, passphrase=WORDS)


WITHIN_BOUNDS = {"time_cost": 2, "memory_kib": 19 * 1024, "parallelism": 1, "salt": "00" * 16}


@pytest.mark.parametrize("field", WITHIN_BOUNDS)
def test_parameters_altered_within_their_bounds_open_nothing(
    by_passphrase: tuple[Path, InstanceKey], tmp_path: Path, field: str
) -> None:
    record = json.loads((by_passphrase[0] / INSTANCE_KEY).read_text())
    (tmp_path / INSTANCE_KEY).write_text(json.dumps(record | {field: WITHIN_BOUNDS[field]}))
    with pytest.raises(BadKey, match="does not open"):
        InstanceKey.unlock(tmp_path, passphrase=WORDS)


def test_each_altered_byte_of_a_record_is_refused(
    by_key_file: tuple[Path, Path, InstanceKey],
) -> None:
    folder, key_file, _ = by_key_file
    path = folder / INSTANCE_KEY
    whole = path.read_bytes()
    for place in range(len(whole)):
        if whole[place : place + 1].isspace():
            continue  # Space between JSON's parts says nothing.
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BadKey):
            InstanceKey.unlock(folder, key_file=key_file)
    for length in range(len(whole) - 2):
        path.write_bytes(whole[:length])
        with pytest.raises(BadKey):
            InstanceKey.unlock(folder, key_file=key_file)


@given(secret=st.binary(max_size=100), purpose=st.text(max_size=40))
def test_what_is_wrapped_opens_for_its_purpose(secret: bytes, purpose: str) -> None:
    key = InstanceKey(b"k" * 32)
    assert key.unwrap(key.wrap(secret, purpose=purpose), purpose=purpose) == secret


@given(data=st.data())
def test_what_is_altered_or_for_another_purpose_does_not_open(data: st.DataObject) -> None:
    key = InstanceKey(b"k" * 32)
    wrapped = key.wrap(b"s" * 32, purpose="one")
    place = data.draw(st.integers(0, len(wrapped) - 1))
    bit = data.draw(st.integers(0, 7))
    altered = wrapped[:place] + bytes([wrapped[place] ^ 1 << bit]) + wrapped[place + 1 :]
    cut = wrapped[: data.draw(st.integers(0, len(wrapped) - 1))]
    for bad, purpose in ((altered, "one"), (cut, "one"), (wrapped + b"x", "one"), (wrapped, "two")):
        with pytest.raises(BadKey):
            key.unwrap(bad, purpose=purpose)
    with pytest.raises(BadKey):
        InstanceKey(b"o" * 32).unwrap(wrapped, purpose="one")


def test_a_secret_is_never_wrapped_twice_alike() -> None:
    key = InstanceKey(b"k" * 32)
    assert len({key.wrap(b"same", purpose="p") for _ in range(1000)}) == 1000


def test_a_key_shows_itself_to_nobody() -> None:
    key = InstanceKey(b"0123456789abcdef" * 2)
    assert repr(key) == str(key) == "InstanceKey(hidden)"
    assert not hasattr(key, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_the_signing_key_is_made_once(by_key_file: tuple[Path, Path, InstanceKey]) -> None:
    folder, key_file, key = by_key_file
    made = signing_key(folder, key)
    again = signing_key(folder, InstanceKey.unlock(folder, key_file=key_file))
    assert again.private_bytes_raw() == made.private_bytes_raw()
    assert made.private_bytes_raw() not in (folder / SIGNING_KEY).read_bytes()
    assert (folder / SIGNING_KEY).stat().st_mode & 0o777 == 0o600


def test_an_altered_or_foreign_signing_key_is_refused_and_not_replaced(
    by_key_file: tuple[Path, Path, InstanceKey], tmp_path: Path
) -> None:
    folder, _, key = by_key_file
    other = InstanceKey.create(tmp_path / "other", key_file=tmp_path / "other stick")
    signing_key(tmp_path / "other", other)
    signing_key(folder, key)
    foreign = (tmp_path / "other" / SIGNING_KEY).read_bytes()
    good = (folder / SIGNING_KEY).read_bytes()
    for bad in (foreign, good[:-1], good + b"x", b""):
        (folder / SIGNING_KEY).write_bytes(bad)
        with pytest.raises(BadKey, match="signing-key was altered or belongs to another instance"):
            signing_key(folder, key)
        assert (folder / SIGNING_KEY).read_bytes() == bad
