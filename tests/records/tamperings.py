"""How a ledger may be tampered with: each function turns the true ledger into a forged file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.records.checkpoint import checkpoint_bytes, public_key_of
from overt.records.event import read_moment

Lines = list[bytes]


@dataclass(frozen=True)
class Ledgers:
    """A true ledger, and another of the same instance."""

    lines: Lines
    other: Lines
    head: str
    key: str


def joined(lines: Lines) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def find(lines: Lines, event: str) -> int:
    return next(n for n, line in enumerate(lines) if json.loads(line)["event"] == event)


def last(lines: Lines, event: str) -> int:
    return max(n for n, line in enumerate(lines) if json.loads(line)["event"] == event)


def rehashed(lines: Lines, forger: Ed25519PrivateKey | None = None, key: str = "") -> bytes:
    """The lines numbered and hashed anew, as a forger would; signed with their key if they like."""
    done: Lines = []
    prev = "0" * 64
    for seq, line in enumerate(lines):
        new = json.loads(line) | {"seq": seq, "prev": prev}
        if forger:
            if new["event"] == "Checkpointed":
                signed = checkpoint_bytes(new["chain"], seq, read_moment(new["at"]), prev)
                new["body"] = {
                    "public_key": key or public_key_of(forger),
                    "signature": forger.sign(signed).hex(),
                }
            elif new["event"] == "LedgerOpened" and not key:
                new["body"] |= {"public_key": public_key_of(forger)}
        done.append(rfc8785.dumps(new))
        prev = hashlib.sha256(done[-1]).hexdigest()
    return joined(done)


def edited(lines: Lines, event: str, **fields: object) -> Lines:
    at = find(lines, event)
    line = json.loads(lines[at])
    line["body"] |= fields
    return [*lines[:at], rfc8785.dumps(line), *lines[at + 1 :]]


def edit(told: Ledgers) -> bytes:
    return joined(edited(told.lines, "OutcomeRecorded", stop_seconds=3))


def edit_and_rehash(told: Ledgers) -> bytes:
    return rehashed(edited(told.lines, "OutcomeRecorded", stop_seconds=3))


def edit_who(told: Ledgers) -> bytes:
    return joined(told.lines).replace(b'"by":"o.operator"', b'"by":"x.operator"', 1)


def delete(told: Ledgers) -> bytes:
    at = find(told.lines, "OperatorDecided")
    return joined([*told.lines[:at], *told.lines[at + 1 :]])


def delete_and_rehash(told: Ledgers) -> bytes:
    at = find(told.lines, "OperatorDecided")
    return rehashed([*told.lines[:at], *told.lines[at + 1 :]])


def delete_first(told: Ledgers) -> bytes:
    return joined(told.lines[1:])


def insert(told: Ledgers) -> bytes:
    at = find(told.lines, "PromptShown")
    return joined([*told.lines[:at], told.lines[at], *told.lines[at:]])


def insert_and_rehash(told: Ledgers) -> bytes:
    at = find(told.lines, "PromptShown")
    return rehashed([*told.lines[:at], told.lines[at], *told.lines[at:]])


def reorder(told: Ledgers) -> bytes:
    at = find(told.lines, "PromptRaised")
    return joined([*told.lines[:at], told.lines[at + 1], told.lines[at], *told.lines[at + 2 :]])


def reverse(told: Ledgers) -> bytes:
    return joined(told.lines[::-1])


def truncate_mid_line(told: Ledgers) -> bytes:
    return joined(told.lines)[:-20]


def truncate_newline(told: Ledgers) -> bytes:
    return joined(told.lines)[:-1]


def truncate_to_nothing(told: Ledgers) -> bytes:
    return b""


def truncate_after_step(told: Ledgers) -> bytes:
    """Between a step and the checkpoint that belongs to it."""
    return joined(told.lines[: last(told.lines, "DeploymentPublished") + 1])


def splice(told: Ledgers) -> bytes:
    at = find(told.lines, "WentLive")
    return joined([*told.lines[:at], *told.other[at:]])


def splice_and_rehash(told: Ledgers) -> bytes:
    at = find(told.lines, "WentLive")
    chain = json.loads(told.lines[0])["chain"]
    moved = [rfc8785.dumps(json.loads(line) | {"chain": chain}) for line in told.other[at:]]
    return rehashed([*told.lines[:at], *moved])


def append_the_other(told: Ledgers) -> bytes:
    return joined([*told.lines, *told.other])


def forge_a_checkpoint(told: Ledgers) -> bytes:
    """Everything signed anew with a key of the forger's, but the first line names the true one."""
    lines = edited(told.lines, "OutcomeRecorded", stop_seconds=3)
    forger = Ed25519PrivateKey.generate()
    return rehashed([lines[0], *lines[1:]], forger, key=told.key)


def replay_a_checkpoint(told: Ledgers) -> bytes:
    """A true checkpoint of an earlier place stands where one was due."""
    at = last(told.lines, "Checkpointed")
    early = told.lines[find(told.lines, "Checkpointed")]
    return joined([*told.lines[:at], early])


def replay_a_signature(told: Ledgers) -> bytes:
    first = json.loads(told.lines[find(told.lines, "Checkpointed")])
    at = last(told.lines, "Checkpointed")
    line = json.loads(told.lines[at]) | {"body": first["body"]}
    return joined([*told.lines[:at], rfc8785.dumps(line)])


def move_a_checkpoint_in_time(told: Ledgers) -> bytes:
    at = last(told.lines, "Checkpointed")
    line = json.loads(told.lines[at])
    line["at"] = line["at"].replace("2026", "2027")
    return joined([*told.lines[:at], rfc8785.dumps(line)])


def give_a_checkpoint_to_a_person(told: Ledgers) -> bytes:
    at = last(told.lines, "Checkpointed")
    return joined([*told.lines[:at], told.lines[at].replace(b'"by":"overt"', b'"by":"a.jones"')])


def duplicate_key(told: Ledgers) -> bytes:
    at = find(told.lines, "OutcomeRecorded")
    line = told.lines[at].replace(b'{"at":', b'{"at":"2026-11-25T14:00:00.000Z","at":', 1)
    return joined([*told.lines[:at], line, *told.lines[at + 1 :]])


def duplicate_key_in_the_last_line(told: Ledgers) -> bytes:
    line = told.lines[-1].replace(b'{"at":', b'{"at":"2026-11-25T14:00:00.000Z","at":', 1)
    return joined([*told.lines[:-1], line])


def with_spaces(told: Ledgers) -> bytes:
    return joined([json.dumps(json.loads(line)).encode() for line in told.lines])


def with_a_space_at_the_end(told: Ledgers) -> bytes:
    return joined([*told.lines[:-1], told.lines[-1] + b" "])


def escaped(told: Ledgers) -> bytes:
    return joined(
        [*told.lines[:-1], told.lines[-1].replace(b"Checkpointed", b"Checkp\\u006finted")]
    )


def with_bom(told: Ledgers) -> bytes:
    return b"\xef\xbb\xbf" + joined(told.lines)


def with_crlf(told: Ledgers) -> bytes:
    return joined(told.lines).replace(b"\n", b"\r\n")


def with_an_empty_line(told: Ledgers) -> bytes:
    return joined(told.lines) + b"\n"


def with_a_float(told: Ledgers) -> bytes:
    return rehashed(edited(told.lines, "OutcomeRecorded", stop_seconds=0.5))


def with_an_array(told: Ledgers) -> bytes:
    return rehashed(edited(told.lines, "OutcomeRecorded", stop_seconds=[1, 2]))


FOUND_ALONE = [
    edit,
    edit_and_rehash,
    edit_who,
    delete,
    delete_and_rehash,
    delete_first,
    insert,
    insert_and_rehash,
    reorder,
    reverse,
    truncate_mid_line,
    truncate_newline,
    truncate_to_nothing,
    truncate_after_step,
    splice,
    splice_and_rehash,
    append_the_other,
    forge_a_checkpoint,
    replay_a_checkpoint,
    replay_a_signature,
    move_a_checkpoint_in_time,
    give_a_checkpoint_to_a_person,
    duplicate_key,
    duplicate_key_in_the_last_line,
    with_spaces,
    with_a_space_at_the_end,
    escaped,
    with_bom,
    with_crlf,
    with_an_empty_line,
    with_a_float,
    with_an_array,
]


def truncate_at_a_checkpoint(told: Ledgers) -> bytes:
    return joined(told.lines[: find(told.lines, "WentLive") + 2])


def truncate_at_a_line(told: Ledgers) -> bytes:
    return joined(told.lines[: find(told.lines, "PromptShown") + 1])


def add_a_line(told: Ledgers) -> bytes:
    return rehashed([*told.lines, told.lines[find(told.lines, "DocumentPinned")]])


def sign_it_all_anew(told: Ledgers) -> bytes:
    lines = edited(told.lines, "OutcomeRecorded", stop_seconds=3)
    return rehashed(lines, Ed25519PrivateKey.generate())


FOUND_BY_THE_HEAD = [truncate_at_a_checkpoint, truncate_at_a_line, sign_it_all_anew]
