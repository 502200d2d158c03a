"""The chain: nine numbered checks of each line of a ledger and of the file as a whole (R21).

1. form: one JSON object a line, no key twice, exactly the fields that the format names.
2. canonical: the bytes are those of RFC 8785.
3. sequence: 0, 1, 2, …
4. one chain: the same id on each line.
5. prev: the hash of the line before.
6. time: never backwards.
7. checkpoint: signed by the key that the first line names.
8. sealed: a checkpoint stands after the last step.
9. head: the last line is the one that was published elsewhere, if that is given.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .schema import ENVELOPE, FORMS, SCHEMA, SIGNED_STEPS
from .story import SYSTEM, Finding, Happening

if TYPE_CHECKING:
    from pathlib import Path

MAX_LINE = 65_536
MAX_INTEGER = 2**53 - 1
MAX_FINDINGS = 1_000
"""After so many, a file is plainly no ledger."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass
class Chain:
    """What the checks of the chain found."""

    findings: list[Finding] = field(default_factory=list)
    events: list[Happening] = field(default_factory=list)
    """Of the well-formed lines."""
    lines: int = 0
    name: str = ""
    head: str = ""
    unsigned: int = 0

    def find(self, rule: str, what: str) -> None:
        """Note that the newest line does not hold."""
        self.findings.append(Finding(self.lines - 1, rule, what))


def check_chain(path: Path, head: str | None, key: str | None) -> Chain:
    """Carry out the nine checks on a file."""
    chain = Chain()
    before: dict[str, Any] | None = None
    step: Happening | None = None
    with path.open("rb") as file:
        while len(chain.findings) < MAX_FINDINGS and (raw := file.readline(MAX_LINE + 1)):
            chain.lines += 1
            chain.unsigned += 1
            line = _parse(chain, raw)  # 1, 2
            last_head, chain.head = chain.head, hashlib.sha256(raw.removesuffix(b"\n")).hexdigest()
            if line is None:
                continue
            _check_place(chain, before, line, last_head)  # 3 to 6
            if chain.lines == 1:
                chain.name = line["chain"]
                key = _opening_key(chain, line, key)
            if line["event"] == "Checkpointed" and _signed(chain, line, key):  # 7
                chain.unsigned = 0
                step = None
            event = _happening(chain, line)
            if event.name in SIGNED_STEPS:
                step = event
            chain.events.append(event)
            before = line
    if not chain.lines:
        chain.find("1 form", "the file is empty")
    if step:  # 8
        chain.findings.append(
            Finding(step.seq, "8 sealed", f"{step.name} has no good checkpoint after it")
        )
    if head and head != chain.head:  # 9
        chain.find("9 head", f"is not the head that was given: its hash is {chain.head}")
    return chain


def _check_place(
    chain: Chain, before: dict[str, Any] | None, line: dict[str, Any], last_head: str
) -> None:
    """Checks 3 to 6 of one line, against the line before it."""
    expected = before["seq"] + 1 if before else 0
    if line["seq"] != expected:  # 3
        chain.find("3 sequence", f"is numbered {line['seq']} where {expected} follows")
    if before and line["chain"] != before["chain"]:  # 4
        chain.find("4 one chain", f"belongs to {line['chain']}, not to {before['chain']}")
    if line["prev"] != (last_head or "0" * 64):  # 5
        chain.find("5 prev", "does not follow the line before it: one of them was altered")
    if before and line["at"] < before["at"]:  # 6
        chain.find("6 time", "is earlier than the line before it")
    if (line["event"] == "LedgerOpened") != (chain.lines == 1):
        chain.find("1 form", "LedgerOpened stands on the first line and on no other")


def _opening_key(chain: Chain, line: dict[str, Any], key: str | None) -> str | None:
    """The key that checkpoints must bear: the one given, or else the one that line 0 names."""
    named = line["body"].get("public_key") if line["event"] == "LedgerOpened" else None
    if key and named and key != named:
        chain.find("7 checkpoint", "names another key than the one that was given")
    return key or named


def _parse(chain: Chain, raw: bytes) -> dict[str, Any] | None:
    """Checks 1 and 2 of one line: its fields, or None if it cannot be read at all."""
    if not raw.endswith(b"\n"):
        chain.find("1 form", "is cut short, or longer than any event")
        return None
    try:
        line = json.loads(
            raw[:-1].decode("utf-8"),
            object_pairs_hook=_once,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
        fault = _envelope_fault(line)
        if not fault:
            same = json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            if same.encode("utf-8") != raw[:-1]:
                chain.find("2 canonical", "is not written in its one canonical form")
    except (ValueError, RecursionError) as error:
        fault = f"is no JSON of this format: {str(error)[:80]}"
    if fault:
        chain.find("1 form", fault)
        return None
    return line  # type: ignore[no-any-return]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        msg = "a key stands twice"
        raise ValueError(msg)
    return dict(pairs)


def _no_number(text: str) -> NoReturn:
    msg = f"the number {text[:20]} is no integer"
    raise ValueError(msg)


def _envelope_fault(line: object) -> str | None:
    """What is wrong with a line's fields; None if nothing is."""
    if not isinstance(line, dict) or line.keys() != {*ENVELOPE, "body", "event"}:
        return "has not exactly at, body, by, chain, event, prev and seq"
    fields = SCHEMA.get(line["event"]) if isinstance(line["event"], str) else None
    if fields is None:
        return f"there is no event {str(line['event'])[:40]}"
    body = line["body"]
    if not isinstance(body, dict) or body.keys() != fields.keys():
        return f"the body has not exactly the fields of {line['event']}"
    for place, forms in ((line, ENVELOPE), (body, fields)):
        for name, form in forms.items():
            if not _fits(place[name], form):
                return f"{name} has not its form"
    return None


def _fits(value: object, form: str) -> bool:
    if value is None:
        return form.endswith("?")
    form = form.removesuffix("?")
    if form == "i":
        return type(value) is int and abs(value) <= MAX_INTEGER
    if form == "b":
        return isinstance(value, bool)
    if not isinstance(value, str) or not re.fullmatch(FORMS[form], value, re.ASCII):
        return False
    return form != "t" or _milliseconds(value) is not None


def _milliseconds(text: str) -> int | None:
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND
    except ValueError:
        return None


def _signed(chain: Chain, line: dict[str, Any], key: str | None) -> bool:
    """Check 7."""
    body = line["body"]
    if not key or body["public_key"] != key or line["by"] != SYSTEM:
        chain.find("7 checkpoint", "is signed with another key than the ledger's")
        return False
    signed = f"overt-checkpoint-1\n{line['chain']}\n{line['seq']}\n{line['at']}\n{line['prev']}\n"
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(body["signature"]), signed.encode()
        )
    except (InvalidSignature, ValueError):
        chain.find("7 checkpoint", "its signature is not of this chain at this place and time")
        return False
    return True


def _happening(chain: Chain, line: dict[str, Any]) -> Happening:
    forms = SCHEMA[line["event"]]
    body = {name: _read(value, forms[name]) for name, value in line["body"].items()}
    at = _milliseconds(line["at"]) or 0
    return Happening(chain.lines - 1, at, line["by"], line["event"], body)


def _read(value: Any, form: str) -> Any:
    if value is None:
        return None
    if form.startswith("t"):
        return _milliseconds(value)
    return Decimal(value) if form.startswith("d") else value
