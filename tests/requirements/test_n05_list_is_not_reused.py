"""N5: a watchlist is never reused: not given out, joined, copied, or opened by anybody else."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from typing import TYPE_CHECKING

import pytest
from sealing import ELSEWHERE, HERE, built, new_vault, stored

import overt.watchlist
from overt.errors import BadVault, Refusal
from overt.watchlist.sealed import SealedList, compartment_of, open_sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = [
    importlib.import_module(f"overt.watchlist.{found.name}")
    for found in pkgutil.iter_modules(overt.watchlist.__path__)
]
GIVES_OUT = frozenset(
    re.findall(
        r"\w+",
        """
    export exports exported dump dumps save saves copy copies clone merge merges join joins union
    share transfer reuse extend add update insert backup send upload download sync
    """,
    )
)


def words(name: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())


def public_names() -> Iterator[str]:
    """Each public function, class and method that watchlist has of its own."""
    for module in MODULES:
        for name, value in vars(module).items():
            own = getattr(value, "__module__", None) == module.__name__
            if name.startswith("_") or not own:
                continue
            yield name
            if inspect.isclass(value):
                yield from (n for n in vars(value) if not n.startswith("_"))


def test_nothing_public_gives_a_list_out_or_joins_two() -> None:
    names = list(public_names())
    assert {"SealedList", "open_sealed", "picture", "best_many"} <= set(names)
    assert [name for name in names if GIVES_OUT.intersection(words(name))] == []


@pytest.mark.parametrize("name", ["export_list", "copyTo", "SealedList_merge"])
def test_the_walk_would_see_one(name: str) -> None:
    assert GIVES_OUT.intersection(words(name))


def test_an_open_list_offers_a_search_its_people_and_pictures_and_no_more() -> None:
    public = {name for name in vars(SealedList) if not name.startswith("_")}
    assert public == {"sealed", "matcher", "people", "person", "picture"}


WRITES = frozenset({"tobytes", "tofile", "save", "savez", "dump", "dumps", "write_bytes", "pickle"})
MAY_WRITE = {
    ("sealed_record.py", "tobytes"),  # templates, into the sealed list
    ("picture.py", "save"),  # a JPEG, into memory
    ("composition.py", "dumps"),  # grounds, into a hash
}


def test_templates_become_bytes_in_the_sealed_record_alone() -> None:
    found = set()
    for module in MODULES:
        tree = ast.parse(inspect.getsource(module))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        found |= {(f"{module.__name__.rpartition('.')[2]}.py", name) for name in names & WRITES}
    assert found == MAY_WRITE


def test_another_deployment_cannot_open_it(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    built(vault, tmp_path / "offered")
    before = stored(vault)
    with pytest.raises(BadVault):
        open_sealed(vault, ELSEWHERE, model="painted")
    vault.make(compartment_of(ELSEWHERE))
    with pytest.raises(BadVault):
        open_sealed(vault, ELSEWHERE, model="painted")
    assert {path: stored(vault)[path] for path in before} == before


def test_once_destroyed_it_is_never_built_again(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    built(vault, tmp_path / "offered")
    opened = open_sealed(vault, HERE, model="painted")
    vault.destroy(compartment_of(HERE))
    with pytest.raises(BadVault):
        opened.picture(opened.matcher.entries[0])
    with pytest.raises(Refusal, match="N5"):
        built(vault, tmp_path / "offered")


def test_two_deployments_with_the_same_people_share_no_number_and_no_hash(tmp_path: Path) -> None:
    # Numbers are drawn anew, so that prompts of two deployments cannot be joined by them.
    vault = new_vault(tmp_path)
    orders, hashes = set(), set()
    for letter in "ABCDEFGH":
        deployment = type(HERE)(f"D-20261125-AAAAA{letter}")
        hashes.add(built(vault, tmp_path / "offered", deployment).sealed.list_sha256)
        opened = open_sealed(vault, deployment, model="painted")
        orders.add(tuple(opened.person(entry).name for entry in opened.matcher.entries))
    assert len(orders) > 2
    assert len(hashes) == 8
