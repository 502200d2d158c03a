"""A second, short verifier of a ledger's chain: python verify_ledger.py LEDGER [HEAD [KEY]].

Written from ledger-format.md alone; it needs Python 3.9 and the package `cryptography`.
HEAD is the SHA-256 of the last line and KEY the instance's public key, both from elsewhere.
"""

import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FIELDS = {"at", "body", "by", "chain", "event", "prev", "seq"}
STEPS = {
    *("ApplicationMade", "AuthorityGranted", "AuthorityRefused", "DeploymentCancelled"),
    *("WatchlistSealed", "NoticePublished", "WentLive", "SessionEnded", "SessionHalted"),
    *("SessionRecovered", "DeploymentClosed", "DeploymentErased", "DeploymentPublished"),
}


def no_float(text):
    """Refuse what has no one way to be written."""
    raise ValueError(f"{text} is no integer")


def faults(path, head="", key=""):
    """Yield what is wrong, one line for each."""
    prev, seq, at, chain, owed = "0" * 64, 0, "", None, ""
    *lines, rest = Path(path).read_bytes().split(b"\n")
    if rest or not lines:
        yield "the file does not end with a whole line"
    for raw in lines:
        try:
            line = json.loads(raw, parse_float=no_float, parse_constant=no_float)
            same = json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            if same.encode() != raw or set(line) != FIELDS:
                raise ValueError("not canonical, or other fields than the format's")
            body = line["body"]
            if any(isinstance(value, (list, dict)) for value in body.values()):
                raise ValueError("a body holds scalars alone")
            chain = chain or line["chain"]
            if (line["prev"], line["seq"], line["chain"]) != (prev, seq, chain):
                yield f"line {seq} does not follow the line before it"
            if line["at"] < at:
                yield f"line {seq} is earlier than the line before it"
            at = line["at"]
            if seq == 0:
                key = key or body["public_key"]
            if (line["event"] == "LedgerOpened") != (seq == 0):
                yield f"line {seq}: a ledger is opened once, at its beginning"
            if line["event"] in STEPS:
                owed = f"line {seq} is a step with no checkpoint after it"
            if line["event"] == "Checkpointed":
                signed = f"overt-checkpoint-1\n{chain}\n{line['seq']}\n{at}\n{line['prev']}\n"
                public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
                public.verify(bytes.fromhex(body["signature"]), signed.encode())
                if body["public_key"] != key or line["by"] != "overt":
                    raise ValueError("the checkpoint names another key")
                owed = ""
        except Exception as error:  # whatever a hostile file may cause is a fault of the file
            yield f"line {seq}: {type(error).__name__} {error}"
        prev, seq = hashlib.sha256(raw).hexdigest(), seq + 1
    if owed:
        yield owed
    if head and head != prev:
        yield f"the last line's hash is {prev}, not the head that was given"


if __name__ == "__main__":
    found = list(faults(*sys.argv[1:4]))
    print("\n".join(found) or "nothing found")
    sys.exit(bool(found))
