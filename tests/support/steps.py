"""Steps of an operational deployment by their real commands, for the journeys."""

from __future__ import annotations

import csv
import json
import time
from typing import TYPE_CHECKING

import pytest
from station import REASONS, SIGNS, WEB_PAGE, Station, stills

from overt.watchlist.listing_row import COLUMNS

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

LISTED = {"Ada": 0, "Bo": 1, "Cem": 2, "Dora": 3, "Ema": 4}
"""By their number in the cast; the first two walk past the camera."""
AUTHORISED_H, ENROLLED_H, NOTICED_H, LIVE_H = 1.0, 30.0, 31.0, 48.1
"""Hours after the application; its window begins between the 47th and the 48th."""


def listing(folder: Path) -> Path:
    """Five people who do not exist: one of them under 18, one vulnerable."""
    stills(folder, LISTED)
    born = {"Cem": "2011-02-03"}
    rows = [
        {
            "image": f"{name}.png",
            "person": name,
            "category": "missing-at-risk" if name == "Dora" else "wanted-on-warrant",
            "reason": f"failed to appear at Anytown Crown Court in matter {number + 1}",
            "provenance": "custody",
            "date_of_birth": born.get(name, "1990-02-01"),
            "held_since": "2024-05-03",
            "vulnerability": "missing" if name == "Dora" else "none",
        }
        for name, number in LISTED.items()
    ]
    file = folder / "list.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    justified = folder / "justified.csv"
    justified.write_text(
        f'person,justification\nCem,"{REASONS}"\nDora,"{REASONS}"\n', encoding="utf-8"
    )
    return file


def enrol(station: Station, deployment: str, offered: Path) -> str:
    return station.do(
        "deployment", "enrol", deployment, offered, "--second", "c.second",
        "--justifications", offered.with_name("justified.csv"), "--json",
        who="a.pplicant", OVERT_SECOND_PASSWORD_FILE=station.password_of("c.second"),
    )  # fmt: skip


def give_notice(station: Station, deployment: str) -> None:
    at = json.loads(station.do("deployment", "show", deployment, "--json"))["now"]
    station.do(
        "deployment", "notice", deployment, "--published-at", at, "--where", WEB_PAGE,
        who="a.pplicant",
    )  # fmt: skip


def confirm_signs(station: Station, deployment: str) -> None:
    signs = [word for sign in SIGNS for word in ("--sign", sign)]
    station.do("deployment", "notice", deployment, *signs, who="s.treet")


def opened(station: Station, deployment: str) -> subprocess.Popen[str]:
    """`overt deployment open` in the background."""
    return station.start("deployment", "open", deployment, "--json", who="e.ngineer")


def await_desks(station: Station, deployment: str, session: subprocess.Popen[str]) -> None:
    """Until the session takes desks."""
    socket = station.home / "run" / f"{deployment}.sock"
    for _ in range(600):
        if socket.exists():
            return
        if session.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"no desk was taken: {session.communicate(timeout=10)}")


def names(station: Station, deployment: str) -> list[str]:
    return [line["event"] for line in station.events(deployment)]
