"""Every tampering with a ledger is found by both verifiers, which share no code (R21, R24).

Where a signed checkpoint cannot help (lines cut off after it, lines added after it, a whole chain
written anew with another key), the plain SHA-256 of the last line does, or the public key.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rfc8785
from chains import START
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tamperings import (
    FOUND_ALONE,
    FOUND_BY_THE_HEAD,
    Ledgers,
    add_a_line,
    delete_first,
    edit_who,
    find,
    forge_a_checkpoint,
    joined,
    rehashed,
    sign_it_all_anew,
    truncate_newline,
    truncate_to_nothing,
    with_a_float,
    with_a_space_at_the_end,
)
from whole_story import Told, whole, write

from overt.records.checkpoint import public_key_of
from overt.records.verify import Verification, verify
from overt.vocabulary import DeploymentId

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
SHORT = ROOT / "docs" / "verify_ledger.py"


def load_short() -> Callable[..., object]:
    spec = importlib.util.spec_from_file_location("verify_ledger", SHORT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.faults


FAULTS = load_short()


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    folder = tmp_path_factory.mktemp("ledgers")
    signer = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    one = write(folder / "one", signer, whole()).read_bytes()
    later = [Told(told.at + timedelta(days=1), told.by, told.event) for told in whole()]
    two = write(folder / "two", signer, later, chain=DeploymentId("D-20261126-AAAAAA"))
    lines = one.split(b"\n")[:-1]
    head = hashlib.sha256(lines[-1]).hexdigest()
    return Ledgers(lines, two.read_bytes().split(b"\n")[:-1], head, public_key_of(signer))


def both(
    path: Path, content: bytes, head: str | None = None, key: str | None = None
) -> tuple[Verification, list[str]]:
    path.write_bytes(content)
    result = verify(path, head=head, key=key)
    return result, list(FAULTS(path, head or "", key or ""))


def test_the_true_ledger_holds(ledgers: Ledgers, tmp_path: Path) -> None:
    result, short = both(tmp_path / "x", joined(ledgers.lines), ledgers.head, ledgers.key)
    assert (result.findings, short) == ((), [])
    assert result.head == ledgers.head
    assert result.unsigned == 0
    assert set(result.shown.values()) == {"shown", "not in this ledger"}


@pytest.mark.parametrize("tamper", FOUND_ALONE)
def test_a_tampering_is_found_by_both(
    ledgers: Ledgers, tmp_path: Path, tamper: Callable[[Ledgers], bytes]
) -> None:
    content = tamper(ledgers)
    assert content != joined(ledgers.lines)
    result, short = both(tmp_path / "x", content)
    chain = [one for one in result.findings if one.rule[0].isdigit()]
    assert chain
    assert not result.ok
    assert short


@pytest.mark.parametrize("tamper", FOUND_BY_THE_HEAD)
def test_a_plain_hash_of_the_last_line_finds_it(
    ledgers: Ledgers, tmp_path: Path, tamper: Callable[[Ledgers], bytes]
) -> None:
    content = tamper(ledgers)
    last_line = content.split(b"\n")[-2]
    assert hashlib.sha256(last_line).hexdigest() != ledgers.head
    result, short = both(tmp_path / "x", content, ledgers.head)
    assert "9 head" in [one.rule for one in result.findings]
    assert any("not the head" in fault for fault in short)
    # and this is why a head must be published: without it, the chain alone holds together
    result, short = both(tmp_path / "x", content)
    assert [one for one in result.findings if one.rule[0].isdigit()] == []
    assert short == []


@pytest.mark.parametrize("tamper", [sign_it_all_anew, forge_a_checkpoint])
def test_another_key_is_found_by_the_true_one(
    ledgers: Ledgers, tmp_path: Path, tamper: Callable[[Ledgers], bytes]
) -> None:
    result, short = both(tmp_path / "x", tamper(ledgers), key=ledgers.key)
    assert "7 checkpoint" in [one.rule for one in result.findings]
    assert short


def test_an_added_line_is_counted_as_unsigned(ledgers: Ledgers, tmp_path: Path) -> None:
    result, _ = both(tmp_path / "x", add_a_line(ledgers))
    assert result.unsigned == 1
    result, short = both(tmp_path / "x", add_a_line(ledgers), ledgers.head)
    assert "9 head" in [one.rule for one in result.findings]
    assert short


@pytest.mark.parametrize(
    ("tamper", "seq", "rule"),
    [
        (edit_who, None, "5 prev"),
        (delete_first, 0, "3 sequence"),
        (with_a_float, None, "1 form"),
        (with_a_space_at_the_end, 60, "2 canonical"),
        (truncate_newline, 60, "1 form"),
        (truncate_to_nothing, -1, "1 form"),
    ],
)
def test_it_says_which_line_is_wrong_and_how(
    ledgers: Ledgers,
    tmp_path: Path,
    tamper: Callable[[Ledgers], bytes],
    seq: int | None,
    rule: str,
) -> None:
    result, _ = both(tmp_path / "x", tamper(ledgers))
    where = {one.seq for one in result.findings if one.rule == rule}
    if seq is not None:
        assert seq in where
    elif tamper is edit_who:  # the line after it tells
        assert where == {find(ledgers.lines, "WentLive") + 1}
    else:
        assert where == {find(ledgers.lines, "OutcomeRecorded")}


@given(st.binary(max_size=3_000))
def test_random_bytes_give_findings_and_no_traceback(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "random"
    result, short = both(path, content)
    assert not result.ok
    assert short


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_random_change_is_found_and_no_traceback(
    ledgers: Ledgers, tmp_path: Path, data: st.DataObject
) -> None:
    content = joined(ledgers.lines)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 200)))
    new = content[:start] + data.draw(st.binary(max_size=20)) + content[end:]
    result, short = both(tmp_path / "x", new, ledgers.head, ledgers.key)
    assert result.ok == (new == content)
    assert bool(short) == (new != content)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_well_hashed_random_story_gives_no_traceback(
    ledgers: Ledgers, tmp_path: Path, data: st.DataObject
) -> None:
    """A forger with the key tells anything: the rules are asked, and answer."""
    lines = data.draw(st.lists(st.sampled_from(ledgers.lines), max_size=30))
    scalar = st.none() | st.integers() | st.sampled_from(["0", "-1", "E-0001", "1" * 64, "x y"])
    told = []
    for line in lines:
        new = json.loads(line)
        if new["body"] and data.draw(st.booleans()):
            new["body"][data.draw(st.sampled_from(sorted(new["body"])))] = data.draw(
                scalar.filter(lambda x: not isinstance(x, int) or abs(x) < 2**53)
            )
        told.append(rfc8785.dumps(new))
    forger = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    result, _ = both(tmp_path / "x", rehashed(told, forger))
    assert result.lines == len(told)


@pytest.mark.parametrize("form", ["folder", "module", "short"])
def test_a_verifier_runs_alone(ledgers: Ledgers, tmp_path: Path, form: str) -> None:
    # R24: on a machine that has no Overt. -I keeps this checkout off the path.
    shutil.copytree(ROOT / "src" / "overt" / "records" / "verify", tmp_path / "verify")
    shutil.copy(SHORT, tmp_path)
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_bytes(joined(ledgers.lines))
    command = {
        "folder": ["-I", tmp_path / "verify", ledger, "--head"],
        "module": ["-m", "verify", ledger, "--head"],
        "short": ["-I", tmp_path / "verify_ledger.py", ledger],
    }[form]
    for head, code, said in ((ledgers.head, 0, "nothing found"), ("0" * 64, 1, "head")):
        done = subprocess.run(
            [sys.executable, *command, head],
            cwd=tmp_path,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (code, "")
        assert said in done.stdout


def test_the_verifier_says_what_it_cannot_read(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", ROOT / "src/overt/records/verify", tmp_path / "gone"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "No such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_short_verifier_is_short() -> None:
    assert len(SHORT.read_text(encoding="utf-8").splitlines()) < 80


def test_a_ledger_of_the_future_is_no_traceback(tmp_path: Path) -> None:
    line = rfc8785.dumps(
        {
            "at": "9999-12-31T23:59:59.999Z",
            "body": {},
            "by": "a",
            "chain": "instance",
            "event": "DeploymentErased",
            "prev": "0" * 64,
            "seq": 0,
        }
    )
    result, short = both(tmp_path / "x", line + b"\n")
    assert not result.ok
    assert short
    assert START.year < 9999
