"""Where a passphrase or key may come from: files and the terminal, nothing else."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from overt.errors import BadKey, Misuse
from overt.store.unlock import instance_key_from

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from overt.store.keys import InstanceKey

WORDS = "naïve café über alles gut"


def typing(*answers: str) -> Callable[[str], str]:
    left = list(answers)
    return lambda question: left.pop(0)


def never(question: str) -> str:
    pytest.fail(f"asked: {question}")


def same(one: InstanceKey, other: InstanceKey) -> bool:
    return other.unwrap(one.wrap(b"secret", purpose="p"), purpose="p") == b"secret"


def test_a_passphrase_in_the_environment_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"^OVERT_PASSPHRASE is refused: each child .*0600"):
        instance_key_from(
            {"OVERT_PASSPHRASE": WORDS}, never, folder=tmp_path / "vault", create=True
        )
    assert list(tmp_path.iterdir()) == []


def test_two_files_are_refused(tmp_path: Path) -> None:
    both = {"OVERT_KEY_FILE": "a", "OVERT_PASSPHRASE_FILE": "b"}
    with pytest.raises(Misuse, match="both set"):
        instance_key_from(both, never, folder=tmp_path, create=True)
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_is_made_and_then_used(tmp_path: Path) -> None:
    named = {"OVERT_KEY_FILE": str(tmp_path / "stick")}
    made = instance_key_from(named, never, folder=tmp_path / "vault", create=True)
    assert same(made, instance_key_from(named, never, folder=tmp_path / "vault", create=True))
    assert same(made, instance_key_from(named, never, folder=tmp_path / "vault"))


def test_a_passphrase_is_the_same_typed_or_in_a_file_however_it_is_composed(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    made = instance_key_from({}, typing(WORDS, WORDS), folder=folder, create=True)
    path = tmp_path / "passphrase"
    path.write_text(unicodedata.normalize("NFD", WORDS) + "\n", encoding="utf-8")
    path.chmod(0o600)
    assert same(made, instance_key_from({"OVERT_PASSPHRASE_FILE": str(path)}, never, folder=folder))


def test_a_passphrase_file_that_others_can_read_or_that_is_no_text_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(b"\xff\xfe long enough for all")
    named = {"OVERT_PASSPHRASE_FILE": str(path)}
    path.chmod(0o644)
    with pytest.raises(BadKey, match="other accounts"):
        instance_key_from(named, never, folder=tmp_path / "vault", create=True)
    path.chmod(0o600)
    with pytest.raises(BadKey, match="not text"):
        instance_key_from(named, never, folder=tmp_path / "vault", create=True)
    assert not (tmp_path / "vault").exists()


def test_two_different_passphrases_make_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="differ"):
        instance_key_from({}, typing(WORDS, WORDS + "!"), folder=tmp_path / "vault", create=True)
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_asked_for_the_passphrase_of_an_instance_that_is_not_there(
    tmp_path: Path,
) -> None:
    with pytest.raises(BadKey, match="there is no instance key"):
        instance_key_from({}, never, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
