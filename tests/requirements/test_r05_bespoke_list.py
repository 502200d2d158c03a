"""R5: the watchlist is built for one deployment, says when, and serves that deployment alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sealing import ELSEWHERE, HERE, NOON, built, copied_to, new_vault, stored

from overt.errors import BadVault, Refusal
from overt.watchlist.sealed import compartment_of, open_sealed

if TYPE_CHECKING:
    from pathlib import Path


def test_a_list_says_for_which_deployment_it_was_built_and_when(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    sealed = built(vault, tmp_path / "offered").sealed
    opened = open_sealed(vault, HERE, model="painted").sealed
    assert opened == sealed
    assert (opened.deployment, opened.built_at) == (HERE, NOON)


def test_it_is_in_a_compartment_of_its_deployment_alone(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    built(vault, tmp_path / "offered")
    assert vault.compartments() == (compartment_of(HERE),)
    assert HERE in compartment_of(HERE)
    with pytest.raises(BadVault):
        open_sealed(vault, ELSEWHERE, model="painted")


def test_a_list_of_another_deployment_is_refused_even_if_the_vault_gives_it(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    built(vault, tmp_path / "offered")
    copied_to(vault, ELSEWHERE)
    before = stored(vault)
    with pytest.raises(Refusal, match=f"built for {HERE}, not for {ELSEWHERE}"):
        open_sealed(vault, ELSEWHERE, model="painted")
    assert stored(vault) == before


def test_it_is_built_once_and_cannot_be_made_to_look_fresh(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    built(vault, tmp_path / "offered")
    before = stored(vault)
    with pytest.raises(Refusal, match=f"R5: {HERE} has its list"):
        built(vault, tmp_path / "offered")
    assert stored(vault) == before


def test_another_model_cannot_use_it(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    built(vault, tmp_path / "offered")
    with pytest.raises(Refusal, match="R5: the list was built by the model painted"):
        open_sealed(vault, HERE, model="painted-2")


def test_the_ledgers_hash_tells_an_exchanged_list(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    sha256 = built(vault, tmp_path / "offered").sealed.list_sha256
    open_sealed(vault, HERE, model="painted", list_sha256=sha256)

    def renamed(number: int, record: bytes) -> bytes:
        return record.replace(b"Crown Court", b"Crown Cour!") if number else record

    copied_to(vault, HERE, renamed)
    with pytest.raises(Refusal, match="R5: the sealed list is not the one that the ledger names"):
        open_sealed(vault, HERE, model="painted", list_sha256=sha256)
