"""Runs the verifier by itself: ``python verify LEDGER``, or ``python -m verify LEDGER``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if not __package__:  # run as a folder, which then is no package yet
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __package__ = Path(__file__).resolve().parent.name
    __import__(__package__)

from . import verify


def main() -> int:
    """0 if nothing is found, 1 if something is, 2 if it was called wrongly."""
    parser = argparse.ArgumentParser(prog="verify", description="Checks a ledger of Overt.")
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--head", help="SHA-256 of the last line, from elsewhere")
    parser.add_argument("--key", help="the instance's public key, from elsewhere")
    parser.add_argument("--other", type=Path, action="append", default=[], help="another ledger")
    given = parser.parse_args()
    try:
        result = verify(given.ledger, head=given.head, key=given.key, others=given.other)
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}")
    for finding in result.findings:
        print(f"line {finding.seq}: {finding.rule}: {finding.what}")  # noqa: T201
    for rule, state in result.shown.items():
        print(f"{rule:4} {state}")  # noqa: T201
    print(f"{result.lines} lines, head {result.head}, {result.unsigned} unsigned")  # noqa: T201
    print("nothing found" if result.ok else f"{len(result.findings)} findings")  # noqa: T201
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
